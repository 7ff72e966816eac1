"""What the networks of the zoo share: their beginning, their end, and what they were made for."""

from __future__ import annotations

from nnstudio.data.catalogue import CATALOGUE
from nnstudio.data.sources import PublicName
from nnstudio.engine.rules import Sgd
from nnstudio.engine.schedules import Cosine
from nnstudio.graph.types import ClassTarget, DataSignature, maps
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import loss_of
from nnstudio.train.settings import RunSettings


def imagenet(size: int = 224) -> DataSignature:
    """Give what ImageNet's competition offers: colour images and 1000 classes."""
    return DataSignature(maps(size, size, 3), ClassTarget(tuple(f"class {n}" for n in range(1000))))


def public(name: PublicName) -> DataSignature:
    """Give what one of the public sets offers, which has to be downloaded first."""
    size = maps(32, 32, 3) if name == "cifar-10" else maps(28, 28, 1)
    return DataSignature(size, ClassTarget(CATALOGUE[name].classes))


def ending(sketch: Sketch, source: str, signature: DataSignature) -> None:
    """Add one score a class (or value) and the loss."""
    scores = sketch.add("dense", source, name="scores", units=signature.target.size)
    loss(sketch, scores, signature)


def loss(sketch: Sketch, scores: str, signature: DataSignature) -> None:
    """Add the loss that fits the target."""
    sketch.add(loss_of(signature), scores, name="loss")


def pooled_ending(sketch: Sketch, source: str, signature: DataSignature, drop: float = 0) -> None:
    """Average each channel, drop some, then end."""
    at = sketch.add("global_avg_pool", source)
    if drop:
        at = sketch.add("dropout", at, rate=drop)
    ending(sketch, at, signature)


LARGE = RunSettings(
    epochs=90, batch=32, learning_rate=0.01, optimiser=Sgd(momentum=0.9), schedule=Cosine(), l2=1e-4
)
CIFAR = RunSettings(
    epochs=40, batch=128, learning_rate=0.1, optimiser=Sgd(momentum=0.9), schedule=Cosine(), l2=1e-4
)
