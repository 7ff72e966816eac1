"""Saving the network as a picture, PNG, SVG or PDF, with all cards in full detail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPaintDevice, QPainter, QPdfWriter

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.gui.canvas.stage import NOTHING, Stage

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_MARGIN = 28.0
_SHARPNESS = 2.0
_LARGEST_PX = 16_000.0
_PDF_DPI = 144


def save_picture(canvas: Canvas, path: Path, *, shapes: bool = True) -> None:
    """Write the whole network to a file.

    Args:
        canvas: What to draw.
        path: Ends in ".png", ".svg" or ".pdf".
        shapes: Whether cards show shapes and numbers of parameters.

    Raises:
        StudioError: There is no card to draw, or the name has another ending.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise StudioError(
            f"A picture is saved as .png, .svg or .pdf; '{path.name}' has another ending."
        )
    area = canvas.drawing.bounds()
    if area.isNull():
        raise StudioError("The network is empty, so there is no picture of it to save.")
    with _at_rest(canvas.stage, shapes), atomic_write(path) as file:
        for bubble in canvas.stage.bubbles:
            area = area.united(bubble.area)
        area = area.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        file.write(write(canvas, area))


@contextmanager
def _at_rest(stage: Stage, shapes: bool) -> Iterator[None]:
    """Let nothing show as selected or pointed at for as long as the picture is drawn."""
    kept = stage.hover, stage.selected, stage.selected_links, stage.bare
    eye, stage.eye = stage.eye, None
    stage.hover, stage.selected, stage.selected_links, stage.bare = NOTHING, {}, set(), not shapes
    stage.arrange_bubbles()
    try:
        yield
    finally:
        stage.hover, stage.selected, stage.selected_links, stage.bare = kept
        stage.eye = eye
        stage.arrange_bubbles()


def _draw(canvas: Canvas, device: QPaintDevice, target: QRectF, area: QRectF) -> None:
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(target, canvas.stage.ink.canvas)
    canvas.scene().render(painter, target, area)
    painter.end()


def _open_buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _content(buffer: QBuffer) -> bytes:
    return bytes(QByteArray(buffer.data()).data())


def _svg(canvas: Canvas, area: QRectF) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    buffer, generator = _open_buffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle("Network")
    target = QRectF(0, 0, area.width(), area.height())
    generator.setSize(target.size().toSize())
    generator.setViewBox(target)
    _draw(canvas, generator, target, area)
    return _content(buffer)


def _pdf(canvas: Canvas, area: QRectF) -> bytes:
    """One page of the network's own size, a canvas unit being half a point."""
    buffer = _open_buffer()
    writer = QPdfWriter(buffer)
    writer.setTitle("Network")
    writer.setResolution(_PDF_DPI)
    page = QSizeF(area.width() / 2, area.height() / 2)
    writer.setPageSize(
        QPageSize(page, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF())
    _draw(canvas, writer, QRectF(0, 0, writer.width(), writer.height()), area)
    return _content(buffer)


def _png(canvas: Canvas, area: QRectF) -> bytes:
    scale = min(_SHARPNESS, _LARGEST_PX / max(area.width(), area.height()))
    size = QSize(round(area.width() * scale), round(area.height() * scale))
    picture = QImage(size, QImage.Format.Format_RGB32)
    _draw(canvas, picture, QRectF(0, 0, size.width(), size.height()), area)
    buffer = _open_buffer()
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return _content(buffer)


_WRITERS: dict[str, Callable[[Canvas, QRectF], bytes]] = {
    ".png": _png,
    ".svg": _svg,
    ".pdf": _pdf,
}
