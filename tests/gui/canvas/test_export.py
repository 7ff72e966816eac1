"""Saving the network as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Graph
from nnstudio.gui.canvas.export import save_picture
from tests.gui.canvas.conftest import Bench


def test_a_png_holds_the_whole_network_at_twice_the_size(bench: Bench, tmp_path: Path) -> None:
    bench.canvas.camera.zoom(0.1)
    save_picture(bench.canvas, tmp_path / "net.png")
    picture = QImage(str(tmp_path / "net.png"))
    bounds = bench.canvas.drawing.bounds()
    assert picture.width() == round((bounds.width() + 56) * 2)
    colours = {
        picture.pixelColor(x, y).name() for x in range(56, 400, 7) for y in range(56, 190, 5)
    }
    assert len(colours) > 5


def test_an_svg_keeps_letters_as_letters(bench: Bench, tmp_path: Path) -> None:
    save_picture(bench.canvas, tmp_path / "net.svg")
    text = (tmp_path / "net.svg").read_text()
    assert "Conv 6 @ 5×5" in text
    assert "<path" in text


def test_an_empty_network_or_another_ending_is_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="another ending"):
        save_picture(bench.canvas, tmp_path / "net.gif")
    bench.show(Graph())
    with pytest.raises(StudioError, match="empty"):
        save_picture(bench.canvas, tmp_path / "net.png")
    assert list(tmp_path.iterdir()) == []
