"""How the window is divided into palette, canvas, inspector and tabs, in each workspace."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nnstudio.gui.memory import Memory

RIGHT_LEAST_PX = 280
NARROW_PX, NARROWEST_PX = 900, 640  # below, the palette and then the inspector give way
WIDE_PX = 1300  # below, the palette gives way to what is inspected
LEFT_PX, RIGHT_PX, BOTTOM_PX = 212, 288, 330
WORKSPACES = ("build", "train_space", "inspect")


def _panel(name: str, content: QWidget) -> QWidget:
    """Give a panel with a border of its own."""
    panel = QWidget()
    panel.setObjectName(name)
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(content)
    return panel


class Docks(QWidget):
    """Places the parts; remembers for each workspace how they were divided.

    Args:
        palette: Stands at the left.
        canvas: Stands in the centre.
        inspector: Stands at the right.
        tabs: Stand below the canvas.
        memory: Keeps the arrangements between starts.
    """

    def __init__(
        self, palette: QWidget, canvas: QWidget, inspector: QWidget, tabs: QWidget, memory: Memory
    ) -> None:
        super().__init__()
        self._memory = memory
        self._workspace = ""
        self._wants = True, True
        self.left = _panel("left", palette)
        self.right = _panel("right", inspector)
        self.bottom = _panel("bottom", tabs)
        self._middle = QSplitter(Qt.Orientation.Vertical)
        self._whole = QSplitter(Qt.Orientation.Horizontal)
        for splitter, parts, main in (
            (self._middle, (canvas, self.bottom), 0),
            (self._whole, (self.left, self._middle, self.right), 1),
        ):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
            for place, part in enumerate(parts):
                splitter.addWidget(part)
                splitter.setStretchFactor(place, int(place == main))
        self.left.setMinimumWidth(164)
        self.right.setMinimumWidth(RIGHT_LEAST_PX)
        self.bottom.setMinimumSize(220, 120)
        canvas.setMinimumSize(220, 120)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._whole)

    @property
    def workspace(self) -> str:
        """The workspace that shows."""
        return self._workspace

    def show_workspace(self, name: str) -> None:
        """Arrange the parts as they were when this workspace was left."""
        if name == self._workspace:
            return
        self.keep()
        self._workspace = name
        self.bottom.setVisible(name != "build")
        beside = name == "inspect"
        self._middle.setOrientation(
            Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        )
        self._give_way()
        if self.isVisible():
            self._restore(name)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._restore(self._workspace)

    def _restore(self, name: str) -> None:
        whole = self._memory.state(f"{name}/whole")
        middle = self._memory.state(f"{name}/middle")
        if whole is None or not self._whole.restoreState(whole):
            width = max(self.width(), 700)
            left = LEFT_PX if width > 1200 else 172
            self._whole.setSizes([left, width - left - RIGHT_PX, RIGHT_PX])
        if middle is None or not self._middle.restoreState(middle):
            self._middle.setSizes(self._halves(name))
        for splitter in (self._whole, self._middle):
            splitter.setHandleWidth(1)

    def _halves(self, name: str) -> list[int]:
        """Give the room of canvas and tabs: below each other, or the tabs larger at the right."""
        if name == "inspect":
            return [400, 600]
        height = max(self.height(), 500)
        below = min(BOTTOM_PX, height * 2 // 5)
        return [height - below, below]

    def want_panels(self, *, left: bool, right: bool) -> None:
        """Show or hide palette and inspector."""
        self._wants = left, right
        self._give_way()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        left, right = self._wants
        least = WIDE_PX if self._workspace == "inspect" else NARROW_PX
        self.left.setVisible(left and self.width() >= least)
        self.right.setVisible(right and self.width() >= NARROWEST_PX)

    def keep(self) -> None:
        """Remember how the parts are divided now."""
        if self._workspace and self.isVisible():
            self._memory.keep_state(f"{self._workspace}/whole", self._whole.saveState())
            self._memory.keep_state(f"{self._workspace}/middle", self._middle.saveState())
