"""Advice on nets that run but are unwise: functions applied twice, or missing."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.graph.compose import delete_nodes
from nnstudio.graph.edits import Group, SetParam
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.problems import Problem, Repair

# What a loss on scores applies itself.
_OWN_FUNCTION = {
    "softmax_cross_entropy": "softmax",
    "focal": "softmax",
    "binary_cross_entropy": "sigmoid",
}
_ON_SCORES = {*_OWN_FUNCTION, "hinge"}
_TRANSPARENT = {"flatten", "reshape", "dropout", "gaussian_noise", "stochastic_depth"}


def advice(graph: Graph) -> Iterator[Problem]:
    """Report what keeps a net from learning well, with repairs; nothing here stops it."""
    for node in graph.nodes.values():
        if node.layer.is_loss():
            yield from _dropped_scores(graph, node)
            if node.kind in _ON_SCORES:
                yield from _before_loss(graph, node)
        elif node.layer.category == "linear":
            yield from _two_linear(graph, node)


def _giver(graph: Graph, node: Node) -> Node | None:
    """Give the node behind a node's only link."""
    incoming = graph.incoming(node.id)
    return graph.nodes.get(incoming[0].src.node) if len(incoming) == 1 else None


def _through(graph: Graph, node: Node | None) -> Node | None:
    """Go back past layers that only pass numbers on."""
    while node is not None and node.kind in _TRANSPARENT:
        node = _giver(graph, node)
    return node


def _activation(node: Node) -> str:
    return str(getattr(node.params, "activation", "linear"))


def _is_plain(node: Node) -> bool:
    """Whether a layer that could have an activation has none."""
    return "activation" in type(node.params).model_fields and _activation(node) == "linear"


def _before_loss(graph: Graph, loss: Node) -> Iterator[Problem]:
    """Scores should reach a loss as they are."""
    before = _through(graph, _giver(graph, loss))
    if before is None or before.layer.category == "recurrent":  # which has no linear form
        return
    own = _OWN_FUNCTION.get(loss.kind, "")
    function = before.kind if before.layer.category == "non-linear" else _activation(before)
    if function == "linear":
        return
    words = function.replace("_", " ").replace("relu", "ReLU")
    if function == own:
        message = f"'{loss.label}' applies {own} itself; with '{before.label}' it is done twice."
    else:
        message = (
            f"'{loss.label}' expects plain scores; '{before.label}' sends them through {words}."
        )
    yield Problem(
        before.id,
        "advice",
        message,
        "Learning becomes slow or stops.",
        (_without_function(graph, before),),
    )


def _dropped_scores(graph: Graph, loss: Node) -> Iterator[Problem]:
    """Dropout is for what hidden layers send on, not for the answer itself."""
    node = _giver(graph, loss)
    while node is not None and node.kind in _TRANSPARENT and node.kind != "dropout":
        node = _giver(graph, node)
    if node is None or node.kind != "dropout":
        return
    share = 100 * float(getattr(node.params, "rate", 0.0))
    label = f"Delete {node.label}"
    yield Problem(
        node.id,
        "advice",
        f"'{node.label}' stands after the last layer: it sets {share:g} % of the scores to 0 before"
        f" '{loss.label}' sees them.",
        "Put dropout between hidden layers.",
        (Repair(label, delete_nodes(graph, [node.id], bridge=True)),),
    )


def _without_function(graph: Graph, node: Node) -> Repair:
    if node.layer.category == "non-linear":
        label = f"Delete {node.label}"
        return Repair(label, delete_nodes(graph, [node.id], bridge=True))
    label = f"Set the activation of {node.label} to linear"
    return Repair(label, Group(label, (SetParam(node.id, "activation", "linear"),)))


def _two_linear(graph: Graph, node: Node) -> Iterator[Problem]:
    """Two linear layers in a row are no more than one."""
    before = _through(graph, _giver(graph, node))
    if before is None or before.layer.category != "linear" or not _is_plain(before):
        return
    label = f"Give {before.label} ReLU"
    edit = Group(label, (SetParam(before.id, "activation", "relu"),))
    yield Problem(
        before.id,
        "advice",
        f"No activation stands between '{before.label}' and '{node.label}': together they can do no"
        " more than one layer.",
        repairs=(Repair(label, edit),),
    )
