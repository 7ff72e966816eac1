"""What viewers cost a training: python tests/perf/viewers.py [--json] [--threads 2].

One training goes on; rounds without viewers, with a calm one (all outputs of one sample, ten times
a second) and with greedy ones (outputs, gradients, weights, updates of 64 samples, thirty times a
second) alternate. Ratios are of steps per second, against the rounds without.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nnstudio.session.answers import Answers
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.control import Control
from nnstudio.train.events import Event, Steps
from nnstudio.train.job import Job
from nnstudio.train.observer import Observer
from nnstudio.train.settings import RunSettings
from nnstudio.train.trainer import Trainer
from nnstudio.train.watch import Watch
from tests.nets import prepared
from tests.perf.workloads import samples, workload

MODES = ("none", "calm", "greedy")
WARM_UP_S = 1.0  # the plans of new wishes are made, and what that took is made up for


def _wishes(nodes: tuple[str, ...], mode: str) -> dict[str, Watch]:
    """Give the wishes of a mode, by viewer."""
    if mode == "calm":
        return {"maps": Watch(outputs=nodes, samples=(0,), rate=10)}
    probe = tuple(range(64))
    return {
        "maps": Watch(outputs=nodes, samples=probe, rate=30),
        "flow": Watch(gradients=nodes, weight_gradients=nodes, samples=probe, rate=30),
        "filters": Watch(weights=nodes, updates=True, rate=30),
    }


def _round(
    events: Iterator[Event], answers: Answers, desk: WatchDesk, seconds: float, threads: int
) -> tuple[float, list[float]]:
    """Train for a while; give the steps per second and the cost of each answer.

    On one thread the processor's time is counted, which a busy machine does not stretch.
    """
    clock = time.thread_time if threads == 1 else time.perf_counter
    began, steps, costs = clock(), 0, []
    while (passed := clock() - began) < seconds:
        event = next(events)
        steps += len(event.losses) if isinstance(event, Steps) else 0
        if answers.wanted:
            answers.within_budget(steps, steps)
        costs += [answer.seconds for answer in desk.take().values()]
    return steps / passed, costs


def measure(name: str, threads: int, rounds: int, seconds: float) -> dict[str, object]:
    """Give the line of one workload."""
    work = workload(name)
    x, y = samples(work)
    settings = RunSettings(epochs=1_000_000, batch=work.batch, threads=threads, learning_rate=1e-5)
    desk, control = WatchDesk(), Control()
    speeds: dict[str, list[float]] = {mode: [] for mode in MODES}
    costs: dict[str, list[float]] = {mode: [] for mode in MODES}
    with Trainer(Job(work.graph, prepared(x, y, work.signature), settings)) as trainer:
        nodes = tuple(one.id for one in work.graph.nodes.values() if not one.layer.is_loss())
        answers = Answers(desk, work.graph, lambda: Observer.beside(trainer), "training", control)
        events = trainer.train(control)
        for turn in range(rounds + 1):
            for mode in MODES:
                for viewer in list(desk.wishes):
                    desk.ask(viewer, None)
                for viewer, watch in ({} if mode == "none" else _wishes(nodes, mode)).items():
                    desk.ask(viewer, watch)
                if mode != "none":
                    _round(events, answers, desk, WARM_UP_S, threads)
                speed, found = _round(events, answers, desk, seconds, threads)
                if turn:  # the first loads code
                    speeds[mode].append(speed)
                    costs[mode] += found
        control.stop()
    ratio = {
        mode: statistics.median(
            watched / alone for watched, alone in zip(speeds[mode], speeds["none"], strict=True)
        )
        for mode in MODES
    }
    line: dict[str, object] = {"measure": "viewers", "workload": name, "threads": threads}
    for mode in MODES[1:]:
        line[f"{mode}_ratio"] = round(ratio[mode], 3)
        line[f"{mode}_answers_per_s"] = round(len(costs[mode]) / (rounds * seconds), 1)
        line[f"{mode}_ms_per_answer"] = round(1e3 * statistics.median(costs[mode] or [0.0]), 2)
    return line


def main() -> None:
    """Print one line for each workload."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--workloads", nargs="*", default=["digits lenet", "lenet", "vgg"])
    args = parser.parse_args()
    for name in args.workloads:
        line = measure(name, args.threads, args.rounds, args.seconds)
        print(json.dumps(line) if args.json else line, flush=True)


if __name__ == "__main__":
    main()
