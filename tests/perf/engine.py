"""Training speed against PyTorch eager: python tests/perf/engine.py [--json] [--threads 2].

Each side lives in its own process; rounds alternate; medians are printed. Before the rounds both
train 20 steps from the same weights, and their losses are compared.
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
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
FIRST_STEPS = 20


def _ours(name: str, threads: int, folder: Path) -> tuple[list[float], Callable[[], None]]:
    """Prepare our side; give the first losses and a function that runs a round."""
    import numpy as np

    from nnstudio.engine.optimisers import State, chain
    from nnstudio.engine.plan import TrainPlan, choose_threads
    from nnstudio.graph.cost import total_cost
    from nnstudio.graph.infer import infer
    from nnstudio.kernels.team import Team
    from tests.nets import network
    from tests.perf.workloads import batches, samples, workloads

    work = next(one for one in workloads() if one.name == name)
    net = network(work.graph, work.signature)
    np.savez(folder / "weights.npz", **net.weights.arrays())
    x, y = samples(work)
    macs = total_cost(work.graph, infer(work.graph, work.signature)).macs
    size = choose_threads(0, macs, work.batch, threads)
    state = State(len(net.weights.values), "f4")
    steps = max(work.steps, FIRST_STEPS)
    plan = TrainPlan(net, work.batch, steps, size, chain(work.rule), state)
    plan.bind(x, y)
    plan.tables.rates[:] = work.rate
    team = Team(size)
    plan.run(team, batches(work, FIRST_STEPS).ravel())
    losses = plan.tables.losses[:FIRST_STEPS].tolist()
    rows = batches(work, work.steps).ravel()
    return losses, lambda: plan.run(team, rows, FIRST_STEPS) and None


def _torch(name: str, threads: int, folder: Path) -> tuple[list[float], Callable[[], None]]:
    """Prepare PyTorch's side; give the first losses and a function that runs a round."""
    import numpy as np
    import torch

    from tests.perf.torch_twin import loss_function, optimiser, twin
    from tests.perf.workloads import batches, samples, workloads

    torch.set_num_threads(threads)
    work = next(one for one in workloads() if one.name == name)
    x, y = samples(work)
    if x.ndim == 4:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    with np.load(folder / "weights.npz") as arrays:
        model = twin(torch, work.graph, work.signature, dict(arrays))
    stepper = optimiser(torch, work.rule, work.rate, model)
    loss_of = loss_function(torch, work.graph)

    def run(rows: np.ndarray) -> list[float]:
        losses = []
        for batch in torch.from_numpy(rows):
            stepper.zero_grad()
            loss = loss_of(model(tx[batch]), ty[batch])
            loss.backward()
            stepper.step()
            losses.append(loss.detach())
        return [float(one) for one in losses]

    first = run(batches(work, FIRST_STEPS))
    rows = batches(work, work.steps)
    return first, lambda: run(rows) and None


def _worker(side: str, name: str, threads: int, folder: Path) -> None:
    """Answer each line on standard input with the seconds of one round."""
    losses, run_round = {"ours": _ours, "torch": _torch}[side](name, threads, folder)
    run_round()
    print(json.dumps(losses), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        run_round()
        seconds = time.perf_counter() - began
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([seconds, peak_mb]), flush=True)


class _Side:
    """One side in its own process."""

    def __init__(self, side: str, name: str, threads: int, folder: Path) -> None:
        command = [sys.executable, __file__, "--worker", side, "--workload", name]
        command += ["--threads", str(threads), "--folder", str(folder)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.losses: list[float] = self._answer()

    def _answer(self) -> list[float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args} ended with {self._process.wait()}")
        return list(json.loads(line))

    def round(self) -> tuple[float, float]:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        seconds, peak_mb = self._answer()
        return seconds, peak_mb

    def close(self) -> None:
        self._process.communicate()


def _measure(name: str, threads: int, rounds: int) -> dict[str, object]:
    """Measure one workload in interleaved rounds."""
    from tests.perf.workloads import workloads

    work = next(one for one in workloads() if one.name == name)
    with tempfile.TemporaryDirectory() as folder:
        ours = _Side("ours", name, threads, Path(folder))
        torch = _Side("torch", name, threads, Path(folder))
        times = [(ours.round(), torch.round()) for _ in range(rounds)]
        ours.close()
        torch.close()
    pairs = zip(ours.losses, torch.losses, strict=True)
    samples = work.steps * work.batch
    mine = statistics.median(one[0][0] for one in times)
    other = statistics.median(one[1][0] for one in times)
    return {
        "workload": name,
        "threads": threads,
        "ours_sps": round(samples / mine),
        "torch_sps": round(samples / other),
        "ratio": round(statistics.median(b[0] / a[0] for a, b in times), 2),
        "ours_peak_mb": round(times[-1][0][1]),
        "torch_peak_mb": round(times[-1][1][1]),
        "loss_difference": float(f"{max(abs(a - b) / abs(b) for a, b in pairs):.2g}"),
    }


def main() -> None:
    """Measure all workloads, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workload")
    parser.add_argument("--worker", choices=["ours", "torch"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        _worker(args.worker, args.workload, args.threads, args.folder)
        return
    from tests.perf.workloads import workloads

    for work in workloads():
        if args.workload in {None, work.name}:
            line = _measure(work.name, args.threads, args.rounds)
            if args.json:
                print(json.dumps(line), flush=True)
            else:
                print("  ".join(f"{key} {value}" for key, value in line.items()), flush=True)


if __name__ == "__main__":
    main()
