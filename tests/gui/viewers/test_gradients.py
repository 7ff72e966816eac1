"""The Gradients & updates tab: its numbers are those of numpy and PyTorch from the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.gui.viewers.figures import firing, histogram, norms, saturated
from nnstudio.project.edits import SetSetting
from nnstudio.train.watch import Watch
from tests.gui.hands import click_card
from tests.gui.viewers.eyes import LONG_MS, looked, open_viewer

LAYERS = ("conv1", "conv2", "fc1", "fc2")


@pytest.fixture
def viewer(window, qtbot):
    click_card(window, "conv2")
    made = open_viewer(window, qtbot, "gradients")
    qtbot.waitUntil(
        lambda: "weights" in made.histograms and "32 training" in made.caption.text(),
        timeout=LONG_MS,
    )
    return made


def test_gradients_and_activations_are_those_of_pytorch(window, qtbot, viewer):
    torch = pytest.importorskip("torch")
    arrays = looked(window, qtbot, Watch(weights=LAYERS)).weights
    leaves = {key: torch.tensor(one, requires_grad=True) for key, one in arrays.items()}
    part = window.studio.prepared.train
    x = torch.tensor(part.samples(slice(0, 32))).permute(0, 3, 1, 2)
    kernels = {key: leaves[f"{key}/weight"].permute(3, 2, 0, 1) for key in ("conv1", "conv2")}
    conv, relu, pool = (
        torch.nn.functional.conv2d, torch.relu, torch.nn.functional.max_pool2d,
    )  # fmt: skip
    acts = {one: window.studio.graph.nodes[one].params.activation for one in LAYERS}
    bend = {one: relu if kind == "relu" else (lambda t: t) for one, kind in acts.items()}
    first = bend["conv1"](conv(x, kernels["conv1"], leaves["conv1/bias"], padding=1))
    second = bend["conv2"](conv(pool(first, 2), kernels["conv2"], leaves["conv2/bias"], padding=1))
    flat = pool(second, 2).permute(0, 2, 3, 1).reshape(32, -1)
    hidden = bend["fc1"](flat @ leaves["fc1/weight"] + leaves["fc1/bias"])
    scores = hidden @ leaves["fc2/weight"] + leaves["fc2/bias"]
    torch.nn.functional.cross_entropy(scores, torch.tensor(part.y[:32])).backward()

    wanted = norms({key: one.grad.numpy() for key, one in leaves.items()})
    assert list(viewer.flow) == list(LAYERS)
    for layer in LAYERS:
        assert viewer.flow[layer] == pytest.approx(wanted[layer], rel=1e-4, abs=1e-5)
    made = second.permute(0, 2, 3, 1).detach().numpy()
    np.testing.assert_allclose(viewer.firing, (made != 0).mean(axis=(0, 1, 2)), atol=2e-3)
    gradient = np.concatenate(
        [leaves[f"conv2/{name}"].grad.numpy().reshape(-1) for name in ("weight", "bias")]
    )
    edges = viewer.histograms["gradients"].edges
    assert edges[0] == pytest.approx(gradient.min(), abs=1e-5)
    assert edges[-1] == pytest.approx(gradient.max(), abs=1e-5)


def test_counts_of_histograms_are_those_of_numpy(window, qtbot, viewer):
    seen = looked(
        window, qtbot,
        Watch(
            outputs=("conv2",), weights=("conv2",), weight_gradients=("conv2",), part="train",
            samples=tuple(range(32)),
        ),
    )  # fmt: skip
    arrays = {
        "weights": list(seen.weights.values()),
        "gradients": list(seen.weight_gradients.values()),
        "activations": [seen.outputs["conv2"]],
    }
    for key, parts in arrays.items():
        values = np.concatenate([one.reshape(-1) for one in parts])
        shown = viewer.histograms[key]
        counts, _ = np.histogram(values.astype(np.float64), bins=shown.edges)
        np.testing.assert_array_equal(shown.counts, counts)
        assert shown.counts.sum() == values.size
        np.testing.assert_array_equal(viewer.charts[key].values, counts)


def test_update_ratios_show_while_it_trains(window, qtbot, viewer):
    assert viewer.ratios == {}
    window.edits.make(SetSetting("epochs", 3000))
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: bool(viewer.ratios), timeout=LONG_MS)
    assert list(viewer.ratios) == list(LAYERS)
    assert all(1e-8 < one < 1 for one in viewer.ratios.values())
    lines = viewer.table()
    assert sum(line.startswith("update by weight") for line in lines) == 4
    window.actions_by_name["stop"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "stopped", timeout=LONG_MS)


def test_a_layer_without_weights_shows_the_gradients_by_its_outputs(window, qtbot, viewer):
    window.canvas.select(("pool1",))
    chart = viewer.charts["gradients"]
    qtbot.waitUntil(lambda: "by the outputs" in chart._title, timeout=LONG_MS)
    assert viewer.charts["weights"]._title == "no weights"


def test_bins_fit_the_data():
    values = np.random.default_rng(0).normal(size=5000)
    found = histogram(values)
    assert 8 <= len(found.counts) <= 48
    assert found.counts.sum() == 5000
    assert histogram(np.full(9, 3.0)).counts.tolist() == [9]
    broken = histogram(np.array([1.0, np.nan, np.inf, 2.0]))
    assert (broken.counts.sum(), broken.unusable) == (2, 2)
    assert len(histogram(np.full(4, np.nan)).counts) == 0


def test_dead_and_saturated_units_are_counted():
    outputs = np.zeros((4, 2, 3))
    outputs[..., 1] = 1.0
    outputs[:2, :, 2] = 0.5
    np.testing.assert_allclose(firing(outputs), [0, 1, 0.5])
    np.testing.assert_allclose(saturated(outputs, "tanh"), [0, 1, 0])
    np.testing.assert_allclose(saturated(outputs, "sigmoid"), [1, 1, 0.5])
    assert saturated(outputs, "relu") is None


def test_norms_that_overflow_do_not_warn():
    assert norms({"a/w": np.array([3e300, 4.0])})["a"] == np.inf
    assert norms({"a/w": np.array([3.0]), "a/b": np.array([4.0])}) == {"a": 5.0}
