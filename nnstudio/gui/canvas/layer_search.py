"""How well a layer or block fits what a person types, the same in the palette and in the menu."""

from __future__ import annotations

from nnstudio.project.library.offers import Offer

NO_HIT = 9


def rank(offer: Offer, text: str) -> int:
    """Give 0 for the best hit, larger numbers for weaker ones, `NO_HIT` for none.

    A title that begins with the text comes first, then one with a word that does, then one that
    contains it; hits in the key and the category come last.
    """
    wanted, title = text.strip().lower(), offer.title.lower()
    if title.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in title.split()):
        return 1
    if wanted in title:
        return 2
    if wanted in offer.key.replace("_", " ") or wanted in offer.key:
        return 3
    return 4 if wanted in offer.category else NO_HIT
