"""What the first window must not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from nnstudio.gui import app as studio_app
from nnstudio.gui.memory import Memory
from nnstudio.gui.theme import Theme
app = studio_app.make_app()
studio, _ = studio_app.first_project(None)
window = studio_app.Window(studio, Theme("dark"), Memory())
window.show()
app.processEvents()
print([n for n in ("numba", "llvmlite", "scipy", "sklearn", "torch", "PIL") if n in sys.modules])
window.poller.stop()
studio.close()
"""


def test_the_first_window_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
