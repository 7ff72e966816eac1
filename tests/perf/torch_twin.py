"""The same network in PyTorch: same architecture, same initial weights."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nnstudio.engine.rules import Adam, Rule, Sgd
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import DataSignature

Arrays = dict[str, np.ndarray]


def twin(torch: ModuleType, graph: Graph, signature: DataSignature, arrays: Arrays) -> Any:
    """Give a network as a `torch.nn.Module` with our weights.

    Maps are (channels, height, width) there, so the rows of the first dense layer behind a
    flatten are put in that order.
    """
    inference = infer(graph, signature)
    modules = torch.nn.ModuleDict()
    for node_id in graph.order:
        node = graph.nodes[node_id]
        if node.layer.is_source() or node.layer.is_loss() or node.kind == "add":
            continue
        own = {k.rpartition("/")[2]: a for k, a in arrays.items() if k.startswith(f"{node_id}/")}
        modules[node_id] = torch.nn.Sequential(*_layers(torch, graph, node, own, inference))
    sources = {one: [edge.src.node for edge in graph.incoming(one)] for one in graph.order}

    class Twin(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.modules_by_id = modules

        def forward(self, x: Any) -> Any:
            values: dict[str, Any] = {}
            for one, before in sources.items():
                if not before:
                    values[one] = x
                elif graph.nodes[one].layer.is_loss():
                    return values[before[0]]
                elif one in self.modules_by_id:
                    values[one] = self.modules_by_id[one](values[before[0]])
                else:
                    values[one] = values[before[0]] + values[before[1]]
            raise ValueError("no loss")

    return Twin()


def _layers(
    torch: ModuleType, graph: Graph, node: Node, own: Arrays, inference: Inference
) -> list[Any]:
    nn, p = torch.nn, node.params
    before = inference.inputs[node.id][0]
    made: list[Any]
    match node.kind:
        case "conv2d":
            made = [_conv(torch, node, own, before.shape[2])]
        case "max_pool":
            made = [nn.MaxPool2d(p.window, p.stride)]
        case "global_avg_pool":
            made = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        case "flatten":
            made = [nn.Flatten()]
        case "dense":
            made = [_dense(torch, own, _flattened(graph, node, inference))]
        case "batch_norm":
            made = [nn.BatchNorm2d(before.shape[2])]
        case "lstm":
            made = [_lstm(torch, node, own, before.shape[1])]
        case "relu":
            made = [nn.ReLU()]
        case _:
            raise NotImplementedError(node.kind)
    after = {"relu": nn.ReLU, "tanh": nn.Tanh}.get(getattr(p, "activation", "linear"))
    return made if after is None else [*made, after()]


def _flattened(graph: Graph, node: Node, inference: Inference) -> tuple[int, ...]:
    """Give the map that a flatten before this node made flat, or ()."""
    before = graph.nodes[graph.incoming(node.id)[0].src.node]
    return inference.inputs[before.id][0].shape if before.kind == "flatten" else ()


def _conv(torch: ModuleType, node: Node, own: Arrays, channels: int) -> Any:
    p = node.params
    padding = 0 if p.padding == "valid" else p.padding
    layer = torch.nn.Conv2d(channels, p.filters, p.kernel, p.stride, padding, groups=p.groups)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(own["weight"].transpose(3, 2, 0, 1).copy()))
        layer.bias.copy_(torch.tensor(own["bias"]))
    return layer


def _dense(torch: ModuleType, own: Arrays, flattened: tuple[int, ...]) -> Any:
    weight = own["weight"]
    if len(flattened) == 3:
        height, width, channels = flattened
        cube = weight.reshape(height, width, channels, -1).transpose(2, 0, 1, 3)
        weight = np.ascontiguousarray(cube).reshape(weight.shape)
    layer = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight.T.copy()))
        layer.bias.copy_(torch.tensor(own["bias"]))
    return layer


def _lstm(torch: ModuleType, node: Node, own: Arrays, features: int) -> Any:
    """Give torch's layer; its second bias stays zero, since ours has one."""
    p = node.params
    layer = torch.nn.LSTM(features, p.units, batch_first=True)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(own["input_weight"].T.copy()))
        layer.weight_hh_l0.copy_(torch.tensor(own["recurrent_weight"].T.copy()))
        layer.bias_ih_l0.copy_(torch.tensor(own["bias"]))
        layer.bias_hh_l0.zero_()
    layer.bias_hh_l0.requires_grad_(False)

    class States(torch.nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: Any) -> Any:
            states, _ = self.layer(x)
            return states[:, -1] if p.output == "last step" else states

    return States()


def optimiser(torch: ModuleType, rule: Rule, rate: float, model: Any) -> Any:
    """Give the same optimiser."""
    match rule:
        case Sgd(momentum=momentum):
            return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
        case Adam():
            return torch.optim.Adam(model.parameters(), lr=rate)
        case _:
            raise NotImplementedError(rule.kind)


def loss_function(torch: ModuleType, graph: Graph) -> Any:
    """Give the same loss as a function of (scores, classes)."""
    kind = graph.losses()[0].kind
    if kind == "softmax_cross_entropy":
        return torch.nn.CrossEntropyLoss()
    binary = torch.nn.BCEWithLogitsLoss()
    return lambda scores, y: binary(scores[:, 0], y.to(scores.dtype))
