"""Looking into a network: outputs and gradients equal PyTorch's and the plain plan's."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.look import LookPlan
from nnstudio.engine.passes import Passes
from nnstudio.engine.plan import Network
from nnstudio.engine.weights import Weights
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, ValueTarget, flat, maps
from nnstudio.kernels.team import Team
from nnstudio.layers.contract import RunnableLayer
from tests.engine.test_plan import branching
from tests.engine.test_random_graphs import PLAIN, _Grower
from tests.nets import chained, classes_signature, lenet, mlp, network

torch = pytest.importorskip("torch")
functional = torch.nn.functional

IMAGES = classes_signature(maps(8, 8, 1), 10)
Seen = dict[str, np.ndarray]


def _samples(net: Network, count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = stream(5, "samples")
    x = draw.normal(0, 1, (count, *net.signature.input.shape)).astype(net.weights.dtype)
    target = net.signature.target
    if isinstance(target, ClassTarget):
        return x, draw.integers(0, target.size, (count, *target.shape))
    return x, draw.normal(0, 1, (count, target.size)).astype(net.weights.dtype)


def _layers(graph: Graph) -> frozenset[str]:
    return frozenset(one.id for one in graph.nodes.values() if not one.layer.is_loss())


def _stirred(net: Network) -> Network:
    """Give the network running averages that are not those of the start."""
    net.weights.state += stream(9, "state").uniform(0, 0.5, net.weights.state.shape)
    return net


def _seen(plan: LookPlan, nodes: frozenset[str]) -> tuple[Seen, Seen]:
    gradients = {node: plan.gradient(node) for node in nodes}
    assert all(gradient is not None for gradient in gradients.values())
    return {node: plan.read(node) for node in nodes}, gradients  # type: ignore[return-value]


def _close(ours: np.ndarray, theirs: np.ndarray, what: str, atol: float = 1e-5) -> None:
    scale = max(float(np.abs(theirs).max()), 1e-6)
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=atol, err_msg=what)


def _torch_branching(net: Network, x: np.ndarray) -> dict[str, torch.Tensor]:
    """Run `branching` in float64, as in evaluation; give every output, channels last."""
    w = {key: torch.tensor(a.astype(np.float64)) for key, a in net.weights.arrays().items()}
    w = {key: tensor.requires_grad_() for key, tensor in w.items()}
    out: dict[str, torch.Tensor] = {"weights": w}  # type: ignore[dict-item]

    def put(name: str, value: torch.Tensor) -> torch.Tensor:
        value.requires_grad_() if name == "input1" else value.retain_grad()
        out[name] = value
        return value.movedim(-1, 1) if value.ndim == 4 else value

    def conv(name: str, x: torch.Tensor, act: object) -> torch.Tensor:
        weight = w[f"{name}/weight"]
        y = functional.conv2d(
            x, weight.permute(3, 2, 0, 1), w[f"{name}/bias"], padding=weight.shape[0] // 2
        )
        return put(name, act(y).movedim(1, -1).clone())  # type: ignore[operator]

    at = put("input1", torch.tensor(x.astype(np.float64)))
    at = conv("conv1", at, lambda y: y)
    running = (w[f"bn1/running_{name}"].detach() for name in ("mean", "var"))
    normed = functional.batch_norm(at, *running, w["bn1/scale"], w["bn1/shift"])
    put("bn1", normed.movedim(1, -1) * 1)
    tanh = put("tanh1", torch.tanh(out["bn1"]))
    at = conv("conv2", tanh, torch.sigmoid)
    put("add1", out["conv2"] + out["tanh1"])
    pooled = functional.avg_pool2d(out["add1"].movedim(-1, 1), 2)
    at = put("pool1", pooled.movedim(1, -1) * 1)
    conv("conv3", at, functional.elu)
    put("concat1", torch.cat([out["conv3"], out["pool1"]], -1))
    put("flatten1", out["concat1"].flatten(1) * 1)
    put("drop1", out["flatten1"] * 1)
    put("dense1", out["drop1"] @ w["dense1/weight"] + w["dense1/bias"])
    return out


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("chosen", ["all", "few"])
def test_outputs_and_gradients_equal_pytorch(threads: int, chosen: str) -> None:
    graph = branching()
    net = _stirred(network(graph, IMAGES))
    x, y = _samples(net, 7)
    nodes = _layers(graph) if chosen == "all" else frozenset({"input1", "flatten1", "add1"})
    state = net.weights.state.copy()
    plan = LookPlan(net, 7, threads, nodes, nodes, of="loss")
    with Team(threads) as team:
        plan.look(team, x, y)
    reference = _torch_branching(net, x)
    losses = functional.cross_entropy(reference["dense1"], torch.tensor(y), reduction="none")
    losses.mean().backward()
    outputs, gradients = _seen(plan, nodes)
    for node in nodes:
        _close(outputs[node], reference[node].detach().numpy(), f"{node} output")
        _close(gradients[node], reference[node].grad.numpy(), f"{node} gradient")  # type: ignore[union-attr]
    for key, ours in net.weights.gradient_arrays().items():
        theirs = reference["weights"][key].grad  # type: ignore[index]
        _close(ours, theirs.numpy(), key)
    _close(plan.losses, losses.detach().numpy(), "losses")
    assert np.array_equal(net.weights.state, state)  # running averages stay


def test_the_gradient_of_one_score_equals_pytorch() -> None:
    net = _stirred(network(branching(), IMAGES))
    x, _ = _samples(net, 5)
    nodes = frozenset({"input1", "conv2"})
    plan = LookPlan(net, 5, 1, nodes, nodes, of="scores", targets=False)
    plan.seeds[:, 3] = 1
    with Team(1) as team:
        plan.look(team, x)
    reference = _torch_branching(net, x)
    reference["dense1"][:, 3].sum().backward()
    for node in nodes:
        ours = plan.gradient(node)
        assert ours is not None
        _close(ours, reference[node].grad.numpy(), node)  # type: ignore[union-attr]


def _look(grower: _Grower, graph: Graph, dtype: str, passes: Passes) -> tuple[Seen, Seen, Seen]:
    net = network(graph, grower.signature, dtype=dtype)
    x, y = _samples(network(graph, grower.signature), 4)
    nodes = _layers(graph)
    needed = graph.upstream(graph.losses()[0].id)
    seen = frozenset(nodes & needed)
    plan = LookPlan(net, 4, 1, seen, seen, of="loss", passes=passes)
    with Team(1) as team:
        plan.look(team, x.astype(dtype), y)
    return *_seen(plan, seen), net.weights.gradient_arrays()


@pytest.mark.parametrize("seed", range(300, 308))
def test_random_networks_equal_the_plain_float64_execution(seed: int) -> None:
    grower = _Grower(seed, smooth=True)
    graph = grower.grow()
    quick = _look(grower, graph, "f4", Passes())
    plain = _look(grower, graph, "f8", PLAIN)
    for ours, theirs in zip(quick, plain, strict=True):
        for key, array in ours.items():
            _close(array, theirs[key], f"seed {seed}, {key}", 2e-5)


def test_a_node_that_the_loss_does_not_depend_on_has_no_gradient() -> None:
    graph = mlp()
    side = make_node("relu", "relu1")
    edges = (*graph.edges, type(graph.edges[0]).between("dense1.y", "relu1.x"))
    net = network(Graph({**graph.nodes, "relu1": side}, edges), classes_signature(flat(4), 3))
    x, y = _samples(net, 3)
    plan = LookPlan(net, 3, 1, frozenset({"relu1"}), frozenset({"relu1"}), of="loss")
    with Team(1) as team:
        plan.look(team, x, y)
    assert plan.gradient("relu1") is None
    assert plan.read("relu1").shape == (3, 16)


def test_lenet_forward_alone_needs_no_targets() -> None:
    net = network(lenet(), IMAGES)
    x, y = _samples(net, 3)
    with Team(1) as team:
        alone = LookPlan(net, 3, 1, frozenset({"conv2"}), targets=False)
        alone.look(team, x)
        whole = LookPlan(net, 3, 1, _layers(net.graph), _layers(net.graph), of="loss")
        whole.look(team, x, y)
    assert np.array_equal(alone.read("conv2"), whole.read("conv2"))
    assert not alone.has_losses
    assert whole.has_losses


def _examples() -> list[tuple[str, int]]:
    from nnstudio.graph.registry import all_layers

    return [
        (layer.kind, at)
        for layer in all_layers().values()
        if isinstance(layer, RunnableLayer) and not layer.is_source() and not layer.is_loss()
        for at, example in enumerate(layer.examples)
        if len(example.inputs) == 1 and example.inputs[0].dtype == "f4"
    ]


def _signature(kind: str, inputs: TensorType, params: dict[str, object]) -> DataSignature:
    node = make_node(kind, "one", **params)
    output = node.layer.infer(node.params, (inputs,))
    return DataSignature(inputs, ValueTarget(tuple(f"v{i}" for i in range(output.size))))


@pytest.mark.parametrize(("kind", "at"), _examples())
def test_gradients_in_evaluation_are_slopes(kind: str, at: int) -> None:
    """The gradient by the input is the slope of the loss along it, for every kind of layer."""
    from nnstudio.graph.registry import layer_of

    example = layer_of(kind).examples[at]
    params = dict(example.params)
    signature = _signature(kind, example.inputs[0], params)
    nodes = [make_node(kind, "one", **params)]
    if len(nodes[0].layer.infer(nodes[0].params, example.inputs).shape) != 1:
        nodes.append(make_node("flatten", "flat"))
    graph = chained(*nodes, loss="mse")
    weights = Weights(graph, infer(graph, signature), "f8")
    weights.initialise(3)
    net = _stirred(Network(graph, signature, weights, 3))
    x, y = _samples(net, 2)
    plan = LookPlan(net, 2, 1, frozenset(), frozenset({"input1"}), of="loss")
    with Team(1) as team:
        plan.look(team, x, y)
        gradient = plan.gradient("input1")
        assert gradient is not None
        along = stream(1, "along").normal(0, 1, x.shape)
        step, sides = 1e-6, []
        for sign in (1, -1):
            plan.look(team, x + sign * step * along, y)
            sides.append(plan.losses.mean())
    slope = (sides[0] - sides[1]) / (2 * step)
    if kind not in {"step"}:  # straight through: no slope by design
        assert float((gradient * along).sum()) == pytest.approx(slope, rel=1e-4, abs=1e-7)
