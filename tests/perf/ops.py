"""Time of each op of a training step: python tests/perf/ops.py --workload vgg [--threads 1].

Every op runs alone, many times, on the memory that a step left; ops of one label are added up.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def op_seconds(name: str, threads: int, rounds: int) -> list[tuple[str, str, float]]:
    """Give label, kernel and seconds of each op of a workload's training step.

    Args:
        name: The workload.
        threads: Size of the program and of the team.
        rounds: Times that each op is run; the fastest counts.
    """
    from nnstudio.engine.optimisers import State, chain
    from nnstudio.engine.plan import TrainPlan
    from nnstudio.kernels.team import Team
    from tests.nets import network
    from tests.perf.workloads import batches, samples, workload

    work = workload(name)
    net = network(work.graph, work.signature)
    plan = TrainPlan(
        net, work.batch, 1, threads, chain(work.rule), State(net.weights.values.size, "f4")
    )
    plan.bind(*samples(work))
    plan.tables.rates[:] = work.rate
    plan.tables.momenta[:] = getattr(work.rule, "momentum", 0.0)
    found = []
    with Team(threads) as team:
        plan.run(team, batches(work, 1).ravel())
        for i, op in enumerate(plan.program.ops):
            one = dataclasses.replace(plan.linked, table=plan.linked.table[i : i + 1].copy())
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                one.run(team, 1)
                times.append(time.perf_counter() - began)
            found.append((op.label, op.kernel.name, min(times)))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", default="vgg")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    args = parser.parse_args()
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for label, kernel, seconds in op_seconds(args.workload, args.threads, args.rounds):
        sums[label, kernel].append(seconds)
    total = sum(map(sum, sums.values()))
    print(f"{args.workload}, {args.threads} threads: {1e3 * total:.2f} ms")
    for (label, kernel), times in sorted(sums.items(), key=lambda one: -sum(one[1])):
        part = sum(times)
        print(f"{1e3 * part:9.3f} ms {part / total:6.1%} {len(times):4} × {label} ({kernel})")


if __name__ == "__main__":
    main()
