"""Time from process start to the first training step: python tests/perf/first_step.py [--json].

Each start is a new process; "cold" has an empty cache of compiled code, "warm" a filled one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEP = """
from pathlib import Path
from tests.perf.sides import ours
from tests.perf.workloads import workload
import dataclasses, sys
ours(dataclasses.replace(workload("lenet"), steps=1), 2, Path(sys.argv[1]))
"""


def _seconds(code: str, home: Path) -> float:
    """Give the seconds that a new process takes for some code."""
    environment = {**os.environ, "NNSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(home)], env=environment, check=True, cwd=ROOT)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    cold, warm, numba = [], [], []
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as home:
            numba.append(_seconds("import numba", Path(home)))
            cold.append(_seconds(STEP, Path(home)))
            warm.append(_seconds(STEP, Path(home)))
    for name, times in (
        ("import_numba", numba),
        ("first_step_cold", cold),
        ("first_step_warm", warm),
    ):
        line = {"measure": name, "seconds": round(statistics.median(times), 3)}
        print(json.dumps(line) if args.json else f"{name}: {line['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
