"""SciPy's L-BFGS turned inside out: it asks for values and gradients instead of calling for them.

The training loop is a generator and kernels run on its thread alone; SciPy calls a function.
So SciPy runs in a thread of its own, and only one of the two ever works.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """Value and gradient are wanted at a point, (n,) float64."""

    point: Vector


@dataclass(frozen=True, slots=True)
class Iterated:
    """An iteration has ended at a point, (n,) float64, that is the best so far."""

    point: Vector


class _Abandoned(Exception):  # noqa: N818 - a way out of SciPy's loop
    """Nobody wants the answer any more."""


class LbfgsSearch:
    """A search for a minimum, as an iterator of questions and iterations.

    Args:
        start: (n,) float64 where the search begins.
        memory: How many corrections approximate the curvature (Nocedal 1980; 3 … 20).
        iterations: Most iterations.
        tolerance: The search ends when no gradient component is larger.
    """

    def __init__(
        self, start: Vector, *, memory: int = 10, iterations: int = 100, tolerance: float = 1e-8
    ) -> None:
        self._start = start
        self._options = {"maxcor": memory, "maxiter": iterations, "gtol": tolerance, "ftol": 0.0}
        self._questions: queue.SimpleQueue[Question | Iterated | BaseException | None] = (
            queue.SimpleQueue()
        )
        self._answers: queue.SimpleQueue[tuple[float, Vector] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._search, name="nnstudio-lbfgs", daemon=True)

    def _search(self) -> None:
        from scipy.optimize import minimize

        def value(point: Vector) -> tuple[float, Vector]:
            self._questions.put(Question(point.copy()))
            answer = self._answers.get()
            if answer is None:
                raise _Abandoned
            return answer

        def iterated(point: Vector) -> None:
            self._questions.put(Iterated(point.copy()))

        options: dict[str, Any] = {**self._options, "maxfun": 10**9}
        end: BaseException | None = None
        try:
            minimize(
                value, self._start, jac=True, method="L-BFGS-B", callback=iterated, options=options
            )
        except _Abandoned:
            return
        except Exception as error:  # noqa: BLE001 - carried to the thread that asked
            end = error
        self._questions.put(end)

    def __iter__(self) -> Iterator[Question | Iterated]:
        """Give questions, each to be answered by `tell`, and ends of iterations."""
        self._thread.start()
        while (item := self._questions.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def tell(self, value: float, gradient: Vector) -> None:
        """Answer the last question with a value and a gradient, (n,) float64."""
        self._answers.put((value, gradient))

    def close(self) -> None:
        """Give the search up."""
        self._answers.put(None)
        if self._thread.ident is not None:
            self._thread.join(5.0)

    def __enter__(self) -> LbfgsSearch:
        """Use it in a `with` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
