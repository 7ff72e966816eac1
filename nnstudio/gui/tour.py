"""One minute through the window: each step lights up a real control and says what it is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nnstudio.gui.sections import card, label
from nnstudio.gui.theme import Theme

BUBBLE_PX = 320
GAP_PX = 14
DIM = 150  # of 255


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the tour.

    Attributes:
        target: Gives the control to light up.
        title: A few words.
        text: What it is for, in one or two sentences.
    """

    target: Callable[[], QWidget]
    title: str
    text: str


class Tour(QWidget):
    """Lies over the window; Enter and arrows go on and back, Escape leaves.

    Args:
        host: What it covers.
        theme: For the colours.
        steps: The stops.
    """

    closed = Signal()

    def __init__(self, host: QWidget, theme: Theme, steps: Sequence[Step]) -> None:
        super().__init__(host)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Tour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._host, self._theme, self._steps = host, theme, steps
        self.place = 0
        self._title, self._text = label("", "name"), label("", wrap=True)
        self._count = label("", "small")
        self.back, self.next = QPushButton("Back"), QPushButton("Next")
        self.leave = QPushButton("Leave the tour")
        self.leave.setProperty("role", "link")
        self.next.setProperty("role", "primary")
        self._bubble = self._make_bubble()
        self.back.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        self.leave.clicked.connect(self.close)
        host.installEventFilter(self)

    def _make_bubble(self) -> QWidget:
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 4, 0, 0)
        for widget in (self.leave, self._count, self.back, self.next):
            row.addWidget(widget)
        row.insertStretch(1, 1)
        bubble = QWidget(self)
        bubble.setObjectName("commands")  # dressed like the list of commands
        bubble.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bubble.setFixedWidth(BUBBLE_PX)
        column = QVBoxLayout(bubble)
        column.addWidget(card(self._title, self._text))
        column.addWidget(buttons)
        return bubble

    def begin(self) -> None:
        """Start with the first stop."""
        self.place = 0
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()
        self._show_step()

    def _go(self, by: int) -> None:
        if self.place + by == len(self._steps):
            self.close()
            return
        self.place += by
        self._show_step()

    def _show_step(self) -> None:
        step = self._steps[self.place]
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._count.setText(f"{self.place + 1} of {len(self._steps)}")
        self.back.setEnabled(self.place > 0)
        self.next.setText("Next" if self.place + 1 < len(self._steps) else "Done")
        self._bubble.setAccessibleName(f"{step.title}. {step.text}")
        self.next.setFocus()
        step.target()  # may bring the control into view, which takes effect when events are done
        QTimer.singleShot(0, self._settle)

    def _settle(self) -> None:
        layout = self._bubble.layout()
        assert layout is not None
        self._bubble.setFixedHeight(max(layout.totalHeightForWidth(BUBBLE_PX), 90))
        self._bubble.move(self._beside(self.lit()))
        self.update()

    def lit(self) -> QRect:
        """Give the area of the control that this stop is about."""
        target = self._steps[self.place].target()
        corner = target.mapTo(self._host, QPoint())
        return QRect(corner, target.size()).adjusted(-4, -4, 4, 4).intersected(self.rect())

    def _beside(self, area: QRect) -> QPoint:
        """Find room for the bubble: right, left, below, above, or inside a large control."""
        wide, high = self._bubble.width(), self._bubble.height()
        middle = area.center() - QPoint(wide // 2, high // 2)
        for place in (
            QPoint(area.right() + GAP_PX, max(area.top(), GAP_PX)),
            QPoint(area.left() - GAP_PX - wide, max(area.top(), GAP_PX)),
            QPoint(middle.x(), area.bottom() + GAP_PX),
            QPoint(middle.x(), area.top() - GAP_PX - high),
        ):
            kept = QPoint(
                min(max(place.x(), GAP_PX), self.width() - wide - GAP_PX),
                min(max(place.y(), GAP_PX), self.height() - high - GAP_PX),
            )
            if not QRect(kept, self._bubble.size()).intersects(area):
                return kept
        return middle

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark, hole = QPainterPath(), QPainterPath()
        dark.addRect(QRectF(self.rect()))
        hole.addRoundedRect(QRectF(self.lit()), 8, 8)
        painter.fillPath(dark.subtracted(hole), QColor(0, 0, 0, DIM))
        painter.setPen(QPen(QColor(self._theme.palette().accent), 2))
        painter.drawPath(hole)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Return: 1}.get(
            Qt.Key(event.key()), 0
        )
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif step and self.place + step >= 0:
            self._go(step)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._host.rect())
            QTimer.singleShot(0, self._settle)
        return False
