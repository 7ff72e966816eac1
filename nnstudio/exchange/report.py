"""A run as one HTML page that needs nothing else: no network, no fonts, no scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.core import files, words
from nnstudio.core.errors import StudioError
from nnstudio.exchange.curves import Line, curve_svg
from nnstudio.exchange.matrix import confusion_svg
from nnstudio.exchange.style import STYLE
from nnstudio.graph.cost import node_cost, total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.types import DataSignature
from nnstudio.project.measuring import Measured, measure_run
from nnstudio.project.model import Project, Run
from nnstudio.train.history import History

_PARTS = {"train": "Training", "valid": "Validation", "test": "Test"}


def write_report(project: Project, run: Run, path: Path) -> None:
    """Write the report of a run.

    Args:
        project: Where the run belongs; its data is read for the confusion matrix.
        run: A run with weights.
        path: The HTML file.

    Raises:
        StudioError: The file could not be written.
    """
    page = report_html(project, run)
    with files.atomic_write(path) as file:
        file.write(page.encode())


def report_html(project: Project, run: Run) -> str:
    """Give the report of a run as a whole HTML page; missing data leaves a note in it."""
    title = f"{project.name} – {run.name}"
    sections = [
        _section("Result", _results(run)),
        _section("Curves", _curves(run.history)),
        _section("Confusion matrix", _confusion(project, run)),
        _section("Network", _network(run, run.signature or project.signature)),
        _section("Settings", _settings(run)),
        _section("Data", _data(run)),
        _section("Environment", _pairs(_mapping(run.info.get("versions")))),
    ]
    notes = f"<p>{escape(project.notes)}</p>" if project.notes else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(project.name)}</h1>\n<p class='dim'>{escape(_subtitle(run))}</p>\n{notes}"
        f"{''.join(sections)}\n</main>\n</body>\n</html>\n"
    )


def _subtitle(run: Run) -> str:
    texts = [run.name]
    if "epochs" in run.info and "seconds" in run.info:
        texts.append(f"{run.info['epochs']} epochs in {float(run.info['seconds']):.1f} s")
    texts += [str(run.info[key]) for key in ("reason", "ended") if key in run.info]
    return " · ".join(texts)


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>\n" if content else ""


def _results(run: Run) -> str:
    names = list(dict.fromkeys(name for part in run.metrics.values() for name in part))
    rows = [
        [_PARTS.get(part, part), *(_measure(name, measures.get(name)) for name in names)]
        for part, measures in run.metrics.items()
    ]
    heads = {"top5": "among the first five", "mae": "mean error"}
    return _table(["", *(heads.get(name, name) for name in names)], rows) if rows else ""


def _measure(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if name in ("accuracy", "top5") else f"{value:.4g}"


def _curves(history: History) -> str:
    """Draw loss and accuracy over epochs, single steps faintly behind."""
    steps = _numbers(history.epochs, "step")
    if not len(steps):
        return ""
    epochs = np.arange(1, len(steps) + 1, dtype=np.float64)
    pictures = []
    for name, title in (("loss", "Loss"), ("accuracy", "Accuracy"), ("mae", "Mean error")):
        raw = _numbers(history.steps, name)
        places = (np.arange(len(raw)) + 1.0) * len(steps) / steps[-1]
        lines = [Line("steps", "raw", places, raw)]
        for part, label in (("train", "training"), ("valid", "validation")):
            values = _numbers(history.epochs, f"{part} {name}")
            lines.append(Line(label, part, epochs[: len(values)], values))
        svg = curve_svg(f"{title} over epochs", "epoch", lines)
        if svg:
            pictures.append(f"<figure><figcaption>{title}</figcaption>{svg}</figure>")
    return "".join(pictures)


def _numbers(group: Mapping[str, Any], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(group[name].values() if name in group else [], np.float64)


def _confusion(project: Project, run: Run) -> str:
    part = next((name for name in ("test", "valid", "train") if name in run.metrics), "test")
    try:
        measured = measure_run(project, run, part)
    except StudioError as error:
        return f"<p class='dim'>No confusion matrix: {escape(error.sentence)}</p>"
    if measured.confusion is None:
        return ""
    svg = confusion_svg(measured.classes, measured.confusion)
    if not svg:
        return f"<p class='dim'>{len(measured.classes)} classes are too many for a picture.</p>"
    return f"<p>{escape(_confusion_words(measured, part))}</p><figure>{svg}</figure>"


def _confusion_words(measured: Measured, part: str) -> str:
    assert measured.confusion is not None
    right = int(np.trace(measured.confusion))
    return f"{right} of {measured.samples} samples of the {part} part are right."


def _network(run: Run, signature: DataSignature | None) -> str:
    inference = infer(run.graph, signature)
    rows = []
    for node_id in run.graph.order:
        node = run.graph.nodes[node_id]
        cost, output = node_cost(node, inference), inference.output(node)
        what = node.layer.headline(node.params)
        essentials = node.layer.essentials(node.params)
        rows.append(
            [
                node.label,
                f"{what} · {essentials}" if essentials else what,
                "?" if output is None else str(output),
                "" if cost is None else words.whole(cost.parameters),
                "" if cost is None else words.whole(cost.macs),
            ]
        )
    total = total_cost(run.graph, inference)
    rows.append(["", "", "", words.whole(total.parameters), words.whole(total.macs)])
    return _table(["layer", "what", "output", "parameters", "multiply-adds"], rows, left=2)


def _settings(run: Run) -> str:
    return _pairs(_flat(run.settings.model_dump(mode="json")))


def _data(run: Run) -> str:
    data = _mapping(run.info.get("data"))
    shown = {
        "name": data.get("name", ""),
        "samples": ", ".join(
            f"{words.whole(int(count))} {_PARTS.get(str(part), str(part)).lower()}"
            for part, count in _mapping(data.get("samples")).items()
        ),
        "fingerprint (SHA-256)": run.info.get("data_fingerprint", ""),
        **_flat({"split": run.info.get("split"), "scaling": run.info.get("scaling")}),
    }
    return _pairs({name: value for name, value in shown.items() if value not in ("", None)})


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring inner mappings to the surface: {"a": {"b": 1}} becomes {"a b": 1}."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= {f"{name} {inner}": deep for inner, deep in _flat(value).items()}
        else:
            found[name] = value
    return {name.replace("_", " "): value for name, value in found.items()}


def _pairs(values: Mapping[str, Any]) -> str:
    entries = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(_text(value))}</dd>"
        for name, value in values.items()
    )
    return f"<dl>{entries}</dl>" if entries else ""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        made = (
            f"<{tag}{'' if i < left else ' class=number'}>{escape(cell)}</{tag}>"
            for i, cell in enumerate(cells)
        )
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return (
        f"<div class='wide'><table><thead>{line(head, 'th')}</thead>"
        f"<tbody>{body}</tbody></table></div>"
    )
