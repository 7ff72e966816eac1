"""One pane of the curves: a title that is a menu, and the plot below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.gui.curve_controls import fill_groups, menu_button
from nnstudio.gui.curve_lines import Tracks
from nnstudio.gui.curve_memory import PaneSpec
from nnstudio.gui.curve_plot import CurvePlot
from nnstudio.gui.curve_view import CurveView
from nnstudio.gui.theme import Theme


class CurvePane(QWidget):
    """Shows one group; its menu chooses another, single lines, or takes the pane away.

    Signals:
        group_wanted: Another group.
        line_toggled: A line's part, and whether it shows.
        removed: The pane is to go.
    """

    group_wanted = Signal(str)
    line_toggled = Signal(str, bool)
    removed = Signal()

    def __init__(self, spec: PaneSpec, view: CurveView, tracks: Tracks, theme: Theme) -> None:
        super().__init__()
        self.spec = spec
        self.plot = CurvePlot(spec.group, view, tracks, theme)
        menu = QMenu(self)
        self.groups = menu.addMenu("Show")
        self.lines = menu.addMenu("Lines")
        menu.addSeparator()
        self.remove = menu.addAction("Remove this pane")
        self.remove.triggered.connect(self.removed)
        self.title = menu_button(f"{spec.group} ▾", menu, "Choose what this pane shows")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(2, 0, 4, 0)
        self.head.addWidget(self.title)
        self.head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.head)
        column.addWidget(self.plot, 1)
        self._parts: list[str] = []

    def become(self, spec: PaneSpec) -> None:
        """Show another group or other lines."""
        if spec.group != self.spec.group:
            self.title.setText(f"{spec.group} ▾")
            self.title.setAccessibleName(f"{spec.group} pane")
            self.plot.rename(spec.group)
            self._parts = []
        self.spec = spec

    def offer(self, groups: Sequence[str], parts: Sequence[str], *, alone: bool) -> None:
        """List what the menu can choose from."""
        fill_groups(self.groups, groups, self.group_wanted.emit)
        self.remove.setEnabled(not alone)
        self.lines.setEnabled(len(parts) > 1)
        if list(parts) == self._parts:
            return
        self._parts = list(parts)
        self.lines.clear()
        for part in parts:
            action = self.lines.addAction(part or self.spec.group)
            action.setCheckable(True)
            action.setChecked(part not in self.spec.hidden)
            action.toggled.connect(lambda on, part=part: self.line_toggled.emit(part, on))
