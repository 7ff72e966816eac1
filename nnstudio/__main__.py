"""Start nnstudio: `python -m nnstudio` opens the window or does a command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process.

    Returns:
        The exit code: 0 fine, 2 bad usage or input, 3 stopped or diverged.
    """
    from nnstudio.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
