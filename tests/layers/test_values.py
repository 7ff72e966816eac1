"""Layers give the numbers that the course notes and the papers give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import SCALAR, ClassTarget, TensorType, ValueTarget, flat, maps
from nnstudio.kernels.kernel import Device
from nnstudio.kernels.random import philox
from tests.layers.harness import Case, Rig, make_case, run

CLASSES = ClassTarget(("cat", "dog", "frog"))


def _loss(
    kind: str, scores: list[float], target: Any, params: Any = None, dtype: str = "f8"
) -> Any:
    kinds = ValueTarget(tuple("ab")) if isinstance(target, list) else CLASSES
    case = make_case(kind, params or {}, [flat(len(scores))], kinds, batch=1)
    case.x[0][...] = scores
    assert case.target is not None
    case.target[...] = target
    return run(case, dtype=dtype)


def test_hinge_of_the_notes() -> None:
    assert _loss("hinge", [-96.8, 437.9, 61.95], 0).y[0] == pytest.approx(695.45)


def test_squared_hinge_charges_squares() -> None:
    expected = (437.9 + 96.8 + 1) ** 2 + (61.95 + 96.8 + 1) ** 2
    found = _loss("hinge", [-96.8, 437.9, 61.95], 0, {"squared": True}).y[0]
    assert found == pytest.approx(expected)


def test_hinge_is_zero_beyond_the_margin() -> None:
    result = _loss("hinge", [5.0, 3.9, -2.0], 0)
    assert result.y[0] == 0.0
    assert not result.dx[0].any()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(("target", "expected"), [(0, 666.0), (1, 333.0), (2, 0.0)])
def test_large_scores_do_not_overflow(dtype: str, target: int, expected: float) -> None:
    result = _loss("softmax_cross_entropy", [123.0, 456.0, 789.0], target, dtype=dtype)
    assert result.y[0] == pytest.approx(expected)
    assert np.isfinite(result.dx[0]).all()
    assert result.dx[0].sum() == pytest.approx(0.0, abs=1e-6)


def test_equal_scores_lose_the_logarithm_of_the_classes() -> None:
    assert _loss("softmax_cross_entropy", [2.0, 2.0, 2.0], 1).y[0] == pytest.approx(np.log(3))


def test_softmax_of_large_scores_adds_up_to_one() -> None:
    case = make_case("softmax", {}, [flat(3)], batch=1)
    case.x[0][...] = [123.0, 456.0, 789.0]
    np.testing.assert_allclose(run(case, dtype="f4").y, [[0.0, 0.0, 1.0]], atol=1e-30)


def test_binary_loss_stays_finite_far_from_zero() -> None:
    result = _loss("binary_cross_entropy", [-1000.0, 1000.0], [1.0, 0.0], dtype="f4")
    assert result.y[0] == pytest.approx(1000.0)
    np.testing.assert_allclose(result.dx[0], [[-0.5, 0.5]])


def test_squared_error_is_the_mean_over_the_numbers() -> None:
    result = _loss("mse", [1.0, 5.0], [0.0, 2.0])
    assert result.y[0] == pytest.approx(5.0)
    np.testing.assert_allclose(result.dx[0], [[1.0, 3.0]])


def _described(kind: str, params: dict[str, Any], x: TensorType) -> tuple[TensorType, Any]:
    layer, p = layer_of(kind), make_params(kind, params)
    output = layer.infer(p, (x,))
    return output, layer.cost(p, (x,), output)


def test_ten_filters_of_the_notes() -> None:
    params = {"filters": 10, "kernel": 5, "padding": 2}
    output, cost = _described("conv2d", params, maps(32, 32, 3))
    assert output == maps(32, 32, 10)
    assert cost.parameters == 760


def test_first_layers_of_alexnet() -> None:
    params = {"filters": 96, "kernel": 11, "stride": 4, "padding": "valid"}
    conv, cost = _described("conv2d", params, maps(227, 227, 3))
    assert conv == maps(55, 55, 96)
    assert cost.parameters == 34_944
    pool, _ = _described("max_pool", {"window": 3, "stride": 2}, conv)
    assert pool == maps(27, 27, 96)


def test_first_layer_of_lenet_as_on_its_card() -> None:
    layer = layer_of("conv2d")
    p = make_params("conv2d", {"filters": 6, "kernel": 5, "padding": 2})
    x = maps(28, 28, 1)
    output = layer.infer(p, (x,))
    assert layer.headline(p) == "Conv 6 @ 5×5"
    assert layer.essentials(p) == "s1 · pad 2 · ReLU"
    assert layer.cost(p, (x,), output).arithmetic == (
        "(5·5·1 + 1) · 6 = 156 parameters",
        "5·5·1·6·28·28 = 117,600 MACs",
    )
    assert layer.shape_lines(p, (x,), output) == (
        "O = (N - F + 2P) / S + 1",
        r"= (28 - 5 + 2 \cdot 2) / 1 + 1 = \mathbf{28}",
    )


def test_dense_layers_of_lenet_as_on_their_cards() -> None:
    layer, p = layer_of("dense"), make_params("dense", {"units": 120, "activation": "relu"})
    assert (layer.headline(p), layer.essentials(p)) == ("Dense 120", "ReLU")
    cost = layer.cost(p, (flat(400),), flat(120))
    assert cost.arithmetic[0] == "(400 + 1) · 120 = 48,120 parameters"


def test_pooling_as_on_its_card() -> None:
    layer, p = layer_of("max_pool"), make_params("max_pool", {})
    assert (layer.headline(p), layer.essentials(p)) == ("Max pool 2×2", "stride 2")


def test_same_padding_keeps_the_size_and_halves_it_at_stride_two() -> None:
    for kernel in (1, 2, 3, 4, 5):
        same, _ = _described("conv2d", {"kernel": kernel, "padding": "same"}, maps(9, 12, 2))
        assert same.shape[:2] == (9, 12)
        half, _ = _described(
            "conv2d", {"kernel": kernel, "padding": "same", "stride": 2}, maps(9, 12, 2)
        )
        assert half.shape[:2] == (5, 6)


def test_losses_give_one_number() -> None:
    for kind in ("softmax_cross_entropy", "hinge", "mse", "binary_cross_entropy"):
        assert _described(kind, {}, flat(3))[0] == SCALAR


def test_batch_norm_normalises_and_keeps_running_averages() -> None:
    case = make_case("batch_norm", {}, [maps(4, 5, 3)], batch=6)
    case.weights["scale"][...], case.weights["shift"][...] = 1.0, 0.0
    before = {name: one.copy() for name, one in case.weights.items()}
    result = run(case)
    axes = (0, 1, 2)
    np.testing.assert_allclose(result.y.mean(axes), 0.0, atol=1e-12)
    np.testing.assert_allclose(result.y.var(axes), 1.0, rtol=1e-4)
    mean, var = case.x[0].mean(axes), case.x[0].var(axes, ddof=1)
    expected_mean = 0.9 * before["running_mean"] + 0.1 * mean
    np.testing.assert_allclose(result.state["running_mean"], expected_mean)
    expected_var = 0.9 * before["running_var"] + 0.1 * var
    np.testing.assert_allclose(result.state["running_var"], expected_var)


def test_batch_norm_in_evaluation_uses_the_running_averages() -> None:
    case = make_case("batch_norm", {}, [flat(5)], batch=4)
    w = case.weights
    result = run(case, training=False)
    expected = (case.x[0] - w["running_mean"]) / np.sqrt(w["running_var"] + 1e-5)
    np.testing.assert_allclose(result.y, expected * w["scale"] + w["shift"])
    np.testing.assert_array_equal(result.state["running_mean"], w["running_mean"])


def test_batch_norm_is_exact_far_from_zero() -> None:
    case = make_case("batch_norm", {}, [flat(3)], batch=500)
    case.x[0][...] += 1000.0
    single, double = run(case, dtype="f4").y, run(case).y
    np.testing.assert_allclose(single, double, atol=2e-3)  # 1000 ± 1 has 6e-5 left in float32


def test_batch_norm_of_one_sample_stays_finite() -> None:
    case = make_case("batch_norm", {}, [flat(3)], batch=1)
    result = run(case)
    np.testing.assert_allclose(result.y, case.weights["shift"][None])
    assert all(np.isfinite(one).all() for one in result.arrays().values())


def _dropped(case: Case, **how: Any) -> Any:
    case.x[0][...] = 1.0
    return run(case, **how).y


def test_dropout_drops_its_rate_and_keeps_the_mean() -> None:
    y = _dropped(make_case("dropout", {"rate": 0.3}, [maps(20, 20, 13)], batch=8))
    assert (y == 0.0).mean() == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1.0, abs=0.015)
    assert set(np.unique(y)) == {0.0, 1.0 / 0.7}


def test_dropout_differs_from_step_to_step_and_between_streams() -> None:
    case = make_case("dropout", {}, [flat(1000)], batch=2)
    first, again, second = (_dropped(case, step=step) for step in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert 0.4 < (first != second).mean() < 0.6
    assert 0.4 < (first[0] != first[1]).mean() < 0.6


def test_dropout_keeps_the_same_places_in_single_precision_and_backwards() -> None:
    case = make_case("dropout", {}, [maps(3, 5, 7)], batch=4)
    case.x[0][...] = 1.0
    single, double = run(case, dtype="f4", threads=2, halo=(1, 1, 1, 1)), run(case)
    np.testing.assert_array_equal(single.y, double.y)
    np.testing.assert_array_equal(single.dx[0], single.y)


def test_dropout_in_evaluation_changes_nothing() -> None:
    case = make_case("dropout", {}, [flat(50)], batch=3)
    np.testing.assert_array_equal(run(case, training=False).y, case.x[0])


def test_philox_gives_the_numbers_of_its_authors() -> None:
    """The known answers of Random123 (kat_vectors, philox4x32-10)."""
    assert isinstance(philox, Device)
    ones = 0xFFFFFFFF
    for counter, key, answer in (
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ones,) * 4, (ones,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ):
        assert tuple(int(word) for word in philox.single(*counter, *key)) == answer


def test_max_pool_gives_the_gradient_to_the_first_largest() -> None:
    case = make_case("max_pool", {}, [maps(2, 4, 16)], batch=1)
    case.x[0][...] = 0.0
    result = run(case)
    expected = np.zeros((1, 2, 4, 16))
    expected[0, 0, [0, 2]] = 1.0
    np.testing.assert_array_equal(result.dx[0], expected)


def test_windows_over_the_edge_see_only_the_map() -> None:
    case = make_case("max_pool", {"padding": "same"}, [maps(3, 5, 2)], batch=2)
    case.x[0][...] = -1.0 - np.arange(60.0).reshape(2, 3, 5, 2)
    for threads, halo in ((1, (0, 0, 0, 0)), (2, (1, 2, 1, 2))):
        result = run(case, threads=threads, halo=halo)
        np.testing.assert_array_equal(result.y, case.x[0][:, ::2, ::2])
        expected = np.zeros_like(case.x[0])
        expected[:, ::2, ::2] = 1.0
        np.testing.assert_array_equal(result.dx[0], expected)


@pytest.mark.parametrize("channels", [1, 6, 8, 16, 33])
def test_quads_equal_the_general_window(channels: int) -> None:
    """2×2 windows have kernels of their own; padding the map takes the general way."""
    quads = make_case("max_pool", {}, [maps(6, 8, channels)], batch=2)
    quads.x[0][...] = np.round(quads.x[0])  # many draws
    padded = make_case("max_pool", {"padding": 1, "floor": True}, [maps(7, 9, channels)], batch=2)
    padded.x[0][...] = -100.0
    padded.x[0][:, 1:, 1:] = quads.x[0]
    one, other = run(quads), run(padded)
    np.testing.assert_array_equal(other.y[:, 1:, 1:], one.y)
    np.testing.assert_array_equal(other.dx[0][:, 1:, 1:], one.dx[0])


def test_average_does_not_count_padding() -> None:
    params = {"window": 3, "stride": 1, "padding": "same"}
    case = make_case("avg_pool", params, [maps(4, 4, 2)], batch=1)
    case.x[0][...] = 7.0
    np.testing.assert_allclose(run(case).y, 7.0)


def test_flatten_runs_through_the_channels_first() -> None:
    case = make_case("flatten", {}, [maps(2, 3, 4)], batch=2)
    np.testing.assert_array_equal(run(case).y, case.x[0].reshape(2, -1))


def test_concat_sets_channels_side_by_side() -> None:
    case = make_case("concat", {}, [maps(2, 3, 4), maps(2, 3, 1)], batch=2)
    np.testing.assert_array_equal(run(case).y, np.concatenate(case.x, axis=3))


def test_a_rig_can_run_many_steps() -> None:
    rig = Rig(make_case("relu", {}, [flat(4)]))
    rig.load()
    rig.run(steps=3)
    np.testing.assert_array_equal(rig.inner("y"), np.maximum(rig.inner("x0"), 0.0))
