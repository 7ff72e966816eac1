"""Tooltips: a card's words in full, a link's data, and what a repair would change."""

from __future__ import annotations

from html import escape

from nnstudio.core import words
from nnstudio.graph.edits import AddNode, Edit, Group, Link, Unlink
from nnstudio.graph.model import Graph
from nnstudio.graph.problems import Repair
from nnstudio.gui.canvas.drawing import Drawing
from nnstudio.gui.canvas.stage import Hit


def tip(drawing: Drawing, hit: Hit) -> str:
    """Give the tooltip for what is under the pointer, or "".

    A card with a problem has none: it would lie on the bubble with the message and its repairs.
    """
    if hit.repair is not None:
        return _lines("This changes:", *changes(drawing.graph, hit.repair))
    if hit.node in drawing.cards:
        return "" if drawing.cards[hit.node].problem else _card(drawing, hit.node)
    wire = drawing.wires.get(hit.edge) if hit.edge is not None else None
    if wire is None:
        return ""
    graph = drawing.graph
    ends = f"{graph.nodes[wire.edge.src.node].label} → {graph.nodes[wire.edge.dst.node].label}"
    if wire.kind is None:
        return _lines(ends, "The shape is not known yet.")
    return _lines(ends, f"{wire.kind} = {words.whole(wire.kind.size)} numbers a sample")


def _card(drawing: Drawing, node: str) -> str:
    card = drawing.cards[node]
    look = drawing.look(card)
    lines = [f"{look.name}: {look.title}", look.essentials]
    if look.shape:
        lines.append(f"output {look.shape}")
    if look.parameters:
        lines.append(f"{look.parameters} parameters")
    return _lines(*(line for line in lines if line))


def _lines(first: str, *more: str) -> str:
    rest = "".join(f"<br>{escape(line)}" for line in more)
    return f"<qt><b>{escape(first)}</b>{rest}</qt>"


def changes(graph: Graph, repair: Repair) -> list[str]:
    """Say in a line each what a repair would change.

    A node that is spliced into a link is one change, though it takes four edits.
    """
    steps = list(_leaves(repair.edit))
    added = {step.node.id: step.node for step in steps if isinstance(step, AddNode)}
    cut = [step.edge for step in steps if isinstance(step, Unlink)]
    said: list[str] = []
    for step in steps:
        if isinstance(step, AddNode) and cut:
            before, after = graph.nodes[cut[0].src.node], graph.nodes[cut[0].dst.node]
            title = step.node.layer.headline(step.node.params)
            said.append(f"{title} between {before.label} and {after.label}")
        elif isinstance(step, Link | Unlink) and added and cut:
            continue
        elif isinstance(step, Link) and step.edge.dst.node in added:
            said.append(f"linked from {graph.nodes[step.edge.src.node].label}")
        elif isinstance(step, Link) and step.edge.src.node in added:
            said.append(f"linked to {graph.nodes[step.edge.dst.node].label}")
        else:
            said.append(step.title(graph))
    return said


def _leaves(edit: Edit) -> list[Edit]:
    if isinstance(edit, Group):
        return [leaf for step in edit.edits for leaf in _leaves(step)]
    return [edit]
