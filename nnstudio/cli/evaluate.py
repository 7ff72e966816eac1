"""`nnstudio eval`: a trained run measured on a part of its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.cli.failures import FINE
from nnstudio.cli.table import table
from nnstudio.cli.watch import print_json, printable
from nnstudio.core.errors import StudioError
from nnstudio.project.file import open_project
from nnstudio.project.measuring import Measured, measure_run
from nnstudio.project.training import chosen_run

PARTS = ("train", "valid", "test")
_TITLES = {"top5": "among the first five", "mae": "mean error"}
_SHOWN = 30  # classes that still fit on a terminal


def evaluate(path: Path, run_name: str | None, part: str, *, json: bool) -> int:
    """Measure a run and print measures and confusion matrix.

    Args:
        path: The project.
        run_name: Which run; None takes the latest.
        part: "train", "valid" or "test".
        json: Print one JSON line.

    Returns:
        The exit code.
    """
    if part not in PARTS:
        raise StudioError(f"There is no part '{part}'; choose train, valid or test.")
    project = open_project(path)
    run = chosen_run(project, run_name)
    measured = measure_run(project, run, part)
    if json:
        print_json({"event": "evaluated", "run": run.id, "part": part, **_document(measured)})
        return FINE
    print(printable(f"{run.name} on {measured.samples} samples of the {part} part:"))
    for name, value in measured.metrics.items():
        print(f"  {_TITLES.get(name, name):<22} {_value(name, value)}")
    if measured.confusion is not None and len(measured.classes) <= _SHOWN:
        print("\nRows are true classes, columns what the network took them for:\n")
        print(printable(confusion_table(measured.classes, measured.confusion)))
    return FINE


def _document(measured: Measured) -> dict[str, Any]:
    document: dict[str, Any] = {"samples": measured.samples, "metrics": dict(measured.metrics)}
    if measured.confusion is not None:
        document["classes"] = list(measured.classes)
        document["confusion"] = measured.confusion.tolist()
    return document


def _value(name: str, value: float) -> str:
    return f"{100 * value:.2f} %" if name in ("accuracy", "top5") else f"{value:.6g}"


def confusion_table(classes: tuple[str, ...], confusion: NDArray[np.int64]) -> str:
    """Lay out a confusion matrix, zeros as dots, with the share of each class that was right."""
    short = [name[:10] for name in classes]
    rows = []
    for index, name in enumerate(short):
        counts = confusion[index]
        share = f"{100 * counts[index] / max(1, counts.sum()):.1f} %"
        rows.append([name, *("·" if count == 0 else str(count) for count in counts), share])
    return table(["", *short, "right"], rows)
