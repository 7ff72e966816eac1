"""What is wrong only with this batch, this optimiser or this machine is told before a training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import SetParam
from nnstudio.graph.problems import insert_into
from nnstudio.project.edits import SetSetting
from nnstudio.project.templates import make_template
from nnstudio.session.studio import Studio
from nnstudio.train.conditions import conditions_of, machine_bytes
from nnstudio.train.settings import RunSettings


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(make_template("digits-lenet"))
    yield made
    made.close()


def dense(studio: Studio) -> str:
    return next(node.id for node in studio.graph.nodes.values() if node.kind == "dense")


def test_conditions_are_those_of_the_run() -> None:
    settings = RunSettings.model_validate({"batch": 5, "optimiser": {"kind": "sgd"}})
    conditions = conditions_of(settings, 1000)
    assert (conditions.batch, conditions.states, conditions.memory) == (5, 1, 1000)
    assert machine_bytes() > 1 << 28


def test_batch_norm_with_a_batch_of_one_is_advice_as_long_as_the_batch_is_one(
    studio: Studio,
) -> None:
    link = studio.graph.outgoing(dense(studio))[0]
    studio.apply(insert_into(studio.graph, link, "batch_norm", {}))
    assert studio.inference.problems == ()
    back = studio.apply(SetSetting("batch", 1))
    (problem,) = studio.inference.problems
    assert problem.message.endswith("each number is its own mean and becomes 0.")
    assert studio.inference.runnable
    studio.apply(back)
    assert studio.inference.problems == ()


def test_layers_too_large_for_the_machine_are_told_in_numbers(studio: Studio) -> None:
    studio._inferring.memory = 1 << 22
    studio.apply(SetParam(dense(studio), "units", 4000))
    (problem,) = studio.inference.problems
    assert problem.node == dense(studio)
    assert "this machine has 4 MB" in problem.message
    with pytest.raises(StudioError, match="this machine has 4 MB"):
        studio.train()
    studio.apply(problem.repairs[-1].edit)
    assert studio.inference.runnable


def test_a_batch_too_large_for_the_machine_names_the_largest_that_fits(studio: Studio) -> None:
    studio._inferring.memory = 1 << 24
    studio.apply(SetSetting("batch", 100_000))
    (problem,) = studio.inference.problems
    assert problem.message.startswith("Training with a batch of 100,000 needs about ")
    most = int(problem.hint.removeprefix("Choose a batch of at most ").rstrip(".").replace(",", ""))
    studio.apply(SetSetting("batch", most))
    assert studio.inference.runnable
    studio.apply(SetSetting("batch", most + 1))
    assert not studio.inference.runnable
