"""The errors a person reads: one plain sentence, with the details kept apart."""

from __future__ import annotations


class StudioError(Exception):
    """Something a person can mend; its text is one plain sentence that says what to do.

    Args:
        sentence: What happened, where, what was expected, what came, and what to do.
        details: Technical text for the log and the "Details" button; never shown at once.
    """

    def __init__(self, sentence: str, *, details: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Cancelled(StudioError):  # noqa: N818 - a wish of the person, not an error of theirs
    """The person pressed Cancel; nothing was changed."""

    def __init__(self, what: str = "The work") -> None:
        super().__init__(f"{what} was cancelled; nothing was changed.")
