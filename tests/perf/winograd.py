"""Winograd against direct convolution, over seeds: python tests/perf/winograd.py [--json].

The same networks learn Fashion-MNIST (digits where that is missing) from the same initial weights
with both; what counts is whether the final test accuracies differ by more than seeds do.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nnstudio.data.dataset import DataSet
from nnstudio.data.load import load
from nnstudio.data.prepare import Prepared, prepare_rows
from nnstudio.data.sources import BuiltIn, Idx
from nnstudio.data.split import Rows, Split, split_rows
from nnstudio.data.transform import Scaling
from nnstudio.engine.rules import Sgd
from nnstudio.engine.schedules import Cosine
from nnstudio.graph.types import DataSignature, maps
from nnstudio.train.events import Finished
from nnstudio.train.job import Job
from nnstudio.train.settings import RunSettings
from nnstudio.train.trainer import Trainer
from tests.perf.workloads import workload

SIDE = 32  # the networks halve their maps three times
FASHION = Path(__file__).resolve().parents[3] / "shared" / "data" / "fashion-mnist"


def _data(samples: int) -> tuple[str, Prepared]:
    """Give the data, padded to 32 × 32, with at most `samples` to learn from."""
    if FASHION.is_dir():
        names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
        files = [FASHION / f"{name}-ubyte.gz" for name in names]
        name, source = (
            "Fashion-MNIST",
            Idx(images=files[0], labels=files[1], test_images=files[2], test_labels=files[3]),
        )
    else:
        name, source = "digits", BuiltIn()
    whole = load(source)
    rows = split_rows(whole, Split(), seed=7)
    short = Rows(rows.train[:samples], rows.valid[:500], rows.test)
    return name, prepare_rows(_padded(whole), short, Scaling(kind="standardise"))


def _padded(whole: DataSet) -> DataSet:
    """Put zeros around the images."""
    room = SIDE - whole.x.shape[1]
    border = (0, 0), (room // 2, room - room // 2), (room // 2, room - room // 2), (0, 0)
    signature = DataSignature(maps(SIDE, SIDE, whole.x.shape[3]), whole.signature.target)
    return replace(whole, x=np.pad(whole.x, border), signature=signature)


def _accuracy(name: str, data: Prepared, seed: int, epochs: int, precise: bool) -> float:
    """Train; give the accuracy on the test part."""
    settings = RunSettings(
        epochs=epochs,
        batch=64,
        learning_rate=0.05,
        optimiser=Sgd(momentum=0.9),
        schedule=Cosine(),
        restore_best=False,
        precise=precise,
        seed=seed,
    )
    with Trainer(Job(workload(name).graph, data, settings)) as trainer:
        for event in trainer.train():
            if isinstance(event, Finished):
                return event.test["accuracy"]
    raise AssertionError("a training ends with Finished")


def main() -> None:
    """Train every network with both convolutions and every seed; print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--samples", type=int, default=6000)
    args = parser.parse_args()
    title, data = _data(args.samples)
    for name in ("vgg", "resnet20"):
        found: dict[bool, list[float]] = {False: [], True: []}
        for seed in range(1, args.seeds + 1):
            for precise, accuracies in found.items():
                accuracies.append(_accuracy(name, data, seed, args.epochs, precise))
        winograd, direct = np.array(found[False]), np.array(found[True])
        line = {
            "measure": "winograd_against_direct",
            "data": title,
            "workload": name,
            "seeds": args.seeds,
            "winograd": [round(one, 4) for one in winograd.tolist()],
            "direct": [round(one, 4) for one in direct.tolist()],
            "winograd_mean": round(float(winograd.mean()), 4),
            "direct_mean": round(float(direct.mean()), 4),
            "spread_of_seeds": round(float(direct.std(ddof=1)), 4),
        }
        print(json.dumps(line) if args.json else line, flush=True)


if __name__ == "__main__":
    main()
