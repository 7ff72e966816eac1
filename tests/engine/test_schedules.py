"""Schedules by value."""

import math

import pytest

from nnstudio.engine.schedules import Constant, Cosine, Exponential, Step


def test_constant_stays() -> None:
    assert {Constant().factor(e, 10) for e in (0, 3.5, 9.99)} == {1.0}


def test_step_halves_every_five_epochs() -> None:
    assert [Step().factor(e, 20) for e in (0, 4.99, 5, 9.5, 10, 15)] == [
        1,
        1,
        0.5,
        0.5,
        0.25,
        0.125,
    ]


def test_exponential_shrinks_by_its_factor_each_epoch() -> None:
    assert Exponential(gamma=0.9).factor(3, 10) == pytest.approx(0.729)


def test_cosine_falls_from_one_over_half_to_the_lowest() -> None:
    schedule = Cosine(lowest=0.1)
    assert [schedule.factor(e, 10) for e in (0, 5, 10)] == pytest.approx([1.0, 0.55, 0.1])
    assert schedule.factor(2.5, 10) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 4)))


def test_warm_up_climbs_and_then_the_schedule_begins() -> None:
    schedule = Cosine(warm_up=2)
    assert [schedule.factor(e, 10) for e in (1, 2, 6, 10)] == pytest.approx([0.5, 1.0, 0.5, 0.0])
    assert schedule.factor(0, 10) > 0
