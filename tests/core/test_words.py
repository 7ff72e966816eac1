"""Numbers, shapes and times read well at their edges."""

from __future__ import annotations

import doctest

import pytest

from nnstudio.core import words


def test_the_examples_hold():
    results = doctest.testmod(words)
    assert results.attempted >= 6
    assert results.failed == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (999.9, "1 k"),
        (999_600, "1 M"),
        (-61706, "-61.7 k"),
        (0.012345, "0.0123"),
        (138_357_544, "138 M"),
        (float("nan"), "nan"),
        (float("inf"), "inf T"),
    ],
)
def test_short_numbers(number, text):
    assert words.short(number) == text


def test_edges_of_the_others():
    assert words.byte_count(0) == "0 bytes"
    assert words.byte_count(1023) == "1023 bytes"
    assert words.byte_count(1 << 30) == "1 GB"
    assert words.duration(-3) == "0:00"
    assert words.duration(59.6) == "1:00"
    assert words.duration(3600) == "1:00:00"
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
