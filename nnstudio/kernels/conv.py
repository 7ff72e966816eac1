"""Convolutions: forward and both gradients on channels-last maps with halos."""

from __future__ import annotations

from nnstudio.kernels.algorithm import tile_size
from nnstudio.kernels.correlate import emit_slide
from nnstudio.kernels.dense import dense_forward, dense_input_gradient, dense_weight_gradient
from nnstudio.kernels.geometry import Geometry, gradient_halo, input_halo
from nnstudio.kernels.input_gradient import emit_phases, turned_window
from nnstudio.kernels.moves import with_halo
from nnstudio.kernels.program import NO_HALO, Buffer, Program
from nnstudio.kernels.window_gradient import emit_bias_gradient, emit_window_gradient
from nnstudio.kernels.winograd import emit_winograd, emit_winograd_gradient

__all__ = [
    "Geometry",
    "conv_forward",
    "conv_input_gradient",
    "conv_weight_gradient",
    "gradient_halo",
    "input_halo",
]


def _pixels(buffer: Buffer) -> Buffer:
    """See maps without halo as one row of channels per pixel."""
    n, height, width, channels = buffer.shape
    shape = (n * height * width, channels)
    return Buffer(f"{buffer.name} pixels", shape, buffer.dtype, base=buffer)


def _window_matrix(w: Buffer) -> Buffer:
    """See a 1×1 window as a matrix."""
    return Buffer(f"{w.name} matrix", w.shape[2:], w.dtype, base=w)


def _plain(geometry: Geometry, *buffers: Buffer) -> bool:
    """Say whether it is a plain product over pixels."""
    return geometry.pointwise and all(buffer.halo == NO_HALO for buffer in buffers)


def conv_forward(
    program: Program,
    x: Buffer,
    w: Buffer,
    bias: Buffer | None,
    y: Buffer,
    geometry: Geometry,
    *,
    relu: bool = False,
) -> None:
    """Add y = conv(x, w) + bias, cut at zero if `relu`.

    Args:
        program: Where the calls are added.
        x: (N, H, W, C); a halo of `input_halo(geometry)` avoids a copy.
        w: (KH, KW, C / groups, O).
        bias: (O,) or None.
        y: (N, Ho, Wo, O); its halo stays as it is.
        geometry: The window.
        relu: Cut y at zero; NaN stays NaN.
    """
    if _plain(geometry, x, y):
        dense_forward(program, _pixels(x), _window_matrix(w), bias, _pixels(y), relu=relu)
        return
    wide = with_halo(program, x, input_halo(geometry))
    vector = bias.vector() if bias else None
    size = _tile_size(program, y, x, geometry)
    if size:
        pad = geometry.pad[0], geometry.pad[2]
        emit_winograd(program, wide, w, vector, y, pad, size, relu=relu, label="conv")
    else:
        emit_slide(program, wide, w, vector, y, geometry, relu=relu, label="conv")


def _tile_size(program: Program, y: Buffer, x: Buffer, geometry: Geometry) -> int:
    """Give the size of Winograd's tiles of y, made of x; 0 for the direct way."""
    n, height, width, channels = y.shape
    shape = n, height, width, channels
    return tile_size(geometry, shape, x.shape[3], program.dtype, program.convolution)


def conv_input_gradient(
    program: Program, dy: Buffer, w: Buffer, dx: Buffer, geometry: Geometry
) -> None:
    """Add dx, the gradient of the input; it is overwritten.

    Args:
        program: Where the calls are added.
        dy: (N, Ho, Wo, O); a halo of `gradient_halo(geometry)` avoids a copy.
        w: (KH, KW, C / groups, O).
        dx: (N, H, W, C); its halo stays as it is.
        geometry: The window of the forward pass.
    """
    if _plain(geometry, dy, dx):
        dense_input_gradient(program, _pixels(dy), _window_matrix(w), _pixels(dx))
        return
    wide = with_halo(program, dy, gradient_halo(geometry))
    size = _tile_size(program, dx, dy, geometry)
    if size:
        turned = turned_window(program, w, geometry)
        pad = 2 - geometry.pad[0], 2 - geometry.pad[2]
        emit_winograd(program, wide, turned, None, dx, pad, size, label="conv dx")
    else:
        emit_phases(program, wide, w, dx, geometry)


def conv_weight_gradient(
    program: Program, x: Buffer, dy: Buffer, dw: Buffer, db: Buffer | None, geometry: Geometry
) -> None:
    """Add dw and db, the gradients of window and bias; they are overwritten.

    Args:
        program: Where the calls are added.
        x: (N, H, W, C); a halo of `input_halo(geometry)` avoids a copy.
        dy: (N, Ho, Wo, O).
        dw: (KH, KW, C / groups, O).
        db: (O,) or None.
        geometry: The window of the forward pass.
    """
    if db is not None:
        emit_bias_gradient(program, dy, db)
    if _plain(geometry, x, dy) and dw.size > 4096:
        dense_weight_gradient(program, _pixels(x), _pixels(dy), _window_matrix(dw), None)
        return
    wide = with_halo(program, x, input_halo(geometry))
    size = _tile_size(program, dy, x, geometry)
    if size:
        pad = geometry.pad[0], geometry.pad[2]
        emit_winograd_gradient(program, wide, dy, dw, pad, size)
    else:
        emit_window_gradient(program, wide, dy, dw, geometry)
