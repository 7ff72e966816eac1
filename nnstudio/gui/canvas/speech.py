"""What a screen reader says about the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleEvent

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

HOW_TO = (
    "The network as cards joined by links. Tab goes from card to card, arrow keys follow the "
    "links, letters add layers, F2 renames, Delete removes."
)


def describe_selection(canvas: Canvas) -> str:
    """Say what is selected and where it is linked."""
    drawing, selection = canvas.drawing, canvas.selection
    if not selection:
        return HOW_TO
    if len(selection) > 1:
        return f"{len(selection)} cards selected"
    card = drawing.cards[selection[0]]
    graph = drawing.graph
    parts = [drawing.look(card).spoken()]
    sources = [graph.nodes[edge.src.node].label for edge in graph.incoming(selection[0])]
    targets = [graph.nodes[edge.dst.node].label for edge in graph.outgoing(selection[0])]
    if sources:
        parts.append(f"from {', '.join(sources)}")
    if targets:
        parts.append(f"to {', '.join(targets)}")
    if card.problem is not None:
        parts.append(card.problem.message)
    return ". ".join(parts)


def announce_selection(canvas: Canvas) -> None:
    """Tell assistive tools that something else is selected."""
    canvas.setAccessibleDescription(describe_selection(canvas))
    if QAccessible.isActive():
        event = QAccessibleEvent(canvas, QAccessible.Event.DescriptionChanged)
        QAccessible.updateAccessibility(event)
