"""Optimisers equal PyTorch step by step; decay spares biases; clipping keeps the direction."""

from __future__ import annotations

from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.optimisers import State, Update, chain
from nnstudio.engine.plan import outside
from nnstudio.engine.rules import AdaGrad, Adam, AdamW, RmsProp, Rule, Sgd
from nnstudio.graph.types import flat
from nnstudio.kernels.program import Program
from nnstudio.kernels.team import Team
from tests.nets import classes_signature, mlp, network

STEPS = 100
RATE = 0.01

RULES: dict[str, tuple[Rule, str, dict[str, Any]]] = {
    "sgd": (Sgd(), "SGD", {}),
    "momentum": (Sgd(momentum=0.9), "SGD", {"momentum": 0.9}),
    "nesterov": (Sgd(momentum=0.9, nesterov=True), "SGD", {"momentum": 0.9, "nesterov": True}),
    "weak nesterov": (
        Sgd(momentum=0.5, nesterov=True), "SGD", {"momentum": 0.5, "nesterov": True}
    ),
    "adagrad": (AdaGrad(), "Adagrad", {}),
    "adagrad with epsilon": (AdaGrad(epsilon=1e-2), "Adagrad", {"eps": 1e-2}),
    "rmsprop": (RmsProp(), "RMSprop", {}),
    "rmsprop with momentum": (RmsProp(momentum=0.8), "RMSprop", {"momentum": 0.8}),
    "short rmsprop": (RmsProp(decay=0.8, epsilon=1e-3), "RMSprop", {"alpha": 0.8, "eps": 1e-3}),
    "adam": (Adam(), "Adam", {}),
    "short adam": (
        Adam(beta1=0.6, beta2=0.9, epsilon=1e-3), "Adam", {"betas": (0.6, 0.9), "eps": 1e-3}
    ),
    "adamw": (AdamW(weight_decay=0.1), "AdamW", {"weight_decay": 0.1}),
}  # fmt: skip


