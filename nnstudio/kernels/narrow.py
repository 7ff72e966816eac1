"""Few output channels: several neighbouring pixels share one vector, so that its lanes are used.

Channels lie last, so `pixels` neighbours of O channels are one row of pixels·O numbers. The window
is widened: column (p, o) of the widened window is window o moved p·stride to the right, zero
elsewhere. LeNet's first convolution (6 channels, 5×5) uses 12 of 16 lanes instead of 6 and needs
6/5 of the sums: 225 → 128 µs for 64 images of 28×28 on one Zen 5 core.
"""

from __future__ import annotations

from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.kernel import In1, In2, In4, Out1, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer, Program, View

_WORTH = 0.85  # share of the plain cost below which widening pays for its small extra op


def pixels_together(width: int, outputs: int, geometry: Geometry, dtype: str) -> int:
    """Give the number of neighbouring output pixels that one row of columns should hold.

    Args:
        width: Output pixels of a line.
        outputs: Output channels.
        geometry: The window.
        dtype: "f4" or "f8".

    Returns:
        A divisor of `width`; 1 if nothing is gained.
    """
    if geometry.groups > 1 or geometry.dilation[1] > 1:
        return 1
    lanes, taps = cpu().vector_lanes(dtype), geometry.kernel[1]

    def cost(pixels: int) -> float:
        vectors = -(-pixels * outputs // lanes)
        return vectors * (taps + (pixels - 1) * geometry.stride[1]) / pixels

    counts = [p for p in range(1, width + 1) if width % p == 0 and p * outputs <= 4 * lanes]
    best = min(counts, key=cost, default=1)
    return best if cost(best) < _WORTH * cost(1) else 1


@kernel
def widen_window(
    w: In4,
    bias: In1,
    wide: Out4,
    wide_bias: Out1,
    pixels: int,
    stride: int,
    biased: int,
    tid: int,
    threads: int,
) -> None:
    """Write the window once for each pixel, moved to the right, and repeat the bias."""
    taps, outputs = w.shape[1], w.shape[3]
    first, last = share(w.shape[0], tid, threads)
    for i in range(first, last):
        for j in range(wide.shape[1]):
            for c in range(w.shape[2]):
                for p in range(pixels):
                    source = j - p * stride
                    inside = source >= 0 and source < taps
                    for o in range(outputs):
                        value = w[i, source, c, o] if inside else 0.0
                        wide[i, j, c, p * outputs + o] = value
    if biased and tid == 0:
        for p in range(pixels):
            for o in range(outputs):
                wide_bias[p * outputs + o] = bias[o]


@kernel
def fold_window(
    parts: In2, dw: Out4, wide_taps: int, pixels: int, stride: int, tid: int, threads: int
) -> None:
    """Sum the gradients of the widened window over threads and pixels."""
    taps, inputs, outputs = dw.shape[1], dw.shape[2], dw.shape[3]
    columns = pixels * outputs
    first, last = share(dw.shape[0], tid, threads)
    for i in range(first, last):
        for j in range(taps):
            for c in range(inputs):
                for o in range(outputs):
                    dw[i, j, c, o] = 0.0
                for part in range(parts.shape[0]):
                    for p in range(pixels):
                        row = (i * wide_taps + j + p * stride) * inputs + c
                        for o in range(outputs):
                            dw[i, j, c, o] += parts[part, row * columns + p * outputs + o]


def wide_shape(w: Buffer, geometry: Geometry, pixels: int) -> tuple[int, int, int, int]:
    """Give the shape of the window widened for `pixels` pixels."""
    kh, kw, depth, outputs = w.shape
    return kh, kw + (pixels - 1) * geometry.stride[1], depth, pixels * outputs


def emit_widening(
    program: Program, w: Buffer, bias: View | None, geometry: Geometry, pixels: int
) -> tuple[Buffer, View | None]:
    """Add the widening of a window and its bias; give the widened ones.

    Args:
        program: Where the call is added.
        w: (KH, KW, C, O).
        bias: (O,) or None.
        geometry: The window.
        pixels: Pixels that share a row.
    """
    wide = program.buffer(f"{w.name} widened", wide_shape(w, geometry, pixels))
    wide_bias = program.buffer(f"{w.name} bias", (wide.shape[3],)).vector()
    program.call(
        widen_window, w.maps(), bias or View(w, w.shape[3:]), wide.maps(), wide_bias,
        pixels, geometry.stride[1], int(bias is not None), label="widen", serial=True,
    )  # fmt: skip
    return wide, wide_bias if bias else None


def emit_fold(program: Program, parts: Buffer, dw: Buffer, geometry: Geometry, pixels: int) -> None:
    """Add the folding of the widened window's gradients, one row of `parts` per thread."""
    taps = dw.shape[1] + (pixels - 1) * geometry.stride[1]
    program.call(
        fold_window, View(parts, parts.shape), dw.maps(), taps, pixels, geometry.stride[1],
        label="fold", serial=True,
    )  # fmt: skip
