"""The bar along the top: project, workspaces, the training's buttons and how far it is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QWidget,
)

from nnstudio.core import words
from nnstudio.gui.actions import Actions
from nnstudio.gui.elided import ElidedLabel
from nnstudio.gui.theme import Theme
from nnstudio.session.news import Loading, Progress

COMPACT_PX = 900
STATE_WORDS = {
    "idle": "",
    "preparing": "preparing …",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "diverged": "stopped: numbers overflowed",
    "failed": "stopped by an error",
}


def progress_words(progress: Progress) -> str:
    """Say how far the training is: "epoch 7/12 · 14,820 samples/s · 0:21 left"."""
    if progress.epochs <= 0:
        return progress.text
    parts = [f"epoch {min(progress.epoch, progress.epochs)}/{progress.epochs}"]
    if progress.samples_per_s > 0:
        parts.append(f"{words.whole(round(progress.samples_per_s))} samples/s")
    if 0 < progress.seconds_left < 1e7:
        parts.append(f"{words.duration(progress.seconds_left)} left")
    return " · ".join(parts)


class TopBar(QWidget):
    """Shows the project's state and offers what drives the training."""

    def __init__(self, actions: Actions, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._actions = actions
        self._shortened: list[QToolButton] = []
        self._progress: Progress | None = None
        self._state = "idle"
        self._unsaved = self._result = ""
        self.name = QLabel()
        self.name.setProperty("role", "name")
        self.unsaved = QLabel()
        self.unsaved.setProperty("role", "dim")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximum(1000)
        self.bar.setFixedHeight(5)
        self.bar.setMinimumWidth(40)
        self.bar.setMaximumWidth(190)
        self.bar.setAccessibleName("Progress of the training")
        self.text = ElidedLabel()
        self.text.setProperty("role", "dim")
        self._arrange()
        self.show_progress(None)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 10, 5)
        row.setSpacing(8)
        row.addWidget(self.name)
        row.addWidget(self.unsaved)
        row.addSpacing(4)
        row.addWidget(self._workspaces())
        row.addStretch(1)
        for name in ("rewind", "pause", "step", "train"):
            row.addWidget(self._button(self._actions[name], bare=name == "rewind"))
        row.addSpacing(2)
        row.addWidget(self.bar, 2)
        row.addWidget(self.text)
        self.commands = self._commands_button()
        row.addWidget(self.commands)

    def _workspaces(self) -> QWidget:
        holder = QWidget()
        holder.setObjectName("workspaces")
        holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(holder)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        for name in ("build", "train_space", "inspect"):
            button = QToolButton()
            button.setDefaultAction(self._actions[name])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"Workspace {self._actions[name].iconText()}")
            row.addWidget(button)
        return holder

    def _button(self, action: QAction, *, bare: bool) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(14, 14))
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(
            style.ToolButtonIconOnly if bare else style.ToolButtonTextBesideIcon
        )
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.iconText())
        button.setObjectName(f"{action.objectName()} button")
        if action.objectName() in ("pause", "step"):
            self._shortened.append(button)
        if action.objectName() == "train":
            button.setProperty("role", "primary")
        return button

    def _commands_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("Ctrl K")
        button.setToolTip("Find anything by name (Ctrl+K)")
        button.clicked.connect(self._actions["commands"].trigger)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName("Find anything by name")
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        compact = self.width() < COMPACT_PX
        style = Qt.ToolButtonStyle
        for button in self._shortened:
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if compact else style.ToolButtonTextBesideIcon
            )
        self.commands.setVisible(not compact)
        self._say_unsaved()

    def show_project(self, name: str, *, dirty: bool, ran: bool) -> None:
        """Show the project's name and whether something is not saved."""
        self.name.setText(
            self.name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 200)
        )
        self.name.setToolTip(name)
        self._unsaved = f"● {'unsaved run' if ran else 'unsaved changes'}" if dirty else ""
        self._say_unsaved()
        self.unsaved.setToolTip("There are changes that are not saved (Ctrl+S)." if dirty else "")

    def _say_unsaved(self) -> None:
        self.unsaved.setText(self._unsaved[:1] if self.width() < COMPACT_PX else self._unsaved)
        self.unsaved.setAccessibleName("not saved" if self._unsaved else "")

    def show_state(self, state: str) -> None:
        """Show what the training does, and offer only what makes sense."""
        self._state = state
        self.show_progress(self._progress)

    def show_result(self, words: str) -> None:
        """Show what the training reached, beside how it ended; "" for nothing."""
        self._result = words
        self.show_progress(self._progress)

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far the training is."""
        self._progress = progress
        busy = self._state in ("running", "preparing", "paused")
        self.bar.setVisible(busy or progress is not None)
        share = 0.0 if progress is None else min(max(progress.fraction, 0.0), 1.0)
        self.bar.setValue(round(1000 * share))
        text = "" if progress is None else progress_words(progress)
        if self._state == "preparing" and progress is not None:
            text = progress.text or text
        elif self._state in ("paused", "stopped", "finished", "diverged", "failed"):
            text = " · ".join(
                part for part in (STATE_WORDS[self._state], _epochs(progress), self._result) if part
            )
        elif progress is None:
            text = STATE_WORDS.get(self._state, "")
        self.text.setText(text)
        self.text.setToolTip(text)

    def show_loading(self, loading: Loading | None) -> None:
        """Show how far reading the data is, while nothing trains."""
        if loading is None:
            self.show_progress(self._progress)
            return
        self.bar.setVisible(True)
        self.bar.setValue(round(1000 * loading.done / loading.total) if loading.total else 0)
        self.text.setText(loading.text)


def _epochs(progress: Progress | None) -> str:
    if progress is None or progress.epochs <= 0:
        return ""
    return f"epoch {min(progress.epoch, progress.epochs)}/{progress.epochs}"
