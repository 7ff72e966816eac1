"""Makes sure that what was learned is kept: looked after before a training, rescued behind it."""

from __future__ import annotations

import os
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import data_folder
from nnstudio.project.file import save_project
from nnstudio.project.model import Project


def require_writable(path: Path) -> None:
    """Insist that a file can be written, before a long training and not behind it.

    Raises:
        StudioError: Its folder is missing or closed.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise StudioError(
            f"There is no folder '{folder}' to write '{path.name}' to; make it first."
        )
    if not os.access(folder, os.W_OK):
        raise StudioError(
            f"'{path}' could not be written: you may not write there; choose another place with "
            "--out, or add --dry."
        )


def save_or_rescue(project: Project, path: Path) -> None:
    """Save a trained project; where that fails, keep it in the studio's own folder.

    Raises:
        StudioError: It could not be saved in its place; the sentence says where it is instead.
    """
    try:
        save_project(project, path)
    except StudioError as error:
        folder = data_folder() / "rescued"
        folder.mkdir(exist_ok=True)
        rescued = folder / path.name
        save_project(project, rescued)
        raise StudioError(
            f"{error.sentence.rstrip('.')}; the trained project was kept as {rescued}.",
            details=error.details,
        ) from error
