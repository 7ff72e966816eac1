"""Saving the network as a picture, PNG or SVG, with all cards in full detail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.gui.canvas.stage import NOTHING

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_MARGIN = 28.0
_SHARPNESS = 2.0
_LARGEST_PX = 16_000.0


def save_picture(canvas: Canvas, path: Path) -> None:
    """Write the whole network to a file.

    Args:
        canvas: What to draw.
        path: Ends in ".png" or ".svg".

    Raises:
        StudioError: There is no card to draw, or the name has another ending.
    """
    area = canvas.drawing.bounds()
    if area.isNull():
        raise StudioError("The network is empty, so there is no picture of it to save.")
    area = area.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
    ending = path.suffix.lower()
    if ending not in {".svg", ".png"}:
        raise StudioError(f"A picture is saved as .png or .svg; '{path.name}' has another ending.")
    content = _svg(canvas, area) if ending == ".svg" else _png(canvas, area)
    with atomic_write(path) as file:
        file.write(content)


def _draw(canvas: Canvas, painter: QPainter, target: QRectF, area: QRectF) -> None:
    stage = canvas.stage
    hover, stage.hover = stage.hover, NOTHING
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(target, stage.ink.canvas)
    canvas.scene().render(painter, target, area)
    stage.hover = hover


def _svg(canvas: Canvas, area: QRectF) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle("Network")
    target = QRectF(0, 0, area.width(), area.height())
    generator.setSize(target.size().toSize())
    generator.setViewBox(target)
    painter = QPainter(generator)
    _draw(canvas, painter, target, area)
    painter.end()
    return bytes(QByteArray(buffer.data()).data())


def _png(canvas: Canvas, area: QRectF) -> bytes:
    scale = min(_SHARPNESS, _LARGEST_PX / max(area.width(), area.height()))
    size = QSize(round(area.width() * scale), round(area.height() * scale))
    picture = QImage(size, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    _draw(canvas, painter, QRectF(0, 0, size.width(), size.height()), area)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(QByteArray(buffer.data()).data())
