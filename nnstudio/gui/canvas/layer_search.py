"""How well a layer fits what a person types, the same in the palette and in the menu."""

from __future__ import annotations

from nnstudio.graph.layer import Layer

NO_HIT = 9


def rank(layer: Layer, text: str) -> int:
    """Give 0 for the best hit, larger numbers for weaker ones, `NO_HIT` for none.

    A title that begins with the text comes first, then one with a word that does, then one that
    contains it; hits in the kind and the category come last.
    """
    wanted, title = text.strip().lower(), layer.title.lower()
    if title.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in title.split()):
        return 1
    if wanted in title:
        return 2
    if wanted in layer.kind.replace("_", " ") or wanted in layer.kind:
        return 3
    return 4 if wanted in layer.category else NO_HIT
