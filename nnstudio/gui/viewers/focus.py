"""What all viewers look at: a node, a sample, and what is known about both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.data.prepare import Part, Prepared
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.train.watch import PartName, Watched

Array = NDArray[Any]
PARTS: tuple[PartName, ...] = ("train", "valid", "test")
NO_DATA = "Choose what to learn from first (Ctrl+Shift+D)."
PART_WORDS = {"train": "training", "valid": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class Focus:
    """What viewers look at.

    Attributes:
        node: Id of the node as `Watch` names it, such as "block1/conv1"; "" for none.
        label: What a person calls it.
        part: The part of the data.
        sample: The chosen sample's position in the part.
        graph: The network as drawn.
        signature: What the data offers.
        parameters: How many numbers the network learns.
        data: The data as prepared; None until something needed it.
    """

    node: str = ""
    label: str = ""
    part: PartName = "valid"
    sample: int = 0
    graph: Graph = field(default_factory=Graph)
    signature: DataSignature | None = None
    parameters: int = 0
    data: Prepared | None = None

    def part_of(self, name: PartName) -> Part | None:
        """Give a part of the data; None until it was read."""
        return None if self.data is None else getattr(self.data, name)

    def size(self, name: PartName) -> int:
        """Give how many samples a part holds; 0 until it was read."""
        part = self.part_of(name)
        return 0 if part is None else part.size

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; () where values are learned."""
        target = None if self.signature is None else self.signature.target
        return target.names if isinstance(target, ClassTarget) else ()

    @property
    def one_class(self) -> bool:
        """Whether each sample has one class, not one for each step or pixel."""
        target = None if self.signature is None else self.signature.target
        return isinstance(target, ClassTarget) and not target.shape

    def samples(self, name: PartName, places: Sequence[int]) -> Array | None:
        """Give samples (n, *shape) in the units of the data; None until it was read."""
        part = self.part_of(name)
        if part is None or self.data is None or any(not 0 <= at < part.size for at in places):
            return None
        taken = part.samples(np.array(places, np.int64))
        symbols = taken.dtype.kind == "i"
        return taken if symbols else self.data.scaler.invert(taken.astype(np.float32, copy=False))

    def truth(self, name: PartName, place: int) -> str:
        """Say which class or values a sample has; "" where that is not known."""
        part = self.part_of(name)
        if part is None or self.data is None or not 0 <= place < part.size:
            return ""
        if self.one_class:
            return self.classes[int(part.y[place])]
        if self.classes:
            return ""
        values = self.data.scaler.target.invert(part.y[place : place + 1].astype(np.float32))[0]
        return ", ".join(f"{float(one):.4g}" for one in np.atleast_1d(values)[:4])


def first_node(graph: Graph) -> Node | None:
    """Give the node to look at while none is selected: the first with weights, else any."""
    nodes = [graph.nodes[one] for one in graph.order]
    usable = [node for node in nodes if node.known and not node.layer.is_loss()]
    linear = [node for node in usable if node.layer.category == "linear"]
    return next(iter(linear or usable), None)


def when_words(answer: Watched) -> str:
    """Say at which moment of the training the weights are that were looked at."""
    if answer.origin in {"training", "moment"}:
        return f"step {words.whole(answer.step)}"
    return "before training" if answer.origin == "start" else "after training"


def probabilities(scores: Array) -> Array:
    """Give (n, classes) float64 probabilities by softmax; one score for two by the sigmoid."""
    wide = np.asarray(scores, np.float64)
    if wide.shape[-1] == 1:
        wide = np.concatenate([np.zeros_like(wide), wide], axis=-1)
    with np.errstate(invalid="ignore", over="ignore"):
        exps = np.exp(wide - wide.max(axis=-1, keepdims=True))
        return exps / exps.sum(axis=-1, keepdims=True)
