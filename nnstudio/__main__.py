"""Start nnstudio: `python -m nnstudio` opens the window or does a command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nnstudio.core.errors import StudioError

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def main() -> int:
    """Run the command line of this process.

    Returns:
        The exit code: 0 fine, 2 bad usage or input, 3 stopped or diverged.
    """
    from nnstudio.cli.app import run

    return run(sys.argv[1:], _open_window)


def _open_window(project: Path | None) -> int:
    if sys.platform.startswith("linux") and not any(map(os.environ.get, _SCREENS)):
        raise StudioError(  # Qt itself would end the process without a word for people
            "There is no display here, so the window cannot open. "
            "Give a command instead, such as nnstudio showcase; nnstudio --help lists them."
        )
    from nnstudio.gui.app import run

    return run(project)


if __name__ == "__main__":
    sys.exit(main())
