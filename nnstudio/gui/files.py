"""New, Open, Save, recent files: dialogs, questions, and one sentence where something fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from nnstudio.core.errors import StudioError
from nnstudio.gui.canvas.canvas import Canvas
from nnstudio.gui.canvas.export import save_picture
from nnstudio.gui.memory import Memory
from nnstudio.gui.messages import ask_to_close
from nnstudio.project.edits import RenameProject
from nnstudio.session.studio import AnyEdit, Studio

PATTERN = "nnstudio project (*.nns)"
PICTURES = "Drawing (*.svg);;Picture (*.png);;PDF page (*.pdf)"
SUFFIX = ".nns"
BUSY = ("running", "preparing", "paused")


class Files:
    """Opens and saves projects for a window.

    Args:
        window: Stands behind the dialogs.
        memory: Keeps the recent files.
        current: Gives the open project.
        adopt: Shows another project.
        complain: Told when something fails: (sentence, details).
        told: Told when something went well.
        edit: Makes an edit undoably.
    """

    def __init__(
        self,
        window: QWidget,
        memory: Memory,
        current: Callable[[], Studio],
        adopt: Callable[[Studio], None],
        complain: Callable[[str, str], None],
        told: Callable[[str], None],
        edit: Callable[[AnyEdit], None],
    ) -> None:
        self._window, self._memory = window, memory
        self._current, self._adopt = current, adopt
        self._complain, self._told, self._edit = complain, told, edit

    def may_leave(self) -> bool:
        """Whether the open project may be left; asks once where something would be lost."""
        studio = self._current()
        training = studio.run_state in BUSY
        if not studio.dirty and not training:
            return True
        answer = ask_to_close(self._window, studio.title, unsaved=studio.dirty, training=training)
        if answer == "save":
            if training:
                self.finish_training(studio)
            return self.save()
        return answer == "discard"

    @staticmethod
    def finish_training(studio: Studio) -> None:
        """Stop a training and take what it learned into the project."""
        import time

        studio.stop()
        deadline_s = time.monotonic() + 10
        while studio.run_state in BUSY and time.monotonic() < deadline_s:
            time.sleep(0.01)
        studio.poll()

    def new(self, template: str) -> None:
        """Begin a project from a template."""
        if self.may_leave():
            self._try(lambda: self._adopt(Studio.new(template)))

    def open(self) -> None:
        """Ask for a file and open it."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open a project", "", PATTERN)
        if chosen:
            self.open_path(Path(chosen))

    def open_path(self, path: Path) -> bool:
        """Open a file; the open project stays where that fails."""

        def opened() -> None:
            studio = Studio.open(path)
            if self.may_leave():
                self._adopt(studio)
                self._memory.remember(path)
            else:
                studio.close()

        done = self._try(opened)
        if not done and not path.exists():
            self._memory.forget(path)
        return done

    def save(self) -> bool:
        """Save where the project was saved last; ask the first time."""
        path = self._current().path
        return self.save_as() if path is None else self.save_to(path)

    def save_as(self) -> bool:
        """Ask for a file and save there."""
        studio = self._current()
        start = str(studio.path or f"{studio.title}{SUFFIX}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the project", start, PATTERN)
        if not chosen:
            return False
        path = Path(chosen)
        return self.save_to(path if path.suffix else path.with_suffix(SUFFIX))

    def save_to(self, path: Path) -> bool:
        """Save to a file; the old one stays whole where that fails."""

        def saved() -> None:
            self._current().save(path)
            self._memory.remember(path)
            self._told(f"Saved {path.name}.")

        return self._try(saved)

    def report(self) -> None:
        """Ask for a file and write the latest run into it as one HTML page."""
        studio = self._current()
        project = studio.project
        if not project.runs:
            self._complain("Nothing has been trained yet; press Train first.", "")
            return
        run = project.runs[-1]
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Write a report", f"{studio.title}.html", "HTML page (*.html)"
        )
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(".html")

        def written() -> str:
            from nnstudio.exchange.report import write_report

            write_report(project, run, path)
            return f"The report of {run.name} is in {path.name}."

        self._try(lambda: studio.do(written, "write the report"))

    def picture(self, canvas: Canvas) -> None:
        """Ask for a file and save the network as a picture."""
        start = f"{self._current().title}.svg"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Save a picture of the network", start, PICTURES
        )
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(".svg")

        def saved() -> None:
            save_picture(canvas, path)
            self._told(f"The picture is in {path.name}.")

        self._try(saved)

    def rename(self) -> None:
        """Ask for another name of the project."""
        studio = self._current()
        name, wanted = QInputDialog.getText(
            self._window, "Rename the project", "Name", text=studio.title
        )
        if wanted and name != studio.title:
            self._edit(RenameProject(name))

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except StudioError as error:
            self._complain(error.sentence, error.details)
            return False
        return True
