"""Borders made of a map's own pixels, reflected or repeated; halos hold the borders of zeros."""

from __future__ import annotations

from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, Mod4, Out4, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer, Halo, Program


@device
def inside(at: int, size: int, reflect: int) -> int:
    """Give the pixel that stands for place `at`: the nearest, or the mirrored one."""
    place = at
    if at < 0:
        place = -at if reflect == 1 else 0
    elif at >= size:
        place = 2 * size - 2 - at if reflect == 1 else size - 1
    return place


@kernel
def pad_edges(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    channels: int,
    from_height: int,
    from_width: int,
    top: int,
    left: int,
    reflect: int,
    tid: int,
    threads: int,
) -> None:
    """Give every pixel of y that of x which stands for it."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            i = inside(h - top, from_height, reflect)
            for w in range(width):
                j = inside(w - left, from_width, reflect)
                for c in range(channels):
                    y[n, h, w, c] = x[n, i, j, c]


@kernel
def pad_edges_gradient(
    dy: In4,
    dx: Mod4,
    height: int,
    width: int,
    channels: int,
    from_height: int,
    from_width: int,
    top: int,
    left: int,
    reflect: int,
    tid: int,
    threads: int,
) -> None:
    """Sum the gradients of all places that a pixel stood for."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(from_height):
            for w in range(from_width):
                for c in range(channels):
                    dx[n, h, w, c] = 0.0
        for h in range(height):
            i = inside(h - top, from_height, reflect)
            for w in range(width):
                j = inside(w - left, from_width, reflect)
                for c in range(channels):
                    dx[n, i, j, c] += dy[n, h, w, c]


def emit_border(
    program: Program, x: Buffer, y: Buffer, edges: tuple[int, int], *, reflect: bool
) -> None:
    """Add y = x with a border of its own pixels.

    Args:
        program: Where the call is added.
        x: (N, H, W, C).
        y: (N, Hy, Wy, C), at least as large; its halo stays as it is.
        edges: Rows of the border above and columns on the left; the rest of y's size is the
            border below and on the right.
        reflect: Reflect the map about its edge pixels, which stay single, as torch's "reflect";
            else repeat them, as torch's "replicate". Reflected borders are smaller than the map.
    """
    numbers = (*y.shape[1:], *x.shape[1:3], *edges, int(reflect))
    program.call(pad_edges, x.maps(), y.maps(), *numbers, label="border", serial=is_small(y))


def emit_border_gradient(
    program: Program, dy: Buffer, dx: Buffer, edges: tuple[int, int], *, reflect: bool
) -> None:
    """Add dx: the border's gradients folded back onto the pixels it was made of; overwritten.

    Args:
        program: Where the call is added.
        dy: (N, Hy, Wy, C), the gradient of what `emit_border` wrote.
        dx: (N, H, W, C); its halo stays as it is.
        edges: As in `emit_border`.
        reflect: As in `emit_border`.
    """
    numbers = (*dy.shape[1:], *dx.shape[1:3], *edges, int(reflect))
    views = dy.maps(), dx.maps()
    program.call(pad_edges_gradient, *views, *numbers, label="fold border", serial=is_small(dy))


def with_border(program: Program, x: Buffer, pad: Halo, *, reflect: bool) -> Buffer:
    """Give a copy of maps with a border of their own pixels.

    Args:
        program: Where the copy is added.
        x: (N, H, W, C).
        pad: Pixels added at the top, bottom, left and right.
        reflect: As in `emit_border`.

    Returns:
        (N, H + top + bottom, W + left + right, C).
    """
    images, height, width, channels = x.shape
    top, bottom, left, right = pad
    shape = (images, height + top + bottom, width + left + right, channels)
    wide = program.buffer(f"{x.name} with border", shape, x.dtype)
    emit_border(program, x, wide, (top, left), reflect=reflect)
    return wide
