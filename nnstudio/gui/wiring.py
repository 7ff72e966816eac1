"""Connects the window's actions with what they do; keeps the window itself small."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QActionGroup, QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox

import nnstudio
from nnstudio.core.paths import log_folder
from nnstudio.gui import guide
from nnstudio.gui.help_window import HelpWindow
from nnstudio.gui.keys_sheet import KeysSheet
from nnstudio.gui.run_actions import freeze, new_seed
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Mode
from nnstudio.project.library.offers import offer_key

if TYPE_CHECKING:
    from nnstudio.gui.window import Window


def templates() -> dict[str, list[tuple[str, str]]]:
    """Give name and words of each template under the headings of their families."""
    from nnstudio.project.templates import families

    return {
        family: [(template.name, template.title) for template in members]
        for family, members in families().items()
    }


def connect_view(window: Window) -> None:
    """Say what the actions do that are not about training."""
    actions, canvas = window.actions_by_name, window.canvas.commands

    def show_panels() -> None:
        window.docks.want_panels(
            left=actions["show_palette"].isChecked(), right=actions["show_inspector"].isChecked()
        )

    actions.connect_all(
        {
            "start_page": lambda: guide.show_welcome(window),
            "tour": lambda: guide.show_tour(window),
            "open": window.files.open,
            "save": window.files.save,
            "save_as": window.files.save_as,
            "rename_project": window.files.rename,
            "report": window.files.report,
            "picture": lambda: window.files.picture(window.canvas),
            "quit": window.close,
            "undo": window.stack.undo,
            "redo": window.stack.redo,
            "find_layer": window.palette_panel.focus_search,
            "network": lambda: window.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason),
            "find_node": canvas.find,
            "rename": canvas.rename,
            "run_settings": lambda: window.canvas.select(()),
            "data": window.choose_data,
            "commands": window.open_commands,
            "help": partial(_explain, window),
            "keys": lambda: KeysSheet(window.actions_by_name, window).show(),
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "zoom_reset": canvas.zoom_reset,
            "build": lambda: window.docks.show_workspace("build"),
            "train_space": lambda: window.docks.show_workspace("train_space"),
            "inspect": lambda: window.docks.show_workspace("inspect"),
            "show_palette": show_panels,
            "show_inspector": show_panels,
            "show_curves": lambda: window.show_tab(window.curves),
            "show_problems": lambda: window.show_tab(window.problems),
            "show_summary": lambda: window.show_tab(window.summary),
            "show_runs": lambda: window.show_tab(window.runs),
            "new_seed": partial(new_seed, window),
            "freeze": partial(freeze, window),
            "show_log": lambda: window.show_tab(window.log),
            "open_logs": lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder()))),
            "about": partial(_about, window),
        }
    )
    window.addActions(actions.all())
    _connect_themes(window)
    _prepare_workspaces(window)
    _fill_menus(window)


def _prepare_workspaces(window: Window) -> None:
    actions, spaces = window.actions_by_name, QActionGroup(window)
    for name in ("build", "train_space", "inspect"):
        spaces.addAction(actions[name])
    for name in ("train_space", "show_palette", "show_inspector", "living_cards"):
        actions[name].setChecked(True)
    window.docks.show_workspace("train_space")


def _fill_menus(window: Window) -> None:
    menus, memory = window.menus, window.memory
    menus.fill_scales(memory.scale_percent, partial(_choose_scale, window))
    menus.recent.aboutToShow.connect(
        lambda: menus.fill_recent(memory.recent, window.files.open_path)
    )
    menus.fill_recent(memory.recent, window.files.open_path)


def _connect_themes(window: Window) -> None:
    modes: dict[str, Mode] = {
        "theme_system": "system", "theme_light": "light", "theme_dark": "dark",
    }  # fmt: skip
    actions, theme = window.actions_by_name, window.theme

    def choose(mode: Mode) -> None:
        theme.set_mode(mode)
        window.memory.mode = mode

    for name, mode in modes.items():
        actions[name].triggered.connect(lambda _=False, mode=mode: choose(mode))
        actions[name].setChecked(theme.mode == mode)

    def dress() -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_style(app, theme.palette())
        actions.colour(theme.palette())

    dress()
    theme.changed.connect(dress)


def _explain(window: Window) -> None:
    """Show the help page of the selected layer."""
    nodes, selection = window.edits.graph.nodes, window.canvas.selection
    kind = offer_key(nodes[selection[-1]]) if selection and selection[-1] in nodes else ""
    page = window.findChild(HelpWindow) or HelpWindow(window.theme, window)
    page.show_layer(kind or page.kind)
    page.show()
    page.raise_()


def _choose_scale(window: Window, percent: int) -> None:
    window.memory.scale_percent = percent
    window.banner.say(f"The window will have {percent} % of its size at the next start.")


def _about(window: Window) -> None:
    QMessageBox.about(
        window,
        "About nnstudio",
        f"nnstudio {nnstudio.__version__}\n\nSee, build and train neural networks.\n"
        "Apache License 2.0",
    )