def _steps(
    rule: Rule, gradients: np.ndarray, threads: int = 1, **decay: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Run the passes on given gradients; give all arrays before and after."""
    weights = network(mlp(8), classes_signature(flat(4), 3), dtype="f8").weights
    program = Program("f8", threads)
    state = State(len(weights.values), "f8")
    rates, origin = np.full(len(gradients), RATE), np.zeros(1, np.int64)
    momenta = np.array([_momentum(rule, i) for i in range(len(gradients))])
    tables = (outside(one, "table").vector() for one in (rates, momenta, origin))
    update = Update(program, weights, state, *tables)
    for one in chain(rule, **decay):
        one.emit(update)
    scratch = [np.zeros(buffer.memory_size + 8) for buffer in program.buffers]
    for buffer, memory in zip(program.buffers, scratch, strict=True):
        buffer.address = memory.ctypes.data
    linked = program.link()
    before = weights.arrays()
    with Team(threads) as team:
        for i, gradient in enumerate(gradients):
            weights.gradients[: len(gradient)] = gradient
            linked.run(team, 1, i)
    return before, weights.arrays()


def _momentum(rule: Rule, step: int) -> float:
    """Give the momentum of a step, ten steps an epoch."""
    return rule.momentum_at(step / 10) if isinstance(rule, Sgd) else 0.0


def _gradients(seed: int = 2) -> np.ndarray:
    size = len(network(mlp(8), classes_signature(flat(4), 3), dtype="f8").weights.values)
    return stream(seed, "gradients").normal(0, 1, (STEPS, size))


def test_every_rule_with_a_rate_is_compared() -> None:
    kinds = {one.__name__ for one in get_args(get_args(Rule)[0])} - {"Lbfgs"}
    assert {type(rule).__name__ for rule, _, _ in RULES.values()} == kinds


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_equal_torch(name: str, torch: ModuleType) -> None:
    rule, torch_name, options = RULES[name]
    gradients = _gradients()
    before, after = _steps(rule, gradients)
    places = network(mlp(8), classes_signature(flat(4), 3), dtype="f8").weights.trained
    twins = {place.key: torch.tensor(before[place.key]) for place in places}
    decayed = [twins[place.key] for place in places if place.spec.decay]
    others = [twins[place.key] for place in places if not place.spec.decay]
    no_decay = {"weight_decay": 0.0} if "weight_decay" in options else {}
    groups = [{"params": decayed}, {"params": others, **no_decay}]
    optimiser = getattr(torch.optim, torch_name)(groups, lr=RATE, **options)
    for gradient in gradients:
        for place in places:
            part = gradient[place.offset : place.offset + place.size]
            twins[place.key].grad = torch.tensor(part.reshape(place.spec.shape))
        optimiser.step()
    for place in places:
        np.testing.assert_allclose(after[place.key], twins[place.key].numpy(), rtol=0, atol=1e-9)


def test_annealed_momentum_equals_torch_whose_momentum_is_set_anew_each_step(
    torch: ModuleType,
) -> None:
    rule = Sgd(momentum=0.5, final=0.99, over=5)
    assert [rule.momentum_at(e) for e in (0, 2.5, 5, 9)] == pytest.approx([0.5, 0.745, 0.99, 0.99])
    gradients = _gradients()
    before, after = _steps(rule, gradients)
    place = network(mlp(8), classes_signature(flat(4), 3), dtype="f8").weights.trained[0]
    twin = torch.tensor(before[place.key])
    optimiser = torch.optim.SGD([twin], lr=RATE, momentum=0.5)
    for i, gradient in enumerate(gradients):
        optimiser.param_groups[0]["momentum"] = _momentum(rule, i)
        part = gradient[place.offset : place.offset + place.size]
        twin.grad = torch.tensor(part.reshape(place.spec.shape))
        optimiser.step()
    np.testing.assert_allclose(after[place.key], twin.numpy(), rtol=0, atol=1e-9)


def test_first_adam_step_has_the_size_of_the_rate() -> None:
    before, after = _steps(Adam(), _gradients()[:1])
    for key, old in before.items():
        np.testing.assert_allclose(np.abs(after[key] - old), RATE, rtol=1e-5)


def test_decay_equals_the_hand_written_update_and_spares_biases() -> None:
    gradients = np.zeros((1, _gradients().shape[1]))
    before, after = _steps(Sgd(), gradients, l1=0.3, l2=0.7)
    for key, old in before.items():
        pull = 0.7 * old + 0.3 * np.sign(old) if key.endswith("weight") else 0.0
        np.testing.assert_allclose(after[key], old - RATE * pull, rtol=0, atol=1e-15)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_long_gradient_is_clipped_to_the_norm_and_keeps_its_direction(threads: int) -> None:
    gradients = _gradients()[:1]
    places = network(mlp(8), classes_signature(flat(4), 3), dtype="f8").weights.trained
    keep = np.zeros_like(gradients)
    for place in places:
        span = slice(place.offset, place.offset + place.size)
        keep[:, span] = gradients[:, span]
    before, after = _steps(Sgd(), keep, threads, clip_norm=0.5)
    moved = np.concatenate([(before[p.key] - after[p.key]).ravel() / RATE for p in places])
    wanted = np.concatenate([keep[0, p.offset : p.offset + p.size] for p in places])
    assert np.linalg.norm(moved) == pytest.approx(0.5, rel=1e-5)
    np.testing.assert_allclose(moved, wanted * 0.5 / np.linalg.norm(wanted), rtol=1e-4)


def test_a_short_gradient_is_left_alone() -> None:
    gradients = _gradients()[:1] * 1e-3
    _, clipped = _steps(Sgd(), gradients, clip_norm=10.0)
    _, plain = _steps(Sgd(), gradients)
    assert all(np.array_equal(clipped[key], plain[key]) for key in plain)


@pytest.mark.parametrize("threads", [1, 2])
def test_max_norm_shortens_only_units_whose_weights_are_too_long(threads: int) -> None:
    gradients = np.zeros((1, _gradients().shape[1]))
    before, after = _steps(Sgd(), gradients, threads, max_norm=1.0)
    for key, old in before.items():
        if not key.endswith("weight"):
            assert np.array_equal(after[key], old)
            continue
        lengths = np.linalg.norm(old, axis=0)
        assert (lengths > 1).any()
        np.testing.assert_allclose(after[key], old / np.maximum(lengths, 1), rtol=1e-12)
