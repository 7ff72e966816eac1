"""Curves as files and for the clipboard: PNG, SVG of real lines and words, and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from nnstudio.gui.curve_data import csv_lines
from nnstudio.gui.curve_export import write
from nnstudio.gui.curve_paint import small_font
from nnstudio.gui.curve_pane import CurvePane
from nnstudio.gui.theme import Colours
from nnstudio.train.history import History

SCALE = 2


def _draw(
    painter: QPainter, panel: QWidget, panes: Sequence[CurvePane], colours: Colours, *, vector: bool
) -> None:
    """Draw the plots where they stand on the screen, each under its name, as lines and words."""
    painter.fillRect(panel.rect(), QColor(colours.panel))
    for pane in panes:
        painter.save()
        painter.translate(pane.plot.mapTo(panel, QPoint()))
        painter.setPen(QColor(colours.text))
        painter.setFont(small_font())
        painter.drawText(QPoint(8, -8), pane.spec.group)
        pane.plot.paint_on(painter, vector=vector)
        painter.restore()


def picture(panel: QWidget, panes: Sequence[CurvePane], colours: Colours) -> QImage:
    """Draw the plots at twice their size."""
    image = QImage(panel.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    painter = QPainter(image)
    _draw(painter, panel, panes, colours, vector=False)
    painter.end()
    return image


def save_png(panel: QWidget, panes: Sequence[CurvePane], colours: Colours, path: Path) -> None:
    """Write the plots as PNG.

    Raises:
        StudioError: The system refused.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture(panel, panes, colours))
    write(path, bytes(buffer.data().data()))


def save_svg(panel: QWidget, panes: Sequence[CurvePane], colours: Colours, path: Path) -> None:
    """Write the plots as SVG.

    Raises:
        StudioError: The system refused.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(panel.size())
    generator.setViewBox(QRect(QPoint(), panel.size()))
    generator.setTitle("Curves")
    painter = QPainter(generator)
    _draw(painter, panel, panes, colours, vector=True)
    painter.end()
    write(path, bytes(buffer.data().data()))


def csv_text(runs: Sequence[tuple[str, History]]) -> str:
    """Give every step and epoch of some runs as a table."""
    return "\n".join(csv_lines(runs)) + "\n"


def save_csv(runs: Sequence[tuple[str, History]], path: Path) -> None:
    """Write every step and epoch of some runs as a table.

    Raises:
        StudioError: The system refused.
    """
    write(path, csv_text(runs).encode())
