"""Answers watches on a copy of the weights, so that a training never notices who looks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Part, Prepared
from nnstudio.data.symbols import require_symbols
from nnstudio.engine.crew import Crew
from nnstudio.engine.look import Gradients, LookPlan
from nnstudio.engine.plan import Network
from nnstudio.engine.weights import Weights
from nnstudio.graph.blocks import expand_card
from nnstudio.graph.cost import Total, total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import ClassTarget
from nnstudio.train.slices import Slices, sealed
from nnstudio.train.watch import Origin, Updates, Watch, Watched

if TYPE_CHECKING:
    from nnstudio.train.trainer import Trainer

Array = NDArray[Any]
Looking = Generator[None, None, Watched]
PLANS = 16  # kept, since viewers ask for the same again and again
MOST_SAMPLES = 64  # of a slice
SLICE_MACS = 600_000_000  # of a slice's three passes: about 10 ms, so that a stop is not delayed
_PARTS = {"train": "training", "valid": "validation", "test": "test"}


@dataclass
class _Found:
    """What a watch comes to in the network without blocks.

    Attributes:
        outputs: Nodes to keep, by the names that were asked for.
        gradients: Likewise.
        missing: Why something is not there, by the names that were asked for.
    """

    outputs: dict[str, str] = field(default_factory=dict)
    gradients: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass
class _Probe:
    """The samples of a watch.

    Attributes:
        x: (n, *shape) float32, scaled, or int64 symbols.
        y: (n, *target.shape) int64 or (n, values) float32; None where there are no targets.
    """

    x: Array
    y: Array | None


class Observer:
    """Looks into a network with weights of its own.

    Convolutions are computed as the plain sum, the most precise way. Nothing here touches the
    memory, the random streams or the averages of a training; only its threads are shared, between
    two chunks. One thread may use it at a time: the one that may use the crew.

    Args:
        drawn: The network as drawn.
        network: The same, with the weights that `copy` takes over: those that are trained.
        crew: The threads to run on.
        data: Gives the parts of the data when samples are first asked for.
        start: Arrays of the start by "node/array", where they are known.
    """

    def __init__(
        self,
        drawn: Graph,
        network: Network,
        crew: Crew,
        data: Callable[[], Prepared],
        start: Mapping[str, Array] | None = None,
    ) -> None:
        self.drawn, self.crew, self.data, self.start = drawn, crew, data, start
        inference = infer(network.graph, network.signature)
        own = Weights(network.graph, inference, network.weights.dtype)
        self.network = replace(network, weights=own, precise=True)
        self.cost: Total = total_cost(network.graph, inference)
        self._types = inference
        self._plans: dict[tuple[object, ...], LookPlan] = {}
        _, exits = expand_card(drawn)
        self._exits = {ref.node: end.node for ref, end in exits.items()}
        self._source = network.weights

    @staticmethod
    def beside(trainer: Trainer) -> Observer:
        """Give an observer of a training, for the thread that runs it, between two chunks."""
        job = trainer.job
        return Observer(job.graph, trainer.network, trainer.crew, lambda: job.data, trainer.initial)

    def copy(self) -> None:
        """Take over weights and averages as they are now; nobody may change them meanwhile."""
        self.network.weights.values[...] = self._source.values
        self.network.weights.state[...] = self._source.state

    def look(
        self,
        watch: Watch,
        origin: Origin = "training",
        step: int = 0,
        updates: Updates | None = None,
    ) -> Looking:
        """Answer a watch, slice by slice, with the weights as they are at the first.

        Between two slices the caller may do something else, but not begin another look.

        Args:
            watch: What is asked.
            origin: Whose weights they are.
            step: How long they were trained.
            updates: Passed on.

        Yields:
            None behind each slice of about 10 ms.

        Returns:
            The answer.

        Raises:
            StudioError: The samples, the class or the weights are not such as the network has.
        """
        if watch.at == "start":
            origin, step = "start", 0
            self._load(self.start)
        elif watch.at == "now":
            self.copy()
        else:
            origin, step = "given", 0
            self._load(watch.at)
        found = self._find(watch)
        answer = Watched(watch, self.drawn, origin, step, updates=updates, missing=found.missing)
        answer = replace(answer, weights=self._weights(watch, found))
        probe = self._probe(watch)
        if probe is None:
            return answer
        return (yield from self._look_at(probe, watch, found, answer))

    def _load(self, arrays: Mapping[str, Array] | None) -> None:
        if arrays is None:
            raise StudioError("The weights of the start are not known; train the network anew.")
        self.network.weights.load(arrays)

    # What is asked

    def _find(self, watch: Watch) -> _Found:
        """Sort the wishes into what there is and what there is not."""
        found = _Found()
        loss = self.network.graph.losses()[0].id
        reached = self.network.graph.upstream(loss)
        for name in (*watch.outputs, *watch.gradients):
            node = self._exits.get(name, name)
            sentence = obstacle(self.network.graph, node)
            if sentence:
                found.missing[name] = sentence
            elif name in watch.outputs:
                found.outputs[name] = node
        for name in watch.gradients:
            node = self._exits.get(name, name)
            sentence = found.missing.get(name) or self._no_gradient(name, node, reached)
            if sentence:
                found.missing[name] = sentence
            else:
                found.gradients[name] = node
        return found

    def _no_gradient(self, name: str, node: str, reached: set[str]) -> str:
        """Say why there is no gradient by a node's output; "" where there is one."""
        if node not in reached:
            return f"The loss does not depend on '{name}', so there is no gradient by its output."
        output = self._types.output(self.network.graph.nodes[node])
        if output is not None and output.dtype != "f4":
            return f"'{name}' gives whole numbers; there is no gradient by them."
        return ""

    def _weights(self, watch: Watch, found: _Found) -> dict[str, Array]:
        """Give copies of the arrays asked for; note the nodes that have none."""
        if not watch.weights and not watch.weight_gradients:
            return {}
        arrays = self.network.weights.arrays()
        owners = {key.rpartition("/")[0] for key in arrays}
        for name in (*watch.weights, *watch.weight_gradients):
            if name not in self.network.graph.nodes and name not in self._exits:
                found.missing[name] = f"There is no node '{name}' in this network."
            elif name not in owners:
                found.missing[name] = f"'{name}' has no weights."
        return sealed(_of_nodes(arrays, watch.weights))

    def _probe(self, watch: Watch) -> _Probe | None:
        """Give the samples to look at; None where no samples are asked for."""
        if watch.own is not None:
            return self._own(np.asarray(watch.own))
        if not watch.samples:
            return None
        data = self._data()
        part: Part = getattr(data, watch.part)
        _require_samples(watch, part.size)
        places = np.array(watch.samples, np.int64)
        return _Probe(self.network.samples(part.samples(places)), part.y[places])

    def _data(self) -> Prepared:
        """Give the data; kernels trust that it is such as the network was made for."""
        data = self.data()
        if data.signature != self.network.signature:
            raise StudioError(
                "The data is no longer such as the network was made for; read it again in the data"
                " panel."
            )
        return data

    def _own(self, x: Array) -> _Probe | None:
        shape = self.network.signature.input.shape
        if x.shape[1:] != shape or x.dtype.kind not in "fiu":
            got = words.shape(x.shape[1:]) or "numbers"
            raise StudioError(
                f"The network takes samples of {words.shape(shape)}; these are {got}."
            )
        if not len(x):
            return None
        arriving = self.network.signature.input
        if arriving.is_symbols:
            require_symbols(x, arriving.symbols)
            return _Probe(self.network.samples(x), None)
        kept = x if x.dtype in (np.uint8, np.float32) else x.astype(np.float32)
        return _Probe(self.network.samples(self._data().scaler.apply(kept)), None)

    # What is seen

    def _look_at(self, probe: _Probe, watch: Watch, found: _Found, answer: Watched) -> Looking:
        """Run the probe batch, slice by slice, and put the answer together."""
        of = self._differentiated(watch, probe)
        total, slices = 0.0, Slices(len(probe.x))
        size = self.slice_size
        for first in range(0, len(probe.x), size):
            last = min(first + size, len(probe.x))
            plan = self._plan(last - first, found, of, targets=probe.y is not None)
            yield
            if of == "scores":
                plan.seeds[...] = self._seeds(plan, watch)
            y = None if probe.y is None else np.ascontiguousarray(probe.y[first:last])
            plan.look(self.crew.team, probe.x[first:last], y)
            part = plan.counted if of == "loss" else 1.0
            total += part
            self._collect(slices, plan, found, first, part)
            if watch.weight_gradients and of != "none":
                gradients = self.network.weights.gradient_arrays()
                slices.add(_of_nodes(gradients, watch.weight_gradients), part)
            yield
        share = total if of == "loss" else 1.0
        return replace(
            answer,
            outputs=slices.taken("output"),
            gradients=slices.taken("gradient", share),
            weight_gradients=slices.summed(share),
            scores=slices.taken("all")["scores"],
            losses=slices.taken("all").get("losses"),
            targets=None if probe.y is None else sealed({"": probe.y})[""],
        )

    def _differentiated(self, watch: Watch, probe: _Probe) -> Gradients:
        if not watch.differentiates:
            return "none"
        if watch.score is None:
            if probe.y is None:
                raise StudioError(
                    "Samples of your own have no targets, so there is no loss to differentiate;"
                    " choose the score of a class."
                )
            return "loss"
        target = self.network.signature.target
        if not 0 <= watch.score < target.size:
            raise StudioError(
                f"There is no score {watch.score}; the scores are 0 to {target.size - 1}."
            )
        return "scores"

    def _seeds(self, plan: LookPlan, watch: Watch) -> Array:
        """Give the gradient of the sum of one class's scores by all scores, (batch, scores)."""
        assert watch.score is not None
        seeds = np.zeros((plan.batch, *plan.output(plan.end).shape[1:]), np.float32)
        target = self.network.signature.target
        if isinstance(target, ClassTarget) and seeds.shape[-1] == 1 < target.size:
            seeds[...] = 1.0 if watch.score == 1 else -1.0  # one score says "the second class"
        else:
            seeds[..., watch.score] = 1.0
        return seeds.reshape(plan.batch, -1)

    @property
    def slice_size(self) -> int:
        """Samples that are run at once: few in large networks."""
        return int(max(1, min(MOST_SAMPLES, SLICE_MACS // max(3 * self.cost.macs, 1))))

    def _plan(self, batch: int, found: _Found, of: Gradients, *, targets: bool) -> LookPlan:
        """Give a plan that was made before, or a new one."""
        keep = frozenset(found.outputs.values())
        gradients = frozenset(found.gradients.values()) if of != "none" else frozenset[str]()
        key = (batch, keep, gradients, of, targets)
        plan = self._plans.pop(key, None)
        if plan is None:
            threads = self.crew.threads
            plan = LookPlan(self.network, batch, threads, keep, gradients, of=of, targets=targets)
        self._plans[key] = plan  # the one used last stands last
        if len(self._plans) > PLANS:
            del self._plans[next(iter(self._plans))]
        return plan

    def _collect(
        self, slices: Slices, plan: LookPlan, found: _Found, first: int, part: float
    ) -> None:
        """Put what a plan has seen into its place."""
        for name, node in found.outputs.items():
            slices.put("output", name, plan.read(node), first)
        for name, node in found.gradients.items():
            gradient = plan.gradient(node)
            if gradient is not None:
                slices.put("gradient", name, gradient * part, first)
        slices.put("all", "scores", plan.scores, first)
        if plan.has_losses:
            slices.put("all", "losses", plan.losses, first)


def obstacle(graph: Graph, node: str) -> str:
    """Say why a node has no output to look at; "" where it has one."""
    if node not in graph.nodes:
        return f"There is no node '{node}' in this network."
    if graph.nodes[node].layer.is_loss():
        return f"'{node}' is a loss, which gives no output; name a layer."
    return ""


def _require_samples(watch: Watch, size: int) -> None:
    wrong = next((one for one in watch.samples if not 0 <= one < size), None)
    if wrong is None:
        return
    name = _PARTS[watch.part]
    if not size:
        raise StudioError(f"The {name} part holds no samples; choose another part of the data.")
    raise StudioError(
        f"There is no sample {words.whole(wrong)} in the {name} part; its samples are 0 to"
        f" {words.whole(size - 1)}."
    )


def _of_nodes(arrays: Mapping[str, Array], nodes: tuple[str, ...]) -> dict[str, Array]:
    """Give the arrays, by "node/array", that belong to some nodes."""
    return {key: array for key, array in arrays.items() if key.rpartition("/")[0] in nodes}
