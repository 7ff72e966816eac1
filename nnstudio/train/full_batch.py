"""Full-batch training: L-BFGS over the gradient of all samples, by SciPy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.engine.rules import Lbfgs
from nnstudio.train.ask_tell import Iterated, LbfgsSearch
from nnstudio.train.control import Control
from nnstudio.train.events import Diverged, Event
from nnstudio.train.reporting import Progress, measured, report
from nnstudio.train.trainer import Ran, Trainer

Vector = NDArray[np.float64]


def full_batches(trainer: Trainer, control: Control, progress: Progress) -> Iterator[Event]:
    """Run L-BFGS: each iteration counts as an epoch, each look at all samples as a step."""
    settings, weights = trainer.job.settings, trainer.network.weights
    assert isinstance(settings.optimiser, Lbfgs)
    if not weights.values.size:
        return
    ran: list[Ran] = []
    start = weights.values.astype(np.float64)
    memory = settings.optimiser.memory
    with LbfgsSearch(start, memory=memory, iterations=settings.epochs) as search:
        for item in search:
            weights.values[...] = item.point
            if isinstance(item, Iterated):
                done_epoch = measured(trainer, progress, progress.epochs, ran[-1:])
                assert done_epoch is not None  # nothing is skipped here
                yield done_epoch
                continue
            began = time.perf_counter()
            done, gradient = _whole_gradient(trainer, control)
            if done is None:
                return
            if done.halted and not ran:
                yield _too_large(trainer)
                return
            ran.append(done)
            search.tell(*_objective(trainer, float(done.losses[0]), gradient))
            progress.pace = time.perf_counter() - began
            yield report(trainer, progress, done, np.ones(1), progress.epochs)


def _whole_gradient(trainer: Trainer, control: Control) -> tuple[Ran | None, Vector]:
    """Give the mean loss and gradient over all training samples, batch by batch.

    Returns:
        One step that stands for all batches, None where somebody stops; (n,) float64 gradient.
    """
    loader, weights = trainer.loader, trainer.network.weights
    gradient = np.zeros(len(weights.values))
    loss = share = total = 0.0
    for step in range(loader.steps_per_epoch):
        done = trainer.run(loader.chunk(0, step, 1), step, np.ones(1), control)
        if control.stopping:
            return None, gradient
        if done.halted:
            return _step(trainer, np.inf, 0.0, 1.0, halted=True), gradient
        count = float(done.counted[0])
        gradient += count * weights.gradients
        loss += count * float(done.losses[0])
        share += count * float(done.shares[0])
        total += count
    some = max(1.0, total)
    return _step(trainer, loss / some, share / some, total, halted=False), gradient / some


def _step(trainer: Trainer, loss: float, share: float, counted: float, *, halted: bool) -> Ran:
    """Give one step that stands for all batches."""
    one = [np.full(1, value) for value in (loss, share, counted)]
    return Ran(one[0], one[1], one[2], trainer.loader.part.size, halted)


def _objective(trainer: Trainer, loss: float, gradient: Vector) -> tuple[float, Vector]:
    """Add the penalties l2/2 ‖w‖² + l1 ‖w‖₁ of the decayed weights; what is frozen has no slope."""
    settings, weights = trainer.job.settings, trainer.network.weights
    for place in weights.decayed:
        span = slice(place.offset, place.offset + place.size)
        w: NDArray[Any] = weights.values[span].astype(np.float64)
        l1, l2 = settings.l1 + place.spec.l1, settings.l2 + place.spec.l2
        loss += 0.5 * l2 * float(w @ w) + l1 * float(np.abs(w).sum())
        gradient[span] += l2 * w + l1 * np.sign(w)
    for place in weights.trained:
        if place.node in trainer.frozen:  # what has no gradient never moves, to the bit
            gradient[place.offset : place.offset + place.size] = 0.0
    return loss, gradient


def _too_large(trainer: Trainer) -> Diverged:
    """Say that the search cannot even begin."""
    loss = trainer.network.graph.losses()[0]
    count = words.whole(trainer.loader.part.size)
    return Diverged(
        0,
        loss.id,
        f"Training cannot begin: the loss of the first {count} samples at '{loss.label}' is not"
        " finite. Scale the data, or start from smaller weights.",
    )
