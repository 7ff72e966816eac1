"""The same network in PyTorch: same architecture, same initial weights."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import DataSignature

Arrays = dict[str, np.ndarray]


def twin(torch: ModuleType, graph: Graph, signature: DataSignature, arrays: Arrays) -> Any:
    """Give a chain of layers as `torch.nn.Sequential` with our weights.

    Maps are (channels, height, width) there, so the rows of the first dense layer behind a
    flatten are put in that order.
    """
    nn = torch.nn
    inference = infer(graph, signature)
    layers: list[Any] = []
    flattened: tuple[int, ...] = ()
    for node_id in graph.order:
        node = graph.nodes[node_id]
        own = {
            key.rpartition("/")[2]: a for key, a in arrays.items() if key.startswith(node_id + "/")
        }
        match node.kind:
            case "conv2d":
                layers += _conv(torch, node, own, inference.inputs[node_id][0].shape[2])
            case "max_pool":
                layers.append(nn.MaxPool2d(node.params.window, node.params.stride))
            case "flatten":
                flattened = inference.inputs[node_id][0].shape
                layers.append(nn.Flatten())
            case "dense":
                layers += _dense(torch, own, flattened)
                flattened = ()
            case "relu":
                layers.append(nn.ReLU())
            case "dropout":
                layers.append(nn.Dropout(node.params.rate))
            case "batch_norm":
                layers.append(nn.BatchNorm2d(own["scale"].shape[0]))
            case "input" | "softmax_cross_entropy":
                continue
            case _:
                raise NotImplementedError(node.kind)
        if getattr(node.params, "activation", "linear") == "relu":
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def _conv(torch: ModuleType, node: Node, own: Arrays, channels: int) -> list[Any]:
    p = node.params
    padding = p.padding if isinstance(p.padding, str | int) else tuple(p.padding)
    layer = torch.nn.Conv2d(channels, p.filters, p.kernel, p.stride, padding, groups=p.groups)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(own["weight"].transpose(3, 2, 0, 1).copy()))
        layer.bias.copy_(torch.tensor(own["bias"]))
    return [layer]


def _dense(torch: ModuleType, own: Arrays, flattened: tuple[int, ...]) -> list[Any]:
    weight = own["weight"]
    if len(flattened) == 3:
        height, width, channels = flattened
        cube = weight.reshape(height, width, channels, -1).transpose(2, 0, 1, 3)
        weight = np.ascontiguousarray(cube).reshape(weight.shape)
    layer = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight.T.copy()))
        layer.bias.copy_(torch.tensor(own["bias"]))
    return [layer]
