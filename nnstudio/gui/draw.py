"""A network as a picture without a window: what `nnstudio draw` does."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from nnstudio.graph.blocks import expand
from nnstudio.graph.infer import infer
from nnstudio.graph.layout import tidy
from nnstudio.gui.app import make_app
from nnstudio.gui.canvas.canvas import Canvas
from nnstudio.gui.canvas.export import save_picture
from nnstudio.gui.theme import Theme
from nnstudio.project.file import open_project

LEAST_WIDTH, WIDTH_PER_ROOT = 900.0, 320.0  # canvas units; about as wide as high


def draw(
    project: Path,
    out: Path,
    *,
    mode: Literal["light", "dark"] = "light",
    shapes: bool = True,
    inside: bool = False,
) -> None:
    """Write a project's network as a picture.

    Args:
        project: The project file.
        out: Ends in ".svg", ".png" or ".pdf".
        mode: The colours.
        shapes: Whether cards show shapes and numbers of parameters.
        inside: Whether blocks are drawn as the layers inside them.

    Raises:
        StudioError: The project cannot be read or the picture cannot be written.
    """
    opened = open_project(project)
    graph = opened.graph
    if inside:
        graph = expand(graph)
        width = max(LEAST_WIDTH, math.sqrt(len(graph.nodes)) * WIDTH_PER_ROOT)
        graph, _ = tidy(graph, width=width).apply(graph)
    app = make_app()
    canvas = Canvas(Theme(mode))
    canvas.show_graph(graph, infer(graph, opened.signature))
    save_picture(canvas, out, shapes=shapes)
    canvas.deleteLater()
    app.processEvents()
