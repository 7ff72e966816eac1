"""Predicted against measured seconds per epoch: python tests/perf/budget.py [--json] [--threads 1].

Every network trains on random data of its template's shape; large images are made smaller. Of its
epochs the fastest counts, on one thread in seconds of the processor: so what neighbours take from
the machine is left out. On several threads the clock on the wall counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nnstudio.core.random import stream  # noqa: E402
from nnstudio.data.prepare import Part, Prepared  # noqa: E402
from nnstudio.data.transform import Scaler  # noqa: E402
from nnstudio.engine.pace.measure import measure_pace  # noqa: E402
from nnstudio.engine.pace.model import Pace  # noqa: E402
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, maps  # noqa: E402
from nnstudio.project.templates import TEMPLATES  # noqa: E402
from nnstudio.train.budget import predict  # noqa: E402
from nnstudio.train.events import EpochDone  # noqa: E402
from nnstudio.train.job import Job  # noqa: E402
from nnstudio.train.settings import RunSettings  # noqa: E402
from nnstudio.train.trainer import Trainer  # noqa: E402


@dataclass(frozen=True)
class Row:
    """One network.

    Attributes:
        template: Its template.
        samples: Samples that are trained on; a tenth as many are measured.
        batch: Samples of a step; 0 for the template's own.
        side: Height and width of the images, instead of the template's; 0 for its own.
    """

    template: str
    samples: int
    batch: int = 0
    side: int = 0


ROWS = (
    Row("digits-lenet", 1257),
    Row("spirals-mlp", 700),
    Row("mlp", 1050),
    Row("regression-mlp", 310),
    Row("softmax-classifier", 1257),
    Row("linear-svm", 1257),
    Row("lenet-28", 4096),
    Row("fashion-cnn", 1024),
    Row("lenet-5", 2048),
    Row("nin", 64, 16),
    Row("resnet-20", 512, 64),
    Row("resnet-56", 128, 32),
    Row("fractalnet", 64, 16),
    Row("vgg-16", 16, 8, 64),
    Row("squeezenet-1.1", 64, 16, 96),
    Row("mobilenet-v1", 64, 16, 64),
    Row("mobilenet-v2", 64, 16, 64),
    Row("resnet-18", 32, 16, 64),
    Row("densenet-121", 32, 8, 64),
    Row("googlenet", 32, 8, 96),
    Row("rnn", 1257),
    Row("lstm-characters", 320),
)


def _data(row: Row, signature: DataSignature) -> Prepared:
    draw, total = stream(5, "budget", row.template), row.samples + row.samples // 10
    shape, target = signature.input.shape, signature.target
    if signature.input.layout == "TF":  # one-hot characters
        x = np.eye(shape[1], dtype=np.float32)[draw.integers(0, shape[1], (total, shape[0]))]
    else:
        x = draw.normal(0, 1, (total, *shape)).astype(np.float32)
    if isinstance(target, ClassTarget):
        y: np.ndarray = draw.integers(0, target.size, (total, *target.shape))
    else:
        y = draw.normal(0, 1, (total, target.size)).astype(np.float32)
    bounds = (0, row.samples), (row.samples, total), (total, total)
    parts = [Part(x[i:j].copy(), y[i:j].copy(), np.arange(i, j)) for i, j in bounds]
    nothing = Scaler(np.zeros(1, np.float32), np.ones(1, np.float32), np.zeros(0, np.float32))
    return Prepared(*parts, nothing, signature)


def _measured(row: Row, threads: int, seconds: float, pace: Pace) -> dict[str, Any]:
    template = TEMPLATES[row.template]
    signature = template.signature
    assert signature is not None
    assert template.network is not None
    if row.side:
        size: TensorType = maps(row.side, row.side, signature.input.shape[2])
        signature = DataSignature(size, signature.target)
    graph = template.network(signature)
    changed = {"threads": threads, "epochs": 100_000, "learning_rate": 1e-5, "restore_best": False}
    changed |= {"batch": row.batch} if row.batch else {}
    settings = RunSettings.model_validate(template.settings.model_dump() | changed)
    began = time.perf_counter()
    budget = predict(graph, signature, settings, pace)
    took = time.perf_counter() - began
    assert budget is not None
    predicted = budget.epoch_s(row.samples, row.samples // 10)
    actual = _fastest_epoch(Job(graph, _data(row, signature), settings), seconds)
    return {
        "template": row.template,
        "input": str(signature.input),
        "batch": settings.batch,
        "samples": row.samples,
        "threads": budget.threads,
        "predicted_s": predicted,
        "measured_s": actual,
        "ratio": predicted / actual,
        "predicting_ms": 1000 * took,
    }


def _fastest_epoch(job: Job, seconds: float) -> float:
    """Give the time of the fastest epoch after the first, of all that fit into some seconds."""
    with Trainer(job) as trainer:
        clock = time.process_time if trainer.threads == 1 else time.perf_counter
        times, began, last = [], time.perf_counter(), clock()
        for event in trainer.train():
            if isinstance(event, EpochDone):
                now = clock()
                times.append(now - last)
                last = now
                if time.perf_counter() - began > seconds and len(times) > 3:
                    break
    return min(times[1:])


def measure(threads: int, seconds: float, names: list[str]) -> Iterator[dict[str, Any]]:
    """Give one row a network."""
    pace = measure_pace(max(threads, 1))
    assert pace is not None
    for row in ROWS:
        if not names or row.template in names:
            yield _measured(row, threads, seconds, pace)


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    for row in measure(chosen.threads, chosen.seconds, chosen.names):
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            times = f"{1e3 * row['predicted_s']:9.2f} ms, measured {1e3 * row['measured_s']:9.2f}"
            size = f"{row['input']:10} {row['batch']:4} × {row['threads']}"
            said = f"{row['template']:20} {size} {times}  {row['ratio']:5.2f}"
            print(f"{said}  ({row['predicting_ms']:.0f} ms)", flush=True)


if __name__ == "__main__":
    main()
