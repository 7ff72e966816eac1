"""What a widget shows as a file: PNG and SVG, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from nnstudio.core.files import atomic_write

SCALE = 2


def picture(widget: QWidget, background: str) -> QImage:
    """Draw a widget at twice its size."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(QColor(background))
    widget.render(image, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    return image


def save_png(widget: QWidget, background: str, path: Path) -> None:
    """Write a widget's picture as PNG.

    Raises:
        StudioError: The system refused.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture(widget, background))
    write(path, bytes(buffer.data().data()))


def save_svg(widget: QWidget, background: str, path: Path) -> None:
    """Write a widget's picture as SVG.

    Raises:
        StudioError: The system refused.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle("Curves")
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), QColor(background))
    widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    write(path, bytes(buffer.data().data()))


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        StudioError: The system refused.
    """
    with atomic_write(path) as file:
        file.write(content)
