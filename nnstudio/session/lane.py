"""The engine's lane: the one thread that runs kernels; its jobs are generators, one at a time."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator

from nnstudio.core.errors import StudioError

_LOG = logging.getLogger(__name__)

Fail = Callable[[str, str], None]


class Lane:
    """A thread that takes jobs in order."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Iterator[None], Fail] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False

    def submit(self, job: Iterator[None], fail: Fail) -> None:
        """Add a job, from any thread; the lane's own is started by the first.

        Args:
            job: The work, cut into pieces.
            fail: Told (sentence, details) on the lane when the job ends in an error.

        Raises:
            StudioError: The session is closed.
        """
        with self._starting:
            if self._closed:
                raise StudioError("This project is being closed; open it again to go on.")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="nnstudio-lane", daemon=True
                )
                self._thread.start()
            self._jobs.put((job, fail))

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, fail = entry
            try:
                for _ in job:
                    pass
            except StudioError as error:
                fail(error.sentence, error.details)
            except Exception as error:  # the lane must live on, whatever a job does
                _LOG.exception("A job on the engine's lane failed")
                sentence = "The engine failed unexpectedly; your project is unharmed."
                fail(f"{sentence} Save it, then try again.", repr(error))

    def close(self, timeout_s: float = 10.0) -> None:
        """Let the present job end and stop the thread; jobs not yet begun are dropped."""
        with self._starting:
            self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:  # without waiting: the lane may take the last one meanwhile
                self._jobs.get_nowait()
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(timeout_s)
