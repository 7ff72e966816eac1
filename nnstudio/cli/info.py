"""`nnstudio info`: what a project holds, layer by layer."""

from __future__ import annotations

import contextlib
from pathlib import Path

from nnstudio.cli.data_words import aim_text, rows_text
from nnstudio.cli.failures import FINE
from nnstudio.cli.table import table
from nnstudio.cli.watch import measures_text, print_json, printable
from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import BuiltIn, Csv, Drawn
from nnstudio.data.split import part_sizes
from nnstudio.engine.pace.store import load_pace
from nnstudio.graph.conditions import under
from nnstudio.graph.cost import total_cost
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.problems import Problem
from nnstudio.graph.summary import Row, summary
from nnstudio.project.edits import source_title
from nnstudio.project.file import open_project
from nnstudio.project.model import Project
from nnstudio.session.forecast import Forecast, foretell
from nnstudio.train.conditions import conditions_of, machine_bytes


def info(path: Path, *, json: bool) -> int:
    """Print layers, totals, problems and runs of a project.

    Args:
        path: The project.
        json: Print JSON lines.

    Returns:
        The exit code; a network with problems is fine.
    """
    project = open_project(path)
    conditions = conditions_of(project.settings, machine_bytes())
    inference = under(project.graph, infer(project.graph, project.signature), conditions)
    forecast = _forecast(project, path)
    if json:
        _print_lines(project, inference, forecast)
    else:
        print(printable(describe(project, inference, forecast)))
    return FINE


def _forecast(project: Project, path: Path) -> Forecast | None:
    """Foretell a training; None on a machine that was not measured."""
    pace = load_pace()
    if pace is None:
        return None
    sizes = None
    if isinstance(project.data, BuiltIn | Drawn | Csv):  # what is read in a moment
        with contextlib.suppress(StudioError):
            sizes = part_sizes(load(project.data, base=path.parent), project.split)
    return foretell(project, pace, sizes)


def describe(project: Project, inference: Inference, forecast: Forecast | None = None) -> str:
    """Give all that `info` prints as text."""
    total = total_cost(project.graph, inference)
    batch = project.settings.batch
    head = ["layer", "what", "output", "parameters", "multiply-adds", "memory"]
    rows = [_cells(row) for row in summary(project.graph, inference)]
    sums = (
        f"{words.whole(total.parameters)} parameters, "
        f"{words.short(total.macs)} multiply-adds per sample, "
        f"{words.byte_count(total.training_bytes(batch))} to train with a batch of {batch}."
    )
    texts = [
        project.name,
        *_data_lines(project),
        "",
        table(head, rows, left=2),
        "",
        sums,
    ]
    if forecast is not None:
        texts.append(f"Training takes {forecast.text} on this machine with {forecast.team}.")
    texts += [f"{_severity(one)}: {one.message} {one.hint}".rstrip() for one in inference.problems]
    if project.runs:
        texts += ["", "Runs:"]
    for run in project.runs:
        part = next((one for one in ("test", "valid") if run.metrics.get(one)), "")
        measured = f"{part}: {measures_text(run.metrics[part])}" if part else ""
        reason = run.info.get("reason", "")
        texts.append(f"  {run.id:<8} {run.name:<16} {reason:<14} {measured}".rstrip())
    return "\n".join(texts)


def _data_lines(project: Project) -> list[str]:
    """Say what the data is, what is predicted, and which rows of a table are used."""
    if project.data is None:
        return ["Data: none"]
    title = f"Data: {source_title(project.data)}"
    if project.signature is not None:
        title += f", {aim_text(project.data, project.signature)}"
    if not isinstance(project.data, Csv):
        return [title]
    try:
        rows = rows_text(load(project.data), "train --set data.missing=mean --out FILE")
    except StudioError as error:  # a project can be looked at where its table is not
        rows = error.sentence
    return [title, rows]


def _cells(row: Row) -> list[str]:
    if row.parameters is None or row.macs is None or row.output_bytes is None:
        return [row.name, row.what, "?", "", "", ""]
    return [
        row.name,
        row.what,
        str(row.output),
        words.whole(row.parameters),
        words.whole(row.macs),
        words.byte_count(row.output_bytes),
    ]


def _severity(problem: Problem) -> str:
    return {"error": "Problem", "unfinished": "Unfinished", "advice": "Advice"}[problem.severity]


def _print_lines(project: Project, inference: Inference, forecast: Forecast | None) -> None:
    for row in summary(project.graph, inference):
        print_json(
            {
                "event": "layer",
                "node": row.node,
                "name": row.name,
                "kind": row.kind,
                "output": None if row.output is None else list(row.output.shape),
                "parameters": row.parameters,
                "macs": row.macs,
                "bytes": row.output_bytes,
                "time_share": None if forecast is None else forecast.share(row.node),
            }
        )
    for problem in inference.problems:
        print_json(
            {
                "event": "problem",
                "node": problem.node,
                "severity": problem.severity,
                "message": problem.message,
                "repairs": [repair.label for repair in problem.repairs],
            }
        )
    for run in project.runs:
        print_json({"event": "run", "id": run.id, "name": run.name, "metrics": run.metrics})
    total = total_cost(project.graph, inference)
    print_json(
        {
            "event": "total",
            "name": project.name,
            "parameters": total.parameters,
            "macs": total.macs,
            "training_bytes": total.training_bytes(project.settings.batch),
            "runnable": inference.runnable,
            "step_seconds": None if forecast is None else forecast.budget.step_s,
            "epoch_seconds": None if forecast is None else forecast.epoch_s,
            "threads": None if forecast is None else forecast.budget.threads,
        }
    )
