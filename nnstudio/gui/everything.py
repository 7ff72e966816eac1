"""What Ctrl+K offers: every action, layer, template, setting, node and recent file, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from nnstudio.gui.canvas.commands import TABLE
from nnstudio.gui.commands import Entry
from nnstudio.gui.field_spec import FieldSpec, specs
from nnstudio.gui.field_text import shown
from nnstudio.gui.forms import Form
from nnstudio.gui.node_page import NodePage
from nnstudio.gui.node_spec import node_specs, node_values
from nnstudio.gui.run_page import RunPage
from nnstudio.train.settings import RunSettings

if TYPE_CHECKING:
    from nnstudio.gui.window import Window


def entries(window: Window) -> list[Entry]:
    """List everything a person can do now; what is said twice comes once."""
    found: dict[str, Entry] = {}
    for part in (_actions, _canvas, _settings, _layers, _nodes, _templates, _files):
        for entry in part(window):
            found.setdefault(entry.text, entry)
    return list(found.values())


def _actions(window: Window) -> Iterator[Entry]:
    for action in window.actions_by_name.all():
        if action.isEnabled() and action.objectName() != "commands":
            yield Entry(_plain(action.text()), action.shortcut().toString(), action.trigger)


def _canvas(window: Window) -> Iterator[Entry]:
    chosen = bool(window.canvas.selection)
    for command in TABLE:
        if chosen or not command.needs_selection:
            name = f"{command.menu}: {command.name.lower()}" if command.menu else command.name
            yield Entry(name, command.keys, window.canvas.commands.handler(command))


def _settings(window: Window) -> Iterator[Entry]:
    """What can be typed into the inspector: settings of the run, and of the selected node."""
    selection, nodes = window.canvas.selection, window.edits.graph.nodes
    if len(selection) == 1 and selection[0] in nodes:
        node = nodes[selection[0]]
        values = node_values(node)
        for spec in node_specs(node):
            value = shown(spec, values[spec.name])
            yield Entry(f"{node.label}: {spec.title}", value, partial(_to_node, window, spec))
    for spec in specs(RunSettings):
        value = getattr(window.studio.project.settings, spec.name)
        hint = value.kind if spec.kind == "variants" else shown(spec, value)
        yield Entry(f"Run: {spec.title}", hint, partial(_to_run, window, spec))


def _to_node(window: Window, spec: FieldSpec) -> None:
    page = window.inspector.page
    if isinstance(page, NodePage):
        _into(window, page.form, spec)


def _to_run(window: Window, spec: FieldSpec) -> None:
    window.canvas.select(())
    page = window.inspector.page
    if isinstance(page, RunPage):
        _into(window, page.form, spec)


def _into(window: Window, form: Form, spec: FieldSpec) -> None:
    """Put the cursor into a field and bring it into view."""
    field = form.rows[spec.name].field
    window.inspector.ensureWidgetVisible(field)
    field.control.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _layers(window: Window) -> Iterator[Entry]:
    for offer in window.offers:
        yield Entry(f"Add {offer.title}", offer.category, partial(window.add_layer, offer.key))


def _nodes(window: Window) -> Iterator[Entry]:
    for node in window.studio.graph.nodes.values():
        go = partial(window.canvas.select, (node.id,))
        yield Entry(f"Go to {node.label}", node.layer.headline(node.params), go)


def _templates(window: Window) -> Iterator[Entry]:
    for action in window.menus.new_actions:
        yield Entry(f"New: {_plain(action.text())}", "template", action.trigger)


def _files(window: Window) -> Iterator[Entry]:
    for path in window.memory.recent:
        opened = partial(window.files.open_path, path)
        yield Entry(f"Open {path.name}", str(path.parent), opened)


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
