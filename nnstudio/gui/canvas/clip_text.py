"""A copied network in a longer text, such as a chat message."""

from __future__ import annotations

import json

_FENCE = "```"
_MOST = 20_000_000


def network_in(text: str) -> str:
    """Give the JSON of a copied network in a text, or the text where none is found.

    It may stand between words and in a ``` fence; quote marks at line starts are left out.

    >>> network_in('Try this: {"format": "nnstudio nodes"} Good?')
    '{"format": "nnstudio nodes"}'
    """
    if len(text) > _MOST or '"format"' not in text:
        return text
    plain = "\n".join(line.removeprefix("> ").removeprefix(">") for line in text.splitlines())
    fenced = plain.split(_FENCE)[1::2]
    for part in (text, *fenced, plain):
        found = _first_object(part)
        if found:
            return found
    return text


def _first_object(text: str) -> str:
    """Give the first JSON object of a text that tells its format."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    tries = 0
    while start >= 0 and tries < 200:
        try:
            made, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(made, dict) and "format" in made:
                return text[start:end]
        start, tries = text.find("{", end), tries + 1
    return ""
