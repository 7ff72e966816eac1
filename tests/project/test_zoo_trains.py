"""The small networks of the zoo learn: a few epochs bring the loss down."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.data.prepare import Prepared
from nnstudio.data.sources import BuiltIn
from nnstudio.engine.rules import Adam
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, PortRef
from nnstudio.graph.types import (
    ClassTarget,
    DataSignature,
    TensorType,
    ValueTarget,
    flat,
    maps,
    named,
)
from nnstudio.project.library.paths import highway
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.templates import TEMPLATES, make_template, template_for
from nnstudio.project.zoo.common import ending
from nnstudio.project.zoo.inception import googlenet
from nnstudio.project.zoo.paths import densenet, fractalnet
from nnstudio.project.zoo.residual import resnet_cifar, wide_resnet
from nnstudio.project.zoo.sequence import lstm_characters, rnn
from nnstudio.project.zoo.small import mobilenet_v1, mobilenet_v2, squeezenet
from nnstudio.train.events import EpochDone
from nnstudio.train.trainer import Trainer
from tests.nets import classes_signature, job, prepared

SMALL = classes_signature(maps(16, 16, 3), 3)
LARGE = classes_signature(maps(48, 48, 3), 3)  # the fourth halving needs something to halve


def patterns(signature: DataSignature, samples: int = 40) -> Prepared:
    """Noise over one pattern for each class."""
    draw = stream(2, "patterns")
    shape = signature.input.shape
    y = np.arange(samples) % signature.target.size
    x = draw.normal(0, 1, (signature.target.size, *shape))[y] + draw.normal(
        0, 0.5, (samples, *shape)
    )
    return prepared(x.astype(np.float32), y.astype(np.int64), signature)


def letters(*, symbols: bool, steps: int = 12, count: int = 6, samples: int = 60) -> Prepared:
    """A text that repeats itself, from all its places: the next letter is always sure."""
    text = (np.arange(samples)[:, None] + np.arange(steps + 1)) % count
    target = ClassTarget(tuple("abcdef"), (steps,))
    given = named((steps,), count) if symbols else TensorType((steps, count), "f4", "TF")
    x = text[:, :-1] if symbols else np.eye(count, dtype=np.float32)[text[:, :-1]]
    return prepared(x, text[:, 1:].astype(np.int64), DataSignature(given, target))


def losses(graph: Graph, data: Prepared, epochs: int, rate: float) -> tuple[float, float]:
    """Train; give the mean loss of the first and of the last epoch."""
    settings = {"batch": 8, "learning_rate": rate, "optimiser": Adam(), "restore_best": False}
    with Trainer(job(graph, data, epochs=epochs, threads=1, **settings)) as trainer:
        events = trainer.train()
        seen = [event.train["loss"] for event in events if isinstance(event, EpochDone)]
    return seen[0], seen[-1]


def highway_net(signature: DataSignature) -> Graph:
    sketch = Sketch()
    at = sketch.add("dense", sketch.add("input"), units=16, activation="relu")
    ending(sketch, sketch.card(highway(16, repeat=8), at, "highway"), signature)
    return sketch.graph()


NETS: dict[str, tuple[Callable[[DataSignature], Graph], DataSignature]] = {
    "ResNet-20": (partial(resnet_cifar, 20), SMALL),
    "WideResNet-10-1": (partial(wide_resnet, 10, 1), SMALL),
    "DenseNet of 2, 2, 2": (partial(densenet, 8, (2, 2, 2)), SMALL),
    "FractalNet of two columns": (partial(fractalnet, 2), classes_signature(maps(32, 32, 3), 3)),
    "SqueezeNet 1.1": (partial(squeezenet, "1.1"), LARGE),
    "MobileNet v1": (mobilenet_v1, LARGE),
    "MobileNet v2": (mobilenet_v2, LARGE),
    "GoogLeNet": (googlenet, LARGE),
    "RNN": (rnn, SMALL),
    "Highway of 8": (highway_net, classes_signature(flat(10), 3)),
}


@pytest.mark.parametrize("name", NETS)
def test_a_network_learns(name: str) -> None:
    make, signature = NETS[name]
    first, last = losses(make(signature), patterns(signature), 6, 2e-3)
    assert last < 0.8 * first


@pytest.mark.parametrize("symbols", [False, True])
def test_the_lstm_learns_which_letter_comes_next(*, symbols: bool) -> None:
    data = letters(symbols=symbols)
    first, last = losses(lstm_characters(data.signature), data, 6, 1e-2)
    assert last < 0.5 * first


def test_boards_of_symbols_are_read_row_by_row() -> None:
    signature = classes_signature(named((4, 5), 3), 2)
    inference = infer(rnn(signature), signature)
    assert inference.problems == ()
    assert inference.types[PortRef("reshape1", "y")] == TensorType((4, 15), "f4", "TF")


IMAGES = [name for name, one in TEMPLATES.items() if one.signature and one.signature.input.is_map]


@pytest.mark.parametrize("name", IMAGES)
def test_networks_for_images_take_other_images_classes_and_values(name: str) -> None:
    size = 224 if name in {"alexnet", "zfnet"} else 96
    classes = DataSignature(maps(size, size, 1), ClassTarget(("no", "yes")))
    values = DataSignature(maps(size, size, 3), ValueTarget(("width", "height", "age")))
    if name == "digits-lenet":
        classes = DataSignature(maps(12, 12, 3), ClassTarget(("no", "yes")))
    for signature in (classes,) if name == "linear-svm" else (classes, values):
        project = template_for(name, BuiltIn(name="digits"), signature)
        assert infer(project.graph, signature).problems == ()


def test_a_network_made_for_imagenet_says_how_to_take_other_images() -> None:
    graph = make_template("resnet-50").graph
    assert graph.nodes["input1"].params.shape == (224, 224, 3)
    problem = infer(graph, classes_signature(maps(64, 64, 3), 10)).problems[0]
    assert problem.repairs[0].label == "Take 64×64×3 from the data set"
