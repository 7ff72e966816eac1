"""The templates of the first steps: each a data set, and a small network that learns it."""

from __future__ import annotations

from nnstudio.data.sources import BuiltIn, Drawn, Public
from nnstudio.engine.rules import Sgd
from nnstudio.engine.schedules import Cosine
from nnstudio.graph.model import Graph
from nnstudio.graph.types import ClassTarget, DataSignature, ValueTarget, flat, maps
from nnstudio.project.chain import chain
from nnstudio.project.template import Template, loss_of
from nnstudio.project.zoo.common import public
from nnstudio.train.settings import RunSettings

DIGITS = DataSignature(maps(8, 8, 1), ClassTarget(tuple("0123456789")))
IRIS = DataSignature(flat(4), ClassTarget(("setosa", "versicolor", "virginica")))
SPIRALS = DataSignature(flat(2), ClassTarget(("class 1", "class 2")))
DIABETES = DataSignature(flat(10), ValueTarget(("progression",)))


def _digits_lenet(signature: DataSignature) -> Graph:
    """LeNet's plan, 3×3 filters, for images as small as 8×8."""
    return chain(
        "input",
        ("conv2d", {"filters": 32, "kernel": (3, 3), "padding": "same"}),
        "max_pool",
        ("conv2d", {"filters": 64, "kernel": (3, 3), "padding": "same"}),
        "max_pool",
        "flatten",
        ("dense", {"units": 128, "activation": "relu"}),
        ("dropout", {"rate": 0.5}),
        ("dense", {"units": signature.target.size, "name": "scores"}),
        (loss_of(signature), {"name": "loss"}),
    )


def _lenet_28(signature: DataSignature) -> Graph:
    """LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998) with ReLU and max pooling."""
    return chain(
        "input",
        ("conv2d", {"filters": 6, "kernel": (5, 5), "padding": "same"}),
        "max_pool",
        ("conv2d", {"filters": 16, "kernel": (5, 5), "padding": "valid"}),
        "max_pool",
        "flatten",
        ("dense", {"units": 120, "activation": "relu"}),
        ("dense", {"units": 84, "activation": "relu"}),
        ("dense", {"units": signature.target.size, "name": "scores"}),
        (loss_of(signature), {"name": "loss"}),
    )


def _fashion_cnn(signature: DataSignature) -> Graph:
    """Two convolutions and one dense layer."""
    return chain(
        "input",
        ("conv2d", {"filters": 16, "kernel": (3, 3), "padding": "same"}),
        "max_pool",
        ("conv2d", {"filters": 32, "kernel": (3, 3), "padding": "same"}),
        "max_pool",
        "flatten",
        ("dense", {"units": 128, "activation": "relu"}),
        ("dropout", {"rate": 0.25}),
        ("dense", {"units": signature.target.size, "name": "scores"}),
        (loss_of(signature), {"name": "loss"}),
    )


def _mlp(signature: DataSignature) -> Graph:
    """Two hidden layers."""
    return _hidden(signature, 32)


def _small_mlp(signature: DataSignature) -> Graph:
    """Two narrow hidden layers, for few samples."""
    return _hidden(signature, 8)


def _hidden(signature: DataSignature, units: int) -> Graph:
    hidden = {"units": units, "activation": "relu"}
    return chain(
        "input",
        *_flattened(signature),
        ("dense", {**hidden, "name": "hidden1"}),
        ("dense", {**hidden, "name": "hidden2"}),
        ("dense", {"units": signature.target.size, "name": "scores"}),
        (loss_of(signature), {"name": "loss"}),
    )


def _softmax_classifier(signature: DataSignature) -> Graph:
    """One layer of weights: each class has a template."""
    scores = ("dense", {"units": signature.target.size, "initial": "xavier", "name": "scores"})
    return chain("input", *_flattened(signature), scores, (loss_of(signature), {"name": "loss"}))


def _linear_svm(signature: DataSignature) -> Graph:
    """The same with the multiclass hinge loss (Weston & Watkins 1999)."""
    scores = ("dense", {"units": signature.target.size, "initial": "xavier", "name": "scores"})
    return chain("input", *_flattened(signature), scores, ("hinge", {"name": "loss"}))


def _flattened(signature: DataSignature) -> tuple[str, ...]:
    return () if signature.input.is_flat else ("flatten",)


TEMPLATES = (
    Template(
        "digits-lenet",
        "Digits LeNet",
        "A small convolutional network reads handwritten digits, 8×8 pixels.",
        _digits_lenet,
        BuiltIn(name="digits"),
        DIGITS,
        # The cosine ends calmly, and 180 digits are too few to choose the best epoch by.
        RunSettings(epochs=40, learning_rate=2e-3, schedule=Cosine(), restore_best=False),
    ),
    Template(
        "spirals-mlp",
        "Spirals MLP",
        "Two hidden layers tell two interlocked spirals apart; try to do it with one.",
        _mlp,
        Drawn(shape="spirals"),
        SPIRALS,
        RunSettings(epochs=150, learning_rate=1e-2, schedule=Cosine()),
    ),
    Template(
        "mlp",
        "Table MLP",
        "Two hidden layers for a table, such as iris flowers or your own CSV file.",
        _mlp,
        BuiltIn(name="iris"),
        IRIS,
        RunSettings(epochs=60, batch=16, learning_rate=5e-3, schedule=Cosine(), l2=1e-4),
    ),
    Template(
        "regression-mlp",
        "Regression MLP",
        "Two small hidden layers predict a number: how diabetes progresses within a year.",
        _small_mlp,
        BuiltIn(name="diabetes"),
        DIABETES,
        RunSettings(epochs=100, learning_rate=1e-2, schedule=Cosine(), l2=1e-2),
    ),
    Template(
        "softmax-classifier",
        "Softmax classifier",
        "One layer of weights and the softmax loss; each class has a template you can look at.",
        _softmax_classifier,
        BuiltIn(name="digits"),
        DIGITS,
        RunSettings(epochs=30, learning_rate=1e-2, schedule=Cosine(), l2=1e-3),
    ),
    Template(
        "linear-svm",
        "Linear SVM",
        "One layer of weights and the multiclass hinge loss.",
        _linear_svm,
        BuiltIn(name="digits"),
        DIGITS,
        RunSettings(epochs=30, learning_rate=1e-2, optimiser=Sgd(momentum=0.9), l2=1e-3),
    ),
    Template(
        "lenet-28",
        "LeNet on MNIST",
        "LeNet-5 with ReLU for images of 28×28; MNIST has to be downloaded first.",
        _lenet_28,
        Public(name="mnist"),
        public("mnist"),
        RunSettings(epochs=5, batch=64),
    ),
    Template(
        "fashion-cnn",
        "Fashion CNN",
        "Two convolutions for clothes of 28×28; Fashion-MNIST has to be downloaded first.",
        _fashion_cnn,
        Public(name="fashion-mnist"),
        public("fashion-mnist"),
        RunSettings(epochs=5, batch=64, learning_rate=3e-3, schedule=Cosine()),
    ),
    Template(
        "empty", "Untitled", "Nothing yet: drag layers onto the canvas.", None, None, None
    ),
)  # fmt: skip
