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

    return run(sys.argv[1:], _Desktop())


class _Desktop:
    """What takes Qt; it is loaded when it is needed."""

    def open_window(self, project: Path | None) -> int:
        if sys.platform.startswith("linux") and not any(map(os.environ.get, _SCREENS)):
            raise StudioError(  # Qt itself would end the process without a word for people
                "There is no display here, so the window cannot open. "
                "Give a command instead, such as nnstudio showcase; nnstudio --help lists them."
            )
        from nnstudio.gui.app import run

        return run(project)

    def draw(self, project: Path, out: Path, *, dark: bool, shapes: bool, inside: bool) -> None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a picture needs no screen
        from nnstudio.gui.draw import draw

        draw(project, out, mode="dark" if dark else "light", shapes=shapes, inside=inside)


if __name__ == "__main__":
    sys.exit(main())
