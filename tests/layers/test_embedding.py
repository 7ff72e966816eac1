"""Embedding: torch's numbers on drawn sizes, sums that no thread changes, and what does not fit."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import Mismatch, ReplaceWith, SetOwn
from nnstudio.graph.model import make_node
from nnstudio.graph.registry import all_layers, layer_of, make_params
from nnstudio.graph.types import TensorType, flat, maps, named
from nnstudio.kernels import activation
from tests.layers.harness import make_case, run
from tests.nets import chained, classes_signature
from tests.references.twins import answers


@pytest.mark.parametrize("steps", [1, 3, 17])
@pytest.mark.parametrize("width", [1, 3, 17])
@pytest.mark.parametrize("symbols", [1, 3, 65])
def test_odd_sizes_equal_torch(steps: int, width: int, symbols: int, torch: ModuleType) -> None:
    case = make_case("embedding", {"width": width}, [named((steps,), symbols)], batch=17)
    dy = stream(1, "dy").standard_normal((17, steps, width))
    wanted = answers(torch, case, dy)
    for dtype, threads, close in (("f8", 1, 1e-9), ("f8", 2, 1e-9), ("f4", 2, 1e-5)):
        found = run(case, dy, dtype=dtype, threads=threads).arrays()
        assert found.keys() == wanted.keys() == {"y", "dweight"}
        for name, exact in wanted.items():
            scale = max(1.0, float(np.abs(exact).max()))
            assert np.abs(found[name] - exact).max() / scale < close, (name, dtype, threads)


def test_a_board_of_symbols_becomes_a_map() -> None:
    case = make_case("embedding", {"width": 4}, [named((5, 6), 3)])
    assert case.layer.infer(case.p, case.types) == maps(5, 6, 4)
    np.testing.assert_array_equal(run(case).y, case.weights["weight"][case.x[0]])


@pytest.mark.parametrize("width", [1, 5, 64])
def test_the_number_of_threads_changes_no_bit(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation, "_SMALL", 0)
    case = make_case("embedding", {"width": width}, [named((40,), 11)], batch=32)
    dy = stream(2, "dy").standard_normal((32, 40, width))
    one, two, three = (run(case, dy, dtype="f4", threads=n).arrays() for n in (1, 2, 3))
    for name, array in one.items():
        np.testing.assert_array_equal(two[name], array)
        np.testing.assert_array_equal(three[name], array)


def test_rows_that_no_sample_uses_get_no_gradient() -> None:
    case = make_case("embedding", {"symbols": 9, "width": 3}, [named((4,), 2)])
    gradient = run(case).dweights["weight"]
    assert gradient.shape == (9, 3)
    assert not gradient[2:].any()
    counts = np.bincount(case.x[0].ravel(), minlength=2)
    np.testing.assert_array_equal(gradient[:2], np.repeat(counts, 3).reshape(2, 3))


def test_it_does_what_dense_does_to_the_one_hot_form() -> None:
    symbols = make_case("embedding", {"width": 6}, [named((7,), 5)], batch=4)
    hot = make_case("dense", {"units": 6, "bias": False}, [TensorType((7, 5), "f4", "TF")], batch=4)
    hot.weights["weight"] = symbols.weights["weight"]
    hot.x[0] = np.eye(5)[symbols.x[0]]
    dy = stream(3, "dy").standard_normal((4, 7, 6))
    ours, plain = run(symbols, dy), run(hot, dy)
    np.testing.assert_array_equal(ours.y, plain.y)
    np.testing.assert_allclose(ours.dweights["weight"], plain.dweights["weight"], rtol=1e-12)


def test_the_number_of_symbols_comes_from_the_data_unless_it_is_set() -> None:
    layer = layer_of("embedding")
    for params, count in (({}, 65), ({"symbols": 100}, 100)):
        (spec,) = layer.weights(make_params("embedding", params), (named((8,), 65),))
        assert spec.shape == (count, 16)


def test_a_table_that_is_too_small_is_told_before_training() -> None:
    graph = chained(make_node("embedding", "embed1", symbols=64), make_node("gru", "gru1"))
    data = classes_signature(named((8,), 65), 3)
    obstacle = infer(graph, data).first_obstacle()
    assert obstacle is not None
    assert obstacle.message == (
        "Embedding 'embed1' knows the symbols 0 to 63; the data holds symbols up to 64."
    )
    assert len(obstacle.repairs) == 2
    for repair in obstacle.repairs:
        repaired = repair.edit.apply(graph)[0]
        assert infer(repaired, data).output(repaired.nodes["embed1"]) is not None


@pytest.mark.parametrize(
    ("x", "kind", "said"),
    [
        (flat(13), "dense", "; 13 real numbers arrive"),
        (TensorType((9, 5), "f4", "TF"), "conv1d", "9×5 = 45 real numbers arrive"),
        (maps(8, 8, 3), "conv2d", "8×8×3 = 192 real numbers arrive"),
    ],
)
def test_real_numbers_are_for_another_layer(x: TensorType, kind: str, said: str) -> None:
    p = make_params("embedding", {"width": 12})
    with pytest.raises(Mismatch, match=said) as caught:
        layer_of("embedding").infer(p, (x,))
    (remedy,) = caught.value.remedies
    assert isinstance(remedy, ReplaceWith)
    assert remedy.kind == kind
    output = layer_of(kind).infer(make_params(kind, remedy.params), (x,))
    assert output.shape == ((12,) if x.is_flat else (*x.shape[:-1], 12))


def test_the_repair_for_real_numbers_silences_the_problem() -> None:
    graph = chained(make_node("embedding", "embed1", width=3))
    data = classes_signature(flat(4), 3)
    obstacle = infer(graph, data).first_obstacle()
    assert obstacle is not None
    assert obstacle.message.startswith("Embedding 'embed1' needs symbols")
    assert infer(obstacle.repairs[0].edit.apply(graph)[0], data).runnable


def test_no_other_layer_computes_with_symbols() -> None:
    data = classes_signature(named((8,), 5), 3)
    for kind, layer in all_layers().items():
        if layer.is_source() or layer.is_loss() or kind == "embedding":
            continue
        graph = chained(make_node(kind, "node1"))
        problem = next(one for one in infer(graph, data).problems if one.node == "node1")
        if layer.inputs[0].many or len(layer.inputs) == 1:
            assert "8 symbols arrive, which only name things" in problem.message
            labels = [repair.label for repair in problem.repairs]
            assert labels == ["Insert Embedding"]


def test_symbols_do_not_go_to_a_loss() -> None:
    obstacle = infer(chained(), classes_signature(named((8,), 5), 3)).first_obstacle()
    assert obstacle is not None
    assert "symbols arrive" in obstacle.message


def test_setting_the_table_by_hand_is_offered_in_numbers() -> None:
    with pytest.raises(Mismatch) as caught:
        layer_of("embedding").infer(make_params("embedding", {"symbols": 2}), (named((3,), 5),))
    assert [r.value for r in caught.value.remedies if isinstance(r, SetOwn)] == [0, 5]
