"""The line at the bottom: what the network costs, the seed, the threads, the last save."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QStatusBar

from nnstudio.core import words
from nnstudio.graph.cost import total_cost
from nnstudio.session.forecast import MEASURING, Forecast
from nnstudio.session.studio import Studio
from nnstudio.train.conditions import states_of


def ago(seconds: float) -> str:
    """Say how long something is past: "12 s ago"."""
    if seconds < 5:
        return "just now"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


class StatusBar(QStatusBar):
    """Shows numbers of the whole network."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._labels: dict[str, QLabel] = {}
        for name in ("parameters", "macs", "memory", "time", "seed"):
            self._labels[name] = QLabel()
            self._labels[name].setContentsMargins(8, 0, 8, 0)
            self.addWidget(self._labels[name])
        for name in ("threads", "saved"):
            self._labels[name] = QLabel()
            self._labels[name].setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(self._labels[name])
        self._saved_at: float | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(5000)
        self._timer.timeout.connect(self._show_saved)
        self._timer.start()

    def text(self, name: str) -> str:
        """Give what one place shows."""
        return self._labels[name].text()

    def show_studio(self, studio: Studio) -> None:
        """Work out and show the numbers."""
        total = total_cost(studio.graph, studio.inference)
        settings = studio.project.settings
        memory = total.training_bytes(settings.batch, states_of(settings))
        maps = studio.signature is not None and studio.signature.input.is_map
        self._set("parameters", f"{words.whole(total.parameters)} parameters")
        sample = "image" if maps else "sample"
        self._set("macs", f"{words.short(total.macs)} MACs / {sample}".replace("  ", " "))
        self._set("memory", f"Memory {words.byte_count(memory)}")
        self._set("seed", f"seed {settings.seed}")
        count = settings.threads
        self._set(
            "threads", f"{count} threads" if count > 1 else "1 thread" if count else "threads auto"
        )
        self._labels["macs"].setToolTip("Multiply-adds of the forward pass for one sample")
        self._labels["memory"].setToolTip(f"Estimate for training with batches of {settings.batch}")

        self._say_measuring(studio)

    def show_forecast(self, forecast: Forecast | None) -> None:
        """Show what an epoch will take, and in the tooltip what that consists of."""
        self._set("time", "" if forecast is None else forecast.text)
        self._labels["time"].setToolTip("" if forecast is None else forecast.details)
        self._labels["time"].setVisible(forecast is not None)

    def _say_measuring(self, studio: Studio) -> None:
        """Say why there is no forecast yet."""
        if studio.forecasts.measuring and not studio.forecasts.latest:
            self._set("time", MEASURING)
            tip = "How fast it runs each kind of layer, once; a training is not held up"
            self._labels["time"].setToolTip(tip)
            self._labels["time"].show()

    def show_threads(self, count: int) -> None:
        """Show how many threads the engine took."""
        self._set("threads", "1 thread" if count == 1 else f"{count} threads")

    def saved(self, at_s: float | None) -> None:
        """Remember when the project was saved (`time.time`), None for never."""
        self._saved_at = at_s
        self._show_saved()

    def _show_saved(self) -> None:
        if self._saved_at is None:
            self._set("saved", "not saved yet")
        else:
            self._set("saved", f"saved {ago(time.time() - self._saved_at)}")

    def _set(self, name: str, text: str) -> None:
        if self._labels[name].text() != text:
            self._labels[name].setText(text)
