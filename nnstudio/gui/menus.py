"""The menu bar: File, Edit, Network, Training, View, Help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from nnstudio.gui.actions import Actions
from nnstudio.gui.canvas.commands import TABLE, Commands

SCALES = (100, 125, 150, 175, 200, 250, 300)
TEMPLATES_EMPTY = ("empty", "Empty")


class Menus:
    """Fills a menu bar.

    Args:
        bar: The menu bar.
        actions: What stands in it.
        canvas: What the canvas can do; its keys are shown, it takes them itself.
        templates: Name and words of each template, under the headings of their families.
        new: Begins a project from a template.
    """

    def __init__(
        self,
        bar: QMenuBar,
        actions: Actions,
        canvas: Commands,
        templates: Mapping[str, Sequence[tuple[str, str]]],
        new: Callable[[str], None],
    ) -> None:
        self._actions = actions
        self._bar = bar
        self.new_actions: list[QAction] = []
        self.recent = QMenu("Open &recent", bar)
        self.scale = QMenu("Si&ze of the window", bar)
        self._file(templates, new)
        self._edit(canvas)
        self._training()
        self._view(canvas)
        help_menu = bar.addMenu("&Help")
        self._add(help_menu, "tour", "help", "keys", "commands", "-", "open_logs", "about")

    def _add(self, menu: QMenu, *names: str) -> None:
        for name in names:
            if name == "-":
                menu.addSeparator()
            else:
                menu.addAction(self._actions[name])

    def _file(
        self, templates: Mapping[str, Sequence[tuple[str, str]]], new: Callable[[str], None]
    ) -> None:
        menu = self._bar.addMenu("&File")
        self.new_menu = menu.addMenu("&New")
        for number, (family, members) in enumerate(templates.items()):
            target = self.new_menu if number == 0 else self.new_menu.addMenu(family)
            for name, text in members:
                self._new_action(target, name, text, new)
            if number == 0:
                self.new_menu.addSeparator()
        self._add(menu, "start_page", "open")
        menu.addMenu(self.recent)
        self._add(menu, "-", "save", "save_as", "rename_project", "-", "picture", "report")
        self._add(menu, "-", "data", "-", "quit")

    def _new_action(self, menu: QMenu, name: str, text: str, new: Callable[[str], None]) -> None:
        action = menu.addAction(text)
        action.setObjectName(f"new {name}")
        if name == "empty":
            action.setShortcut("Ctrl+N")
        action.triggered.connect(lambda _=False: new(name))
        self.new_actions.append(action)

    def _edit(self, canvas: Commands) -> None:
        menu = self._bar.addMenu("&Edit")
        self._add(menu, "undo", "redo", "-", "rename", "network", "find_node", "find_layer", "-")
        wanted = ("cut", "copy", "paste", "duplicate", "delete", "delete_bridging", "select_all")
        self._canvas_commands(menu, canvas, (*wanted, "join", "begin_link", "begin_cut"))
        self._canvas_commands(
            menu, canvas, ("levels.group", "levels.ungroup", "own.keep", "levels.leave")
        )
        self._canvas_commands(menu, canvas, ("notes.add", "notes.frame"))
        lines = [one.method for one in TABLE if one.menu == "Align"]
        self._canvas_commands(menu.addMenu("Al&ign"), canvas, lines)

    def _canvas_commands(self, menu: QMenu, canvas: Commands, wanted: Sequence[str]) -> None:
        """Add what the canvas does; the text after the tab shows a key without claiming it."""
        for command in TABLE:
            if command.method in wanted:
                action = menu.addAction(f"{command.name}\t{command.keys}")
                do = canvas.handler(command)
                action.triggered.connect(lambda _=False, do=do: do())

    def _training(self) -> None:
        menu = self._bar.addMenu("&Training")
        self._add(
            menu,
            "train",
            "pause",
            "stop",
            "-",
            "step",
            "step_epoch",
            "rewind",
            "new_seed",
            "-",
            "freeze",
            "check_gradients",
            "run_settings",
        )

    def _view(self, canvas: Commands) -> None:
        menu = self._bar.addMenu("&View")
        self._add(
            menu,
            "build",
            "train_space",
            "inspect",
            "-",
            "show_palette",
            "show_inspector",
            "-",
            "show_curves",
            "show_problems",
            "show_summary",
            "show_runs",
            "show_log",
            "-",
        )
        looks = ("activations", "filters", "gradients", "confusion", "predictions", "boundary")
        self._add(menu, *(f"show_{name}" for name in looks), "-")
        self._add(menu, "living_cards", "-", "zoom_in", "zoom_out", "zoom_reset")
        self._canvas_commands(menu, canvas, ("fit", "arrange.tidy", "arrange.tidy:down"))
        menu.addSeparator()
        self._add(menu, "theme_system", "theme_light", "theme_dark")
        group = QActionGroup(menu)
        for name in ("theme_system", "theme_light", "theme_dark"):
            group.addAction(self._actions[name])
        menu.addMenu(self.scale)

    def fill_recent(self, paths: Sequence[Path], opened: Callable[[Path], object]) -> None:
        """List the recent files."""
        self.recent.clear()
        self.recent.setEnabled(bool(paths))
        for number, path in enumerate(paths, 1):
            action = self.recent.addAction(f"&{number % 10} {path.name}    {path.parent}")
            action.triggered.connect(lambda _=False, path=path: opened(path))

    def fill_scales(self, chosen: int, choose: Callable[[int], None]) -> None:
        """List the sizes of the window."""
        group = QActionGroup(self.scale)
        for percent in SCALES:
            action = self.scale.addAction(f"{percent} %")
            action.setCheckable(True)
            action.setChecked(percent == chosen)
            action.triggered.connect(lambda _=False, percent=percent: choose(percent))
            group.addAction(action)
