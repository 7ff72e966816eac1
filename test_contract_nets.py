"""What every layer keeps inside a network: input, something trained, the layer, an end, a loss."""

from __future__ import annotations

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.optimisers import State
from nnstudio.engine.passes import ALL_PASSES, Passes
from nnstudio.engine.plan import Network, TrainPlan
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import Example
from nnstudio.graph.model import Edge, Graph, Node, make_node
from nnstudio.graph.registry import all_layers
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat
from nnstudio.kernels.team import Team
from tests.layers.harness import Array
from tests.layers.test_contract_sizes import WIDTHS, work_of
from tests.nets import network

pytestmark = pytest.mark.usefixtures("divided")

BATCH = 5
PLAIN = Passes(fuse=False, view=False, pack=False)
SAME = 1e-10  # other orders of the same sums, in float64
SINGLE = 1e-4  # float32 against float64, of the largest number of an array
KINDS = [layer.kind for layer in all_layers().values() if not layer.is_source()]
CASES = [
    pytest.param(
        kind, number, id=f"{kind}-{number}", marks=[pytest.mark.slow] if number else []
    )
    for kind in KINDS
    for number in range(len(all_layers()[kind].examples))
]  # fmt: skip


class _Builder:
    """Builds a small network around an example of a layer."""

    def __init__(self, kind: str, example: Example) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        first = example.inputs[0]
        self.input = first if first.is_symbols else flat(6)
        self._add(make_node("input", "input"))
        layer = all_layers()[kind]
        self._add(make_node(kind, "layer", **example.params))
        for at, one in enumerate(example.inputs):
            port = layer.inputs[min(at, len(layer.inputs) - 1)].name
            self._link(self._source(at, one), f"layer.{port}")
        self.target = example.target
        if self.target is None:
            self._end()

    def _add(self, node: Node, *sources: str) -> str:
        self.nodes[node.id] = node
        for source in sources:
            self._link(source, f"{node.id}.{node.layer.inputs[0].name}")
        return node.id

    def _link(self, source: str, port: str) -> None:
        self.edges.append(Edge.between(f"{source}.y", port))

    def _source(self, at: int, wanted: TensorType) -> str:
        """Give a node with an output of a type; symbols come from the data, others are trained."""
        if wanted.is_symbols:
            return "input"
        units = make_node("dense", f"units{at}", units=wanted.size, activation="tanh")
        here = self._add(units, "input")
        if wanted.is_flat:
            return here
        return self._add(make_node("reshape", f"shape{at}", shape=wanted.shape), here)

    def _end(self) -> None:
        """Add three scores and a loss."""
        self.target = ClassTarget(("a", "b", "c"))
        here = self._add(make_node("flatten", "flatten"), "layer")
        scores = make_node("dense", "scores", units=3)
        self._add(make_node("softmax_cross_entropy", "loss"), self._add(scores, here))

    def network(self, dtype: str) -> Network:
        """Give the network, checked, with drawn weights."""
        assert self.target is not None
        graph = Graph(self.nodes, tuple(self.edges))
        signature = DataSignature(self.input, self.target)
        found = infer(graph, signature)
        assert found.runnable, found.problems
        return network(graph, signature, dtype=dtype)

    def samples(self) -> tuple[Array, Array]:
        """Draw samples and what is wanted of them."""
        draw = stream(2, "samples")
        shape = (BATCH, *self.input.shape)
        x: Array = draw.standard_normal(shape).astype(np.float32).astype(np.float64)
        if self.input.is_symbols:
            x = draw.integers(0, self.input.symbols, shape)
        if isinstance(self.target, ClassTarget):
            return x, draw.integers(0, self.target.size, (BATCH, *self.target.shape))
        assert self.target is not None
        return x, draw.random((BATCH, self.target.size)).astype(np.float32).astype(np.float64)


class _Step:
    """One step without an optimiser: the gradients and the loss."""

    def __init__(self, built: _Builder, dtype: str, threads: int, passes: Passes) -> None:
        exact = built.network("f8")
        exact.weights.load({k: a.astype("f4") for k, a in exact.weights.arrays().items()})
        self.net = built.network(dtype)
        self.net.weights.load(exact.weights.arrays())
        self.start = self.net.weights.arrays()
        self.plan = TrainPlan(self.net, BATCH, 1, threads, [], State(0, dtype), passes=passes)
        x, y = (one if one.dtype.kind == "i" else one.astype(dtype) for one in built.samples())
        self.plan.bind(np.ascontiguousarray(x), np.ascontiguousarray(y))

    def run(self, team: Team) -> dict[str, Array]:
        """Give all that a step writes, from the same start."""
        self.net.weights.load(self.start)
        assert self.plan.run(team, np.arange(BATCH)) == 1
        found = {f"d {key}": one for key, one in self.net.weights.gradient_arrays().items()}
        return {**found, **self.net.weights.arrays(), "loss": self.plan.tables.losses.copy()}


def _built(kind: str, number: int) -> _Builder:
    return _Builder(kind, all_layers()[kind].examples[number])


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_gradients_equal_numeric_ones(kind: str, number: int) -> None:
    built = _built(kind, number)
    report = check_gradients(built.network("f8"), *built.samples())
    assert report.checked
    assert report.good, report.worst


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_widths_threads_and_passes_change_nothing(
    kind: str, number: int, teams: dict[int, Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    built = _built(kind, number)
    exact = _Step(built, "f8", 1, PLAIN).run(teams[1])
    assert np.isfinite(exact["loss"]).all()
    seen: set[object] = set()
    for lanes in WIDTHS:
        monkeypatch.setenv("NNSTUDIO_LANES", lanes)
        for dtype, threads in (("f8", 1), ("f8", 2), ("f4", 1), ("f4", 2)):
            step = _Step(built, dtype, threads, ALL_PASSES)
            work = dtype, threads, work_of(step.plan.program)
            if work in seen:
                continue
            seen.add(work)
            found = [step.run(teams[size]) for size in (1, threads)]
            for name, array in exact.items():
                where = f"{name}, {lanes} lanes, {dtype}, {threads} threads"
                np.testing.assert_array_equal(found[0][name], found[1][name], err_msg=where)
                scale = max(1.0, float(np.abs(array).max()))
                error = float(np.abs(found[0][name] - array).max()) / scale
                assert error < (SAME if dtype == "f8" else SINGLE), (where, error)
