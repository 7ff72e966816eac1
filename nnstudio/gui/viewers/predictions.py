"""The Predictions tab: samples with what the network says of them, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from nnstudio.core import words
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.bar_chart import BarChart
from nnstudio.gui.viewers.focus import probabilities
from nnstudio.gui.viewers.sample_list import MOST, SampleList
from nnstudio.gui.viewers.tensor_view import TensorView
from nnstudio.gui.viewers.viewer import Complain
from nnstudio.gui.viewers.whole_part import PartViewer, Scored, scored, verdicts
from nnstudio.train.watch import Watched

Array = NDArray[Any]


def worst_first(losses: Array) -> NDArray[np.int64]:
    """Give positions by falling loss; one that is not a number is worst."""
    return np.argsort(-np.nan_to_num(losses, nan=np.inf), kind="stable")


class Predictions(PartViewer):
    """Samples by falling loss, with probabilities or predicted values."""

    name = "predictions"
    title = "Predictions"
    empty_words = "What the network says of each sample shows here."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self.order: Array = np.empty(0, np.int64)
        self.list = SampleList("Samples, the worst first")
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self.opened)
        self.only_wrong = QCheckBox("only wrong")
        self.only_wrong.setToolTip("List only samples that are taken for another class")
        self.only_wrong.setAccessibleName("List only wrong samples")
        self.only_wrong.toggled.connect(self.redraw)
        self.tools.addWidget(self.only_wrong)
        self.sample = TensorView(theme, "Chosen sample")
        self.sample.grid.zooms = False
        self.chart = BarChart(theme, "Probabilities of the chosen sample")
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.list, 5)
        row.addWidget(self.sample, 2)
        row.addWidget(self.chart, 4)

    def show_answer(self, answer: Watched) -> None:
        found = scored(answer)
        if found is None:
            self.say(self.empty_words)
            return
        self.answer, self.found = answer, found
        self.only_wrong.setVisible(bool(self.focus.classes))
        order = worst_first(found.losses)
        wrong = self._wrong(found)
        result = f"mean loss {float(np.mean(found.losses, dtype=np.float64)):.4g}"
        if wrong is not None:
            result = f"{words.whole(int(wrong.sum()))} wrong · {result}"
            if self.only_wrong.isChecked():
                order = order[wrong[order]]
        self.order = order
        self.caption.setText(self.caption_of(answer, result))
        shown = order[:MOST]
        shares = probabilities(found.scores[shown]) if self.focus.one_class else [None] * len(shown)
        texts = [self._text(found, int(at), share) for at, share in zip(shown, shares, strict=True)]
        dark = self.theme.palette().is_dark
        self.list.show_samples(self.focus, found.part, shown, texts, dark=dark)
        if self.list.current() is None and len(shown):
            self.list.show_first()
        self._show_chosen()

    def _wrong(self, found: Scored) -> Array | None:
        """Give (n,) whether a sample, or one of its places, is taken for another class."""
        if not self.focus.classes or not np.isfinite(found.scores).all():
            return None
        seen = verdicts(found.scores, found.targets)
        wrong = np.zeros(len(found.targets), np.bool_)
        wrong[seen.sample[seen.truth != seen.guess]] = True
        return wrong

    def _text(self, found: Scored, at: int, shares: Array | None) -> str:
        """Say in a line what the network says of a sample."""
        focus, part = self.focus, found.part
        loss = f"loss {float(found.losses[at]):.3g}"
        truth = focus.truth(part, at)
        if shares is not None:
            if not np.isfinite(shares).all():
                return f"{at} · {truth}, scores are not finite"
            best = int(shares.argmax())
            mark = "✓" if focus.classes[best] == truth else "✗"
            said = f"{focus.classes[best]} {100 * shares[best]:.1f} %"
            return f"{mark} {at} · {truth} taken for {said} · {loss}"
        if focus.classes:
            return f"sample {at} · {loss}"
        return f"{at} · {truth}, predicted {_values(self._in_units(found, at))} · {loss}"

    def _in_units(self, found: Scored, at: int) -> Array:
        """Give predicted values of a sample in the units of the data."""
        rows = found.scores[at : at + 1].astype(np.float32)
        data = self.focus.data
        return rows[0] if data is None else data.scaler.target.invert(rows)[0]

    def _chosen(self, at: int) -> None:
        self._show_chosen()
        self.sample_wanted.emit(self.part_name, at)

    def _show_chosen(self) -> None:
        """Show picture and probabilities of the current sample."""
        at, found, focus = self.list.current(), self.found, self.focus
        if at is None or found is None or at >= len(found.losses):
            self.chart.show_bars(np.empty(0))
            return
        raw = focus.samples(found.part, (at,))
        if raw is not None:
            self.sample.show_sample(raw[0])
        if focus.one_class:
            shares = probabilities(found.scores[at : at + 1])[0]
            truth = int(found.targets[at])
            text = (
                f"sample {words.whole(at)}: probability of each class; true: {focus.classes[truth]}"
            )
            self.chart.show_bars(shares, focus.classes, title=text, marked=truth)
        elif not focus.classes and focus.signature is not None:
            names = focus.signature.target.names
            self.chart.show_bars(
                self._in_units(found, at), names, title=f"sample {words.whole(at)}: predicted"
            )
        else:
            self.chart.show_bars(np.empty(0), title="each step or pixel has a class of its own")

    def redraw(self) -> None:
        if self.answer is not None and self.seen:
            self.show_answer(self.answer)

    def table(self) -> Sequence[str]:
        found, focus = self.found, self.focus
        if found is None:
            return []
        names = ['"' + name.replace('"', '""') + '"' for name in focus.classes]
        lines = [",".join(["sample", "true", "loss", *names])]
        for at in self.order:
            row = found.scores[at : at + 1]
            numbers = probabilities(row)[0] if focus.one_class else self._in_units(found, int(at))
            truth = '"' + focus.truth(found.part, int(at)).replace('"', '""') + '"'
            cells = [f"{float(one):.9g}" for one in np.ravel(numbers)]
            lines.append(",".join([str(at), truth, f"{float(found.losses[at]):.9g}", *cells]))
        return lines


def _values(values: Array) -> str:
    return ", ".join(f"{float(one):.4g}" for one in np.ravel(values)[:4])
