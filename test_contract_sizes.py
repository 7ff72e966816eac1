"""What every layer keeps at every size, for every vector width, and for one and two threads."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.registry import all_layers
from nnstudio.kernels.program import Program
from nnstudio.kernels.team import Team
from nnstudio.kernels.tile import TileLike
from tests.layers.harness import Array, Rig, run
from tests.layers.sizes import CHANNELS, SIDES, SOME, Sized, all_sizes, case_of, some_sizes
from tests.references.twins import WITHOUT_TWIN, answers

pytestmark = pytest.mark.usefixtures("divided")

WIDTHS = ("16", "8", "4")
LAYERS = [layer for layer in all_layers().values() if not layer.is_source()]
CASES = [pytest.param(one, id=str(one)) for layer in LAYERS for one in some_sizes(layer)]
MATRIX = [pytest.param(layer.kind, id=layer.kind) for layer in LAYERS]
EXACT = 1e-9  # torch, in float64
SAME = 1e-11  # other orders of the same sums, in float64
SINGLE = 5e-5  # float32 against float64, of the largest number of an array
STEP = 1e-6


@pytest.mark.parametrize("kind", MATRIX)
def test_every_layer_has_examples_that_can_have_any_size(kind: str) -> None:
    layer = all_layers()[kind]
    channels = {one.size[2] for one in some_sizes(layer)}
    assert channels == set(CHANNELS), (
        f"{layer.title} has no example for channels {sorted(set(CHANNELS) - channels)}: add to"
        f" `examples` of its class one that fits any input of its rank, or give the Mismatch of"
        f" `infer` a SetOwn remedy that makes it fit."
    )


def test_the_sizes_are_those_that_were_promised() -> None:
    assert {side for size in SOME for side in size[:2]} == set(SIDES) == {1, 3, 17}
    assert sorted(size[2] for size in SOME) == sorted(CHANNELS) == [1, 3, 15, 16, 17, 33, 65]


@pytest.mark.parametrize("one", CASES)
def test_widths_and_threads(
    one: Sized, teams: dict[int, Team], monkeypatch: pytest.MonkeyPatch
) -> None:
    _check_widths(one, teams, monkeypatch)


@pytest.mark.parametrize("one", [case for case in CASES if case.values[0].kind not in WITHOUT_TWIN])
def test_torch_gives_the_same(one: Sized, torch: ModuleType) -> None:
    _check_torch(one, torch)


@pytest.mark.parametrize("one", CASES)
def test_gradients_equal_differences(one: Sized, teams: dict[int, Team]) -> None:
    _check_differences(one, teams[1])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", MATRIX)
def test_the_whole_matrix(
    kind: str, teams: dict[int, Team], monkeypatch: pytest.MonkeyPatch, torch: ModuleType
) -> None:
    for one in all_sizes(all_layers()[kind]):
        _check_widths(one, teams, monkeypatch)
        _check_differences(one, teams[1])
        if kind not in WITHOUT_TWIN:
            _check_torch(one, torch)


def _check_widths(one: Sized, teams: dict[int, Team], patch: pytest.MonkeyPatch) -> None:
    """Compare all widths, threads and precisions with this processor's float64 and one thread."""
    case, dy = case_of(one)
    exact = run(case, dy).arrays()
    seen: set[object] = set()
    for lanes in WIDTHS:
        patch.setenv("NNSTUDIO_LANES", lanes)
        for dtype, bound in (("f8", SAME), ("f4", SINGLE)):
            for threads in (1, 2):
                rig = Rig(case, dtype=dtype, threads=threads)
                work = dtype, threads, work_of(rig.program)
                if work not in seen:  # a layer without products is the same at all widths
                    seen.add(work)
                    found = _same_bits(rig, dy, teams)
                    _close(found, exact, bound, f"{one}, {lanes} lanes, {dtype}, {threads} threads")
    patch.delenv("NNSTUDIO_LANES")


def work_of(program: Program) -> tuple[object, ...]:
    """Give what a program does, without where: its kernels, tiles and numbers."""
    return tuple(
        (op.kernel, *(arg for arg in op.args if isinstance(arg, int | float | TileLike)))
        for op in program.ops
    )


def _same_bits(rig: Rig, dy: Array | None, teams: dict[int, Team]) -> dict[str, Array]:
    """Give what a program computes; the size of the team that runs it must not matter."""
    found: list[dict[str, Array]] = []
    for size in range(1, rig.program.threads + 1):
        rig.load(dy)
        rig.run(team=teams[size])
        found.append(rig.result().arrays())
    for other in found[1:]:
        for name, array in other.items():
            np.testing.assert_array_equal(array, found[0][name], err_msg=name)
    return found[0]


def _check_torch(one: Sized, torch: ModuleType) -> None:
    case, dy = case_of(one)
    wanted = answers(torch, case, dy)
    found = run(case, dy).arrays()
    assert found.keys() == wanted.keys()
    _close(found, wanted, EXACT, str(one))


def _close(found: dict[str, Array], wanted: dict[str, Array], bound: float, where: str) -> None:
    for name, exact in wanted.items():
        scale = max(1.0, float(np.abs(exact).max(initial=0.0)))
        error = float(np.abs(found[name] - exact).max(initial=0.0)) / scale
        assert error < bound, (where, name, error)


def _check_differences(one: Sized, team: Team) -> None:
    """Compare the slope along a drawn direction in each array with the central difference."""
    case, dy = case_of(one)
    rig = Rig(case)
    rig.load(dy)
    rig.run(team=team)
    slopes = {f"x{i}": rig.inner(f"dx{i}").copy() for i in case.real}
    slopes |= {f"w.{name}": rig.inner(f"g.{name}").copy() for name in rig.emit.dweights}
    for name, gradient in slopes.items():
        way = stream(1, "direction", str(one), name).standard_normal(gradient.shape)
        way /= np.linalg.norm(way)
        ends = [_objective(rig, dy, name, sign * STEP * way, team) for sign in (1, -1)]
        expected = float(np.sum(ends[0] - ends[1])) / (2 * STEP)
        scale = max(1.0, float(np.linalg.norm(gradient)))
        assert abs(float((gradient * way).sum()) - expected) / scale < 1e-6, (str(one), name)


def _objective(rig: Rig, dy: Array | None, name: str, move: Array, team: Team) -> Array:
    """Give the terms of what is differentiated, with an array moved a little."""
    rig.load(dy)
    rig.inner(name)[...] += move
    rig.run(team=team)
    terms: Array = rig.inner("loss").copy() if dy is None else rig.inner("y") * dy
    return terms
