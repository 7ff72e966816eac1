"""What the repository must not hold: this or that machine, registries, pickles, evaluated text."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = {".py", ".md", ".toml", ".txt", ".json", ".cfg", ".yml", ".yaml", ".sh", ".svg", ".html"}
_MACHINE_PATH = re.compile(r"(?<![\w./~-])/(home|root|work|Users|mnt|private)/\w|[A-Z]:\\+Users")
_REGISTRY = re.compile(r"pypi\.org|pythonhosted|--(extra-)?index-url|conda\.anaconda")
_UNSAFE_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
_UNSAFE_CALLS = {"eval", "exec"}


def _tracked() -> list[Path]:
    """List the files of the repository, or of an unpacked archive of it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return [_ROOT / name for name in listed.stdout.split("\0") if name]
    hidden = {".venv", "__pycache__"}
    return [p for p in _ROOT.rglob("*") if p.is_file() and not hidden & set(p.parts)]


_FILES = [path for path in _tracked() if path.is_file()]
_TEXTS = [path for path in _FILES if path.suffix in _TEXT or path.parent.name == ".ci"]
_SOURCES = [path for path in _FILES if path.suffix == ".py" and "tests" not in path.parts]


def _hits(pattern: re.Pattern[str]) -> list[str]:
    hits = []
    for path in _TEXTS:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if path != Path(__file__) and pattern.search(line):
                hits.append(f"{path.relative_to(_ROOT)}:{number}: {line.strip()[:80]}")
    return hits


def test_there_is_something_to_look_at() -> None:
    assert len(_TEXTS) > 20
    assert len(_SOURCES) > 10


@pytest.mark.parametrize("line", ["see /home/ann/x", "'/work/data'", r"C:\Users\ann"])
def test_a_machine_path_would_be_found(line: str) -> None:
    assert _MACHINE_PATH.search(line)


def test_no_file_names_a_path_of_one_machine() -> None:
    assert _hits(_MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert _hits(_REGISTRY) == []


def _unsafe(tree: ast.AST) -> list[str]:
    """List imports that unpickle, calls that run text, and arrays loaded with objects allowed."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in _UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module] if node.module.split(".")[0] in _UNSAFE_MODULES else []
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            found += [name] if name in _UNSAFE_CALLS else []
            found += [
                word.arg
                for word in node.keywords
                if word.arg == "allow_pickle"
                and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            ]
    return found


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from joblib import load", "eval('1')", "np.load(f, allow_pickle=True)"],
)
def test_an_unsafe_line_would_be_found(text: str) -> None:
    assert _unsafe(ast.parse(text))


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_no_source_unpickles_or_runs_text(path: Path) -> None:
    assert _unsafe(ast.parse(path.read_text(encoding="utf-8"))) == []
