"""What only blocks have in the inspector: what is inside, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from nnstudio.graph.blocks import seen_inside
from nnstudio.graph.infer import Inference, infer_inside
from nnstudio.graph.layer import LayerDoc
from nnstudio.graph.model import Node
from nnstudio.gui.elided import ElidedLabel
from nnstudio.gui.sections import Section, card, label
from nnstudio.project.library.catalogue import BLOCKS
from nnstudio.project.library.offers import BLOCK, offer_key

MOST_LAYERS = 40
BUTTONS = (
    ("open", "Open", "Look inside (double-click the card; Alt+Up comes back)"),
    ("ungroup", "Ungroup", "Put what is inside in its place (Ctrl+Shift+G)"),
    ("keep", "Keep…", "Keep it as a block of your own, for all projects"),
)


def buttons(do: Callable[[str], None]) -> QWidget:
    """Give the row of what can be done with a block; `do` gets "open", "ungroup" or "keep"."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 4, 0, 0)
    line.setSpacing(6)
    for what, text, tip in BUTTONS:
        button = QPushButton(text)
        button.setObjectName(f"block {what}")
        button.setToolTip(tip)
        button.setAccessibleName(f"{text.rstrip('…')} the block")
        button.clicked.connect(lambda _=False, what=what: do(what))
        line.addWidget(button)
    line.addStretch(1)
    return row


def inside_section(node: Node, inference: Inference) -> Section | None:
    """List what is inside a block, each with the shape it gives."""
    if node.block is None:
        return None
    graph, known = seen_inside(node.block), infer_inside(node, inference)
    behind = [one for one in graph.nodes if one not in set(graph.order)]
    rows = [_row(graph.nodes[one], known) for one in [*graph.order, *behind][:MOST_LAYERS]]
    count = len(graph.nodes)
    if count > len(rows):
        rows.append(label(f"… and {count - len(rows)} more", "small"))
    heading = f"Inside: {count} {'layer' if count == 1 else 'layers'}"
    return Section(heading, card(*rows))


def _row(node: Node, known: Inference) -> QWidget:
    output = known.output(node)
    shape = "" if output is None else str(output)
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    title = node.layer.headline(node.params)
    name = ElidedLabel(title)
    name.setToolTip(f"{node.label}: {title}")
    row.setAccessibleName(f"{node.label}, {title}, {shape or 'shape not known yet'}")
    line.addWidget(name, 1)
    line.addWidget(label(shape, "key"))
    return row


def doc_of(node: Node) -> LayerDoc:
    """Give the help of a card; a block from the library brings what the library says of it."""
    known = BLOCKS.get(offer_key(node).removeprefix(BLOCK))
    if known is None:
        return node.layer.doc
    return LayerDoc(known.about, "", source=known.source)
