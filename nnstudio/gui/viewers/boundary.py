"""The Boundary tab: what the network says of every point of a plane, or what one unit gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout

from nnstudio.data.prepare import Prepared
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.focus import NO_DATA, Focus, probabilities, when_words
from nnstudio.gui.viewers.shading import Shade, scale_of, shaded
from nnstudio.gui.viewers.viewer import Complain, Viewer
from nnstudio.train.watch import Watch, Watched

Array = NDArray[Any]
SIDE = 72  # points of the grid along each axis
ROOM = 0.12  # of the data's range, shown around it
MOST_POINTS = 1500
RATE = 8.0
# Okabe & Ito 2008, colours that the colour-blind keep apart.
CLASS_COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
    "#d55e00", "#f0e442", "#999999", "#7f3c8d", "#11a579",
)  # fmt: skip
ONLY_TWO = "The plane shows for data with two inputs, such as the drawn points."


class Boundary(Viewer):
    """The plane of two inputs, with the samples on it; a click on one chooses it."""

    name = "boundary"
    title = "Boundary"
    empty_words = "What the network says of each point of the plane shows here."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self._answer: Watched | None = None
        self._made: tuple[Prepared, Array, QRectF] | None = None
        self.values: Array = np.empty(0)
        self.what = QComboBox()
        self.what.addItems(["what it says", "selected layer"])
        self.what.setAccessibleName("What the plane shows")
        self.what.setToolTip("The network's answer, or one unit of the selected layer")
        self.unit = QSpinBox()
        self.unit.setAccessibleName("Unit of the selected layer")
        self.unit.setToolTip("Which unit of the selected layer")
        self.unit.setEnabled(False)
        self.what.currentIndexChanged.connect(self._choose)
        self.unit.valueChanged.connect(self.redraw)
        self.tools.addWidget(self.what)
        self.tools.addWidget(self.unit)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        self._plane: Any = None  # pyqtgraph's widget, made when there is something to show

    # What is watched

    def wish(self, focus: Focus) -> Watch | None:
        if focus.signature is None or focus.signature.input.shape != (2,):
            self.say(ONLY_TWO if focus.signature else NO_DATA)
            return None
        if focus.data is None:  # one look makes the session read it
            return Watch(part=focus.part, samples=(0,))
        grid, _ = self._grid(focus)
        outputs = (focus.node,) if self.of_unit and focus.node else ()
        return Watch(outputs=outputs, own=grid, rate=RATE)

    @property
    def of_unit(self) -> bool:
        """Whether one unit shows, not the network's answer."""
        return self.what.currentIndex() == 1

    def _grid(self, focus: Focus) -> tuple[Array, QRectF]:
        """Give (SIDE², 2) float32 points in the units of the data, row by row, and their area."""
        assert focus.data is not None
        if self._made is None or self._made[0] is not focus.data:
            known = focus.samples("train", range(focus.size("train")))
            assert known is not None
            low, high = known.min(axis=0), known.max(axis=0)
            room = ROOM * np.maximum(high - low, 1e-6)
            low, high = low - room, high + room
            step = (high - low) / SIDE
            across, up = (low[i] + (np.arange(SIDE) + 0.5) * step[i] for i in (0, 1))
            x, y = np.meshgrid(across, up)
            grid = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
            area = QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1])
            self._made = focus.data, grid, area
        return self._made[1], self._made[2]

    def _choose(self) -> None:
        self.unit.setEnabled(self.of_unit)
        self.wish_changed.emit()

    # What shows

    def show_answer(self, answer: Watched) -> None:
        if answer.watch.own is None or answer.scores is None:
            self.say(self.empty_words)
            return
        self._answer = answer
        outputs = next(iter(answer.outputs.values()), None)
        if self.of_unit and outputs is None:
            self.say(next(iter(answer.missing.values()), self.empty_words))
            return
        colours = self._of_unit(outputs) if outputs is not None else self._of_answer(answer)
        if self._plane is None:
            self._plane = self._make_plane()
        _, area = self._grid(self.focus)
        self._plane.show_plane(colours, area, self.theme.palette())
        self._show_points()
        what = f"{self.focus.label}, unit {self.unit.value()}" if self.of_unit else "answer"
        self.caption.setText(f"{what} · {when_words(answer)}")

    def _make_plane(self) -> Any:
        from nnstudio.gui.viewers.plane import Plane

        plane = Plane()
        plane.chosen.connect(lambda at: self.sample_wanted.emit(self.focus.part, at))
        layout = self.body.layout()
        assert layout is not None
        layout.addWidget(plane)
        return plane

    def _of_unit(self, outputs: Array) -> Array:
        flat = outputs.reshape(len(outputs), -1)
        self.unit.setMaximum(flat.shape[1] - 1)
        self.values = flat[:, min(self.unit.value(), flat.shape[1] - 1)]
        return self._heat(self.values)

    def _heat(self, values: Array) -> Array:
        shade: Shade = "signed" if values.min() < 0 < values.max() else "heat"
        picture = values.reshape(SIDE, SIDE)
        packed = shaded(picture, scale_of(values, shade), dark=self.theme.palette().is_dark)
        return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], -1).astype(np.uint8)

    def _of_answer(self, answer: Watched) -> Array:
        """Give (SIDE, SIDE, 3) uint8: each class's colour as far as it is believed in."""
        assert answer.scores is not None
        if not self.focus.one_class:
            target = None if self.focus.data is None else self.focus.data.scaler.target
            rows = np.asarray(answer.scores, np.float32).reshape(len(answer.scores), -1)
            self.values = (rows if target is None else target.invert(rows))[:, 0]
            return self._heat(self.values)
        shares = probabilities(answer.scores)
        self.values = np.nan_to_num(shares)
        best = self.values.argmax(axis=1)
        count = self.values.shape[1]
        sure = np.clip((self.values.max(axis=1) - 1 / count) / (1 - 1 / count), 0, 1)
        pure = class_colours(count)[best]
        ground = _rgb(self.theme.palette().panel)
        strength = (0.12 + 0.63 * sure)[:, None]
        mixed = ground + (pure - ground) * strength
        return mixed.round().astype(np.uint8).reshape(SIDE, SIDE, 3)

    def _show_points(self) -> None:
        focus = self.focus
        part = focus.part_of(focus.part)
        if part is None or self._plane is None:
            return
        places = np.arange(min(part.size, MOST_POINTS))
        points = focus.samples(focus.part, places.tolist())
        if points is None:
            return
        classes = part.y[: len(places)] if focus.one_class else np.zeros(len(places), np.int64)
        colours = class_colours(max(len(focus.classes), 1))[classes]
        self._plane.show_points(points, colours, focus.sample)

    def look_at(self, focus: Focus) -> None:
        super().look_at(focus)
        if self.seen and not self.said:
            self._show_points()

    def redraw(self) -> None:
        if self._answer is not None and self.seen and self.focus.data is not None:
            self.show_answer(self._answer)

    def table(self) -> Sequence[str]:
        if self._answer is None or not self.values.size:
            return []
        grid = self._answer.watch.own
        assert grid is not None
        rows = self.values.reshape(len(grid), -1)
        names = self.focus.classes if rows.shape[1] > 1 else ("value",)
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        lines = [",".join(["x1", "x2", *quoted])]
        for point, row in zip(grid, rows, strict=True):
            lines.append(",".join(f"{float(one):.9g}" for one in (*point, *row)))
        return lines


def class_colours(count: int) -> Array:
    """Give (count, 3) float64 colours, 0..255; they repeat behind the tenth."""
    return np.array([_rgb(CLASS_COLOURS[i % len(CLASS_COLOURS)]) for i in range(count)])


def _rgb(colour: str) -> Array:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
