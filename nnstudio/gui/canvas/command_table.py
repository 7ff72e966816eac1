"""Everything the canvas does on a key or from a menu, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do.

    Attributes:
        keys: What does it on the canvas, or "" for menus only.
        name: Its name in menus.
        method: The method of `Commands`; a word behind ":" is handed to it.
        needs_selection: Whether it is about selected cards.
        menu: The submenu it stands in, or "".
    """

    keys: str
    name: str
    method: str
    needs_selection: bool = False
    menu: str = ""


TABLE = (
    Command("F2", "Rename", "rename"),
    Command("Ctrl+D", "Duplicate", "duplicate", True),
    Command("Ctrl+X", "Cut", "cut", True),
    Command("Ctrl+C", "Copy", "copy", True),
    Command("Ctrl+V", "Paste", "paste"),
    Command("Backspace", "Delete and bridge", "delete_bridging", True),
    Command("Del", "Delete", "delete", True),
    Command("Ctrl+A", "Select all", "select_all"),
    Command("Ctrl+J", "Link in order of selection", "join", True),
    Command("L", "Link from this card", "begin_link", True),
    Command("Shift+L", "Link to this card", "begin_link:back", True),
    Command("U", "Cut a link of this card", "begin_cut", True),
    Command("Ctrl+.", "Show the next repair", "show_repair"),
    Command("Ctrl+G", "Group into a block", "levels.group", True),
    Command("Ctrl+Shift+G", "Ungroup", "levels.ungroup", True),
    Command("", "Keep as own block…", "own.keep", True),
    Command("Alt+Up", "Leave the block", "levels.leave"),
    Command("N", "Note", "notes.add"),
    Command("Shift+N", "Frame around the selection", "notes.frame"),
    Command("Ctrl+Shift+Left", "Left edges", "arrange.align:left", True, "Align"),
    Command("", "Centres", "arrange.align:centre", True, "Align"),
    Command("Ctrl+Shift+Right", "Right edges", "arrange.align:right", True, "Align"),
    Command("Ctrl+Shift+Up", "Top edges", "arrange.align:top", True, "Align"),
    Command("", "Middles", "arrange.align:middle", True, "Align"),
    Command("Ctrl+Shift+Down", "Bottom edges", "arrange.align:bottom", True, "Align"),
    Command("", "Distribute across", "arrange.distribute:across", True, "Align"),
    Command("", "Distribute down", "arrange.distribute:down", True, "Align"),
    Command("Ctrl+F", "Find a card", "find"),
    Command("Ctrl+L", "Tidy layout", "arrange.tidy"),
    Command("Ctrl+Shift+L", "Tidy from top to bottom", "arrange.tidy:down"),
    Command("F", "Fit", "fit"),
    Command("PgUp", "Look further up", "pan:up"),
    Command("PgDown", "Look further down", "pan:down"),
    Command("Shift+PgUp", "Look further left", "pan:left"),
    Command("Shift+PgDown", "Look further right", "pan:right"),
    Command("Return", "Open", "open", True),
    Command("Enter", "Open", "open", True),
    Command("Esc", "Select nothing", "select_nothing"),
    Command("+", "Zoom in", "zoom_in"),
    Command("-", "Zoom out", "zoom_out"),
)
# Letters that mean something else on the canvas cannot add a layer.
RESERVED = frozenset(command.keys for command in TABLE if len(command.keys) == 1)
