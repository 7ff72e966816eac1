"""What is loaded when: nothing heavy at import, no compiler when the code is already kept."""

from __future__ import annotations

import os
import subprocess
import sys

_IMPORTS = """
import sys, pkgutil, importlib, nnstudio.kernels as package
for item in pkgutil.iter_modules(package.__path__):
    if item.name not in {"intrinsics", "pipeline"}:
        importlib.import_module(f"nnstudio.kernels.{item.name}")
print(sorted({"numba", "llvmlite", "scipy"} & set(sys.modules)))
"""

_RUN = """
import sys
from nnstudio.kernels.doctor import self_test
assert self_test().ok
print("numba" in sys.modules)
"""


def _output(code, home):
    environment = {**os.environ, "NNSTUDIO_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_loads_no_compiler(tmp_path):
    assert _output(_IMPORTS, tmp_path) == "[]"


def test_a_second_start_does_not_load_numba(tmp_path):
    assert _output(_RUN, tmp_path) == "True"
    assert _output(_RUN, tmp_path) == "False"
