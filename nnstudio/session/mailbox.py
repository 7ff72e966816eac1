"""Mailboxes between the lane and a window: the writer never waits, the reader only takes."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One slot that is overwritten: for what only matters when it is new."""

    def __init__(self) -> None:
        self._value: T | None = None

    def put(self, value: T | None) -> None:
        """Replace what is in the slot."""
        self._value = value

    def peek(self) -> T | None:
        """Give what is in the slot and leave it there."""
        return self._value


class Outbox(Generic[T]):
    """A queue for rare things that must arrive, each once and in order."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()

    def put(self, item: T) -> None:
        """Add one."""
        self._items.append(item)

    def take_all(self) -> list[T]:
        """Take all that have arrived."""
        taken: list[T] = []
        while self._items:
            taken.append(self._items.popleft())
        return taken
