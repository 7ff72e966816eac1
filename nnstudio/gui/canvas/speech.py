"""What a screen reader says about the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent

from nnstudio.gui.canvas.drawing import Card, Drawing

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

HOW_TO = (
    "The network as cards joined by links. Tab goes from card to card, arrow keys follow the "
    "links, letters add layers, L links, U cuts a link, F2 renames, Delete removes, "
    "Ctrl+period repairs."
)


def introduce(canvas: Canvas) -> None:
    """Say what the canvas is and what its keys do."""
    canvas.setAccessibleName("Network")
    canvas.setAccessibleDescription(HOW_TO)


def describe_card(drawing: Drawing, card: Card) -> str:
    """Say a card in one sentence: "Conv 6 @ 5×5 conv1, …, 28 by 28 by 6, no problems"."""
    words = drawing.look(card)
    parts = [f"{words.title} {words.name}", words.essentials]
    parts.append(words.shape.replace("×", " by ") if words.shape else "shape not known yet")
    if words.parameters:
        parts.append(f"{words.parameters} parameters")
    parts.append("no problems" if card.problem is None else card.problem.message)
    return ", ".join(part for part in parts if part)


def describe_links(drawing: Drawing, node: str) -> str:
    """Say where a card is linked."""
    graph = drawing.graph
    sources = [graph.nodes[edge.src.node].label for edge in graph.incoming(node)]
    targets = [graph.nodes[edge.dst.node].label for edge in graph.outgoing(node)]
    parts = [f"from {', '.join(sources)}"] if sources else []
    return ". ".join([*parts, f"to {', '.join(targets)}"] if targets else parts)


def describe_selection(canvas: Canvas) -> str:
    """Say what is selected and where it is linked."""
    drawing, selection = canvas.drawing, canvas.selection
    note = next(iter(canvas.stage.selected_notes), "")
    if note in drawing.notes:
        shown = drawing.notes[note]
        return f"{'Frame' if shown.frame else 'Note'}: {shown.text or 'empty'}"
    if not selection:
        return HOW_TO
    if len(selection) > 1:
        return f"{len(selection)} cards selected"
    said = describe_card(drawing, drawing.cards[selection[0]])
    return ". ".join(part for part in (said, describe_links(drawing, selection[0])) if part)


def announce_selection(canvas: Canvas) -> None:
    """Tell assistive tools that something else is selected."""
    canvas.setAccessibleDescription(describe_selection(canvas))
    if not QAccessible.isActive():
        return
    QAccessible.updateAccessibility(QAccessibleEvent(canvas, QAccessible.Event.DescriptionChanged))
    if canvas.selection and canvas.hasFocus():
        event = QAccessibleEvent(canvas, QAccessible.Event.Focus)
        event.setChild(list(canvas.drawing.cards).index(canvas.selection[-1]))
        QAccessible.updateAccessibility(event)


def say(canvas: Canvas, sentence: str) -> None:
    """Let assistive tools say what happens, and show it in the canvas's description."""
    canvas.setAccessibleDescription(sentence)
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(canvas, sentence))
