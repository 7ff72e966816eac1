"""The thread team: threads that sleep until a program runs, and then run its loop together."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from nnstudio.core.errors import StudioError


class Team:
    """A fixed number of threads; the caller is the first of them.

    Args:
        threads: Size of the team, the caller included.

    Raises:
        StudioError: The size is below one.
    """

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise StudioError(f"A team needs at least one thread, not {threads}.")
        self.threads = threads
        self._job: Callable[[int], None] | None = None
        self._busy = threading.Lock()
        self._starts = [threading.Semaphore(0) for _ in range(threads - 1)]
        self._ends = threading.Semaphore(0)
        self._closed = False
        self._failure: BaseException | None = None
        self._workers = [
            threading.Thread(
                target=self._work, args=(i,), name=f"nnstudio-team-{i + 1}", daemon=True
            )
            for i in range(threads - 1)
        ]
        for worker in self._workers:
            worker.start()

    def _work(self, index: int) -> None:
        """Run job after job until the team is closed."""
        while True:
            self._starts[index].acquire()
            if self._closed or self._job is None:
                return
            try:
                self._job(index + 1)
            except BaseException as error:  # noqa: BLE001 - raised again by `run`
                self._failure = error
            finally:
                self._ends.release()

    def run(self, job: Callable[[int], None]) -> None:
        """Run ``job(tid)`` on every thread of the team; return when all have ended.

        Raises:
            StudioError: The team is closed, or it is running something for another thread.
        """
        if not self._busy.acquire(blocking=False):
            raise StudioError("The thread team is busy; only one thread may launch work at a time.")
        try:
            if self._closed:
                raise StudioError("The thread team is closed; make a new one.")
            self._job = job
            for start in self._starts:
                start.release()
            try:
                job(0)
            finally:
                for _ in self._workers:
                    self._ends.acquire()
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
        finally:
            self._busy.release()

    def close(self) -> None:
        """End the threads; a second call does nothing."""
        if self._closed:
            return
        with self._busy:
            self._closed = True
            for start in self._starts:
                start.release()
        for worker in self._workers:
            worker.join()

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@functools.cache
def yield_address() -> int:
    """Give the address of the system's "let others run" function."""
    if sys.platform == "win32":
        function = ctypes.WinDLL("kernel32").SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def usable_cores() -> int:
    """Give the number of processors this process may use."""
    with contextlib.suppress(AttributeError):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
