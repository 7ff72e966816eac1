"""Every prepared broken graph is told in one sentence at its place, and mended until it trains."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.data.prepare import Prepared
from nnstudio.graph.conditions import under
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph
from nnstudio.graph.problems import Problem
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.train.events import Finished, Steps
from nnstudio.train.trainer import Trainer
from tests.graph.broken import IMAGES, Broken, conv, dense, net
from tests.graph.broken_shapes import SHAPES
from tests.graph.broken_wiring import WIRING
from tests.nets import job, prepared

REAL_LAYERS = True  # see conftest
SAMPLES = 40
BROKEN = (*SHAPES, *WIRING)


def name(case: Broken) -> str:
    return f"{case.what}, {case.repair}"


def known(case: Broken, graph: Graph) -> Inference:
    return under(graph, infer(graph, case.data), case.conditions)


def told(case: Broken) -> Problem:
    """Give the prepared problem; the test fails where it is not told."""
    problems = known(case, case.graph).problems
    found = [one for one in problems if (one.node, one.message) == (case.node, case.message)]
    assert found, [(one.node, one.message) for one in problems]
    return found[0]


def samples(data: DataSignature) -> Prepared:
    """Draw samples of a kind."""
    draw = stream(3, "broken graphs")
    if data.input.is_symbols:
        x = draw.integers(0, data.input.symbols, (SAMPLES, *data.input.shape))
    else:
        x = draw.normal(size=(SAMPLES, *data.input.shape)).astype(np.float32)
    if isinstance(data.target, ClassTarget):
        y = np.arange(SAMPLES) % data.target.size
    else:
        y = draw.normal(size=(SAMPLES, data.target.size)).astype(np.float32)
    return prepared(x, y, data)


def test_there_are_enough_of_them() -> None:
    assert len({case.what for case in BROKEN}) >= 40


@pytest.mark.parametrize("case", BROKEN, ids=name)
def test_one_sentence_at_the_right_place(case: Broken) -> None:
    problems = known(case, case.graph).problems
    assert [(one.node, one.message) for one in problems] == [(case.node, case.message)]


@pytest.mark.parametrize("case", BROKEN, ids=name)
def test_the_repair_leads_to_a_net_that_trains(case: Broken) -> None:
    (repair,) = [one for one in told(case).repairs if one.label == case.repair]
    mended, inverse = repair.edit.apply(case.graph)
    assert inverse.apply(mended)[0] == case.graph
    assert known(case, mended).problems == ()
    one = job(mended, samples(case.data), epochs=1, batch=max(2, case.conditions.batch))
    with Trainer(one) as trainer:
        events = list(trainer.train())
    losses = [loss for event in events if isinstance(event, Steps) for loss in event.losses]
    assert isinstance(events[-1], Finished)
    assert losses
    assert np.isfinite(losses).all()


def test_what_follows_from_a_cause_is_not_told() -> None:
    graph = net(
        "in-c c-fc fc-fc2 fc2-loss c-d d-gap",
        c=conv(4),
        fc=dense(8, "relu"),
        fc2=dense(5),
        d=conv(6, groups=4),
        gap=("global_avg_pool", {}),
    )
    found = infer(graph, IMAGES)
    assert [(one.node, one.severity) for one in found.problems] == [("fc", "error"), ("d", "error")]
    assert {str(ref): str(kind) for ref, kind in found.types.items()} == {
        "in.y": "8×8×1",
        "c.y": "8×8×4",
    }
