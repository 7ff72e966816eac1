"""The base of all viewers: what it wishes to see, how it shows answers, words while it has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.gui import curve_export
from nnstudio.gui.elided import ElidedLabel
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.focus import Focus
from nnstudio.train.watch import Watch, Watched

Complain = Callable[[str, str], None]
SAVES = (
    ("png", "Save as PNG…"),
    ("svg", "Save as SVG…"),
    ("csv", "Save the numbers as CSV…"),
    ("copy", "Copy the picture"),
)


class Viewer(QWidget):
    """One tab that looks into the network.

    A viewer says with `wish` what it wants to see, and draws in `show_answer` what came; it knows
    neither the session nor the other viewers. While it cannot be seen it wishes nothing.

    Args:
        theme: For the colours.
        complain: Told when a file cannot be written: (sentence, details).

    Signals:
        wish_changed: It wants to see something else, or it was shown or hidden.
        sample_wanted: A sample that all viewers shall look at: (part, position).
        once_wanted: One more answer, told to a function: (wish, function of the answer).
    """

    wish_changed = Signal()
    sample_wanted = Signal(str, int)
    once_wanted = Signal(object, object)
    name = "viewer"
    title = "Viewer"
    empty_words = ""

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__()
        self.theme = theme
        self.focus = Focus()
        self.seen = False
        self._complain = complain
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "dim")
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.note.hide()
        self.words = QLabel(self.empty_words)
        self.words.setProperty("role", "dim")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body = QWidget()
        self.tools = QHBoxLayout()
        self._arrange()
        theme.changed.connect(self.redraw)

    def _arrange(self) -> None:
        self.tools.setSpacing(6)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.caption, 1)
        row.addLayout(self.tools)
        row.addWidget(self._save_button())
        self._pages = QStackedLayout()
        self._pages.addWidget(self.words)
        self._pages.addWidget(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addLayout(self._pages, 1)

    # What a viewer is

    def wish(self, focus: Focus) -> Watch | None:
        """Say what to watch for a focus; None where there is nothing to see."""
        raise NotImplementedError

    def show_answer(self, answer: Watched) -> None:
        """Draw what came for the present focus."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the same again, in other colours."""

    def table(self) -> Sequence[str]:
        """Give the numbers shown as lines of comma-separated values."""
        return []

    # What the panel does with it

    def look_at(self, focus: Focus) -> None:
        """Look at something else from now on."""
        self.focus = focus

    def take(self, answer: Watched, note: str = "") -> None:
        """Show an answer, or the sentence that stands for it; `note` says what to know about it."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        if answer.problem:
            self.say(answer.problem)
            return
        self._pages.setCurrentWidget(self.body)
        self.show_answer(answer)

    def say(self, sentence: str) -> None:
        """Show a sentence in the place of the picture."""
        self.words.setText(sentence)
        self._pages.setCurrentWidget(self.words)

    @property
    def said(self) -> str:
        """The sentence that stands in the place of the picture; "" while the picture shows."""
        return self.words.text() if self._pages.currentWidget() is self.words else ""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen = True
        self.wish_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen = False
        self.wish_changed.emit()

    # Files

    def _save_button(self) -> QToolButton:
        menu = QMenu(self)
        for kind, text in SAVES:
            menu.addAction(text).triggered.connect(lambda _=False, kind=kind: self._save(kind))
        made = QToolButton()
        made.setText("save ▾")
        made.setProperty("role", "flat")
        made.setToolTip("Save or copy what shows here")
        made.setAccessibleName(f"Save {self.title.lower()}")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setMenu(menu)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    def _save(self, kind: str) -> None:
        if kind == "copy":
            image = curve_export.picture(self.body, self.theme.palette().panel)
            QGuiApplication.clipboard().setImage(image)
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self, f"Save {self.title.lower()}", f"{self.name}.{kind}", f"{kind.upper()} (*.{kind})"
        )
        if chosen:
            path = Path(chosen)
            self.save_to(path if path.suffix else path.with_suffix(f".{kind}"))

    def save_to(self, path: Path) -> None:
        """Write what shows to a file; its suffix (.png, .svg, .csv) says how."""
        background = self.theme.palette().panel
        try:
            if path.suffix == ".csv":
                with atomic_write(path) as file:
                    file.write(("\n".join(self.table()) + "\n").encode())
            elif path.suffix == ".svg":
                curve_export.save_svg(self.body, background, path)
            else:
                curve_export.save_png(self.body, background, path)
        except StudioError as error:
            self._complain(error.sentence, error.details)
