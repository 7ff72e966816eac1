"""The new layer that CONTRIBUTING shows is a whole layer: it passes the shared contract test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def added() -> dict[str, str]:
    """Give the lines that the diff adds to each file."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"```diff\n(.*?)```", text, re.DOTALL)
    assert found is not None
    files: dict[str, str] = {}
    for part in re.split(r"^--- .*\n", found[1], flags=re.MULTILINE)[1:]:
        head, *lines = part.splitlines()
        new = [line[1:] for line in lines if line.startswith("+")]
        files[head.removeprefix("+++ b/")] = "\n".join(new) + "\n"
    return files


def test_the_diff_counts_its_own_lines() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    count = added()["nnstudio/layers/softsign.py"].count("\n")
    assert f"@@ -0,0 +1,{count} @@" in text


def test_the_files_it_changes_are_there() -> None:
    files = added()
    assert list(files) == [
        "nnstudio/layers/softsign.py",
        "nnstudio/layers/__init__.py",
        "tests/layers/test_values.py",
    ]
    before = (ROOT / "nnstudio" / "layers" / "__init__.py").read_text(encoding="utf-8")
    assert "from nnstudio.layers import step as step\n" in before


def test_the_layer_keeps_the_contract(tmp_path: Path) -> None:
    files = added()
    (tmp_path / "softsign.py").write_text(files["nnstudio/layers/softsign.py"], encoding="utf-8")
    values = "import pytest\n\nfrom tests.layers.test_values import flat, make_case, run\n"
    values += files["tests/layers/test_values.py"]
    (tmp_path / "test_softsign.py").write_text(values, encoding="utf-8")
    own = ["-p", "softsign", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    tests = [
        str(ROOT / "tests" / "layers" / "test_contract.py"),
        str(tmp_path / "test_softsign.py"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(ROOT), *own, "-k", "softsign", *tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 10


def test_the_layer_is_formatted_and_clean(tmp_path: Path) -> None:
    source = added()["nnstudio/layers/softsign.py"]
    path = tmp_path / "softsign.py"
    path.write_text(source, encoding="utf-8")
    config = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--check"], ["check", "--ignore", "D102,ARG002"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config, path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
