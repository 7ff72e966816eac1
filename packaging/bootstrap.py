"""The two README commands, `run` and `test`, from a bare Python to the studio or its tests."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):  # a sentence instead of a traceback
    sys.exit(
        "nnstudio runs on Python 3.11 to 3.14; this is Python {}.{}. "
        "Install one of those and call this script with it.".format(*sys.version_info[:2])
    )

import io
import os
import subprocess
from pathlib import Path

import checks
import display
import environment
import system_libraries

USAGE = """\
usage: python3 packaging/bootstrap.py run  [ARGUMENTS OF nnstudio ...]
       python3 packaging/bootstrap.py test [ARGUMENTS OF pytest ...]
       python3 packaging/bootstrap.py prepare

run      open the studio on the digits example; without a display, train it headless
test     check formatting, lint, types and import rules, then run all tests offscreen
prepare  only make .venv with everything run and test need"""

EXAMPLE = environment.ROOT / "resources" / "examples" / "digits-lenet.nns"


def main(arguments: list[str]) -> int:
    """Do one of the commands.

    Args:
        arguments: The command line without the name of the script.

    Returns:
        The exit code: 0 fine, 2 bad usage, otherwise that of what was started.
    """
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        if command == "run":
            return run(rest)
        if command == "test":
            return test(rest)
        if command == "prepare" and not rest:
            environment.prepare([environment.RUN_LOCK, environment.TEST_LOCK])
            return 0
    except environment.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(USAGE, file=sys.stdout if command in ("-h", "--help") else sys.stderr)
    return 0 if command in ("-h", "--help") else 2


def run(arguments: list[str]) -> int:
    """Start the studio, or the same job without a window where there is no display.

    Args:
        arguments: Handed to the studio as they are; without any, the digits example opens.

    Returns:
        The exit code of the studio.
    """
    if arguments:
        return _become_studio(environment.prepare([environment.RUN_LOCK]), arguments)
    promised = display.is_promised(sys.platform, os.environ)
    complete = not promised or system_libraries.ensure(display.groups(os.environ))
    python = environment.prepare([environment.RUN_LOCK])
    if promised and complete and display.is_usable(sys.platform, os.environ):
        return _become_studio(python, [str(EXAMPLE)])
    why = (
        "The window cannot open without these libraries"
        if promised and not complete
        else ("There is no display here")
    )
    print(f"{why}, so the digits example is trained without it.", flush=True)
    return _become_studio(python, ["showcase"])


def test(arguments: list[str]) -> int:
    """Run every check and then all tests.

    Args:
        arguments: Handed to pytest as they are.

    Returns:
        0 when everything passed.
    """
    complete = system_libraries.ensure(("offscreen",))
    python = environment.prepare([environment.RUN_LOCK, environment.TEST_LOCK])
    if not complete:
        raise environment.SetupError(
            "The tests draw the window offscreen and cannot start without these libraries."
        )
    return checks.run_all(python, arguments)


def _become_studio(python: Path, arguments: list[str]) -> int:
    """Give the process over to the studio, so that signals and the terminal are its own."""
    command = [str(python), "-m", "nnstudio", *arguments]
    sys.stdout.flush()
    if os.name != "nt":  # exec on Windows would detach from the terminal
        os.execve(command[0], command, environment.clean_variables())
    return subprocess.call(command, env=environment.clean_variables())


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a narrow code page must not end the checks
    sys.exit(main(sys.argv[1:]))
