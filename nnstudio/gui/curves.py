"""The Curves tab: loss and accuracy of the running and of earlier trainings, live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.core.errors import StudioError
from nnstudio.gui import curve_export
from nnstudio.gui.curve_data import (
    Curve,
    band,
    caption,
    first_bad,
    measured,
    smoothed,
    step_values,
    steps_per_epoch,
)
from nnstudio.gui.elided import ElidedLabel
from nnstudio.gui.theme import Theme
from nnstudio.train.history import History

if TYPE_CHECKING:
    from nnstudio.gui.curve_plot import CurvePlot

EMPTY_WORDS = "Press Train (F5): loss and accuracy appear here while the network learns."
EARLIER_BINS = 200
COMPACT_PX, BOTH_PX = 700, 460


class CurvesPanel(QWidget):
    """Shows a history; looks for new numbers only while it can be seen.

    Args:
        theme: For the colours.
        complain: Told when an export fails.
    """

    def __init__(self, theme: Theme, complain: Callable[[str, str], None]) -> None:
        super().__init__()
        self._theme = theme
        self._complain = complain
        self._history: History | None = None
        self._earlier: list[tuple[str, History]] = []
        self._hidden: set[str] = set()
        self._per_epoch = 0.0
        self._epochs = 1.0
        self._stale = True
        self._plots: dict[str, CurvePlot] = {}
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "small")
        self.caption.setAccessibleName("Last and best measure")
        self._empty = QLabel(EMPTY_WORDS)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "dim")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 2, 12, 6)
        self._column.setSpacing(0)
        self._holder = QWidget()
        self._row = QHBoxLayout(self._holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._empty, 1)
        self._column.addWidget(self._holder, 1)
        self.controls = Controls(theme)
        self.controls.log.toggled.connect(self._set_log)
        self.controls.smooth.valueChanged.connect(lambda _: self.look())
        self.controls.export_wanted = self._export
        self.controls.compare_changed = self._compare
        theme.changed.connect(self._recolour)

    # What the window tells

    def show_run(
        self,
        history: History | None,
        earlier: Sequence[tuple[str, History]] = (),
        epochs: float = 1,
        per_epoch: float = 0,
    ) -> None:
        """Show a run, with the earlier ones thin behind it.

        Args:
            history: The running or last run; None before the first.
            earlier: Name and history of runs before, the latest last.
            epochs: How many epochs the run has in all.
            per_epoch: Steps in one epoch; 0 while that is not known.
        """
        self._history = history
        self._earlier = [one for one in earlier if one[1] is not history]
        self._epochs, self._per_epoch = max(epochs, 1e-9), per_epoch
        self.controls.offer_runs([name for name, _ in self._earlier], self._hidden)
        self.look()

    def look(self) -> None:
        """Draw what has come; later, if nobody can see it now."""
        self._stale = True
        if self.isVisible():
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.controls.be_compact(self.width() < COMPACT_PX)
        self.look()

    # Drawing

    def _draw(self) -> None:
        self._stale = False
        some = self._history is not None or bool(self._earlier)
        self._empty.setVisible(not some)
        latest = self._earlier[-1][1] if self._earlier else None
        self.caption.setText(caption(self._history or latest))
        self._holder.setVisible(some)
        if not some:
            return
        self._make_plots()
        self._draw_plot("loss", "loss")
        self._draw_plot("accuracy", "accuracy")

    def _make_plots(self) -> None:
        """Make the plots when the first curve comes; pyqtgraph takes 0.34 s to load."""
        if self._plots:
            return
        from nnstudio.gui.curve_plot import CurvePlot

        colours = self._theme.palette()
        for name, stretch in (("loss", 5), ("accuracy", 3)):
            plot = CurvePlot(name, colours, percent=name == "accuracy")
            holder = QWidget()
            holder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            title = QLabel(name)
            title.setProperty("role", "small")
            title.setContentsMargins(8, 0, 0, 0)
            line = QHBoxLayout()
            line.addWidget(title)
            line.addSpacing(12)
            line.addStretch(1)
            if name == "accuracy":
                line.addWidget(self.caption)
            column.addLayout(line)
            column.addWidget(plot, 1)
            self._row.addWidget(holder, stretch)
            self._plots[name] = plot
        loss, accuracy = self._plots["loss"], self._plots["accuracy"]
        loss.hovered.connect(accuracy.hover_at)
        accuracy.hovered.connect(loss.hover_at)
        loss.set_log(self.controls.log.isChecked())

    def _draw_plot(self, name: str, measure: str) -> None:
        from nnstudio.gui.curve_plot import Shown

        history = self._history or History()
        per_epoch = steps_per_epoch(history, self._per_epoch)
        values = step_values(history, measure)
        raw = band(values, per_epoch)
        weight = self.controls.smoothing()
        bad = first_bad(values) if name == "loss" else None
        earlier = [
            self._earlier_curve(run, measure, weight)
            for label, run in self._earlier
            if label not in self._hidden
        ]
        shown = Shown(
            raw,
            Curve(raw.x, smoothed(raw.mean, weight)),
            measured(history, f"valid {measure}", per_epoch),
            earlier,
            self._epochs if self._history is not None else _length(earlier),
            None if bad is None else (bad + 1) / per_epoch,
        )
        plot = self._plots[name]
        something = len(values) or any(len(line.x) for line in earlier)
        if name == "accuracy":
            shared = plot.parentWidget()
            assert shared is not None
            shared.setVisible(bool(something) and self.width() >= BOTH_PX)
        plot.show_curves(shown)

    def _earlier_curve(self, run: History, measure: str, weight: float) -> Curve:
        per_epoch = steps_per_epoch(run)
        found = measured(run, f"valid {measure}", per_epoch)
        if len(found.x) > 1:
            return found
        raw = band(step_values(run, measure), per_epoch, EARLIER_BINS)
        return Curve(raw.x, smoothed(raw.mean, weight))

    # What a person does

    def _set_log(self, wanted: bool) -> None:
        if self._plots:
            self._plots["loss"].set_log(wanted)

    def _compare(self, name: str, wanted: bool) -> None:
        (self._hidden.discard if wanted else self._hidden.add)(name)
        self.look()

    def _recolour(self) -> None:
        for plot in self._plots.values():
            plot.colour(self._theme.palette())

    def _export(self, kind: str) -> None:
        if kind == "copy":
            background = self._theme.palette().panel
            QGuiApplication.clipboard().setImage(curve_export.picture(self, background))
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the curves", f"curves.{kind}", f"{kind.upper()} (*.{kind})"
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the curves to a file; its suffix (.png, .svg, .csv) says how."""
        background = self._theme.palette().panel
        try:
            if path.suffix == ".csv":
                latest = self._earlier[-1][1] if self._earlier else History()
                curve_export.save_csv(self._history or latest, path)
            elif path.suffix == ".svg":
                curve_export.save_svg(self, background, path)
            else:
                curve_export.save_png(self, background, path)
        except StudioError as error:
            self._complain(error.sentence, error.details)


