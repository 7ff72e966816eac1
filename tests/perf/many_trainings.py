"""Memory over many short trainings in one process: python tests/perf/many_trainings.py [--json]."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from nnstudio.train.trainer import Trainer
from tests.nets import blobs, job, mlp

WARM_UP = 200


def main() -> None:
    """Train again and again; print how the memory and the threads have grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--trainings", type=int, default=10_000)
    args = parser.parse_args()
    process, data = psutil.Process(), blobs()
    start = 0
    for i in range(args.trainings):
        with Trainer(job(mlp(), data, epochs=1, threads=1 + i % 2)) as trainer:
            for _ in trainer.train():
                pass
        if i == WARM_UP:
            gc.collect()
            start = process.memory_info().rss
    gc.collect()
    growth_mb = (process.memory_info().rss - start) / 1e6
    line = {
        "measure": "memory_many_trainings",
        "trainings": args.trainings,
        "mb_growth": round(growth_mb, 2),
        "threads": threading.active_count(),
    }
    print(json.dumps(line) if args.json else line, flush=True)


if __name__ == "__main__":
    main()
