"""`nnstudio new`: a project from a template."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnstudio.cli.failures import FINE
from nnstudio.cli.table import table
from nnstudio.cli.watch import printable
from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.project.choose import source_of
from nnstudio.project.file import SUFFIX, save_project
from nnstudio.project.templates import TEMPLATES, make_template, template_for


def new(
    path: Path | None, template: str | None, data: str | None, target: str | None, *, force: bool
) -> int:
    """Make a project file, or list the templates.

    Args:
        path: The file; ".nns" is added where it has no ending.
        template: What to start from; None lists the templates, or is "empty" for a given path.
        data: Other data than the template's, read now so that the network fits it.
        target: For a table, the column to predict.
        force: Replace a file that is there.

    Returns:
        The exit code.
    """
    if path is None:
        if template is not None:
            raise StudioError("Say which file to make: nnstudio new --template NAME PROJECT.nns.")
        rows = [[one.name, one.about] for one in TEMPLATES.values()]
        print(printable(table(["template", "what it is"], rows, left=2)))
        return FINE
    path = path if path.suffix else path.with_suffix(SUFFIX)
    if path.exists() and not force:
        raise StudioError(f"'{path}' is already there; choose another name or add --force.")
    if data is None:
        project = make_template(template or "empty")
    else:
        source = source_of(data, target)
        project = template_for(template or "mlp", source, load(source).signature)
        project = replace(project, name=path.stem)
    save_project(project, path)
    print(printable(f"{path} is made; train it with: nnstudio train {path}"))
    return FINE
