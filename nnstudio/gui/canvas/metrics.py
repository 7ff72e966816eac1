"""Sizes and fonts of the canvas in canvas units; one unit is one pixel at 100 %."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QGuiApplication

CARD_WIDTH = 140.0
CARD_HEIGHT = 68.0
PICTURE_HEIGHT = 22.0
PORT_Y = 34.0  # the same for all cards, so that cards in a row are joined by straight links
PORT_STEP = 14.0
BAR_WIDTH = 4.5
RADIUS = 7.0
TEXT_X = 14.0
RIGHT_MARGIN = 9.0
DOT_STEP = 20.0
PITCH_X = 180.0
PITCH_Y = 130.0

# Below these scales a card is a title on a tile, and then only a coloured block.
FULL_SCALE = 0.58
TITLE_SCALE = 0.34

PORT_REACH_PX = 11.0
LINK_REACH_PX = 6.0
DRAG_START_PX = 4.0
SNAP_PX = 7.0
ZOOM_MIN, ZOOM_MAX = 0.04, 5.0


@lru_cache(maxsize=64)
def font(pixels: int, weight: int = 400) -> QFont:
    """Give the text font at a size in canvas units."""
    made = QFont("Inter" if QFontDatabase.hasFamily("Inter") else QGuiApplication.font().family())
    made.setWeight(QFont.Weight(weight))
    return _sized(made, pixels)


@lru_cache(maxsize=16)
def mono(pixels: int) -> QFont:
    """Give the font of numbers and shapes at a size in canvas units."""
    return _sized(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont), pixels)


def _sized(made: QFont, pixels: int) -> QFont:
    made.setPixelSize(pixels)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # text scales smoothly
    return made


@lru_cache(maxsize=64)
def text_metrics(pixels: int, weight: int = 400) -> QFontMetricsF:
    """Give the measures of the text font."""
    return QFontMetricsF(font(pixels, weight))


@lru_cache(maxsize=16)
def mono_metrics(pixels: int) -> QFontMetricsF:
    """Give the measures of the font of numbers."""
    return QFontMetricsF(mono(pixels))
