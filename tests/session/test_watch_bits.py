"""Facts about viewers and a training: same bits, no copies without them, a budget, no aborts."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.graph.edits import SetParam
from nnstudio.project.model import Run
from nnstudio.session.answers import SHARE, Answers
from nnstudio.session.gate import Gate
from nnstudio.session.news import Poll
from nnstudio.session.studio import Studio
from nnstudio.session.training import Training
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.control import Control
from nnstudio.train.observer import Observer
from nnstudio.train.trainer import Trainer
from nnstudio.train.watch import Watch
from tests.nets import blobs, job, mlp
from tests.session.test_watch import EVERYTHING, LAYERS, net, project

During = Callable[[Studio, int, Poll], None]
OVER = {"finished", "stopped", "diverged", "failed"}


@pytest.fixture(scope="module", autouse=True)
def _code_is_loaded() -> None:
    """Load the kernels of viewers first: a short training may end before that is done."""
    studio = Studio(project())
    try:
        studio.watch(EVERYTHING)
        end = time.monotonic() + 120
        while not studio.poll().watched and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        studio.close()


def _run(during: During | None, timeout_s: float = 120, **settings: object) -> Run:
    """Train to the end while something happens at every look; give the run."""
    studio = Studio(project(**settings))
    try:
        studio.train()
        end, turn = time.monotonic() + timeout_s, 0
        while (poll := studio.poll()).state not in OVER and time.monotonic() < end:
            if during is not None:
                during(studio, turn, poll)
            turn += 1
            time.sleep(0.002)
        studio.poll()
        assert studio.run_state == "finished"
        return studio.project.runs[0]
    finally:
        studio.close()


def _same(one: Run, other: Run) -> None:
    for key in one.weights:
        assert np.array_equal(one.weights[key], other.weights[key]), key
    for name in ("loss", "accuracy", "rate"):
        losses = (run.history.steps[name].values() for run in (one, other))
        assert np.array_equal(*losses), name


def _wish(seed: int, turn: int) -> Watch | None:
    """Draw a wish: sometimes none, sometimes of nodes that are not there."""
    draw = stream(seed, "wish", turn)
    names = (*LAYERS, "gone", "loss1")

    def some() -> tuple[str, ...]:
        return tuple(str(name) for name in draw.choice(names, int(draw.integers(0, 4))))

    if draw.random() < 0.2:
        return None
    parts = ("train", "valid", "test")
    return Watch(
        outputs=some(), gradients=some(), weights=some(), weight_gradients=some(),
        samples=tuple(int(i) for i in draw.integers(0, 40, int(draw.integers(0, 90)))),
        part=parts[int(draw.integers(3))], score=[None, 0, 1, 7][int(draw.integers(4))],
        updates=bool(draw.random() < 0.5), rate=30,
    )  # fmt: skip


def _pausing(studio: Studio, turn: int) -> None:
    if turn % 40 == 20:
        studio.pause()
    elif turn % 40 == 30:
        studio.step()
    elif turn % 40 == 35:
        studio.train()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("pauses", [False, True])
def test_viewers_and_pauses_change_no_bit(threads: int, pauses: bool) -> None:
    answers = 0

    def watched(studio: Studio, turn: int, poll: Poll) -> None:
        nonlocal answers
        if turn == 0:
            studio.watch(EVERYTHING, "a")
            studio.watch(Watch(updates=True, rate=30), "b")
        answers += len(poll.watched)
        if pauses:
            _pausing(studio, turn)

    settings = {"epochs": 1000, "threads": threads}
    plain = _run(None, **settings)
    _same(plain, _run(watched, **settings))
    assert answers


@pytest.mark.parametrize("threads", [1, 2])
def test_viewers_that_come_and_go_from_other_threads_change_no_bit(threads: int) -> None:
    over = threading.Event()
    hands: list[threading.Thread] = []

    def hammer(studio: Studio, seed: int) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            studio.watch(_wish(seed, turn), f"viewer{turn % 3}")
            time.sleep(float(stream(seed, "pause", turn).uniform(0, 0.02)))

    def begin(studio: Studio, turn: int, poll: Poll) -> None:
        if not hands:
            for seed in (1, 2):
                hands.append(threading.Thread(target=hammer, args=(studio, seed)))
                hands[-1].start()

    plain = _run(None, epochs=1500, threads=threads)
    try:
        _same(plain, _run(begin, epochs=1500, threads=threads))
    finally:
        over.set()
        for hand in hands:
            hand.join()
    assert len(hands) == 2


def test_hammering_trainings_and_edits_never_aborts() -> None:
    """Two threads ask as fast as they can while trainings begin, stop, and the net is edited."""
    studio = Studio(project(epochs=100_000, threads=2))
    over = threading.Event()
    problems: set[str] = set()
    answered = 0

    def hammer(seed: int) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            studio.watch(_wish(seed, turn), f"viewer{seed}{turn % 2}")
            time.sleep(0.001)

    hands = [threading.Thread(target=hammer, args=(seed,)) for seed in (1, 2)]
    for hand in hands:
        hand.start()
    try:
        end, turn = time.monotonic() + 6, 0
        actions = [studio.train, studio.pause, studio.step, studio.train, studio.stop]
        while time.monotonic() < end:
            poll = studio.poll()
            answered += len(poll.watched)
            problems |= {one.problem for one in poll.watched.values()}
            for one in poll.watched.values():
                problems |= set(one.missing.values())
            turn += 1
            if turn % 20 == 0:
                actions[turn // 20 % len(actions)]()
            if turn % 150 == 0:
                studio.apply(SetParam("dense1", "units", 3 + turn % 7))
            if turn % 400 == 0:
                studio.rewind()
            time.sleep(0.005)
    finally:
        over.set()
        for hand in hands:
            hand.join()
        studio.close()
    assert answered > 20
    assert "There is no node 'gone' in this network." in problems
    assert not any("unexpected" in sentence for sentence in problems)


def test_without_viewers_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the loop's own snapshots are taken: one a chunk, one for each best epoch."""
    counts = {"observers": 0, "copies": 0, "updates": 0, "snapshots": 0, "chunks": 0, "best": 0}

    def count(owner: type, name: str, what: str) -> None:
        original = getattr(owner, name)

        def counted(*args: object, **how: object) -> object:
            counts[what] += 1
            return original(*args, **how)

        monkeypatch.setattr(owner, name, counted)

    count(Observer, "__init__", "observers")
    count(Observer, "copy", "copies")
    count(Trainer, "updates", "updates")
    count(Trainer, "snapshot", "snapshots")
    count(Trainer, "run", "chunks")
    count(Trainer, "remember_best", "best")
    _run(None, epochs=300)
    assert counts["chunks"] > 3
    assert counts["observers"] == counts["copies"] == counts["updates"] == 0
    assert counts["snapshots"] == counts["chunks"] + counts["best"]
    _run(lambda studio, turn, _: studio.watch(EVERYTHING) if turn == 0 else None, epochs=3000)
    assert counts["observers"] >= 1
    assert counts["copies"] >= 1


