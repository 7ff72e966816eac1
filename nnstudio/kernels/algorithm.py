"""Chooses how a convolution is computed: directly, or by Winograd's F(2×2, 3×3) or F(4×4, 3×3).

The choice is a fixed rule by shape, so the same network gives the same bits in every process; a
choice by stopwatch could fall differently in two runs. The rule counts operations. Measured on one
Zen 5 core, 64 images, F(4×4) against direct: forward 1.5 times as fast from 16 to 16 channels at
32×32, 2.1 to 2.6 times with 32 to 128 channels at 16×16 and 8×8; window gradient 1.3 to 2.1 times.
F(4×4) was the fastest for each of these, so the rule loses nothing there.
"""

from __future__ import annotations

import os

from nnstudio.kernels.geometry import Geometry

DIRECT = "direct"
SMALL_TILES = "winograd2"
LARGE_TILES = "winograd4"
TILE_SIZES = {SMALL_TILES: 2, LARGE_TILES: 4}

_TRANSFORM = 16  # multiply-adds in the time that one transformed number of x or y takes
_WINDOW = 8  # the same for one number of the transformed window
_GAIN = 0.9  # share of the direct cost below which the loss of accuracy is worth it


def possible(geometry: Geometry, inputs: int, outputs: int, dtype: str) -> bool:
    """Say whether Winograd's convolution can do it: 3×3, stride 1, channels in eights, float32."""
    return (
        dtype == "f4"
        and geometry.kernel == (3, 3)
        and geometry.stride == geometry.dilation == (1, 1)
        and geometry.groups == 1
        and inputs % 8 == 0
        and outputs % 8 == 0
    )


def choose(geometry: Geometry, shape: tuple[int, int, int, int], inputs: int, dtype: str) -> str:
    """Choose by rule.

    Args:
        geometry: The window.
        shape: (N, H, W, C) of the output.
        inputs: Channels of the input.
        dtype: "f4" or "f8".

    Returns:
        "direct", "winograd2" or "winograd4".
    """
    images, height, width, outputs = shape
    if not possible(geometry, inputs, outputs, dtype):
        return DIRECT
    plane = inputs * outputs
    costs = {DIRECT: _GAIN * 9 * images * height * width * plane}
    for name, size in TILE_SIZES.items():
        tiles = images * -(-height // size) * -(-width // size)
        transforms = _TRANSFORM * tiles * (inputs + outputs) + _WINDOW * plane
        costs[name] = (size + 2) ** 2 * (tiles * plane + transforms)
    return min(costs, key=lambda name: costs[name])


def tile_size(
    geometry: Geometry, shape: tuple[int, int, int, int], inputs: int, dtype: str, wish: str
) -> int:
    """Give the size of Winograd's tiles, or 0 for the direct way.

    Args:
        geometry: The window.
        shape: (N, H, W, C) of the output.
        inputs: Channels of the input.
        dtype: "f4" or "f8".
        wish: Used where it is possible, instead of the rule, unless empty; the environment's
            NNSTUDIO_CONVOLUTION goes first.
    """
    wish = os.environ.get("NNSTUDIO_CONVOLUTION", "") or wish
    name = wish or choose(geometry, shape, inputs, dtype)
    if not possible(geometry, inputs, shape[3], dtype):
        return 0
    return TILE_SIZES.get(name, 0)
