"""Facts about looking into a network: values, samples, slices, and what cannot be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.prepare import Prepared
from nnstudio.engine.crew import Crew
from nnstudio.engine.look import LookPlan
from nnstudio.engine.plan import Network
from nnstudio.graph.model import Block, Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat, maps, named
from nnstudio.kernels.team import Team
from nnstudio.train.job import network_of
from nnstudio.train.observer import Looking, Observer
from nnstudio.train.trainer import Trainer
from nnstudio.train.watch import Watch, Watched
from tests.engine.test_plan import branching
from tests.engine.test_random_graphs import PLAIN
from tests.nets import blobs, chained, classes_signature, job, mlp, prepared

IMAGES = classes_signature(maps(8, 8, 1), 10)


def _images(count: int = 200, target: ClassTarget | None = None) -> Prepared:
    draw = stream(4, "images")
    signature = IMAGES if target is None else DataSignature(IMAGES.input, target)
    x = draw.normal(0, 1, (count, 8, 8, 1)).astype(np.float32)
    y = draw.integers(0, signature.target.size, (count, *getattr(signature.target, "shape", ())))
    return prepared(x, y, signature)


def _observer(graph: Graph, data: Prepared, dtype: str = "f4") -> tuple[Observer, Network]:
    network, _ = network_of(graph, data.signature, 3, dtype=dtype)
    network.weights.state[...] += stream(9, "state").uniform(0, 0.5, network.weights.state.shape)
    return Observer(graph, network, Crew(1), lambda: data), network


def _end(looking: Looking) -> tuple[Watched, int]:
    """Look to the end; give the answer and the number of pieces."""
    pieces = 0
    while True:
        try:
            next(looking)
        except StopIteration as stop:
            return stop.value, pieces
        pieces += 1


def _answer(observer: Observer, watch: Watch) -> Watched:
    return _end(observer.look(watch))[0]


def _close(ours: np.ndarray, theirs: np.ndarray, what: str) -> None:
    scale = max(float(np.abs(theirs).max()), 1e-6)
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=1e-5, err_msg=what)


def _layers(graph: Graph) -> tuple[str, ...]:
    return tuple(one.id for one in graph.nodes.values() if not one.layer.is_loss())


@pytest.mark.parametrize("count", [1, 5, 100])
def test_an_answer_equals_the_float64_reference(count: int) -> None:
    """One slice or several: as one plain execution of the whole probe batch in float64."""
    data = _images()
    graph = branching()
    observer, network = _observer(graph, data)
    samples = tuple(int(i) for i in stream(2, "probe").integers(0, data.train.size, count))
    nodes = _layers(graph)
    answer = _answer(
        observer,
        Watch(outputs=nodes, gradients=nodes, weight_gradients=nodes, samples=samples),
    )
    exact, _ = network_of(graph, data.signature, 3, network.weights.arrays(), dtype="f8")
    plan = LookPlan(exact, count, 1, frozenset(nodes), frozenset(nodes), of="loss", passes=PLAIN)
    with Team(1) as team:
        plan.look(team, data.train.x[list(samples)].astype(np.float64), data.train.y[list(samples)])
    for node in nodes:
        gradient = plan.gradient(node)
        assert gradient is not None
        _close(answer.outputs[node], plan.read(node), f"{node} output")
        _close(answer.gradients[node], gradient, f"{node} gradient")
    for key, array in exact.weights.gradient_arrays().items():
        _close(answer.weight_gradients[key], array, key)
    assert answer.losses is not None
    assert answer.scores is not None
    _close(answer.losses, plan.losses, "losses")
    _close(answer.scores, plan.scores, "scores")
    np.testing.assert_array_equal(answer.targets, data.train.y[list(samples)])


def test_masked_places_count_as_in_one_batch() -> None:
    data = _images(200, ClassTarget(("a", "b", "c"), (8, 8)))
    y = data.train.y.copy()
    y[stream(1, "mask").random(y.shape) < 0.4] = -1
    data = replace(data, train=replace(data.train, y=y))
    graph = chained(make_node("conv2d", "conv1", filters=3, kernel=(3, 3), padding="same"))
    observer, network = _observer(graph, data)
    samples = tuple(range(100))
    watch = Watch(gradients=("conv1",), weight_gradients=("conv1",), samples=samples)
    answer, pieces = _end(observer.look(watch))
    assert pieces > 2  # more than one slice
    plan = LookPlan(network, 100, 1, frozenset(), frozenset({"conv1"}), of="loss")
    with Team(1) as team:
        plan.look(team, data.train.x[:100], y[:100])
    whole = plan.gradient("conv1")
    assert whole is not None
    _close(answer.gradients["conv1"], whole, "gradient")
    for key, array in network.weights.gradient_arrays().items():
        _close(answer.weight_gradients[key], array, key)


def test_scores_of_a_class_are_differentiated_for_each_sample() -> None:
    data = blobs()
    observer, network = _observer(mlp(), data)
    answer = _answer(observer, Watch(gradients=("dense2",), samples=(0, 1, 2), score=1))
    np.testing.assert_array_equal(answer.gradients["dense2"], [[0, 1, 0]] * 3)
    loss = _answer(observer, Watch(gradients=("dense2",), samples=(4,)))
    assert loss.scores is not None
    exps = np.exp(loss.scores[0] - loss.scores[0].max())
    right = exps / exps.sum() - np.eye(3)[data.train.y[4]]
    np.testing.assert_allclose(loss.gradients["dense2"][0], right, atol=1e-6)
    assert network.weights.gradients.max() == 0.0  # those of the training are left alone


def test_one_score_for_two_classes_says_the_second() -> None:
    data = blobs(classes=2)
    graph = chained(make_node("dense", "dense1", units=1), loss="binary_cross_entropy")
    observer, _ = _observer(graph, data)
    for score, slope in ((0, -1.0), (1, 1.0)):
        answer = _answer(observer, Watch(gradients=("dense1",), samples=(0, 1), score=score))
        np.testing.assert_array_equal(answer.gradients["dense1"], [[slope]] * 2)


def test_own_samples_are_scaled_and_need_no_targets() -> None:
    data = blobs()
    observer, _ = _observer(mlp(), data)
    watch = Watch(outputs=("dense1",), own=data.valid.x[:2].astype(np.float64))
    answer = _answer(observer, watch)
    same = _answer(observer, Watch(outputs=("dense1",), part="valid", samples=(0, 1)))
    np.testing.assert_array_equal(answer.outputs["dense1"], same.outputs["dense1"])
    assert answer.losses is None
    assert answer.targets is None
    with pytest.raises(StudioError, match="no targets"):
        _answer(observer, Watch(gradients=("dense1",), own=data.valid.x[:2]))
    with pytest.raises(StudioError, match="takes samples of 4; these are 3"):
        _answer(observer, Watch(own=data.valid.x[:2, :3]))


def test_what_is_not_there_is_said_and_the_rest_is_answered() -> None:
    observer, network = _observer(mlp(), blobs())
    watch = Watch(outputs=("dense1", "gone", "loss1"), weights=("dense1", "input1"), samples=(0,))
    answer = _answer(observer, watch)
    assert set(answer.outputs) == {"dense1"}
    assert set(answer.weights) == {"dense1/weight", "dense1/bias"}
    assert answer.missing == {
        "gone": "There is no node 'gone' in this network.",
        "loss1": "'loss1' is a loss, which gives no output; name a layer.",
        "input1": "'input1' has no weights.",
    }
    np.testing.assert_array_equal(
        answer.weights["dense1/weight"], network.weights.arrays()["dense1/weight"]
    )


@pytest.mark.parametrize(
    ("watch", "sentence"),
    [
        (Watch(samples=(0, 72)), "no sample 72 in the training part; its samples are 0 to 71"),
        (Watch(samples=(-1,), part="test"), "no sample -1 in the test part"),
        (Watch(gradients=("dense1",), samples=(0,), score=3), "no score 3; the scores are 0 to 2"),
        (Watch(at="start"), "start are not known"),
        (Watch(at={"dense1/weight": np.zeros((4, 16), np.float32)}), "are missing"),
    ],
)
def test_wrong_wishes_are_told_in_a_sentence(watch: Watch, sentence: str) -> None:
    observer, _ = _observer(mlp(), blobs())
    with pytest.raises(StudioError, match=sentence):
        _answer(observer, watch)


def test_data_of_another_kind_is_refused() -> None:
    observer, _ = _observer(mlp(), blobs())
    observer.data = lambda: blobs(features=5)
    with pytest.raises(StudioError, match="no longer such"):
        _answer(observer, Watch(samples=(0,)))


def test_a_block_stands_for_its_output() -> None:
    inner = {one.id: one for one in (make_node("dense", "d1", units=5), make_node("relu", "r1"))}
    inside = Graph(inner, (Edge.between("d1.y", "r1.x"),))
    block = Block(inside, {"x": (PortRef("d1", "x"),)}, {"y": PortRef("r1", "y")}, repeat=2)
    card = Node("block1", "block", make_node("block", "block1").params, block=block)
    graph = chained(card, make_node("dense", "dense1", units=3))
    observer, _ = _observer(graph, blobs())
    watch = Watch(
        outputs=("block1", "block1.2/r1", "block1/d1"),
        gradients=("block1",),
        weights=("block1.2/d1", "block1"),
        samples=(0, 1),
    )
    answer = _answer(observer, watch)
    assert answer.graph is graph
    np.testing.assert_array_equal(answer.outputs["block1"], answer.outputs["block1.2/r1"])
    assert answer.outputs["block1/d1"].shape == answer.gradients["block1"].shape == (2, 5)
    assert answer.weights["block1.2/d1/weight"].shape == (5, 5)
    assert answer.missing == {"block1": "'block1' has no weights."}


def test_given_weights_and_those_of_the_start_can_be_looked_at() -> None:
    with Trainer(job(mlp(), blobs(), epochs=2)) as trainer:
        observer = Observer.beside(trainer)
        before = _answer(observer, Watch(outputs=("dense1",), samples=(0, 1)))
        for _ in trainer.train():
            pass
        now = _answer(observer, Watch(outputs=("dense1",), samples=(0, 1)))
        start = _answer(observer, Watch(outputs=("dense1",), samples=(0, 1), at="start"))
        given = Watch(outputs=("dense1",), samples=(0, 1), at=trainer.weights())
        again = _answer(observer, Watch(outputs=("dense1",), samples=(0, 1)))
        arrays = _answer(observer, given)
    assert start.origin == "start"
    assert arrays.origin == "given"
    np.testing.assert_array_equal(start.outputs["dense1"], before.outputs["dense1"])
    assert not np.array_equal(now.outputs["dense1"], before.outputs["dense1"])
    for one in (again, arrays):
        np.testing.assert_array_equal(one.outputs["dense1"], now.outputs["dense1"])


def test_an_answer_belongs_to_one_moment_though_the_training_goes_on() -> None:
    data = blobs(400)
    observer, network = _observer(mlp(), data)
    watch = Watch(outputs=("dense1",), weights=("dense1",), samples=tuple(range(200)))
    calm = _answer(observer, watch)
    looking = observer.look(watch)
    next(looking)
    network.weights.values += 1.0  # as a training does between two slices
    torn = _end(looking)[0]
    np.testing.assert_array_equal(torn.outputs["dense1"], calm.outputs["dense1"])
    np.testing.assert_array_equal(torn.weights["dense1/weight"], calm.weights["dense1/weight"])


def test_answers_cannot_be_written_to() -> None:
    observer, _ = _observer(mlp(), blobs())
    answer = _answer(observer, Watch(outputs=("dense1",), weights=("dense1",), samples=(0,)))
    for array in (answer.outputs["dense1"], answer.weights["dense1/weight"], answer.scores):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_large_networks_are_looked_at_in_small_slices() -> None:
    data = _images()
    small, _ = _observer(mlp(classes=10), prepared_flat())
    conv = make_node("conv2d", "conv1", filters=512, kernel=(5, 5), padding="same")
    deep = make_node("conv2d", "conv2", filters=256, kernel=(5, 5), padding="same")
    last = (make_node("flatten", "flat1"), make_node("dense", "dense1", units=10))
    large, _ = _observer(chained(conv, deep, *last), data)
    assert small.slice_size == 64
    assert large.slice_size < 4


def prepared_flat() -> Prepared:
    """Ten classes of flat samples."""
    draw = stream(4, "flat")
    signature = classes_signature(TensorType((6,), "f4", "F"), 10)
    assert signature.input == flat(6)
    return prepared(
        draw.normal(0, 1, (50, 6)).astype(np.float32), draw.integers(0, 10, 50), signature
    )


def test_symbols_are_looked_at_but_have_no_gradient() -> None:
    draw = stream(6, "symbols")
    x, y = draw.integers(0, 5, (60, 7)), draw.integers(0, 3, 60)
    data = prepared(x, y, classes_signature(named((7,), 5), 3))
    layers = (make_node("embedding", "emb1", symbols=5), make_node("flatten", "flat1"))
    observer, _ = _observer(chained(*layers, make_node("dense", "dense1", units=3)), data)
    nodes = ("input1", "emb1")
    answer = _answer(observer, Watch(outputs=nodes, gradients=nodes, samples=(4, 2)))
    np.testing.assert_array_equal(answer.outputs["input1"], data.train.x[[4, 2]])
    assert set(answer.gradients) == {"emb1"}
    assert answer.missing["input1"] == (
        "'input1' gives whole numbers; there is no gradient by them."
    )
    own = _answer(observer, Watch(outputs=("emb1",), own=data.train.x[[4, 2]]))
    np.testing.assert_array_equal(own.outputs["emb1"], answer.outputs["emb1"])
    with pytest.raises(StudioError):
        _answer(observer, Watch(own=np.full((1, 7), 5)))
