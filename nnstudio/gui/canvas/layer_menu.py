"""The searchable menu of layers and blocks that opens where a link is dropped in empty space."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.gui.canvas.layer_search import NO_HIT, rank
from nnstudio.gui.theme import Theme
from nnstudio.project.library.offers import Offer

_ROWS = 9


class LayerMenu(QFrame):
    """A field to search in and a list to choose from; Enter takes the first, Escape closes."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, offers: Sequence[Offer], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self._offers = offers
        self.setObjectName("layer-menu")
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search what fits…")
        self.field.setAccessibleName("Search layers and blocks that fit here")
        self.list = QListWidget(self)
        self.list.setAccessibleName("Layers and blocks that fit here")
        self.list.setIconSize(QSize(12, 12))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self._style()
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self._search("")
        self.setFixedWidth(220)

    def _style(self) -> None:
        colours = self._theme.palette()
        self.setStyleSheet(
            f"#layer-menu {{ background: {colours.panel}; border: 1px solid {colours.card_border};"
            " border-radius: 7px; }"
            f"QLineEdit {{ background: {colours.field}; color: {colours.text}; padding: 4px 7px;"
            f" border: 1px solid {colours.field_border}; border-radius: 5px; }}"
            f"QListWidget {{ background: transparent; color: {colours.text}; border: none; }}"
            "QListWidget::item { padding: 3px 4px; border-radius: 4px; }"
            f"QListWidget::item:selected {{ background: {colours.tab}; color: {colours.text}; }}"
        )

    def open_at(self, place: QPoint) -> None:
        """Open with the upper left corner at a point of the screen, or near it where it fits."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        x = min(place.x(), room.right() - self.width())
        y = min(place.y(), room.bottom() - self.height())
        self.move(max(room.left(), x), max(room.top(), y))
        self.show()
        self.field.setFocus()

    def _search(self, text: str) -> None:
        self.list.clear()
        hits = [offer for offer in self._offers if rank(offer, text) < NO_HIT]
        for offer in sorted(hits, key=lambda one: rank(one, text)):
            item = QListWidgetItem(offer.title)
            item.setIcon(_swatch(self._theme.palette().category(offer.category)))
            item.setData(Qt.ItemDataRole.UserRole, offer)
            item.setToolTip(offer.summary)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        rows = max(1, min(_ROWS, self.list.count()))
        self.list.setFixedHeight(rows * max(22, self.list.sizeHintForRow(0)) + 4)
        self.adjustSize()

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            offer = item.data(Qt.ItemDataRole.UserRole)
            self.close()
            self.chosen.emit(offer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._choose(self.list.currentItem())
                return True
            if key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and self.list.count():
                step = 1 if key == Qt.Key.Key_Down else -1
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)


def _swatch(colour: str) -> QPixmap:
    picture = QPixmap(36, 36)
    picture.setDevicePixelRatio(3.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(1, 1, 10, 10, 3, 3)
    painter.end()
    return picture
