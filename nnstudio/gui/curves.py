"""The Curves tab: any number a run keeps, of the running and of earlier trainings, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnstudio.core.errors import StudioError
from nnstudio.gui import curve_pictures
from nnstudio.gui.curve_controls import Controls
from nnstudio.gui.curve_data import caption
from nnstudio.gui.curve_legend import Legend
from nnstudio.gui.curve_lines import Tracks
from nnstudio.gui.curve_memory import CurveMemory
from nnstudio.gui.curve_panes import Panes
from nnstudio.gui.curve_plot import CurvePlot
from nnstudio.gui.curve_runs import (
    PRESENT,
    Marks,
    Run,
    Shown,
    Wish,
    all_groups,
    parts,
    scene,
    total,
)
from nnstudio.gui.curve_view import CurveView
from nnstudio.gui.elided import ElidedLabel
from nnstudio.gui.theme import Theme
from nnstudio.train.history import History

EMPTY_WORDS = "Press Train (F5): loss and accuracy appear here while the network learns."


class CurvesPanel(QWidget):
    """Shows a history; looks for new numbers only while it can be seen.

    Args:
        theme: For the colours.
        complain: Told when an export fails.
    """

    def __init__(self, theme: Theme, complain: Callable[[str, str], None]) -> None:
        super().__init__()
        self._theme, self._complain = theme, complain
        self._shown = Shown()
        self._hidden: set[str] = set()
        self._drawn: object = None
        memory = CurveMemory()
        self._tracks = Tracks()
        self.view = CurveView()
        self.panes = Panes(memory, self.view, self._tracks, theme)
        self.panes.changed.connect(self.look)
        self.legend = Legend()
        self.legend.toggled.connect(self._compare)
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "small")
        self.caption.setAccessibleName("Last and best measure")
        self._empty = QLabel(EMPTY_WORDS)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "dim")
        self.controls = Controls(memory)
        self.controls.changed.connect(self._wish_changed)
        self.controls.run_toggled.connect(self._compare)
        self.controls.pane_wanted.connect(self.panes.add)
        self.controls.fit_wanted.connect(self._fit)
        self.controls.export_wanted.connect(self._export)
        self._unit = self.controls.unit
        theme.changed.connect(self.look)
        self._arrange()

    def _arrange(self) -> None:
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self.legend)
        row.addWidget(self.caption, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 12, 4)
        column.setSpacing(2)
        column.addWidget(self._empty, 1)
        column.addWidget(self.panes, 1)
        column.addWidget(self._foot)

    # What the window tells

    def show_run(
        self,
        history: History | None,
        earlier: Sequence[tuple[str, History]] = (),
        epochs: float = 1,
        per_epoch: float = 0,
        *,
        samples: float = 0,
        marks: Marks = (),
        colours: Mapping[str, str] | None = None,
    ) -> None:
        """Show a run, with the earlier ones behind it.

        Args:
            history: The running or last run; None before the first.
            earlier: Name and history of runs before, the latest last.
            epochs: How many epochs the run has in all.
            per_epoch: Steps in one epoch; 0 while that is not known.
            samples: Samples in one epoch; 0 while that is not known.
            marks: Steps done and words of each setting that was changed while it ran.
            colours: Colours of runs by name; those without one get the next of a cycle.
        """
        others = [one for one in earlier if one[1] is not history]
        name = next((name for name, one in earlier if one is history), PRESENT)
        self._shown = Shown(
            history,
            others,
            max(epochs, 1e-9),
            per_epoch,
            samples,
            tuple(marks),
            name,
            colours or {},
        )
        self.controls.offer_runs(self.compared, self._hidden)
        self._drawn = None
        self.look()

    def look(self) -> None:
        """Draw what has come; later, if nobody can see it now."""
        if self.isVisible():
            self._draw()

    @property
    def compared(self) -> list[str]:
        """Names of the earlier runs on offer."""
        return [name for name, _ in self._shown.earlier]

    def plot(self, group: str) -> CurvePlot | None:
        """Give the first plot of a group that shows, or None."""
        return self.panes.plot(group)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.controls.fit_into(self.width())

    # Drawing

    def _wish(self) -> Wish:
        controls = self.controls
        return Wish(controls.unit, controls.every, controls.smoothing, controls.log.isChecked())

    def _draw(self) -> None:
        """Draw, unless nothing is new."""
        colours, wish = self._theme.palette(), self._wish()
        runs = self._shown.runs(colours)
        state = (
            [_sizes(run.history) for run in runs], self.panes.specs, wish, frozenset(self._hidden),
            colours.is_dark, id(self._shown),
        )  # fmt: skip
        if state == self._drawn:
            return
        self._drawn = state
        self._empty.setVisible(not runs)
        self.panes.setVisible(bool(runs))
        self._foot.setVisible(bool(runs))
        if not runs:
            return
        self.caption.setText(caption(runs[-1].history))
        self.legend.offer([(r.name, r.colour) for r in runs] if len(runs) > 1 else [], self._hidden)
        self._draw_panes([run for run in runs if run.name not in self._hidden], runs, wish)

    def _draw_panes(self, runs: list[Run], known: list[Run], wish: Wish) -> None:
        found = all_groups(known)
        self.controls.offer_groups(found)
        whole = self.view.total = total(self._shown, runs, wish.unit)
        tracks, colours = self._tracks, self._theme.palette()
        for pane in self.panes.place(found):
            spec = pane.spec
            pane.offer(
                found, parts(known, spec.group, wish.every), alone=len(self.panes.specs) == 1
            )
            pane.plot.show_scene(scene(spec, self._shown, runs, wish, whole, tracks, colours))

    # What a person does

    def _wish_changed(self) -> None:
        if self.controls.unit != self._unit:
            self._unit = self.controls.unit
            self.view.fit()
        self.look()

    def _fit(self) -> None:
        for pane in self.panes.shown:
            pane.plot.fit()

    def _compare(self, name: str, wanted: bool) -> None:
        (self._hidden.discard if wanted else self._hidden.add)(name)
        self.controls.offer_runs(self.compared, self._hidden)
        self.look()

    def _export(self, kind: str) -> None:
        if kind == "copy":
            QGuiApplication.clipboard().setImage(self.picture())
        elif kind == "copy csv":
            QGuiApplication.clipboard().setText(curve_pictures.csv_text(self._to_write()))
        else:
            chosen, _ = QFileDialog.getSaveFileName(
                self, "Save the curves", f"curves.{kind}", f"{kind.upper()} (*.{kind})"
            )
            if chosen:
                self.export_to(Path(chosen))

    def picture(self) -> QImage:
        """Give the curves as a picture of twice the size on the screen."""
        return curve_pictures.picture(self, self.panes.shown, self._theme.palette())

    def _to_write(self) -> list[tuple[str, History]]:
        runs = self._shown.runs(self._theme.palette())
        return [(run.name, run.history) for run in runs if run.name not in self._hidden]

    def export_to(self, path: Path) -> None:
        """Write the curves to a file; its suffix (.png, .svg, .csv) says how."""
        colours = self._theme.palette()
        try:
            if path.suffix == ".csv":
                curve_pictures.save_csv(self._to_write(), path)
            elif path.suffix == ".svg":
                curve_pictures.save_svg(self, self.panes.shown, colours, path)
            else:
                curve_pictures.save_png(self, self.panes.shown, colours, path)
        except StudioError as error:
            self._complain(error.sentence, error.details)


def _sizes(history: History) -> tuple[tuple[str, int], ...]:
    both = (*list(history.steps.items()), *list(history.epochs.items()))
    return tuple((name, len(series)) for name, series in both)
