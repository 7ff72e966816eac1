"""The tabs below the canvas; each page's controls stand beside the tabs or, in need, below them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

GAP_PX = 12


class _Controls(QStackedWidget):
    """Takes no more room than the controls that show."""

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().sizeHint() if page is None else page.sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class BottomTabs(QWidget):
    """Pages with a title each; one shows.

    Signals:
        currentChanged: The place of the page that shows now.
    """

    currentChanged = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Panels below the network")
        self._bar = QTabBar()
        self._bar.setDocumentMode(True)
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setUsesScrollButtons(True)
        self._bar.setElideMode(Qt.TextElideMode.ElideNone)
        self._bar.setAccessibleName("Panels below the network")
        self._pages, self._controls = QStackedWidget(), _Controls()
        self._beside, self._below = QHBoxLayout(), QHBoxLayout()
        self._beside.addWidget(self._bar, 1)
        self._beside.addWidget(self._controls)
        self._below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._beside)
        column.addLayout(self._below)
        column.addWidget(self._pages, 1)
        self._bar.currentChanged.connect(self._turn)

    def add(self, page: QWidget, title: str, controls: QWidget | None = None) -> None:
        """Put a page at the end."""
        self._controls.addWidget(controls or QWidget())
        self._pages.addWidget(page)
        self._bar.addTab(title)

    def _turn(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        self._controls.setCurrentIndex(place)
        self._controls.updateGeometry()
        self._settle()
        self.currentChanged.emit(place)

    def _settle(self) -> None:
        """Let the controls stand beside the tabs where both fit."""
        need = self._bar.sizeHint().width() + self._controls.sizeHint().width() + GAP_PX
        row, other = self._beside, self._below
        if need > self.width():
            row, other = other, row
        if row.indexOf(self._controls) < 0:
            other.removeWidget(self._controls)
            row.addWidget(self._controls)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        self._bar.setCurrentIndex(self.indexOf(page))

    def retitle(self, page: QWidget, title: str) -> None:
        """Give a page another title."""
        place = self.indexOf(page)
        if self.tabText(place) != title:
            self._bar.setTabText(place, title)
            self._settle()

    def currentWidget(self) -> QWidget | None:
        """Give the page that shows."""
        return self._pages.currentWidget()

    def indexOf(self, page: QWidget) -> int:
        """Give the place of a page."""
        return self._pages.indexOf(page)

    def count(self) -> int:
        """How many pages there are."""
        return self._pages.count()

    def tabText(self, place: int) -> str:
        """Give the title of the page at a place."""
        return self._bar.tabText(place)

    def setCurrentIndex(self, place: int) -> None:
        """Bring the page at a place to the front."""
        self._bar.setCurrentIndex(place)

    def tabBar(self) -> QTabBar:
        """Give the row of titles."""
        return self._bar
