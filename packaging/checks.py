"""The checks of `test`, one line each unless one fails, and pytest last."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import environment

_CONTRACTS = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: What it looks at.
        arguments: What the interpreter of the .venv is started with.
    """

    name: str
    arguments: tuple[str, ...]


STATIC = (
    Check("formatting", ("-m", "ruff", "format", "--check", "--quiet", ".")),
    Check("lint", ("-m", "ruff", "check", "--quiet", ".")),
    Check("types", ("-m", "mypy", "--no-error-summary")),
    Check("import contracts", ("-c", _CONTRACTS)),
)


def run_all(python: Path, pytest_arguments: Sequence[str]) -> int:
    """Run every check, also after one has failed, so that one run tells everything.

    Args:
        python: The interpreter of the .venv.
        pytest_arguments: Added to pytest's command line.

    Returns:
        0 when all passed, otherwise 1.
    """
    failed = [check.name for check in STATIC if not _passes(python, check)]
    if not _tests_pass(python, pytest_arguments):
        failed.append("tests")
    if failed and failed != ["tests"]:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _passes(python: Path, check: Check) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [str(python), *check.arguments],
        cwd=environment.ROOT,
        env=test_variables(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    verdict = "failed" if done.returncode else "ok"
    print(f"{check.name}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def _tests_pass(python: Path, arguments: Sequence[str]) -> bool:
    """Run pytest: live on a terminal, elsewhere only its summary unless a test fails."""
    workers = str(min(2, os.cpu_count() or 1))
    command = [str(python), "-m", "pytest", "-q", "-n", workers, *arguments]
    live = sys.stdout.isatty()
    done = subprocess.run(
        command,
        cwd=environment.ROOT,
        env=test_variables(),
        stdout=None if live else subprocess.PIPE,
        stderr=None if live else subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if not live:
        print(done.stdout.rstrip() if done.returncode else summary(done.stdout), flush=True)
    return done.returncode == 0


def summary(output: str) -> str:
    """Keep of a passing run what was skipped and why, and the closing line.

    Args:
        output: All that pytest printed.

    Returns:
        Those lines.
    """
    lines = output.strip().splitlines()
    return "\n".join([line for line in lines if line.startswith("SKIPPED")] + lines[-1:])


def test_variables() -> dict[str, str]:
    """Give the environment of the checks: no screen, and one thread for foreign pools.

    Returns:
        The variables for a child process.
    """
    own = {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return {**environment.clean_variables(), **own}
