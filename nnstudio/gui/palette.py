"""The palette: layers and blocks by category, searchable, to drag or double-click."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QDrag,
    QFont,
    QKeyEvent,
    QPainter,
    QPixmap,
)
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.graph.layer import CATEGORIES
from nnstudio.gui.canvas import LAYER_MIME, metrics
from nnstudio.gui.canvas.commands import RESERVED
from nnstudio.gui.canvas.layer_search import NO_HIT, rank
from nnstudio.gui.theme import Theme
from nnstudio.project.library.offers import BLOCK_CATEGORY, OWN, OWN_CATEGORY, Offer, Offers

HEADINGS = (*CATEGORIES, BLOCK_CATEGORY, OWN_CATEGORY)
_KIND = Qt.ItemDataRole.UserRole
_CATEGORY = Qt.ItemDataRole.UserRole + 1
_LETTER = Qt.ItemDataRole.UserRole + 2
_OFFER = Qt.ItemDataRole.UserRole + 3
_ROW, _HEADING = 25, 34

Index = QModelIndex | QPersistentModelIndex


class Palette(QWidget):
    """A search field above the list of layers and blocks.

    Args:
        theme: Where the colours come from.
        offers: What can be added; without them, layers and built-in blocks.
        below: What a button below the list does, if there is to be one.

    Signals:
        add_wanted: The key of what to add.
        kind_chosen: The key of what is looked at.
        rename_wanted: The name of an own block.
        delete_wanted: The name of an own block.
    """

    add_wanted = Signal(str)
    kind_chosen = Signal(str)
    rename_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(
        self, theme: Theme, offers: Offers | None = None, below: QAction | None = None
    ) -> None:
        super().__init__()
        self._offers = offers or Offers()
        self.setAccessibleName("Palette of layers and blocks")
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search layers… ( / )")
        self.field.setAccessibleName("Search layers and blocks")
        self.field.setClearButtonEnabled(True)
        self.list = LayerList(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 6)
        column.setSpacing(2)
        column.addWidget(self.field)
        column.addWidget(self.list)
        if below is not None:
            column.addWidget(_button(below))
        self.field.textChanged.connect(self.list.search)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(self._add)
        self.list.currentItemChanged.connect(self._chosen)
        self.list.own_wanted.connect(self._own)
        self.reload()

    def reload(self) -> None:
        """List all that can be added now."""
        self.list.fill(self._offers)
        self.list.search(self.field.text())

    def focus_search(self) -> None:
        """Begin to search."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _add(self, item: QListWidgetItem) -> None:
        kind = item.data(_KIND)
        if kind:
            self.add_wanted.emit(str(kind))

    def _own(self, what: str, name: str) -> None:
        (self.rename_wanted if what == "rename" else self.delete_wanted).emit(name)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        kind = item.data(_KIND) if item is not None else ""
        if kind:
            self.kind_chosen.emit(str(kind))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrows and Enter in the search field work on the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                item = self.list.currentItem()
                if item is not None:
                    self._add(item)
                return True
            if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
                self.list.keyPressEvent(event)
                return True
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                return True
        return super().eventFilter(watched, event)


