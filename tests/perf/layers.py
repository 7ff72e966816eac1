"""Speed of single layers against PyTorch: python -m tests.perf.layers [--json] [--threads 1].

Forward and backward on a batch of 64, the best of ten rounds each; above 1 we are faster.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

BATCH, ROUNDS = 64, 10
SIZES = ((32, 32, 64), (28, 28, 6), (8, 8, 128))
CASES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("batch_norm", {}, "BatchNorm2d"),
    ("max_pool", {}, "MaxPool2d"),
    ("max_pool", {"window": 3, "padding": 1, "floor": True}, "MaxPool2d 3"),
    ("avg_pool", {}, "AvgPool2d"),
    ("global_avg_pool", {}, "AdaptiveAvgPool2d"),
    ("relu", {}, "ReLU"),
    ("tanh", {}, "Tanh"),
    ("elu", {}, "ELU"),
    ("dropout", {}, "Dropout"),
)


def _best(work: Callable[[], object]) -> float:
    """Give the shortest of some rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def _ours(kind: str, params: dict[str, Any], size: tuple[int, int, int], threads: int) -> float:
    from nnstudio.graph.types import maps
    from nnstudio.kernels.team import Team
    from tests.layers.harness import Rig, make_case

    rig = Rig(make_case(kind, params, [maps(*size)], batch=BATCH), dtype="f4", threads=threads)
    rig.load()
    with Team(threads) as team:
        rig.linked.run(team, 3)
        return _best(lambda: rig.linked.run(team, 5)) / 5


def _theirs(name: str, size: tuple[int, int, int]) -> float:
    import torch

    layer = _torch_layer(torch.nn, name, size[2])
    height, width, channels = size
    x = torch.randn(BATCH, channels, height, width).contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    gradient = torch.randn_like(layer(x))

    def step() -> None:
        layer(x).backward(gradient)
        x.grad = None

    step()
    return _best(step)


def _torch_layer(nn: Any, name: str, channels: int) -> Any:
    """Give the layer of this name with the parameters of `CASES`."""
    if name == "MaxPool2d 3":
        return nn.MaxPool2d(3, 2, 1)
    arguments = {
        "BatchNorm2d": (channels,),
        "MaxPool2d": (2,),
        "AvgPool2d": (2,),
        "AdaptiveAvgPool2d": (1,),
    }
    return getattr(nn, name)(*arguments.get(name, ()))


def measure(threads: int) -> Iterator[dict[str, Any]]:
    """Give one row a layer and size."""
    import torch

    import nnstudio.layers  # noqa: F401 - registers all layers

    torch.set_num_threads(threads)
    for kind, params, name in CASES:
        for size in SIZES:
            ours, theirs = _ours(kind, params, size, threads), _theirs(name, size)
            row = {"layer": kind, "torch": name, "size": "×".join(map(str, size))}
            yield row | {"ours_ms": ours, "torch_ms": theirs, "ratio": theirs / ours}


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    for row in measure(chosen.threads):
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            times = f"{row['ours_ms']:8.3f} ms  torch {row['torch_ms']:8.3f} ms"
            print(f"{row['torch']:18} {row['size']:10} {times}  {row['ratio']:5.2f}x", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
