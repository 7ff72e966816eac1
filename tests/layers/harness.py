"""Runs one layer forwards and backwards on plain arrays, through the real kernels and team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.random import stream
from nnstudio.graph.layer import LayerParams, WeightSpec
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import MASKED, ClassTarget, Target, TensorType, ValueTarget
from nnstudio.kernels.link import Linked
from nnstudio.kernels.program import NO_HALO, Buffer, Halo, Program
from nnstudio.kernels.team import Team
from nnstudio.kernels.tile import TileLike
from nnstudio.layers.contract import Emit, RunnableLayer

Array = NDArray[Any]
SEED = 1234
WIDTHS = ("16", "8", "4")  # of NNSTUDIO_LANES


@dataclass
class Case:
    """One layer with parameters and inputs.

    Attributes:
        layer: The layer.
        p: Its parameters.
        types: The types of its inputs.
        x: Inputs, (batch, …) float64, or int64 symbols.
        weights: Trained and untrained arrays by name, float64.
        target: For losses: (batch, *target.shape) int64 or (batch, values) float64.
    """

    layer: RunnableLayer
    p: LayerParams
    types: tuple[TensorType, ...]
    x: list[Array]
    weights: dict[str, Array]
    target: Array | None = None

    @property
    def specs(self) -> tuple[WeightSpec, ...]:
        return self.layer.weights(self.p, self.types)

    @property
    def real(self) -> list[int]:
        """The inputs that are real numbers: those with a gradient."""
        return [i for i, one in enumerate(self.types) if not one.is_symbols]

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.layer.infer(self.p, self.types).shape


def make_case(
    kind: str,
    params: Mapping[str, Any],
    types: Sequence[TensorType],
    target: Target | None = None,
    batch: int = 3,
    seed: int = 0,
) -> Case:
    """Make a case with drawn inputs that keep away from kinks: all distinct, none near 0."""
    layer = layer_of(kind)
    assert isinstance(layer, RunnableLayer)
    p = make_params(kind, params)
    random = stream(seed, "case", kind)
    x = [_drawn(random, one, batch) for one in types]
    weights = {
        spec.name: random.standard_normal(spec.shape) * (0.5 if spec.trained else 0.3)
        for spec in layer.weights(p, tuple(types))
    }
    for spec in layer.weights(p, tuple(types)):
        if not spec.trained and spec.initial == "ones":
            weights[spec.name] = 0.5 + random.random(spec.shape)
    return Case(layer, p, tuple(types), x, weights, _targets(random, target, batch))


def _drawn(random: np.random.Generator, kind: TensorType, batch: int) -> Array:
    shape = (batch, *kind.shape)
    return random.integers(0, kind.symbols, shape) if kind.is_symbols else apart(random, shape)


def apart(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw distinct numbers between about −2 and 2, at least 0.01 apart and away from 0."""
    size = int(np.prod(shape))
    steps = np.arange(size) - size // 2
    values = (steps + np.where(steps >= 0, 1.0, 0.0)) * max(4.0 / max(size, 1), 0.01)
    random.shuffle(values)
    return values.reshape(shape)


def _targets(random: np.random.Generator, target: Target | None, batch: int) -> Array | None:
    if isinstance(target, ClassTarget):
        lowest = MASKED if target.shape else 0
        return random.integers(lowest, target.size, (batch, *target.shape))
    if isinstance(target, ValueTarget):
        return random.random((batch, target.size))
    return None


