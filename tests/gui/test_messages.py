"""Messages over the canvas can be read in full."""

from __future__ import annotations

import pytest

SENTENCE = (
    "'bad.nns' is not a project of nnstudio; it is damaged or another program's, so choose another "
    "file or an earlier copy."
)


@pytest.mark.parametrize("width", [1440, 1024])
def test_a_first_long_message_is_not_cut_off(open_window, qtbot, width):
    window = open_window(size=(width, 800))
    window.complain(SENTENCE)
    text = window.banner._text
    assert text.height() >= text.heightForWidth(text.width())
    window.complain("Short.")
    assert window.banner.height() < 60
