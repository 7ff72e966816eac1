"""`nnstudio new`: a project from a template."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from nnstudio.cli.data_words import aim_text, rows_text
from nnstudio.cli.failures import FINE
from nnstudio.cli.table import table
from nnstudio.cli.watch import printable
from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import AnySource, Missing
from nnstudio.graph.infer import infer
from nnstudio.graph.types import DataSignature
from nnstudio.project.choose import source_of
from nnstudio.project.edits import source_title
from nnstudio.project.file import SUFFIX, save_project
from nnstudio.project.model import Project
from nnstudio.project.templates import TEMPLATES, families, make_template, template_for

_MOST_NAMED = 6  # templates that a sentence lists
_MISSING: dict[str, Missing] = {"drop": "drop", "mean": "mean", "frequent": "frequent"}


def new(
    path: Path | None,
    template: str | None,
    data: str | None,
    target: str | None,
    missing: str = "drop",
    *,
    force: bool,
) -> int:
    """Make a project file, or list the templates.

    Args:
        path: The file; ".nns" is added where it has no ending.
        template: What to start from; None lists the templates, or is "empty" for a given path.
        data: Other data than the template's, read now so that the network fits it.
        target: For a table, the column to predict.
        missing: For a table, what happens to rows with gaps: "drop", "mean" or "frequent".
        force: Replace a file that is there.

    Returns:
        The exit code.
    """
    if path is None:
        if template is not None:
            raise StudioError("Say which file to make: nnstudio new --template NAME PROJECT.nns.")
        print(printable(_listed()))
        return FINE
    path = path if path.suffix else path.with_suffix(SUFFIX)
    if path.exists() and not force:
        raise StudioError(f"'{path}' is already there; choose another name or add --force.")
    if data is None:
        project = make_template(template or "empty")
    else:
        project, lines = _for_data(template or "mlp", data, target, missing)
        project = replace(project, name=path.stem)
        print(printable("\n".join(lines)))
    save_project(project, path)
    print(printable(f"{path} is made; train it with: nnstudio train {path}"))
    return FINE


def _listed() -> str:
    """Give all templates under their headings."""
    rows = []
    for family, members in families().items():
        rows += [["", "", "", ""], [family.upper(), "", "", ""]]
        rows += [
            [one.name, "" if one.year is None else str(one.year), one.expects, one.about]
            for one in members
        ]
    return table(["template", "year", "what goes in and comes out", "what it is"], rows, left=4)


def _for_data(
    template: str, data: str, target: str | None, missing: str
) -> tuple[Project, list[str]]:
    """Make a project for data of a person's own, and say what it holds."""
    choice = _MISSING.get(missing)
    if choice is None:
        raise StudioError(f"Gaps cannot be filled by '{missing}'; choose drop, mean or frequent.")
    source = source_of(data, target, choice)
    dataset = load(source)
    project = template_for(template, source, dataset.signature)
    obstacle = _obstacle(project)
    if obstacle:
        names = (name for name in TEMPLATES if name not in {"empty", template})
        fitting = (name for name in names if _fits(name, source, dataset.signature))
        raise StudioError(
            f"The template '{template}' does not suit {source_title(source)}: {obstacle} "
            f"Choose {words.listed([*islice(fitting, _MOST_NAMED)], 'or')}."
        )
    lines = [f"{source_title(source)}: {aim_text(source, dataset.signature)}."]
    rows = rows_text(dataset, "--missing mean")
    return project, lines + ([rows] if rows else [])


def _fits(name: str, source: AnySource, signature: DataSignature) -> bool:
    return not _obstacle(template_for(name, source, signature))


def _obstacle(project: Project) -> str:
    """Give what keeps a network from running on its data; an empty one is only unfinished."""
    if not project.graph.nodes:
        return ""
    found = infer(project.graph, project.signature).first_obstacle()
    return "" if found is None else found.message
