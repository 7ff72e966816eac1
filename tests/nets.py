"""Small networks and data that several tests train."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import nnstudio.layers  # noqa: F401  (registers the layers)
from nnstudio.core.random import stream
from nnstudio.data.prepare import Part, Prepared
from nnstudio.data.transform import Scaler
from nnstudio.engine.plan import Network
from nnstudio.engine.weights import Weights
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, Node, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat
from nnstudio.train.job import Job
from nnstudio.train.settings import RunSettings


def chained(*nodes: Node, loss: str = "softmax_cross_entropy") -> Graph:
    """Link an input, some nodes and a loss one behind the other."""
    row = [make_node("input", "input1"), *nodes, make_node(loss, "loss1")]
    edges = tuple(
        Edge.between(f"{a.id}.y", f"{b.id}.{b.layer.inputs[0].name}") for a, b in pairwise(row)
    )
    return Graph({node.id: node for node in row}, edges)


def mlp(hidden: int = 16, classes: int = 3, activation: str = "relu") -> Graph:
    """A network of two dense layers."""
    return chained(
        make_node("dense", "dense1", units=hidden, activation=activation),
        make_node("dense", "dense2", units=classes),
    )


def lenet(classes: int = 10) -> Graph:
    """A small convolutional network for 8 × 8 images."""
    return chained(
        make_node("conv2d", "conv1", filters=6, kernel=(3, 3), padding="same", activation="relu"),
        make_node("max_pool", "pool1"),
        make_node("conv2d", "conv2", filters=12, kernel=(3, 3), padding="same", activation="relu"),
        make_node("flatten", "flatten1"),
        make_node("dense", "dense1", units=24, activation="relu"),
        make_node("dense", "dense2", units=classes),
    )


def classes_signature(input_type: TensorType, count: int) -> DataSignature:
    """A signature with classes called a, b, c …"""
    return DataSignature(input_type, ClassTarget(tuple(chr(97 + i) for i in range(count))))


def network(graph: Graph, signature: DataSignature, seed: int = 7, dtype: str = "f4") -> Network:
    """A network with weights drawn from the seed."""
    weights = Weights(graph, infer(graph, signature), dtype)
    weights.initialise(seed)
    return Network(graph, signature, weights, seed)


def blobs(samples: int = 120, features: int = 4, classes: int = 3, seed: int = 1) -> Prepared:
    """Separable clouds of points, in three parts of 60, 20 and 20 %."""
    draw = stream(seed, "blobs")
    centres = draw.normal(0, 2.0, (classes, features))
    y = np.arange(samples) % classes
    x = centres[y] + draw.normal(0, 0.6, (samples, features))
    return prepared(
        x.astype(np.float32), y.astype(np.int64), classes_signature(flat(features), classes)
    )


def prepared(x: np.ndarray, y: np.ndarray, signature: DataSignature) -> Prepared:
    """Divide samples into three parts without scaling them."""
    a, b = int(len(x) * 0.6), int(len(x) * 0.8)
    nothing = Scaler(np.zeros(1, np.float32), np.ones(1, np.float32), np.zeros(0, np.float32))
    parts = [
        Part(np.ascontiguousarray(x[i:j]), np.ascontiguousarray(y[i:j]), np.arange(i, j))
        for i, j in ((0, a), (a, b), (b, len(x)))
    ]
    return Prepared(parts[0], parts[1], parts[2], nothing, signature)


def job(graph: Graph, data: Prepared, **settings: object) -> Job:
    """A job with settings that suit small tests."""
    chosen = {"epochs": 3, "batch": 8, "learning_rate": 0.01} | settings
    return Job(graph, data, RunSettings.model_validate(chosen))
