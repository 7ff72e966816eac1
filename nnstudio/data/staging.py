"""A thread that gathers and scales the next batches while the engine works on the present ones."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from nnstudio.core.errors import StudioError
from nnstudio.core.files import reason
from nnstudio.data.dataset import RowIndex, Targets
from nnstudio.data.prepare import Part
from nnstudio.data.transform import Numbers

Span = tuple[int, int, int]
Gathered = tuple[Numbers, Targets]


class Stager:
    """Two buffers and one thread: one buffer is in use while the thread fills the other.

    Args:
        part: Where the samples come from.
        rows: Gives the positions in the part that belong to a span (epoch, first, last + 1).
    """

    def __init__(self, part: Part, rows: Callable[[int, int, int], RowIndex]) -> None:
        self._part = part
        self._rows = rows
        self._thread: ThreadPoolExecutor | None = None
        self._x: list[Numbers] = [np.empty((0, *part.x.shape[1:]), part.dtype) for _ in range(2)]
        self._y: list[Targets] = [part.y[:0].copy() for _ in range(2)]
        self._ahead: tuple[Span, Future[Gathered]] | None = None
        self._free = 0

    def take(self, wanted: Span) -> Gathered:
        """Give the samples of a span, or of its beginning where only that was gathered ahead.

        Args:
            wanted: The span that is needed now; no wait if it begins where `ahead` was told.

        Returns:
            x (n, *shape) as `Part.dtype` and y; valid until the next call.

        Raises:
            StudioError: The data could not be read any more.
        """
        x, y = self._result(wanted)
        self._free = 1 - self._free
        count = wanted[2] - wanted[1]
        return x[:count], y[:count]

    def ahead(self, following: Span) -> None:
        """Begin to gather the span that is likely to be needed next."""
        self._ahead = (following, self._begin(following))

    def _result(self, wanted: Span) -> Gathered:
        """Wait for what was gathered ahead or, after a jump, is asked for now."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0][:2] != wanted[:2]:
            _settle(ahead[1])
            ahead = None
        future = ahead[1] if ahead is not None else self._begin(wanted)
        try:
            return future.result()
        except OSError as error:
            raise StudioError(
                f"The data could not be read any more: {reason(error)}.", details=repr(error)
            ) from error

    def _begin(self, span: Span) -> Future[Gathered]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "nnstudio-gather")
        return self._thread.submit(self._gather, span, self._free)

    def _gather(self, span: Span, buffer: int) -> Gathered:
        """Fill a buffer with the scaled samples of a span."""
        rows = self._rows(*span)
        count = len(rows)
        if len(self._x[buffer]) < count:
            self._x[buffer] = np.empty((count, *self._part.x.shape[1:]), self._part.dtype)
            self._y[buffer] = np.empty((count, *self._part.y.shape[1:]), self._part.y.dtype)
        x, y = self._x[buffer][:count], self._y[buffer][:count]
        self._part.samples(rows, out=x)
        np.take(self._part.y, rows, axis=0, out=y)
        return x, y

    def close(self) -> None:
        """Let a gathering in hand finish, then end the thread."""
        thread, self._thread = self._thread, None
        self._ahead = None
        if thread is not None:
            thread.shutdown(wait=True, cancel_futures=True)


def _settle(future: Future[Gathered]) -> None:
    """Wait until a gathering nobody wants has left its buffer; its error does not matter."""
    if not future.cancel():
        future.exception()
