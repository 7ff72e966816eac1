"""`nnstudio showcase`: the studio's main job where there is no window."""

from __future__ import annotations

from pathlib import Path

from nnstudio.cli.failures import FINE, STOPPED
from nnstudio.cli.keep import save_or_rescue
from nnstudio.cli.train import run_training, say_end
from nnstudio.cli.watch import watcher
from nnstudio.core import files
from nnstudio.core.errors import StudioError
from nnstudio.core.paths import resources_folder
from nnstudio.exchange.report import write_report
from nnstudio.project.file import open_project
from nnstudio.project.templates import make_template

EXAMPLE = "digits-lenet"


def showcase(folder: Path) -> int:
    """Train the digits example and write the trained project and its report.

    Args:
        folder: Where both go; made if missing.

    Returns:
        The exit code.
    """
    _make(folder)
    path = resources_folder() / "examples" / f"{EXAMPLE}.nns"
    project = open_project(path) if path.exists() else make_template(EXAMPLE)
    watch = watcher(json_lines=False)
    watch.say(f"{project.name}: a convolutional network learns to read handwritten digits.")
    trained = run_training(project, watch)
    say_end(watch, trained)
    test = trained.finished.test
    if "accuracy" in test:
        watch.say(f"Test accuracy: {100 * test['accuracy']:.2f} %")
    saved, page = folder / f"{EXAMPLE}.nns", folder / f"{EXAMPLE}.html"
    save_or_rescue(trained.project, saved)
    write_report(trained.project, trained.run, page)
    watch.say(f"The trained project is in {saved.absolute()}")
    watch.say(f"The report is in {page.absolute()}")
    return STOPPED if trained.finished.reason in ("stopped", "diverged") else FINE


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(
            f"'{folder}' could not be made: {files.reason(error)}.", details=repr(error)
        ) from error
