"""Facts about choosing threads."""

import time

import numpy as np
import pytest

from nnstudio.engine.crew import PATIENCE, Crew
from nnstudio.engine.optimisers import State, chain
from nnstudio.engine.plan import TrainPlan
from nnstudio.engine.rules import Adam
from nnstudio.graph.types import maps
from nnstudio.kernels.team import Team
from tests.nets import classes_signature, lenet, network


def test_an_undisturbed_team_is_kept() -> None:
    with Crew(2) as crew:
        for seconds in (1.0, 0.9, 1.2, 1.1, 0.95):
            crew.note(crew.team, seconds)
            assert crew.team.threads == 2


def test_a_disturbed_team_gives_way_to_one_thread_and_comes_back() -> None:
    with Crew(2) as crew:
        crew.note(crew.team, 1.0)
        crew.note(crew.team, 9.0)
        assert crew.team.threads == 1
        for _ in range(PATIENCE):
            assert crew.team.threads == 1
            crew.note(crew.team, 1.8)
        assert crew.team.threads == 2
        crew.note(crew.team, 1.0)
        assert crew.team.threads == 2


def test_one_thread_that_is_slower_still_gives_way_at_once() -> None:
    with Crew(2) as crew:
        crew.note(crew.team, 1.0)
        crew.note(crew.team, 1.6)
        crew.note(crew.team, 2.5)
        assert crew.team.threads == 2


def test_a_team_that_never_pays_off_is_left() -> None:
    with Crew(2) as crew:
        crew.note(crew.team, 1.0)
        crew.note(crew.team, 2.0)
        crew.note(crew.team, 0.5)
        for _ in range(PATIENCE):
            crew.note(crew.team, 0.5)
        crew.note(crew.team, 1.0)
        assert crew.team.threads == 1


def test_a_core_is_spared_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.engine.crew.usable_cores", lambda: 2)
    with Crew(2) as crew:
        crew.spare_a_core(0.2)
        assert crew.team.threads == 1
        crew.note(crew.team, 5.0)
        time.sleep(0.25)
        assert crew.team.threads == 2


def test_nothing_is_spared_where_processors_are_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.engine.crew.usable_cores", lambda: 8)
    with Crew(2) as crew:
        crew.spare_a_core(60)
        assert crew.team.threads == 2


def test_a_smaller_team_gives_the_same_weights_bit_for_bit() -> None:
    net = network(lenet(), classes_signature(maps(8, 8, 1), 10))
    x = np.linspace(-1, 1, 32 * 64, dtype=np.float32).reshape(32, 8, 8, 1)
    y = np.arange(32) % 10
    found = []
    for size in (1, 2):
        net.weights.initialise(7)
        state = State(len(net.weights.values), "f4")
        plan = TrainPlan(net, 16, 2, 2, chain(Adam()), state)
        plan.bind(x, y)
        plan.tables.rates[:] = 0.01
        with Team(size) as team:
            for first in (0, 2, 4):
                plan.run(team, np.arange(32), first)
        found.append(net.weights.values.copy())
    assert np.array_equal(found[0], found[1])
