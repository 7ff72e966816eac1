"""`nnstudio report`: a run as one HTML page."""

from __future__ import annotations

from pathlib import Path

from nnstudio.cli.failures import FINE
from nnstudio.cli.watch import printable
from nnstudio.exchange.report import write_report
from nnstudio.project.file import open_project
from nnstudio.project.training import chosen_run


def report(path: Path, out: Path, run_name: str | None) -> int:
    """Write the report of a run.

    Args:
        path: The project.
        out: The file to write.
        run_name: Which run; None takes the latest.

    Returns:
        The exit code.
    """
    project = open_project(path)
    write_report(project, chosen_run(project, run_name), out)
    print(printable(f"The report is in {out}."))
    return FINE
