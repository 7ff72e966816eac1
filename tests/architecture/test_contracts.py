"""The import contracts hold, and each of them can fail: a planted import is caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and its contracts, free to be spoilt."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_ROOT / "nnstudio", tmp_path / "nnstudio", ignore=ignore)
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {_LINT}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"},
    )


def test_the_contracts_hold(copy: Path) -> None:
    done = _lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("where", "line", "contract"),
    [
        ("core/planted.py", "import nnstudio.graph.types", "Imports only go down"),
        ("graph/planted.py", "import nnstudio.session", "Imports only go down"),
        ("data/planted.py", "import nnstudio.engine", "Imports only go down"),
        ("cli/planted.py", "import nnstudio.gui", "Imports only go down"),
        ("stray/__init__.py", '"""A package nobody gave a place."""', "Imports only go down"),
        ("session/planted.py", "import PySide6.QtCore", "Qt and pyqtgraph only in gui"),
        ("cli/planted.py", "import pyqtgraph", "Qt and pyqtgraph only in gui"),
        ("gui/planted.py", "import nnstudio.engine", "Widgets reach the engine through session"),
        ("gui/planted.py", "import nnstudio.kernels", "Widgets reach the engine through session"),
        ("data/planted.py", "import nnstudio.kernels", "Data knows only core and graph"),
        (
            "layers/planted.py",
            "import nnstudio.layers.dense",
            "Layer families do not know each other",
        ),
    ],
)
def test_a_planted_import_is_caught(copy: Path, where: str, line: str, contract: str) -> None:
    planted = copy / "nnstudio" / where
    planted.parent.mkdir(exist_ok=True)
    (planted.parent / "__init__.py").touch()
    planted.write_text(f"{line}\n")
    done = _lint(copy)
    assert done.returncode == 1, done.stdout
    assert f"{contract} BROKEN" in done.stdout