class Rig:
    """One layer's program on memory of its own, ready to run again and again.

    Args:
        case: The layer and its arrays.
        dtype: "f4" or "f8".
        threads: Size of the team.
        training: As in `Emit`.
        halo: Border of the map buffers of inputs, output and gradients.
        asks: Whether anybody wants the gradients by the inputs.
        learns: Whether anybody wants the gradients by the weights.
    """

    def __init__(
        self,
        case: Case,
        *,
        dtype: str = "f8",
        threads: int = 1,
        training: bool = True,
        halo: Halo = NO_HALO,
        asks: bool = True,
        learns: bool = True,
    ) -> None:
        self.asks, self.learns = asks, learns
        self.case, self.dtype, self.halo = case, dtype, halo
        self.program = Program(dtype, threads)
        self.memory: dict[Buffer, Array] = {}
        self.buffers: dict[str, Buffer] = {}
        self.emit = self._emit(training)
        case.layer.forward(self.emit)
        self._add_backward()
        for buffer in self.program.buffers:
            self._place(buffer)

    @cached_property
    def linked(self) -> Linked:
        """The compiled program."""
        return self.program.link()

    def _emit(self, training: bool) -> Emit:
        case, batch = self.case, self.case.x[0].shape[0]
        trained = {spec.name for spec in case.specs if spec.trained}
        x = tuple(self._make(f"x{i}", one.shape, _kind(one)) for i, one in enumerate(case.x))
        y = None if case.target is not None else self._make("y", (batch, *case.output_shape))
        arrays = {name: self._make(f"w.{name}", one.shape) for name, one in case.weights.items()}
        emit = Emit(
            self.program,
            case.p,
            x,
            y,
            {name: one for name, one in arrays.items() if name in trained},
            {name: one for name, one in arrays.items() if name not in trained},
            training,
            SEED,
            self.program.step,
        )
        emit.carried = self._carried
        if case.target is not None:
            emit.target = self._make("target", case.target.shape, _kind(case.target))
            emit.loss = self._make("loss", (batch,))
        return emit

    def _carried(self, name: str, width: int) -> Buffer:
        return self._make(f"kept.{name}", (self.case.x[0].shape[0], width))

    def _add_backward(self) -> None:
        emit = self.emit
        if emit.y is not None:
            emit.dy = self._make("dy", emit.y.shape)
        parts = [self._make(f"dx{i}", emit.x[i].shape) for i in self.case.real]
        emit.dx = tuple(parts) if self.asks and parts else (None,) * len(emit.x)
        gradients = {name: self._make(f"g.{name}", one.shape) for name, one in emit.weights.items()}
        emit.dweights = gradients if self.learns else {}
        self.case.layer.backward(emit)

    def _make(self, name: str, shape: tuple[int, ...], kind: str = "real") -> Buffer:
        border = self.halo if len(shape) == 4 and name[:2] not in {"w.", "g."} else NO_HALO
        buffer = Buffer(name, shape, kind, border, external=True)
        self._place(buffer)
        if border != NO_HALO:
            self.memory[buffer][...] = 0.0
        self.buffers[name] = buffer
        return buffer

    def _place(self, buffer: Buffer) -> None:
        """Give a buffer aligned memory full of NaN, so that nothing unwritten goes unnoticed."""
        item = np.dtype({"real": self.dtype, "i8": "i8", "f8": "f8"}[buffer.dtype])
        size = buffer.memory_size * item.itemsize
        raw = np.empty(size + 64, np.uint8)
        start = -raw.ctypes.data % 64
        array = raw[start : start + size].view(item).reshape(buffer.pitch)
        array[...] = 99 if buffer.dtype == "i8" else np.nan
        self.memory[buffer] = array
        buffer.address = array.ctypes.data

    def inner(self, name: str) -> Array:
        """Give a named array without its halo; writing to it changes it."""
        buffer = self.buffers[name]
        array = self.memory[buffer]
        if len(buffer.shape) != 4:
            return array
        top, _, left, _ = buffer.halo
        _, height, width, _ = buffer.shape
        return array[:, top : top + height, left : left + width]

    def load(self, dy: Array | None = None) -> None:
        """Put the case's arrays in; all that is to be computed becomes NaN.

        Args:
            dy: Gradient by the output; ones where None.
        """
        for i, one in enumerate(self.case.x):
            self.inner(f"x{i}")[...] = one
        for i in self.case.real:
            self.inner(f"dx{i}")[...] = np.nan
        for name in self.buffers:
            if name.startswith("kept."):
                self.inner(name)[...] = 0.0
        for name, one in self.case.weights.items():
            self.inner(f"w.{name}")[...] = one
        if self.case.target is not None:
            self.inner("target")[...] = self.case.target
        else:
            self.inner("dy")[...] = 1.0 if dy is None else dy
            self.inner("y")[...] = np.nan

    def run(self, step: int = 0, steps: int = 1, team: Team | None = None) -> None:
        """Run forwards and backwards; check that no input and no border was written.

        Args:
            step: Number of the first step.
            steps: How many.
            team: Who runs it; a team of the program's size where None.
        """
        before = {name: self.inner(name).copy() for name in self.buffers if name[0] == "x"}
        with nullcontext(team) if team else Team(self.program.threads) as crew:
            assert self.linked.run(crew, steps, step) == steps
        for name, array in before.items():
            np.testing.assert_array_equal(self.inner(name), array)
        for name, buffer in self.buffers.items():
            if buffer.halo != NO_HALO:
                border = self.memory[buffer].copy()
                border[tuple(_inside(buffer))] = 0.0
                assert not border.any(), f"the halo of {name} was written"

    def result(self) -> Result:
        """Give copies of what the last run left behind."""
        return Result(
            self.inner("loss" if self.case.target is not None else "y").copy(),
            [self.inner(f"dx{i}").copy() for i in self.case.real],
            {name: self.inner(f"g.{name}").copy() for name in self.emit.dweights},
            {name: self.inner(f"w.{name}").copy() for name in self.emit.state},
        )


def _kind(array: Array) -> str:
    return "i8" if array.dtype == np.int64 else "real"


def _inside(buffer: Buffer) -> list[slice]:
    top, _, left, _ = buffer.halo
    _, height, width, _ = buffer.shape
    return [slice(None), slice(top, top + height), slice(left, left + width)]


@dataclass
class Result:
    """What a run left behind: output or loss, gradients, and the untrained arrays."""

    y: Array
    dx: list[Array]
    dweights: dict[str, Array]
    state: dict[str, Array]

    def arrays(self) -> dict[str, Array]:
        """Give all arrays by name."""
        return {
            "y": self.y,
            **{f"dx{i}": one for i, one in enumerate(self.dx)},
            **{f"d{name}": one for name, one in self.dweights.items()},
            **self.state,
        }


def run(
    case: Case,
    dy: Array | None = None,
    *,
    dtype: str = "f8",
    threads: int = 1,
    training: bool = True,
    halo: Halo = NO_HALO,
    step: int = 0,
    steps: int = 1,
) -> Result:
    """Run a case once, forwards and backwards; see `Rig` and `Rig.load`."""
    rig = Rig(case, dtype=dtype, threads=threads, training=training, halo=halo)
    rig.load(dy)
    rig.run(step, steps)
    return rig.result()


def work_of(program: Program) -> tuple[object, ...]:
    """Give what a program does, without where: its kernels, tiles and numbers."""
    return tuple(
        (op.kernel, *(arg for arg in op.args if isinstance(arg, int | float | TileLike)))
        for op in program.ops
    )
