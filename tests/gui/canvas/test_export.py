"""Saving the network as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Graph
from nnstudio.gui.canvas.export import save_picture
from tests.gui.canvas import nets
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


def test_a_pdf_has_one_page(bench: Bench, tmp_path: Path) -> None:
    save_picture(bench.canvas, tmp_path / "net.pdf")
    content = (tmp_path / "net.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") == 1


def test_a_picture_shows_no_selection_and_leaves_it_as_it_was(bench: Bench, tmp_path: Path) -> None:
    save_picture(bench.canvas, tmp_path / "rest.png")
    bench.canvas.select(list(bench.canvas.drawing.cards)[:2])
    chosen = bench.canvas.selection
    save_picture(bench.canvas, tmp_path / "selected.png")
    assert QImage(str(tmp_path / "rest.png")) == QImage(str(tmp_path / "selected.png"))
    assert bench.canvas.selection == chosen


def test_an_empty_network_or_another_ending_is_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="another ending"):
        save_picture(bench.canvas, tmp_path / "net.gif")
    bench.show(Graph())
    with pytest.raises(StudioError, match="empty"):
        save_picture(bench.canvas, tmp_path / "net.png")
    assert list(tmp_path.iterdir()) == []


def test_a_message_below_the_last_card_is_in_the_picture(bench: Bench, tmp_path: Path) -> None:
    bench.show(nets.lenet(10))
    save_picture(bench.canvas, tmp_path / "whole.png")
    bench.show(nets.lenet(12))
    save_picture(bench.canvas, tmp_path / "broken.png")
    whole, broken = QImage(str(tmp_path / "whole.png")), QImage(str(tmp_path / "broken.png"))
    assert broken.height() > whole.height()
