"""What the studio says to a person: a quiet banner over the canvas, and the few real questions."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.gui.icons import icon, pixmap
from nnstudio.gui.style import mono_font
from nnstudio.gui.theme import Theme

Kind = Literal["info", "error"]
INFO_MS = 6000
Answer = Literal["save", "discard", "cancel"]


class Banner(QWidget):
    """One sentence with Details, over the top of the canvas; errors stay until closed."""

    def __init__(self, theme: Theme, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._host = theme, host
        self._sign, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = QPushButton("Details")
        self._more.setCheckable(True)
        self._more.setProperty("role", "link")
        self._more.setAccessibleName("Show the technical details")
        self._close = QToolButton()
        self._close.setToolTip("Close the message")
        self._close.setProperty("role", "flat")
        self._close.setAccessibleName("Close the message")
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFont(mono_font(11))
        self._details.setAccessibleName("Technical details")
        self._details.setFixedHeight(170)
        self._hide_timer = QTimer(self)
        self._hide_timer.setSingleShot(True)
        self._hide_timer.setInterval(INFO_MS)
        self._arrange()
        self._more.toggled.connect(self._show_details)
        self._close.clicked.connect(self.hide)
        self._hide_timer.timeout.connect(self.hide)
        host.installEventFilter(self)
        self.hide()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self._details)

    def sentence(self) -> str:
        """Give what stands there, or ""."""
        return "" if self.isHidden() else self._text.text()

    def details(self) -> str:
        """Give the technical text behind the sentence."""
        return self._details.toPlainText()

    def say(self, sentence: str, details: str = "", kind: Kind = "info") -> None:
        """Show a sentence; information leaves by itself."""
        colours = self._theme.palette()
        name, colour = ("error", colours.error) if kind == "error" else ("info", colours.accent)
        self._sign.setPixmap(pixmap(name, colour, 16))
        self._close.setIcon(icon("close", colours.text_dim))
        self.setProperty("severity", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(sentence)
        self._details.setPlainText(details)
        self._more.setVisible(bool(details))
        self._more.setChecked(False)
        self._show_details(False)
        self.show()
        self.raise_()
        self._place()  # only what has been shown knows its letters' size
        if kind == "info":
            self._hide_timer.start()
        else:
            self._hide_timer.stop()

    def dismiss(self) -> None:
        """Take the message away, since something has changed."""
        self._hide_timer.stop()
        self.hide()

    def complain(self, sentence: str, details: str = "") -> None:
        """Show what went wrong."""
        self.say(sentence, details, "error")

    def _show_details(self, wanted: bool) -> None:
        self._details.setVisible(wanted)
        if wanted:
            self._hide_timer.stop()
        self._place()

    def _place(self) -> None:
        host = self._host
        width = min(620, host.width() - 24)
        layout = self.layout()
        assert layout is not None
        height = layout.totalHeightForWidth(max(width, 200))
        if height < 0:  # nothing there wraps
            height = layout.totalSizeHint().height()
        self.setFixedSize(max(width, 200), height)
        self.move((host.width() - self.width()) // 2, 12)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False


def ask_to_close(parent: QWidget, name: str, *, unsaved: bool, training: bool) -> Answer:
    """Ask once what should happen to unsaved work and a running training."""
    if training and unsaved:
        text = f"“{name}” is training and has changes that are not saved."
    elif training:
        text = f"“{name}” is training."
    else:
        text = f"“{name}” has changes that are not saved."
    box = QMessageBox(parent)
    box.setObjectName("close question")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("nnstudio")
    box.setText(text)
    box.setInformativeText(
        "The training stops when you go on; the weights so far are kept when you save."
        if training
        else "Save them before going on?"
    )
    save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton(
        "Stop without saving" if training else "Don't save",
        QMessageBox.ButtonRole.DestructiveRole,
    )
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.exec()
    if box.clickedButton() is save:
        return "save"
    return "discard" if box.clickedButton() is discard else "cancel"
