"""The parameters of a network as one flat vector with named views, and how they start."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.engine.memory import ALIGNMENT, aligned
from nnstudio.graph.infer import Inference
from nnstudio.graph.layer import WeightSpec
from nnstudio.graph.model import Graph
from nnstudio.kernels.program import Buffer

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one array lies in its flat vector.

    Attributes:
        key: "node/array", such as "conv1/weight".
        node: Id of the node it belongs to.
        spec: Name, shape, start.
        offset: First element in the flat vector.
    """

    key: str
    node: str
    spec: WeightSpec
    offset: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.spec.shape)


class Weights:
    """All arrays of a network: trained ones, their gradients, and untrained state.

    The trained arrays that weight decay applies to come first, so that it covers one
    contiguous part. Every array begins on a cache line; the gaps stay zero.

    Args:
        graph: The network, without blocks.
        inference: Its types.
        dtype: "f4", or "f8" for gradient checks.
    """

    def __init__(self, graph: Graph, inference: Inference, dtype: str = "f4") -> None:
        self.dtype = dtype
        specs = [(node, spec) for node, spec in _specs(graph, inference)]
        trained = [pair for pair in specs if pair[1].trained]
        decayed = [pair for pair in trained if pair[1].decay]
        self.decayed, self.decayed_size = _placed(decayed, 0, dtype)
        others = [pair for pair in trained if not pair[1].decay]
        self.undecayed, size = _placed(others, self.decayed_size, dtype)
        self.untrained, state_size = _placed([p for p in specs if not p[1].trained], 0, dtype)
        self.values = self.room(size, dtype)
        self.gradients = self.room(size, dtype)
        self.state = self.room(state_size, dtype)

    @staticmethod
    def room(count: int, dtype: str) -> Array:
        """Give the memory of one flat vector, (count,) zeros."""
        return cast(Array, aligned(count, dtype))

    @property
    def trained(self) -> list[Place]:
        """Places of all trained arrays, in the order of the flat vector."""
        return [*self.decayed, *self.undecayed]

    def _views(self) -> Iterator[tuple[Place, Array]]:
        for place in self.trained:
            yield place, _view(self.values, place)
        for place in self.untrained:
            yield place, _view(self.state, place)

    def arrays(self) -> dict[str, Array]:
        """Give copies of all arrays by "node/array", in the shapes of `Layer.weights`."""
        return {place.key: array.copy() for place, array in self._views()}

    def arrays_in(self, values: Array, state: Array) -> dict[str, Array]:
        """Give views of flat vectors like `values` and `state` by "node/array"."""
        views = {place.key: _view(values, place) for place in self.trained}
        return views | {place.key: _view(state, place) for place in self.untrained}

    def gradient_arrays(self) -> dict[str, Array]:
        """Give copies of the gradients of all trained arrays by "node/array"."""
        return {place.key: _view(self.gradients, place).copy() for place in self.trained}

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Take over arrays by "node/array"; arrays of other networks' nodes are passed over.

        Raises:
            StudioError: An array is missing or has another shape; nothing is taken over then.
        """
        for place, array in self._views():
            given = arrays.get(place.key)
            if given is None:
                raise StudioError(f"The weights '{place.key}' are missing; train the network anew.")
            if given.shape != array.shape:
                raise StudioError(
                    f"The weights '{place.key}' are {words.shape(given.shape)}, but the network"
                    f" needs {words.shape(array.shape)}; train the network anew."
                )
        for place, array in self._views():
            array[...] = arrays[place.key]

    def initialise(self, seed: int) -> None:
        """Draw the start of every array from its own stream, ("weights", node, array)."""
        for place, array in self._views():
            array[...] = initial_values(place.spec, seed, place.node)

    def buffers(self, node: str, which: str) -> dict[str, Buffer]:
        """Give one node's arrays as buffers for a program.

        Args:
            node: The node's id.
            which: "values", "gradients" or "state".
        """
        vector: Array = getattr(self, which)
        places = self.untrained if which == "state" else self.trained
        item = vector.itemsize
        return {
            place.spec.name: Buffer(
                f"{place.key} {which}",
                place.spec.shape,
                external=True,
                address=vector.ctypes.data + place.offset * item,
            )
            for place in places
            if place.node == node
        }


def _specs(graph: Graph, inference: Inference) -> Iterator[tuple[str, WeightSpec]]:
    for node_id in graph.order:
        node = graph.nodes[node_id]
        inputs = inference.inputs.get(node_id)
        if inputs is not None:
            for spec in node.layer.weights(node.params, inputs):
                yield node_id, spec


def _placed(specs: list[tuple[str, WeightSpec]], start: int, dtype: str) -> tuple[list[Place], int]:
    """Lay arrays one behind the other, each on a cache line; give the places and the end."""
    line = ALIGNMENT // np.dtype(dtype).itemsize
    places: list[Place] = []
    at = start
    for node, spec in specs:
        places.append(Place(f"{node}/{spec.name}", node, spec, at))
        at = -(-(at + math.prod(spec.shape)) // line) * line
    return places, at


def _view(vector: Array, place: Place) -> Array:
    return vector[place.offset : place.offset + place.size].reshape(place.spec.shape)


def initial_values(spec: WeightSpec, seed: int, node: str) -> Array:
    """Draw the start of one array.

    Xavier: variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 16, as a normal); He:
    variance 2 / fan_in (He et al. 2015, eq. 10). Orthogonal: see `_orthogonal`.

    Returns:
        Values of the array's shape, float64.
    """
    if spec.parts:
        return np.repeat(np.array(spec.parts), spec.shape[0] // len(spec.parts))
    if spec.initial in {"zeros", "ones", "bias"}:
        constant = {"zeros": 0.0, "ones": 1.0, "bias": spec.value}[spec.initial]
        return np.full(spec.shape, constant)
    random = stream(seed, "weights", node, spec.name)
    if spec.initial == "orthogonal":
        return _orthogonal(random, spec)
    deviation = {
        "small normal": 0.01,
        "large normal": 1.0,
        "xavier": math.sqrt(2 / (spec.fan_in + spec.fan_out)),
        "he": math.sqrt(2 / spec.fan_in),
    }[spec.initial]
    return random.normal(0.0, deviation, spec.shape)


def _orthogonal(random: np.random.Generator, spec: WeightSpec) -> Array:
    """Draw blocks QᵀQ = I, or QQᵀ = I where a block has more columns than rows.

    Q comes from the QR decomposition of a normal matrix, its signs turned so that all rotations
    are equally likely (Saxe, McClelland & Ganguli 2014, section 3; Mezzadri 2007, section 5).
    """
    columns = spec.shape[-1] // spec.blocks
    rows = math.prod(spec.shape[:-1])
    parts = []
    for _ in range(spec.blocks):
        drawn = random.normal(0.0, 1.0, (max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(drawn)
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        parts.append(q if rows >= columns else q.T)
    return np.concatenate(parts, axis=1).reshape(spec.shape)
