"""Time from process start to the first training step: python tests/perf/first_step.py [--json].

Each start is a new process; "cold" has an empty cache of compiled code, "warm" a filled one. Beside
a busy neighbour the processor's seconds say more than the clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
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


def _seconds(code: str, home: Path) -> tuple[float, float]:
    """Give the seconds that a new process takes for some code: the clock's and the processor's."""
    environment = {**os.environ, "NNSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    before, began = _processor_seconds(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(home)], env=environment, check=True, cwd=ROOT)
    return time.perf_counter() - began, _processor_seconds() - before


def _processor_seconds() -> float:
    """Give what all ended children took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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
        clock, processor = (round(statistics.median(one), 3) for one in zip(*times, strict=True))
        line = {"measure": name, "seconds": clock, "processor_seconds": processor}
        words = f"{name}: {clock} s, {processor} s of the processor"
        print(json.dumps(line) if args.json else words, flush=True)


if __name__ == "__main__":
    main()