def test_without_viewers_a_report_costs_no_memory() -> None:
    desk, control = WatchDesk(), Control()
    training = Training.__new__(Training)
    training.gate, training._step, training._token = Gate(control), 5, object()
    answers = Answers(desk, net(), lambda: pytest.fail("nobody watches"), "training", control)
    training._between(answers)
    before = sys.getallocatedblocks()
    for _ in range(1000):
        training._between(answers)
    assert sys.getallocatedblocks() - before < 20
    assert not control.sampling


def test_sampled_steps_tell_the_truth_and_change_no_bit() -> None:
    settings = {"epochs": 2, "clip_norm": 0.5, "l2": 0.01}
    with Trainer(job(mlp(), blobs(), **settings)) as trainer:
        for _ in trainer.train():
            pass
        plain = trainer.weights()
    control = Control()
    told = 0
    with Trainer(job(mlp(), blobs(), **settings)) as trainer:
        before = trainer.weights()
        for event in trainer.train(control):
            after = trainer.weights()
            updates = control.updates
            if updates is not None:
                told += 1
                assert len(event.losses) == 1  # type: ignore[union-attr]
                gradients = trainer.network.weights.gradient_arrays()
                for key, ratio in updates.ratios.items():
                    size = np.linalg.norm(before[key].astype(float))
                    change = np.linalg.norm((after[key] - before[key]).astype(float))
                    assert ratio == pytest.approx(change / size if size else np.inf, rel=1e-4)
                    norm = np.linalg.norm(gradients[key].astype(float))
                    assert updates.gradient_norms[key] == pytest.approx(norm, rel=1e-6)
                total = sum(norm**2 for norm in updates.layer_norms.values()) ** 0.5
                assert total <= 0.5 + 1e-4
            control.updates, control.sampling = None, told < 6
            before = after
        watched = trainer.weights()
    assert told == 6
    assert all(np.array_equal(plain[key], watched[key]) for key in plain)


def test_viewers_get_no_more_than_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer that never has enough takes a burst at first, then its share of the time."""
    now = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    answers = Answers(WatchDesk(), net(), lambda: pytest.fail("not needed"), "training")
    worked = 0.0

    def work(moment: object, step: int, *, held: bool = False) -> bool:
        nonlocal now, worked
        now += 0.01
        worked += 0.01
        return True

    monkeypatch.setattr(answers, "work", work)
    began = now
    for step in range(2000):
        now += 0.015  # a chunk of the training
        answers.within_budget(step, step)
    assert 0.5 * SHARE < worked / (now - began) < SHARE + 0.01
