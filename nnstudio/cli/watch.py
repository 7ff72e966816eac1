"""Who watches a training: a progress bar on a terminal, plain lines in a log, or JSON lines."""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

from nnstudio.core import words
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started, Steps

_REDRAW_S = 0.1
_REPORT_S = 1.0


class Watcher(Protocol):
    """Told all that happens from reading the data to the end."""

    def reading(self, done: int, total: int, text: str) -> None:
        """Show how far the reading of the data is."""

    def preparing(self, done: int, total: int) -> None:
        """Show how far the kernels are prepared."""

    def event(self, event: Event) -> None:
        """Show what the training does."""

    def say(self, text: str) -> None:
        """Show a sentence."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own; NaN becomes null."""
    print(json.dumps(_finite(document), ensure_ascii=False), flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value


class JsonWatcher:
    """Prints what happens as JSON lines; the caller prints the last one."""

    def __init__(self) -> None:
        self._reported = time.monotonic()

    def reading(self, done: int, total: int, text: str) -> None:
        """Say nothing: what comes next tells that the data was read."""

    def preparing(self, done: int, total: int) -> None:
        """Say nothing: the line "started" follows."""

    def event(self, event: Event) -> None:
        """See `Watcher`."""
        document = self._document(event)
        if document is not None:
            print_json(document)

    def _document(self, event: Event) -> dict[str, Any] | None:
        """Give what an event is as a line; steps at most once a second."""
        match event:
            case Started(epochs, steps, samples, threads):
                sizes = {"steps_per_epoch": steps, "samples": samples, "threads": threads}
                return {"event": "started", "epochs": epochs, **sizes}
            case Steps() if time.monotonic() - self._reported > _REPORT_S:
                self._reported = time.monotonic()
                return {
                    "event": "progress",
                    "epoch": event.epoch + 1,
                    "step": event.first + len(event.losses),
                    "loss": float(event.losses[-1]) if len(event.losses) else None,
                    "samples_per_s": event.samples_per_s,
                    "seconds_left": event.seconds_left,
                }
            case EpochDone(epoch, step, train, valid, best):
                measures = {"train": train, "valid": valid, "best": best}
                return {"event": "epoch", "epoch": epoch, "step": step, **measures}
            case Diverged(step, node, sentence):
                return {"event": "diverged", "step": step, "node": node, "message": sentence}
        return None

    def say(self, text: str) -> None:
        """Say nothing: JSON lines carry no prose."""


class LogWatcher:
    """Prints a line every so often; for pipes and log files."""

    def __init__(self) -> None:
        self._epochs, self._reported = 1, time.monotonic()
        self._prepared_since, self._told = 0.0, False
        self._speed = self._left = 0.0

    def reading(self, done: int, total: int, text: str) -> None:
        """Say nothing: lines are for what lasts."""

    def preparing(self, done: int, total: int) -> None:
        """See `Watcher`; said once, and only when it takes a while."""
        self._prepared_since = self._prepared_since or time.monotonic()
        slow = time.monotonic() - self._prepared_since > _REPORT_S
        if slow and not self._told and done < total:
            self._told = True
            self.say("Preparing kernels for this processor; they are kept for the next time.")

    def event(self, event: Event) -> None:
        """See `Watcher`."""
        match event:
            case Started():
                self._epochs = event.epochs
                self.say(started_text(event))
            case Steps():
                self._speed, self._left = event.samples_per_s, event.seconds_left
            case EpochDone() if self._is_due(event.epoch):
                self.say(
                    f"epoch {event.epoch}/{self._epochs} · {measures_text(event.train)}"
                    f"{_valid_text(event.valid)} · {words.short(self._speed)} samples/s"
                    f" · {words.duration(self._left)} left"
                )
            case Diverged():
                self.say(event.sentence)

    def _is_due(self, epoch: int) -> bool:
        """Report every tenth of the epochs, and whatever took longer than a few seconds."""
        tenth = max(1, self._epochs // 10)
        due = epoch % tenth == 0 or epoch == self._epochs or time.monotonic() > self._reported + 5
        if due:
            self._reported = time.monotonic()
        return due

    def say(self, text: str) -> None:
        """See `Watcher`."""
        print(printable(text), flush=True)


class BarWatcher:
    """Draws one line that is always up to date, on a terminal."""

    def __init__(self) -> None:
        self._drawn = 0.0
        self._epochs = self._per_epoch = 1
        self._valid = ""
        self._open = False

    def reading(self, done: int, total: int, text: str) -> None:
        """See `Watcher`."""
        self._draw(done / total if total else 0.0, text)

    def preparing(self, done: int, total: int) -> None:
        """See `Watcher`."""
        self._draw(done / max(1, total), f"preparing kernels {done}/{total}")

    def event(self, event: Event) -> None:
        """See `Watcher`."""
        match event:
            case Started(epochs, steps):
                self._epochs, self._per_epoch = epochs, steps
                self.say(started_text(event))
            case Steps():
                self._steps(event)
            case EpochDone():
                self._valid = _valid_text(event.valid)
            case Diverged():
                self.say(event.sentence)
            case Finished():
                self._wipe()

    def _steps(self, event: Steps) -> None:
        done = event.first + len(event.losses)
        loss = f" · loss {event.losses[-1]:.4f}" if len(event.losses) else ""
        self._draw(
            done / max(1, self._epochs * self._per_epoch),
            f"epoch {event.epoch + 1}/{self._epochs} · {words.duration(event.seconds_left)} left"
            f" · {words.short(event.samples_per_s)} samples/s{loss}{self._valid}",
        )

    def _draw(self, share: float, text: str) -> None:
        if time.monotonic() - self._drawn < _REDRAW_S:
            return
        self._drawn = time.monotonic()
        width = shutil.get_terminal_size().columns - 1
        cells = 24 if width >= 70 else 8
        full = round(min(max(share, 0.0), 1.0) * cells)
        bar = f"{'█' * full}{'░' * (cells - full)} {100 * share:3.0f} % {text}"
        print(f"\r\x1b[K{printable(bar[:width])}", end="", flush=True)
        self._open = True

    def _wipe(self) -> None:
        if self._open:
            print("\r\x1b[K", end="", flush=True)
            self._open = False

    def say(self, text: str) -> None:
        """See `Watcher`."""
        self._wipe()
        print(printable(text), flush=True)


def printable(text: str) -> str:
    """Replace what this terminal's encoding cannot write."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.replace("█", "#").replace("░", "-").replace("·", "|").replace("×", "x")
        return plain.encode(encoding, "replace").decode(encoding)
    return text


def started_text(event: Started) -> str:
    """Say what begins."""
    threads = "1 thread" if event.threads == 1 else f"{event.threads} threads"
    return (
        f"Training on {words.whole(event.samples)} samples, "
        f"{words.whole(event.epochs)} epochs of {words.whole(event.steps_per_epoch)} steps, "
        f"{threads}."
    )


def measures_text(measures: Mapping[str, float]) -> str:
    """Write measures in a few words.

    >>> measures_text({"loss": 0.04123, "accuracy": 0.986, "top5": 1.0})
    'loss 0.04123, accuracy 98.6 %'
    """
    parts = []
    for name, value in measures.items():
        if name == "accuracy":
            parts.append(f"accuracy {100 * value:.1f} %")
        elif name in ("loss", "mae"):
            parts.append(f"{'mean error' if name == 'mae' else name} {value:.4g}")
    return ", ".join(parts)


def _valid_text(measures: Mapping[str, float]) -> str:
    return f" · validation {measures_text(measures)}" if measures else ""


def watcher(*, json_lines: bool) -> Watcher:
    """Give the watcher that suits where the output goes."""
    if json_lines:
        return JsonWatcher()
    return BarWatcher() if sys.stdout.isatty() else LogWatcher()
