"""The timeline: a slider through the moments of a training; all viewers follow it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.session.studio import Studio
from nnstudio.train.moments import Mark

FRAME_MS = 120  # of the film
LEAST = 3  # moments; with fewer there is nothing to go through
LABEL_PX = 230


class Timeline(QWidget):
    """Shows any kept moment, plays them as a film, and branches off from one.

    Args:
        studio: Gives the open project.
        complain: Told what cannot be done: (sentence, details).
        branched: Told when a branch begins.
    """

    def __init__(
        self,
        studio: Callable[[], Studio],
        complain: Callable[[str, str], None],
        branched: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self._studio, self._complain, self._branched = studio, complain, branched
        self._marks: tuple[Mark, ...] = ()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Moment of the training that viewers show")
        self.slider.setToolTip("Go back in the training: ← and → step, the right end is now")
        self.slider.valueChanged.connect(self._moved)
        self.play = self._button("▶", "Play the training as a film", self._play_or_stop)
        self.play.setCheckable(True)
        self.branch = self._button(
            "Branch from here", "Begin a new run at this moment; the old one is kept", self._branch
        )
        self.now = self._button("Now", "Back to the latest weights", self._to_now)
        self.label = QLabel()
        self.label.setProperty("role", "small")
        self.label.setMinimumWidth(LABEL_PX)
        self.label.setAccessibleName("Moment that is shown")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 10, 2)
        row.setSpacing(8)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        for widget in (self.label, self.branch, self.now):
            row.addWidget(widget)
        self._film = QTimer(self, interval=FRAME_MS)
        self._film.timeout.connect(self._next_frame)
        self.hide()

    def _button(self, text: str, tip: str, do: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(do)
        return button

    def look(self) -> None:
        """Take over new marks; what is shown stays where it is."""
        marks, moment = self._studio().snapshots, self._studio().moment
        if marks is self._marks and (moment is None) == (self.mark is None):
            return
        self._marks = marks
        self.setVisible(len(marks) >= LEAST)
        place = len(marks)
        if moment is not None and marks:
            place = min(range(len(marks)), key=lambda at: abs(marks[at].step - moment))
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(marks))
        self.slider.setPageStep(max(1, len(marks) // 10))
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        if not self.isVisible():
            self._film.stop()
        self._say()

    @property
    def mark(self) -> Mark | None:
        """The mark at the slider; None for now."""
        at = self.slider.value()
        return self._marks[at] if at < len(self._marks) else None

    def _moved(self) -> None:
        mark = self.mark
        try:
            self._studio().show_moment(None if mark is None else mark.step)
        except StudioError as error:
            self._complain(error.sentence, error.details)
        self._say()

    def _say(self) -> None:
        mark = self.mark
        self.branch.setEnabled(mark is not None)
        self.now.setEnabled(mark is not None)
        self.play.setChecked(self._film.isActive())
        text = "now" if mark is None else mark_words(mark)
        self.label.setText(text)
        self.slider.setAccessibleDescription(text)

    def _to_now(self) -> None:
        self._film.stop()
        self.slider.setValue(self.slider.maximum())
        self._say()

    def _play_or_stop(self) -> None:
        if self._film.isActive():
            self._film.stop()
        else:
            if self.mark is None:
                self.slider.setValue(0)
            self._film.start()
        self._say()

    def _next_frame(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.mark is None:
            self._film.stop()
        self._say()

    def _branch(self) -> None:
        mark = self.mark
        if mark is None:
            return
        self._film.stop()
        try:
            self._studio().branch(mark.step)
        except StudioError as error:
            self._complain(error.sentence, error.details)
            return
        self._branched()
        self.look()


def mark_words(mark: Mark) -> str:
    """Say where a mark is: "step 1,200 · epoch 3.4 · loss 0.21".

    >>> mark_words(Mark(1200, 3.42, 0.2113, True))
    'step 1,200 · epoch 3.42 · loss 0.211 · best'
    """
    parts = [f"step {words.whole(mark.step)}", f"epoch {mark.epoch:.4g}"]
    if mark.loss == mark.loss:  # at the start there is none
        parts.append(f"loss {mark.loss:.3g}")
    return " · ".join([*parts, "best"] if mark.best else parts)
