"""Facts about the lane: jobs in order, errors that are told, and an end that comes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.session.lane import Lane


def _silent(sentence: str, details: str) -> None:
    raise AssertionError(sentence)


def _adding(done: list[int], number: int) -> Iterator[None]:
    done.append(number)
    yield


def test_jobs_run_in_order_and_go_on_behind_an_error() -> None:
    lane, done, told = Lane(), list[int](), list[str]()
    ended = threading.Event()

    def broken() -> Iterator[None]:
        yield
        raise ZeroDivisionError

    def last() -> Iterator[None]:
        ended.set()
        yield

    lane.submit(_adding(done, 1), _silent)
    lane.submit(broken(), lambda sentence, details: told.append(details))
    lane.submit(_adding(done, 2), _silent)
    lane.submit(last(), _silent)
    assert ended.wait(30)
    lane.close()
    assert done == [1, 2]
    assert told == ["ZeroDivisionError()"]


def test_a_closed_lane_takes_no_more_jobs() -> None:
    lane = Lane()
    lane.close()
    with pytest.raises(StudioError, match="being closed"):
        lane.submit(_adding([], 1), _silent)


class _Contested(queue.SimpleQueue[Any]):
    """A queue from which the lane takes the last job just when somebody asks if it is empty."""

    def empty(self) -> bool:
        was_empty = super().empty()
        if not was_empty:
            super().get()
        return was_empty


def test_closing_does_not_wait_for_a_job_that_the_lane_has_just_taken() -> None:
    lane = Lane()
    lane._jobs = _Contested()  # the race itself is too rare to wait for
    lane._jobs.put((_adding([], 1), _silent))
    closing = threading.Thread(target=lane.close, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