def _length(curves: Sequence[Curve]) -> float:
    return max((float(curve.x[-1]) for curve in curves if len(curve.x)), default=1.0)


class Controls(QWidget):
    """What stands at the right end of the tabs while the curves show."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.export_wanted: Callable[[str], None] = lambda _kind: None
        self.compare_changed: Callable[[str, bool], None] = lambda _name, _wanted: None
        self.log = QCheckBox("log")
        self.log.setToolTip("Logarithmic vertical axis for the loss")
        self.log.setAccessibleName("Logarithmic loss axis")
        self._words = QLabel("smooth 0.60")
        self._words.setProperty("role", "dim")
        self.smooth = QSlider(Qt.Orientation.Horizontal)
        self.smooth.setMaximum(98)
        self.smooth.setValue(60)
        self.smooth.setFixedWidth(72)
        self.smooth.setAccessibleName("Smoothing of the training curve")
        self.smooth.valueChanged.connect(self._say_smoothing)
        self._say_smoothing(self.smooth.value())
        self._runs = QMenu(self)
        self._compare = _menu_button("compare runs ▾", self._runs)
        exports = QMenu(self)
        for kind, text in (
            ("png", "Save as PNG…"),
            ("svg", "Save as SVG…"),
            ("csv", "Save the numbers as CSV…"),
            ("copy", "Copy the picture"),
        ):
            exports.addAction(text).triggered.connect(
                lambda _=False, kind=kind: self.export_wanted(kind)
            )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(8)
        for widget in (
            self.log, self._words, self.smooth, self._compare, _menu_button("export ▾", exports),
        ):  # fmt: skip
            row.addWidget(widget)

    def _say_smoothing(self, value: int) -> None:
        self._words.setText(f"smooth {value / 100:.2f}")
        self.smooth.setToolTip(
            f"Smoothing {value / 100:.2f}: how much of the past each point of the line keeps"
        )

    def be_compact(self, wanted: bool) -> None:
        """Leave out words where there is little room."""
        self._words.setVisible(not wanted)
        self._compare.setText("runs ▾" if wanted else "compare runs ▾")

    def smoothing(self) -> float:
        """Give the share of the past, 0 to 0.98."""
        return self.smooth.value() / 100

    def offer_runs(self, names: Sequence[str], hidden: set[str]) -> None:
        """List the earlier runs; a tick shows them."""
        self._compare.setEnabled(bool(names))
        if [action.text() for action in self._runs.actions()] == list(names):
            return
        self._runs.clear()
        for name in names:
            action = self._runs.addAction(name)
            action.setCheckable(True)
            action.setChecked(name not in hidden)
            action.toggled.connect(lambda on, name=name: self.compare_changed(name, on))


def _menu_button(text: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setProperty("role", "flat")
    button.setAccessibleName(text.removesuffix(" ▾"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