class LayerList(QListWidget):
    """The layers and blocks under the headings of their categories.

    Signals:
        own_wanted: "rename" or "delete", and the name of an own block.
    """

    own_wanted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Layers and blocks")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListWidget { background: transparent; border: none; padding: 0; }")
        self.viewport().setAutoFillBackground(False)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QListWidget.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setItemDelegate(_RowPainter(theme, self))
        theme.changed.connect(self.viewport().update)

    def fill(self, offers: Iterable[Offer]) -> None:
        """List what is offered by category, within one in its own order."""
        self.clear()
        found = list(offers)
        for category in HEADINGS:
            here = [offer for offer in found if offer.category == category]
            if here:
                self.addItem(_heading(category))
            for offer in here:
                self.addItem(_row(offer))

    def choose(self, kind: str) -> None:
        """Make the row of a kind the current one."""
        for row in range(self.count()):
            if self.item(row).data(_KIND) == kind:
                self.setCurrentRow(row)

    def search(self, text: str) -> None:
        """Show only what a text fits; the best hit becomes the current one."""
        heading: QListWidgetItem | None = None
        best, best_rank = None, NO_HIT
        for row in range(self.count()):
            item = self.item(row)
            if not item.data(_KIND):
                heading = item
                item.setHidden(True)
                continue
            found = rank(item.data(_OFFER), text)
            item.setHidden(found == NO_HIT)
            if found < NO_HIT and heading is not None:
                heading.setHidden(False)
            if found < best_rank:
                best, best_rank = item, found
        if text.strip() and best is not None:
            self.setCurrentItem(best)
        else:
            self.setCurrentRow(-1)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        if items:
            data.setData(LAYER_MIME, str(items[0].data(_KIND)).encode())
        return data

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_keys else self.itemAt(event.pos())
        if item is None or not item.data(_KIND):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Add", lambda: self.itemActivated.emit(item))
        if _own_name(item):
            menu.addAction("Rename…\tF2", lambda: self._ask("rename", item))
            menu.addAction("Delete…\tDel", lambda: self._ask("delete", item))
        below = self.viewport().mapToGlobal(self.visualItemRect(item).bottomLeft())
        menu.popup(below if by_keys else event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Take the keys of own blocks before the window's shortcuts get them."""
        key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if key and self._asked(event):  # type: ignore[arg-type]  # it is a key event
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        asked, item = self._asked(event), self.currentItem()
        if asked and item is not None:
            self._ask(asked, item)
        else:
            super().keyPressEvent(event)

    def _asked(self, event: QKeyEvent) -> str:
        """Say what a key means for the chosen row, or ""."""
        item = self.currentItem()
        if item is None or not _own_name(item):
            return ""
        return {Qt.Key.Key_F2: "rename", Qt.Key.Key_Delete: "delete"}.get(Qt.Key(event.key()), "")

    def _ask(self, what: str, item: QListWidgetItem) -> None:
        self.own_wanted.emit(what, _own_name(item))

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        if item is None or not item.data(_KIND):
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        drag.setPixmap(_tag(item, self._theme, self.devicePixelRatioF()))
        drag.exec(Qt.DropAction.CopyAction)


def _heading(category: str) -> QListWidgetItem:
    item = QListWidgetItem(category)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _own_name(item: QListWidgetItem) -> str:
    key = str(item.data(_KIND) or "")
    return key.removeprefix(OWN) if key.startswith(OWN) else ""


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    keys = action.shortcut().toString()
    button.setText("Networks…")
    button.setToolTip(f"{action.toolTip()} ({keys})")
    button.setAccessibleName("Networks to begin with: the start page")
    button.setProperty("role", "flat")
    return button


def _row(offer: Offer) -> QListWidgetItem:
    item = QListWidgetItem(offer.title)
    letter = "" if offer.shortcut in RESERVED else offer.shortcut
    item.setData(_KIND, offer.key)
    item.setData(_OFFER, offer)
    item.setData(_CATEGORY, offer.category)
    item.setData(_LETTER, letter)
    item.setToolTip(
        f"{offer.title}: {offer.summary}\nDrag it onto the canvas, or double-click to add it."
    )
    spoken = f"{offer.title}, {offer.category}" + (f", key {letter}" if letter else "")
    item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
    item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, offer.summary)
    item.setFlags(
        Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    )
    return item


class _RowPainter(QStyledItemDelegate):
    """Paints headings and rows."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _ROW if index.data(_KIND) else _HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)  # type: ignore[attr-defined]
        if index.data(_KIND):
            self._paint_row(painter, area, option, index)
        else:
            self._paint_heading(painter, area, str(index.data()))
        painter.restore()

    def _paint_heading(self, painter: QPainter, area: QRectF, text: str) -> None:
        face = QFont(metrics.font(11, 600))
        face.setLetterSpacing(face.SpacingType.AbsoluteSpacing, 0.7)
        painter.setFont(face)
        painter.setPen(QColor(self._theme.palette().text_dim))
        at = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(area.adjusted(0, 0, 0, -6), at, text.upper())

    def _paint_row(
        self, painter: QPainter, area: QRectF, option: QStyleOptionViewItem, index: Index
    ) -> None:
        colours = self._theme.palette()
        state = option.state  # type: ignore[attr-defined]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            back = QColor(colours.accent if chosen else colours.text)
            back.setAlphaF(0.22 if chosen else 0.07)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(back)
            painter.drawRoundedRect(area.adjusted(0, 0.5, 0, -0.5), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.category(str(index.data(_CATEGORY)))))
        painter.drawRoundedRect(QRectF(area.x() + 6, area.center().y() - 5, 10, 10), 3, 3)
        painter.setFont(metrics.font(13))
        painter.setPen(QColor(colours.text))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        room = area.adjusted(24, 0, -22 if index.data(_LETTER) else -6, 0)
        title = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, left, title)
        painter.setFont(metrics.font(11))
        painter.setPen(QColor(colours.text_dim))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, -8, 0), right, str(index.data(_LETTER) or ""))


def _tag(item: QListWidgetItem, theme: Theme, ratio: float) -> QPixmap:
    """Give the picture that is dragged along: the layer's name on a small card."""
    colours, text = theme.palette(), item.text()
    width = int(metrics.text_metrics(13, 600).horizontalAdvance(text)) + 30
    picture = QPixmap(int(width * ratio), int(28 * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colours.accent))
    painter.setBrush(QColor(colours.card))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, 27), 6, 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.category(str(item.data(_CATEGORY)))))
    painter.drawRoundedRect(QRectF(9, 9, 10, 10), 3, 3)
    painter.setFont(metrics.font(13, 600))
    painter.setPen(QColor(colours.text))
    painter.drawText(QRectF(25, 0, width, 28), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    return picture
