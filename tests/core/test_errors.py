"""Errors are sentences with details apart."""

from __future__ import annotations

from nnstudio.core.errors import Cancelled, StudioError


def test_an_error_is_its_sentence():
    error = StudioError("The file is damaged.", details="crc 12 != 13")
    assert str(error) == error.sentence == "The file is damaged."
    assert error.details == "crc 12 != 13"


def test_cancelling_says_that_nothing_was_changed():
    assert str(Cancelled("The download")) == "The download was cancelled; nothing was changed."
    assert isinstance(Cancelled(), StudioError)
