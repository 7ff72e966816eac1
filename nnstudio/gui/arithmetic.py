"""Arithmetic typed into number fields: "28/2", "3*64 + 1", "2^10". Nothing is ever executed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

LONGEST = 200
DEEPEST = 30
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<sign>\*\*|[-+*/^()×·÷−]))"
)
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "**": "^"}


def calculate(text: str) -> float | None:
    """Work out a sum a person typed; None where it is none, or has no finite result.

    Powers bind closer than signs, products closer than sums, as on paper.

    >>> calculate("28/2"), calculate("2*(3+4)"), calculate("-2^2"), calculate("two")
    (14.0, 14.0, -4.0, None)
    """
    if len(text) > LONGEST:
        return None
    tokens = _tokens(text)
    if not tokens:
        return None
    try:
        parser = _Parser(tokens)
        value = parser.sum(0)
    except (ValueError, ArithmeticError):
        return None
    return value if parser.done and math.isfinite(value) else None


def _tokens(text: str) -> list[float | str] | None:
    tokens: list[float | str] = []
    place, text = 0, text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            return None
        number, sign = found["number"], found["sign"]
        value = None if number is None else _number(number)
        if number is not None and value is None:
            return None
        tokens.append(_SIGNS.get(sign, sign) if value is None else value)
        place = found.end()
    return tokens


def _number(text: str) -> float | None:
    """Read a number; a comma sets thousands apart or begins the fraction."""
    text = text.replace("_", "")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


class _Parser:
    """Reads tokens from left to right; each method is one level of binding."""

    def __init__(self, tokens: list[float | str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._place == len(self._tokens)

    def _take(self, *signs: str) -> str:
        if not self.done and self._tokens[self._place] in signs:
            self._place += 1
            return str(self._tokens[self._place - 1])
        return ""

    def sum(self, depth: int) -> float:
        if depth > DEEPEST:
            raise ValueError
        return self._chain(self._product, {"+": float.__add__, "-": float.__sub__}, depth)

    def _product(self, depth: int) -> float:
        return self._chain(self._signed, {"*": float.__mul__, "/": float.__truediv__}, depth)

    def _chain(
        self,
        part: Callable[[int], float],
        joins: dict[str, Callable[[float, float], float]],
        depth: int,
    ) -> float:
        value = part(depth)
        while sign := self._take(*joins):
            value = joins[sign](value, part(depth))
        return value

    def _signed(self, depth: int) -> float:
        if depth > DEEPEST:
            raise ValueError
        if sign := self._take("+", "-"):
            value = self._signed(depth + 1)
            return -value if sign == "-" else value
        base = self._atom(depth)
        if self._take("^"):
            power = self._signed(depth + 1)
            value = base**power
            if isinstance(value, complex):
                raise ValueError
            return float(value)
        return base

    def _atom(self, depth: int) -> float:
        if self._take("("):
            value = self.sum(depth + 1)
            if not self._take(")"):
                raise ValueError
            return value
        if self.done or not isinstance(self._tokens[self._place], float):
            raise ValueError
        self._place += 1
        return float(self._tokens[self._place - 1])
