"""Projects that the tests of this folder share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.data.sources import Drawn
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, flat
from nnstudio.project.model import Project, Run
from nnstudio.train.history import History
from nnstudio.train.settings import RunSettings


def _graph() -> Graph:
    nodes = [
        make_node("input", "input1"),
        make_node("dense", "dense1", "hidden", (180.0, 0.0), units=3, activation="tanh"),
        make_node("dense", "dense2", "scores", (360.0, 0.0), units=2),
        make_node("softmax_cross_entropy", "loss1", "loss", (540.0, 0.0)),
    ]
    edges = tuple(
        Edge.between(f"{before.id}.y", f"{after.id}.{after.layer.inputs[0].name}")
        for before, after in pairwise(nodes)
    )
    return Graph({node.id: node for node in nodes}, edges)


def _arrays(seed: int) -> dict[str, np.ndarray]:
    shapes = {
        "dense1/weight": (2, 3),
        "dense1/bias": (3,),
        "dense2/weight": (3, 2),
        "dense2/bias": (2,),
    }
    return {
        key: stream(seed, key).standard_normal(shape).astype(np.float32)
        for key, shape in shapes.items()
    }


def _history() -> History:
    history = History()
    history.add_steps({"loss": np.array([0.9, 0.5, 0.3]), "rate": np.array([0.1, 0.1, 0.1])})
    history.add_epoch({"step": 3, "train loss": 0.4, "valid loss": 0.45})
    return history


@pytest.fixture
def project() -> Project:
    """A small project with one run that was trained."""
    signature = DataSignature(flat(2), ClassTarget(("in", "out")))
    settings = RunSettings(epochs=3, learning_rate=0.1)
    run = Run(
        "run1",
        "Run 1",
        _graph(),
        settings,
        _history(),
        _arrays(1),
        _arrays(2),
        {"offset": np.zeros(2, np.float32), "factor": np.ones(2, np.float32), "fill": np.zeros(0)},
        {"test": {"loss": 0.25, "accuracy": 0.5}},
        {"reason": "finished", "epochs": 3, "seconds": 0.25},
        signature,
    )
    return Project(
        "Moons",
        _graph(),
        Drawn(shape="moons"),
        signature,
        settings=settings,
        runs=(run,),
        notes="Two half moons · Notizen",
    )
