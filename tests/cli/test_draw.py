"""`nnstudio draw` writes the network as a picture, in a process of its own and without a screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.cli.answers import Command


def draw(*arguments: object) -> subprocess.CompletedProcess[str]:
    quiet = {name: value for name, value in os.environ.items() if name not in {"DISPLAY"}}
    return subprocess.run(
        [sys.executable, "-m", "nnstudio", "draw", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, env=quiet, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_a_project_is_drawn_without_a_screen(spirals: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"net.{ending}"
    done = draw(spirals, out)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"net.{ending}" in done.stdout
    beginnings = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    assert out.read_bytes().startswith(beginnings[ending])


def test_shapes_are_left_out_where_nobody_wants_them(spirals: Path, tmp_path: Path) -> None:
    draw(spirals, tmp_path / "with.svg")
    draw(spirals, tmp_path / "without.svg", "--no-shapes")
    full, bare = ((tmp_path / f"{name}.svg").read_text() for name in ("with", "without"))
    assert len(bare) < len(full)
    assert "Dense" in bare


def test_the_dark_picture_is_darker(spirals: Path, tmp_path: Path) -> None:
    draw(spirals, tmp_path / "light.png")
    draw(spirals, tmp_path / "dark.png", "--dark")
    light, dark = (QImage(str(tmp_path / f"{name}.png")) for name in ("light", "dark"))
    assert dark.pixelColor(2, 2).lightness() < 60 < 200 < light.pixelColor(2, 2).lightness()


def test_another_ending_is_refused_in_one_sentence(spirals: Path, tmp_path: Path) -> None:
    done = draw(spirals, tmp_path / "net.gif")
    assert done.returncode == 2
    assert "another ending" in done.stderr
    assert not (tmp_path / "net.gif").exists()


def test_without_the_desktop_the_command_says_so(command: Command, spirals: Path) -> None:
    answer = command("draw", spirals, "net.svg")
    assert answer.code == 2
    assert "pictures" in answer.err
