"""How a command fails: one plain sentence on stderr, the details in the log file."""

from __future__ import annotations

import contextlib
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import log_folder

FINE, BROKEN, BAD_INPUT, STOPPED = 0, 1, 2, 3
_MAX_LOG = 4 << 20


def tell(sentence: str, error: BaseException | None = None, *, details: bool = False) -> None:
    """Write a sentence to stderr; what lies behind it goes to the log, or below it if wanted.

    Args:
        sentence: One plain sentence.
        error: Where it comes from.
        details: Whether the person wants the technical text at once.
    """
    print(sentence, file=sys.stderr)
    if error is None:
        return
    text = "".join(traceback.format_exception(error))
    if isinstance(error, StudioError) and error.details:
        text += f"{error.details}\n"
    if details:
        print(text, file=sys.stderr, end="")
    _log(sentence, text)


def log_file() -> Path:
    """Give the file that details are written to."""
    return log_folder() / "nnstudio.log"


def _log(sentence: str, text: str) -> None:
    """Append to the log; a log that cannot be written must not hide the error itself."""
    with contextlib.suppress(OSError):
        path = log_file()
        if path.exists() and path.stat().st_size > _MAX_LOG:
            path.replace(path.with_suffix(".old.log"))
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {sentence}\n{text}\n")
