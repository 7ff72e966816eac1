"""What is done to the coming training by name: another seed, layers that stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.gui.driver import BUSY
from nnstudio.project.edits import ProjectEdit, ProjectGroup, SetSetting
from nnstudio.project.run_edits import Restore

if TYPE_CHECKING:
    from nnstudio.gui.window import Window


def new_seed(window: Window) -> None:
    """Draw other initial weights from now on, as one step, and go back to the start."""
    project = window.studio.project
    edits: list[ProjectEdit] = []
    if project.start:
        edits.append(Restore(project.graph, project.settings))
    edits.append(SetSetting("seed", project.settings.seed + 1))
    name = f"Seed {project.settings.seed} → {project.settings.seed + 1}"
    busy = window.studio.run_state in BUSY
    window.edits.make_or_tell(edits[0] if len(edits) == 1 else ProjectGroup(name, tuple(edits)))
    if busy or window.studio.history is not None:
        window.actions_by_name["rewind"].trigger()


def freeze(window: Window) -> None:
    """Freeze the selected layers, or let them go if all of them are frozen; training goes on."""
    levels, selection = window.canvas.commands.levels, window.canvas.selection
    if not selection:
        window.banner.say("Select the layers that are to stay as they are, then freeze them.")
        return
    ids = ["/".join([*levels.path, one]) for one in selection]
    frozen = window.studio.project.settings.frozen
    if all(one in frozen for one in ids):
        now = [one for one in frozen if one not in ids]
    else:
        now = [*frozen, *(one for one in ids if one not in frozen)]
    window.edits.make_or_tell(SetSetting("frozen", now))
