"""Pens, brushes and colours of the canvas, made once for each set of colours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from nnstudio.graph.layer import CATEGORIES
from nnstudio.gui.theme import Colours


def with_alpha(colour: str, alpha: float) -> QColor:
    """Give a colour that lets `1 - alpha` of the ground through."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


class Ink:
    """All that the painters dip into."""

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        self.canvas = QColor(colours.canvas)
        self.dot = QColor(colours.canvas_dot)
        self.card = QBrush(QColor(colours.card))
        self.chip = QBrush(QColor(colours.field))
        self.text = QColor(colours.text)
        self.dim = QColor(colours.text_dim)
        self.accent = QColor(colours.accent)
        self.error = QColor(colours.error)
        self.border = QPen(QColor(colours.card_border), 1.0)
        self.border_dashed = QPen(with_alpha(colours.text_dim, 0.8), 1.0, Qt.PenStyle.DashLine)
        self.border_hover = QPen(with_alpha(colours.text_dim, 0.8), 1.0)
        self.border_selected = QPen(QColor(colours.card_selected), 1.5)
        self.border_error = QPen(self.error, 1.3)
        self.border_warn = QPen(QColor(colours.warn), 1.0)
        self.glow = QPen(with_alpha(colours.card_selected, 0.38), 3.0)
        self.glow_error = QPen(with_alpha(colours.error, 0.30), 3.0)
        self.shadow = QColor(0, 0, 0, 16 if colours.is_dark else 5)
        self.categories: dict[str, QBrush] = {
            name: QBrush(QColor(colours.category(name))) for name in CATEGORIES
        }
        self.lights = {
            "ok": QBrush(QColor(colours.ok)),
            "warn": QBrush(QColor(colours.warn)),
            "error": QBrush(self.error),
            "": QBrush(with_alpha(colours.text_dim, 0.45)),
        }
        self.bubbles = {
            "error": (QBrush(QColor(colours.error_back)), QPen(self.error, 1.0)),
            "unfinished": (self.card, self.border_warn),
            "advice": (self.card, QPen(with_alpha(colours.accent, 0.8), 1.0)),
        }
        self.bubble_text = {
            "error": _between(colours.error, colours.text, 0.72),
            "unfinished": self.text,
            "advice": self.text,
        }
        self.port = QBrush(QColor(colours.canvas))
        self._link_pens: dict[tuple[float, str], QPen] = {}

    def category(self, name: str) -> QBrush:
        """Give the brush of a layer category."""
        return self.categories.get(name) or self.categories["merge"]

    def note(self, name: str) -> str:
        """Give the colour of a note."""
        colours = self.colours
        return {
            "yellow": colours.warn,
            "blue": colours.accent,
            "green": colours.ok,
            "red": colours.error,
            "purple": "#b48cff",
        }.get(name, colours.text_dim)

    def link(self, width: float, state: str) -> QPen:
        """Give the pen of a link in one of the states "rest", "active", "hover", "bad", "draft"."""
        key = (round(width, 1), state)
        pen = self._link_pens.get(key)
        if pen is None:
            pen = self._link_pens[key] = self._make_link(*key)
        return pen

    def _make_link(self, width: float, state: str) -> QPen:
        colours = {
            "rest": self.colours.link,
            "active": self.colours.link_active,
            "hover": self.colours.text,
            "bad": self.colours.error,
            "draft": self.colours.link_active,
        }
        extra = 0.5 if state in {"active", "hover", "bad"} else 0.0
        pen = QPen(QColor(colours[state]), width + extra)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if state in {"bad", "draft"}:
            pen.setDashPattern([3.0, 2.2])
        return pen


def _between(colour: str, other: str, share: float) -> QColor:
    """Mix two colours; `share` of the second."""
    a, b = QColor(colour), QColor(other)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs))
