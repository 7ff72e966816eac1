"""Colours of the studio, light and dark, and which of them is on; every widget asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

Mode = Literal["system", "dark", "light"]


@dataclass(frozen=True, slots=True)
class Colours:
    """One set of colours as hex strings; category colours keep apart for the colour-blind."""

    window: str
    panel: str
    canvas: str
    canvas_dot: str
    card: str
    card_border: str
    card_selected: str
    text: str
    text_dim: str
    field: str
    field_border: str
    accent: str
    train: str
    divider: str
    hover: str
    well: str
    tab: str
    ok: str
    warn: str
    error: str
    error_back: str
    link: str
    link_active: str
    data: str
    linear: str
    non_linear: str
    pool_normalise: str
    recurrent: str
    merge: str
    shape: str
    loss: str
    curve_train: str
    curve_valid: str
    is_dark: bool

    def category(self, name: str) -> str:
        """Give the colour of a layer category such as "pool & normalise"."""
        field = name.replace(" & ", "_").replace("-", "_").replace(" ", "_")
        return str(getattr(self, field, self.merge))


DARK = Colours(
    window="#1b1e24", panel="#21252c", canvas="#1a1d23", canvas_dot="#2c313a",
    card="#22262d", card_border="#343a44", card_selected="#5b9cff",
    text="#e6e9ee", text_dim="#98a0ad", field="#16181d", field_border="#343a44",
    accent="#5b9cff", train="#2f6fe0",
    divider="#30353f", hover="#2b303a", well="#16181d", tab="#2f3540", ok="#6fce6f", warn="#f2c94c",
    error="#ff6b8a", error_back="#3a1f27",
    link="#5f6876", link_active="#5b9cff",
    data="#2bb3a3", linear="#5b9cff", non_linear="#ffa75b", pool_normalise="#6fce6f",
    recurrent="#f2c94c", merge="#9aa3b2", shape="#b48cff", loss="#ff6b8a",
    curve_train="#5b9cff", curve_valid="#ffa75b", is_dark=True,
)  # fmt: skip

LIGHT = Colours(
    window="#eef0f3", panel="#f8f9fb", canvas="#f3f5f8", canvas_dot="#d3d8e1",
    card="#ffffff", card_border="#cdd3dc", card_selected="#2f6fe0",
    text="#1d222b", text_dim="#5f6978", field="#e9ecf1", field_border="#cdd3dc",
    accent="#2f6fe0", train="#2f6fe0",
    divider="#d9dee6", hover="#e8ebf0", well="#eceff4", tab="#ffffff", ok="#2f9e44", warn="#c98a00",
    error="#d6315b", error_back="#fdecef",
    link="#8d97a6", link_active="#2f6fe0",
    data="#0f8f80", linear="#2f6fe0", non_linear="#d9761a", pool_normalise="#3a9a3a",
    recurrent="#a67c00", merge="#6c7686", shape="#8456d6", loss="#d6315b",
    curve_train="#2f6fe0", curve_valid="#d9761a", is_dark=False,
)  # fmt: skip


def dark() -> Colours:
    """Give the dark set."""
    return DARK


def light() -> Colours:
    """Give the light set."""
    return LIGHT


class Theme(QObject):
    """Which colours are on; follows the system unless a person chose."""

    changed = Signal()

    def __init__(self, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = mode
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def mode(self) -> Mode:
        """What the person chose."""
        return self._mode

    def set_mode(self, mode: Mode) -> None:
        """Choose dark, light, or what the system says."""
        if mode != self._mode:
            self._mode = mode
            self.changed.emit()

    def palette(self) -> Colours:
        """Give the colours that are on."""
        if self._mode == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            return LIGHT if scheme == Qt.ColorScheme.Light else DARK
        return DARK if self._mode == "dark" else LIGHT

    def _system_changed(self) -> None:
        if self._mode == "system":
            self.changed.emit()
