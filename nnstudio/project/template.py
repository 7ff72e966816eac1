"""What a project can start from: a network that fits itself to data, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from nnstudio.data.sources import AnySource
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph.model import Graph
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.train.settings import RunSettings

Make = Callable[[DataSignature], Graph]
Family = Literal[
    "First steps",
    "Classic convolutional nets",
    "Inception",
    "Residual nets",
    "Dense and fractal nets",
    "Small and quick nets",
    "Sequences",
]
FAMILIES: tuple[Family, ...] = (
    "First steps",
    "Classic convolutional nets",
    "Inception",
    "Residual nets",
    "Dense and fractal nets",
    "Small and quick nets",
    "Sequences",
)


@dataclass(frozen=True, slots=True)
class Template:
    """A project to start from.

    Attributes:
        name: What it is called on the command line.
        title: What a person calls it, and the name of the new project.
        about: One sentence.
        network: Makes the network for data of a signature; None leaves it empty.
        data: The data it begins with; None for none.
        signature: What that data offers; without data, what the network was published for, which
            its Input and its last layer are then set to.
        settings: How to train.
        split: How samples are divided.
        scaling: How inputs are scaled.
        family: The heading it stands under.
        year: When it was published; None for what has no paper.
        source: The paper, "" for none.
    """

    name: str
    title: str
    about: str
    network: Make | None
    data: AnySource | None
    signature: DataSignature | None
    settings: RunSettings = field(default_factory=RunSettings)
    split: Split = field(default_factory=Split)
    scaling: Scaling = field(default_factory=Scaling)
    family: Family = "First steps"
    year: int | None = None
    source: str = ""

    @property
    def expects(self) -> str:
        """What goes in and comes out, such as "224×224×3 → 1000 classes"; "" for nothing."""
        if self.signature is None:
            return ""
        target = self.signature.target
        one = "class" if isinstance(target, ClassTarget) else "value"
        many = "classes" if isinstance(target, ClassTarget) else "values"
        return f"{self.signature.input} → {target.size} {one if target.size == 1 else many}"


def loss_of(signature: DataSignature) -> str:
    """Give the kind of loss that fits the target."""
    classes = isinstance(signature.target, ClassTarget)
    return "softmax_cross_entropy" if classes else "mse"
