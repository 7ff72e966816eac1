"""Which rows train, which validate and which test: seeded, stratified, and as folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.core.words import whole
from nnstudio.data.dataset import DataSet, RowIndex
from nnstudio.graph.types import ClassTarget


class Split(BaseModel):
    """How a data set is divided.

    Attributes:
        train: Share of the samples the weights learn from.
        valid: Share that watches the training, to stop early and to choose settings.
        test: Share kept back for the final number. A set with a test part of its own keeps that
            one; then only `train` and `valid` matter, in proportion.
        mix: Whether rows are drawn for the parts. Otherwise the first rows train, those behind
            them validate and the last ones test, as text and series need; nothing is stratified.
        stratify: Whether every part gets each class in proportion, where a sample has one class.
        seed: Seed of the division; None takes the project's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: float = Field(default=0.7, gt=0.0, le=1.0)
    valid: float = Field(default=0.1, ge=0.0, lt=1.0)
    test: float = Field(default=0.2, ge=0.0, lt=1.0)
    mix: bool = True
    stratify: bool = True
    seed: int | None = None

    @model_validator(mode="after")
    def _shares_add_up(self) -> Split:
        total = self.train + self.valid + self.test
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the three parts must add up to 1, they give {total:g}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of each part, ascending, every row in at most one part.

    Attributes:
        train: (n,) int64.
        valid: (n,) int64, perhaps empty.
        test: (n,) int64, perhaps empty.
    """

    train: RowIndex
    valid: RowIndex
    test: RowIndex


def split_rows(dataset: DataSet, split: Split, seed: int) -> Rows:
    """Divide the rows of a data set.

    Args:
        dataset: What to divide; its own test part stays the test part.
        split: The shares.
        seed: The project's seed, used where the split has none.

    Returns:
        Parts whose sizes are the shares, rounded; each class is spread within one sample.

    Raises:
        StudioError: There are fewer samples than parts.
    """
    random = stream(seed if split.seed is None else split.seed, "split")
    take = _take if split.mix else _take_last
    pool = _mixed(dataset, split.stratify, random) if split.mix else _outside_test(dataset)
    if dataset.test_rows is None:
        test, pool = take(pool, min(len(pool), _count(len(pool), split.test)))
    else:
        test = dataset.test_rows
    wanted = _count(len(pool), split.valid / (split.train + split.valid))
    valid, train = take(pool, min(len(pool), wanted))
    if not len(train):
        raise StudioError(
            f"{dataset.name} has only {whole(dataset.size)} samples, too few for the parts asked "
            "for; add samples, or set the validation or test part to 0."
        )
    return Rows(np.sort(train), np.sort(valid), np.sort(test))


def part_sizes(dataset: DataSet, split: Split) -> tuple[int, int]:
    """Give how many rows `split_rows` lets train and validate."""
    own = dataset.test_rows
    pool = dataset.size if own is None else dataset.size - len(np.unique(own))
    if own is None:
        pool -= min(pool, _count(pool, split.test))
    valid = min(pool, _count(pool, split.valid / (split.train + split.valid)))
    return pool - valid, valid


def folds(dataset: DataSet, count: int, seed: int, *, stratify: bool = True) -> tuple[Rows, ...]:
    """Divide the rows into folds for cross-validation; each validates once.

    Args:
        dataset: What to divide; its own test part is in no fold.
        count: How many folds.
        seed: The project's seed.
        stratify: Whether every fold gets each class in proportion.

    Returns:
        For each fold the rows that train, the fold as `valid`, and the set's own test part.

    Raises:
        StudioError: Fewer than two folds, or more folds than samples.
    """
    pool = _mixed(dataset, stratify, stream(seed, "folds"))
    if not 2 <= count <= len(pool):
        raise StudioError(
            f"{dataset.name} cannot be divided into {count} folds; choose a number from 2 to "
            f"{whole(len(pool))}, the number of its samples."
        )
    empty = np.empty(0, np.int64)
    test = empty if dataset.test_rows is None else dataset.test_rows
    parts = [np.sort(pool[k::count]) for k in range(count)]
    return tuple(Rows(np.setdiff1d(pool, part), part, test) for part in parts)


def _mixed(dataset: DataSet, stratify: bool, random: np.random.Generator) -> RowIndex:
    """Shuffle the rows outside the own test part; stratified, they then stand class by class.

    Samples with a class at each step or pixel belong to no one class and are only shuffled.
    """
    rows = random.permutation(_outside_test(dataset))
    target = dataset.signature.target
    if stratify and isinstance(target, ClassTarget) and not target.shape:
        rows = rows[np.argsort(dataset.y[rows], kind="stable")]
    return rows


def _outside_test(dataset: DataSet) -> RowIndex:
    """Give the rows outside the own test part, ascending."""
    rows = np.arange(dataset.size, dtype=np.int64)
    return rows if dataset.test_rows is None else np.setdiff1d(rows, dataset.test_rows)


def _count(size: int, share: float) -> int:
    """Give the rounded share, at least one row where a share was asked for."""
    return max(1, round(size * share)) if share > 0 else 0


def _take(pool: RowIndex, count: int) -> tuple[RowIndex, RowIndex]:
    """Take `count` rows spread evenly over the pool; give them and the rest, in order."""
    if not count:
        return pool[:0], pool
    place: NDArray[np.int64] = np.arange(len(pool) + 1, dtype=np.int64) * count // len(pool)
    taken = place[1:] > place[:-1]
    return pool[taken], pool[~taken]


def _take_last(pool: RowIndex, count: int) -> tuple[RowIndex, RowIndex]:
    """Take the last `count` rows of the pool; give them and the rest."""
    return pool[len(pool) - count :], pool[: len(pool) - count]
