"""Starting is light: what people wait for loads only what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HEAVY = ("numba", "llvmlite", "scipy", "sklearn")
_QT = ("PySide6", "shiboken6", "pyqtgraph", "qtawesome")


def _loaded(code: str, names: tuple[str, ...]) -> str:
    report = f"{code}; import sys; print(*[n for n in {names!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", report], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert _loaded("import nnstudio", _HEAVY + _QT) == ""


@pytest.mark.parametrize("module", ["graph", "layers", "session", "project", "cli", "api"])
def test_what_the_window_stands_on_loads_nothing_heavy(module: str) -> None:
    assert _loaded(f"import nnstudio.{module}", _HEAVY + _QT) == ""


def test_the_window_loads_neither_numba_nor_scipy_nor_sklearn() -> None:
    assert _loaded("import nnstudio.gui.app", _HEAVY) == ""
