"""The panes side by side: which there are, what each shows, and how they share the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from nnstudio.gui.curve_lines import Tracks
from nnstudio.gui.curve_memory import MOST_PANES, CurveMemory, PaneSpec
from nnstudio.gui.curve_pane import CurvePane
from nnstudio.gui.curve_plot import CurvePlot
from nnstudio.gui.curve_view import CurveView
from nnstudio.gui.theme import Theme

PANE_PX, ROW_PX = 270, 120  # least width and height of a pane


class Panes(QWidget):
    """Keeps the panes that a person arranged; a pane without any line makes room meanwhile.

    Args:
        memory: Where the arrangement is kept.
        view: Shared by all plots.
        tracks: Shared by all plots.
        theme: For the colours.
    """

    changed = Signal()

    def __init__(self, memory: CurveMemory, view: CurveView, tracks: Tracks, theme: Theme) -> None:
        super().__init__()
        self._memory, self._view, self._tracks, self._theme = memory, view, tracks, theme
        self.specs = memory.panes
        self.shown: list[CurvePane] = []
        self._panes: list[CurvePane] = []
        self._columns = 0
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)

    def plot(self, group: str) -> CurvePlot | None:
        """Give the first plot of a group that shows, or None."""
        return next((pane.plot for pane in self.shown if pane.spec.group == group), None)

    def place(self, groups: Sequence[str]) -> list[CurvePane]:
        """Put the panes in order; give those whose group is known, or the first where none is."""
        while len(self._panes) < len(self.specs):
            self._panes.append(self._made(len(self._panes)))
        while len(self._panes) > len(self.specs):
            gone = self._panes.pop()
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for pane, spec in zip(self._panes, self.specs, strict=True):
            pane.become(spec)
        known = [pane for pane in self._panes if pane.spec.group in groups] or self._panes[:1]
        if known != self.shown or not self._columns:
            self.shown = known
            self._share_room(anew=True)
        return known

    def _made(self, place: int) -> CurvePane:
        pane = CurvePane(self.specs[place], self._view, self._tracks, self._theme)
        pane.setParent(self._inside)  # before it shows, or it would be a window for a moment
        pane.setMinimumHeight(ROW_PX)
        pane.group_wanted.connect(partial(self._choose, pane))
        pane.line_toggled.connect(partial(self._toggle, pane))
        pane.removed.connect(partial(self._remove, pane))
        return pane

    def _share_room(self, *, anew: bool = False) -> None:
        """Put the panes into as many columns as there is room for."""
        columns = max(1, min(len(self.shown), self.width() // PANE_PX))
        rows = max(1, -(-len(self.shown) // columns))
        columns = max(1, -(-len(self.shown) // rows))
        if columns == self._columns and not anew:
            return
        for pane in self._panes:
            self._grid.removeWidget(pane)
            pane.setVisible(pane in self.shown)
        for column in range(MOST_PANES):
            wide = 5 if column == 0 and columns == len(self.shown) else 3
            self._grid.setColumnStretch(column, wide if column < columns else 0)
        for i, pane in enumerate(self.shown):
            self._grid.addWidget(pane, i // columns, i % columns)
        self._columns = columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    # What a person does

    def add(self, group: str) -> None:
        """Show a group in a pane of its own."""
        if len(self.specs) < MOST_PANES:
            self._keep([*self.specs, PaneSpec(group)])

    def _choose(self, pane: CurvePane, group: str) -> None:
        self._put(pane, PaneSpec(group))

    def _toggle(self, pane: CurvePane, part: str, wanted: bool) -> None:
        hidden = pane.spec.hidden - {part} if wanted else pane.spec.hidden | {part}
        self._put(pane, replace(pane.spec, hidden=hidden))

    def _put(self, pane: CurvePane, spec: PaneSpec) -> None:
        specs = list(self.specs)
        specs[self._panes.index(pane)] = spec
        self._keep(specs)

    def _remove(self, pane: CurvePane) -> None:
        if len(self.specs) > 1:
            place = self._panes.index(pane)
            self._panes.append(self._panes.pop(place))
            self._keep([*self.specs[:place], *self.specs[place + 1 :]])

    def _keep(self, specs: Sequence[PaneSpec]) -> None:
        self.specs = self._memory.panes = tuple(specs)
        self._columns = 0
        self.changed.emit()
