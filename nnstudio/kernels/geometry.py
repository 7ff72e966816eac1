"""Geometry of a convolution: window, stride, padding, groups, dilation, and its halos."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.core.errors import StudioError
from nnstudio.kernels.program import NO_HALO, Halo


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a window passes over a map.

    Attributes:
        kernel: Height and width of the window.
        stride: Steps down and to the right.
        pad: Zeros added at the top, bottom, left and right.
        groups: Parts into which input and output channels are divided.
        dilation: Distance of the window's elements down and to the right.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1
    dilation: tuple[int, int] = (1, 1)

    @property
    def reach(self) -> tuple[int, int]:
        """Distance between the window's first and last element, down and to the right."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1), dw * (kw - 1)

    def output(self, height: int, width: int) -> tuple[int, int]:
        """Give the height and width of the output.

        Raises:
            StudioError: The window is larger than the padded map.
        """
        top, bottom, left, right = self.pad
        down = height + top + bottom - self.reach[0] - 1
        across = width + left + right - self.reach[1] - 1
        if down < 0 or across < 0:
            raise StudioError(
                f"A window of {self.reach[0] + 1}×{self.reach[1] + 1} does not fit on a map of "
                f"{height}×{width}; make the window smaller or add padding."
            )
        return down // self.stride[0] + 1, across // self.stride[1] + 1

    @property
    def pointwise(self) -> bool:
        """Whether it is a plain product over pixels: 1×1, stride 1, no padding, one group."""
        return (
            self.kernel == (1, 1)
            and self.stride == (1, 1)
            and self.pad == NO_HALO
            and self.groups == 1
        )


def input_halo(geometry: Geometry) -> Halo:
    """Give the halo of the input that lets forward and weight gradient run without a copy."""
    return geometry.pad


def gradient_halo(geometry: Geometry) -> Halo:
    """Give the halo of the output's gradient that lets the input gradient run without a copy."""
    (down, across), (top, bottom, left, right) = geometry.reach, geometry.pad
    (sh, sw) = geometry.stride
    return (
        max(0, (down - top) // sh),
        max(0, -((bottom - down) // sh)),
        max(0, (across - left) // sw),
        max(0, -((right - across) // sw)),
    )
