"""Going from card to card with the keyboard."""

from __future__ import annotations

from nnstudio.gui.canvas.drawing import Card, Drawing


def along(drawing: Drawing, node: str, direction: str) -> str:
    """Give the card one step away, or "" where there is none.

    Right and left follow the links; where several leave, the one at the most level height. Up and
    down go to the nearest card above or below.

    Args:
        drawing: Where the cards are.
        node: The card to start from.
        direction: "left", "right", "up" or "down".
    """
    here = drawing.cards[node]
    if direction == "right":
        return _most_level(here, [drawing.cards[e.dst.node] for e in drawing.graph.outgoing(node)])
    if direction == "left":
        return _most_level(here, [drawing.cards[e.src.node] for e in drawing.graph.incoming(node)])
    sign = 1.0 if direction == "down" else -1.0
    beyond = [card for card in drawing.cards.values() if (card.y - here.y) * sign > 20.0]
    if not beyond:
        return ""
    nearest = min(beyond, key=lambda card: abs(card.y - here.y) + 2 * abs(card.x - here.x))
    return nearest.node.id


def _most_level(here: Card, cards: list[Card]) -> str:
    if not cards:
        return ""
    return min(cards, key=lambda card: abs(card.y - here.y)).node.id


def cycle(drawing: Drawing, node: str, back: bool) -> str:
    """Give the next card in the order of the data, or "" past the last one."""
    order = list(drawing.graph.order)
    order += [one for one in drawing.graph.nodes if one not in set(order)]
    if not order:
        return ""
    if node not in order:
        return order[-1] if back else order[0]
    at = order.index(node) + (-1 if back else 1)
    return order[at] if 0 <= at < len(order) else ""
