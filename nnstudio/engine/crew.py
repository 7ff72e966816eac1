"""Chooses, chunk by chunk, how many threads run a plan; the result is the same with any number.

A team whose processors are wanted by others loses far more than its share: each barrier waits for a
thread that the system has put aside. Then one thread alone is quicker, until the others are gone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType

from nnstudio.kernels.team import Team, usable_cores

DISTURBED = 1.5  # times the best pace: something else wants the processors
PATIENCE = 16  # chunks on one thread before the team is tried again


@dataclass
class _Pace:
    """Seconds per unit of work: the best so far, and the last."""

    best: float = float("inf")
    last: float = 0.0


class Crew:
    """A team, and a single thread to fall back on.

    Args:
        threads: Size of the team.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._teams = {size: Team(size) for size in {1, threads}}
        self._paces = {size: _Pace() for size in self._teams}
        self._size = threads
        self._alone = 0
        self._spared_until = 0.0

    @property
    def team(self) -> Team:
        """The team that the next chunk should run on."""
        if time.monotonic() < self._spared_until and self.threads >= usable_cores():
            return self._teams[1]
        return self._teams[self._size]

    def spare_a_core(self, seconds: float) -> None:
        """Leave a processor to somebody else for a while; callable from any thread."""
        self._spared_until = time.monotonic() + seconds

    def note(self, team: Team, seconds: float) -> None:
        """Take note of how long a unit of work took on a team, and choose the next one."""
        if team.threads != self._size:
            return  # a spared processor says nothing of the pace
        pace = self._paces[self._size]
        pace.last, pace.best = seconds, min(pace.best, seconds)
        if self.threads == 1:
            return
        full, single = self._paces[self.threads], self._paces[1]
        if self._size == self.threads:
            if seconds > DISTURBED * full.best or seconds > single.best:
                self._size, self._alone = 1, 0
            return
        self._alone += 1
        if single.last > full.last or self._alone >= PATIENCE:
            self._size = self.threads

    def close(self) -> None:
        """End all threads."""
        for team in self._teams.values():
            team.close()

    def __enter__(self) -> Crew:
        """Use it in a `with` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
