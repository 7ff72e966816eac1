"""Speed of the engine against its rivals: python tests/perf/engine.py [--json] [--threads 2].

Each side lives in its own process; rounds alternate; medians are printed, with the lowest and the
highest ratio. Before the rounds both train 20 steps from the same weights, and their losses are
compared (for inference: the scores).
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
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def _worker(side: str, name: str, threads: int, folder: Path) -> None:
    """Answer each line on standard input with the seconds of one round and the peak memory."""
    from tests.perf.sides import SIDES
    from tests.perf.workloads import workload

    losses, run_round = SIDES[side](workload(name), threads, folder)
    run_round()
    print(json.dumps(losses), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        run_round()
        seconds = time.perf_counter() - began
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([seconds, peak_mb]), flush=True)


class _Process:
    """One side in its own process."""

    def __init__(self, side: str, name: str, threads: int, folder: Path) -> None:
        command = [sys.executable, __file__, "--worker", side, "--workload", name]
        command += ["--threads", str(threads), "--folder", str(folder)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.losses: list[float] = self._answer()

    def _answer(self) -> list[Any]:
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


def _measure(
    name: str, rival: str, threads: int, rounds: int, peak_gflops: float
) -> dict[str, Any]:
    """Measure one workload against one rival in interleaved rounds."""
    from tests.perf.sides import macs
    from tests.perf.workloads import workload

    work = workload(name)
    with tempfile.TemporaryDirectory() as folder:
        mine = _Process("ours", name, threads, Path(folder))
        other = _Process(rival, name, threads, Path(folder))
        times = [(mine.round(), other.round()) for _ in range(rounds)]
        mine.close()
        other.close()
    samples = work.steps * work.batch
    ratios = [b[0] / a[0] for a, b in times]
    seconds = statistics.median(one[0][0] for one in times)
    passes = 3 if work.trains else 1  # backward costs about two forward passes
    gflops = 2e-9 * passes * macs(work) * samples / seconds
    line = {
        "workload": name,
        "threads": threads,
        "ours_sps": round(samples / seconds),
        f"{rival}_sps": round(samples / statistics.median(one[1][0] for one in times)),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_low": round(min(ratios), 2),
        "ratio_high": round(max(ratios), 2),
        "ours_peak_mb": round(times[-1][0][1]),
        f"{rival}_peak_mb": round(times[-1][1][1]),
        "fma_share": round(gflops / (peak_gflops * threads), 3),
    }
    if other.losses:
        pairs = zip(mine.losses, other.losses, strict=True)
        line["loss_difference"] = float(f"{max(abs(a - b) / abs(b) for a, b in pairs):.2g}")
    return line


def main() -> None:
    """Measure all workloads, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workload")
    parser.add_argument("--worker", choices=["ours", "torch", "sklearn"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        _worker(args.worker, args.workload, args.threads, args.folder)
        return
    from nnstudio.kernels.doctor import self_test
    from tests.perf.workloads import workloads

    peak = self_test().gflops
    for work in workloads():
        if args.workload not in {None, work.name}:
            continue
        for rival in ("torch", "sklearn") if work.name == "mlp" else ("torch",):
            line = _measure(work.name, rival, args.threads, args.rounds, peak)
            if args.json:
                print(json.dumps(line), flush=True)
            else:
                print("  ".join(f"{key} {value}" for key, value in line.items()), flush=True)


if __name__ == "__main__":
    main()
