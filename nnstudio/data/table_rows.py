"""Which rows of a table are used, counted while it is read, and said in one sentence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.words import listed, whole
from nnstudio.data.sources import Missing

_NAMED = 4  # columns that a sentence still holds

_FILLED = {"mean": "filled with the mean", "frequent": "filled with the most frequent value"}


@dataclass(slots=True)
class RowCount:
    """Rows read so far, and why some of them are not used.

    Attributes:
        missing: What happens to rows that lack a feature.
        seen: Rows read.
        aimless: Rows that lack a target, which are never used.
        gaps: Other rows that lack a feature.
        places: How many of these lack each feature, by its place among the features.
    """

    missing: Missing
    seen: int = 0
    aimless: int = 0
    gaps: int = 0
    places: dict[int, int] = field(default_factory=dict)

    def add(self, features: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Count the rows of a block and say which of them are used.

        Args:
            features: (rows, features), NaN where a cell is missing.
            targets: (rows, targets), likewise.

        Returns:
            (rows,) bool.
        """
        aimed = _complete(targets)
        lacking = np.isnan(features) & aimed[:, None]
        gaps = aimed & ~_complete(features)
        self.seen += len(aimed)
        self.aimless += int((~aimed).sum())
        self.gaps += int(gaps.sum())
        for place, count in enumerate(lacking.sum(axis=0).tolist()):
            if count:
                self.places[place] = self.places.get(place, 0) + count
        return aimed & ~gaps if self.missing == "drop" else aimed

    @property
    def dropped(self) -> int:
        """Rows that would be used if gaps were filled."""
        return self.gaps if self.missing == "drop" else 0

    def sentence(self, features: list[str], targets: list[str]) -> str:
        """Say how many rows were read and used, and what became of the others.

        Args:
            features: The features' names by place.
            targets: The targets' names.

        Returns:
            Such as "203 rows, 131 used: 72 have gaps in sex and bill_length_mm."
        """
        used = self.seen - self.aimless - self.dropped
        reasons = []
        if self.gaps:
            verb = "has" if self.gaps == 1 else "have"
            how = "" if self.missing == "drop" else f", {_FILLED[self.missing]}"
            where = _columns(sorted(self.places, key=lambda p: -self.places[p]), features)
            reasons.append(f"{whole(self.gaps)} {verb} gaps in {where}{how}")
        if self.aimless:
            verb = "lacks" if self.aimless == 1 else "lack"
            reasons.append(f"{whole(self.aimless)} {verb} {_columns(range(len(targets)), targets)}")
        count = "all" if used == self.seen else whole(used)
        why = f": {'; '.join(reasons)}" if reasons else ""
        return f"{whole(self.seen)} rows, {count} used{why}."


def _complete(cells: NDArray[np.float64]) -> NDArray[np.bool_]:
    full: NDArray[np.bool_] = np.isfinite(cells).sum(axis=1) == cells.shape[1]
    return full


def _columns(places: list[int] | range, names: list[str]) -> str:
    """Name the first of some columns."""
    shown = [names[place][:40] for place in places[:_NAMED]]
    more = len(places) - len(shown)
    return listed(shown + ([f"{more} more"] if more else []))
