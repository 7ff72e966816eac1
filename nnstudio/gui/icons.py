"""The studio's own icons: small SVG files, drawn in the colour that the theme asks for."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from nnstudio.core.paths import resources_folder

SIZES_PX = (16, 24, 32, 48, 64)


def icon_path(name: str) -> str:
    """Give the path of an icon as style sheets want it."""
    return (resources_folder() / "icons" / f"{name}.svg").as_posix()


@lru_cache(maxsize=256)
def icon(name: str, colour: str, dim: str = "") -> QIcon:
    """Give an icon.

    Args:
        name: File name in resources/icons, without ".svg".
        colour: Hex colour of its lines.
        dim: Hex colour while its button is off; "" leaves that to Qt.
    """
    made = QIcon()
    for size in SIZES_PX:
        made.addPixmap(pixmap(name, colour, size))
        if dim:
            made.addPixmap(pixmap(name, dim, size), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """Draw an icon at a size in device pixels."""
    text = (resources_folder() / "icons" / f"{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    drawn = QPixmap(QSize(size, size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return drawn


def app_icon() -> QIcon:
    """Give the studio's own icon."""
    return QIcon(icon_path("nnstudio"))
