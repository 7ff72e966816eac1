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

from nnstudio.session.answers import Answers
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.control import Control
from nnstudio.train.observer import Observer
from nnstudio.train.trainer import Trainer
from nnstudio.train.watch import Watch
from tests.nets import blobs, job, mlp

WARM_UP = 200
WATCHED = 3  # every so many trainings a viewer looks at
NODES = ("dense1", "dense2")


def watched_training(trainer: Trainer) -> int:
    """Train while a viewer asks for all there is; give the answers that came."""
    desk, control, answered = WatchDesk(), Control(), 0
    desk.ask(
        "maps",
        Watch(
            outputs=NODES, gradients=NODES, weights=NODES, weight_gradients=NODES,
            samples=tuple(range(40)), updates=True, rate=30,
        ),
    )  # fmt: skip
    graph = trainer.job.graph
    answers = Answers(desk, graph, lambda: Observer.beside(trainer), "training", control)
    for step, _ in enumerate(trainer.train(control)):
        while answers.work(step, step, held=True):
            pass
        found = desk.take()
        assert not any(answer.problem for answer in found.values())
        answered += len(found)
    return answered


def main() -> None:
    """Train again and again; print how the memory and the threads have grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--trainings", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2, help="every second training has as many")
    args = parser.parse_args()
    process, data = psutil.Process(), blobs()
    start = answers = 0
    for i in range(args.trainings):
        threads = args.threads if i % 2 else 1
        with Trainer(job(mlp(), data, epochs=1, threads=threads)) as trainer:
            if i % WATCHED == 0:
                answers += watched_training(trainer)
            else:
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
        "answers": answers,
        "mb_growth": round(growth_mb, 2),
        "threads": threading.active_count(),
    }
    print(json.dumps(line) if args.json else line, flush=True)


if __name__ == "__main__":
    main()
