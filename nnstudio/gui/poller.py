"""One 30 Hz timer that drains the session's mailboxes into signals; nothing else waits for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.session.studio import Studio

INTERVAL_MS = 33


class Poller(QObject):
    """Turns what the session reports into Qt signals.

    Signals:
        state_changed: The new run state, when it is another than before.
        progressed: A `Progress` or None, when it is another than before.
        loading: How far reading the data is, or None.
        happened: One event of training or of data.
        watched: Answers to viewers: a mapping of their names to `Watched`.
        ticked: New numbers may have come; plots look.
        foretold: A `Forecast` or None, when it is another than before.
    """

    state_changed = Signal(str)
    progressed = Signal(object)
    loading = Signal(object)
    happened = Signal(object)
    watched = Signal(object)
    ticked = Signal()
    foretold = Signal(object)

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._seen: tuple[object, object, object] = ("", None, None)
        self._forecast: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, studio: Studio) -> None:
        """Look at another project from now on."""
        self._studio = studio
        self._seen = ("", None, None)

    def forget_state(self) -> None:
        """Tell of the state at the next look even if it is the one of the last look.

        Somebody has shown another state in between: a single step may begin and end unseen.
        """
        self._seen = ("", *self._seen[1:])

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Take what has come since the last time."""
        poll = self._studio.poll()
        state, progress, loading = self._seen
        self._seen = (poll.state, poll.progress, poll.loading)
        for event in poll.events:
            self.happened.emit(event)
        if poll.loading != loading:
            self.loading.emit(poll.loading)
        if poll.progress != progress:
            self.progressed.emit(poll.progress)
        if poll.state != state:
            self.state_changed.emit(poll.state)
        if poll.watched:
            self.watched.emit(poll.watched)
        forecast = self._studio.forecasts.latest
        if forecast is not self._forecast:
            self._forecast = forecast
            self.foretold.emit(forecast)
        if poll.state in ("running", "preparing") or poll.events:
            self.ticked.emit()
