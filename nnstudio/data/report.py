"""How long reading tells where it is and learns that it should stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nnstudio.core.errors import Cancelled

Progress = Callable[[int, int, str], None]
Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Passes progress on and stops the work when the person asks for it.

    Attributes:
        progress: Called with what is done, the total (0 if unknown) and a few words.
        cancel: Answers whether to stop.
        what: The work in a person's words, for the sentence after Cancel.
    """

    progress: Progress | None = None
    cancel: Cancel | None = None
    what: str = "Reading the data"

    def at(self, done: int, total: int, text: str) -> None:
        """Tell how far the work is.

        Args:
            done: Units done so far.
            total: Units in all; 0 if unknown.
            text: A few words for the progress bar.

        Raises:
            Cancelled: The person pressed Cancel.
        """
        if self.cancel is not None and self.cancel():
            raise Cancelled(self.what)
        if self.progress is not None:
            self.progress(done, total, text)
