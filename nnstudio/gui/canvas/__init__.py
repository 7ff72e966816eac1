"""The canvas: the network as cards and links, and all that hands and keys can do to it."""

from nnstudio.gui.canvas.canvas import Canvas
from nnstudio.gui.canvas.gestures.drop import LAYER_MIME

__all__ = ["LAYER_MIME", "Canvas"]
