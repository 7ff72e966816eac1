"""Sums typed into number fields."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.gui.arithmetic import calculate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28/2", 14),
        ("3*64 + 1", 193),
        ("2^10", 1024),
        ("2**3", 8),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("(1 + 2) × 3", 9),
        ("7 ÷ 2", 3.5),
        ("1,000 − 1", 999),
        ("0,5 * 4", 2),
        ("1e-3*2", 0.002),
        (".5", 0.5),
        ("--3", 3),
    ],
)
def test_sums_are_worked_out_as_on_paper(text: str, value: float) -> None:
    assert calculate(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "two", "1/0", "1+", "(1", "1)", "2 3", "1,2,3", "9^9^9", "(-8)^0.5", "0^-1", "a*2",
     "().__class__", "__import__('os')", "1" * 300, "(" * 100 + "1" + ")" * 100, "-" * 150 + "1"],
)  # fmt: skip
def test_what_is_no_sum_is_none(text: str) -> None:
    assert calculate(text) is None


@given(st.text(alphabet="0123456789+-*/^().,e ×−x_", max_size=60))
def test_nothing_that_is_typed_fails(text: str) -> None:
    value = calculate(text)
    assert value is None or math.isfinite(value)
