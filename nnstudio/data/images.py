"""A folder with one folder of images per class, read through Pillow with its limits kept."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import whole
from nnstudio.data.dataset import DataSet, build
from nnstudio.data.files import reading, resolve
from nnstudio.data.report import Reporter
from nnstudio.data.sources import ImageFolder
from nnstudio.data.storage import allocate
from nnstudio.graph.types import ClassTarget

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".pgm": "PPM",
    ".ppm": "PPM",
}
_MOST_PIXELS = 50_000_000
_ORIENTATION = 0x0112
# What Pillow's readers are known to raise on damaged files.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, struct.error)


@dataclass(frozen=True, slots=True)
class _Found:
    """An image's file, its class and whether it belongs to the set's own test part."""

    path: Path
    label: int
    test: bool


def load_images(source: ImageFolder, base: Path | None, report: Reporter) -> DataSet:
    """Read all images below the class folders.

    Args:
        source: The outer folder, size and colour. If it holds just the folders "train" and "test"
            with class folders inside, "test" becomes the set's own test part.
        base: The folder relative paths start from.
        report: Receives progress.

    Returns:
        x (images, height, width, 1 or 3) uint8.

    Raises:
        StudioError: No folders, no images, sizes that differ, or a file that is no image.
    """
    folder = resolve(source.path, base)
    names, found = _find(folder)
    size = source.size or _common_size(found, report)
    channels = 1 if source.colour == "grey" else 3
    x = allocate((len(found), *size, channels), np.uint8, f"'{folder}'").view(np.uint8)
    for row, image in enumerate(found):
        report.at(row, len(found), f"reading {image.path.name}")
        x[row] = _pixels(image.path, size, channels)
    y = np.array([image.label for image in found], np.int64)
    test = np.flatnonzero([image.test for image in found]).astype(np.int64)
    return build(
        folder.name,
        x,
        y,
        ClassTarget(names),
        where=f"'{folder}'",
        test_rows=test if len(test) else None,
        report=report,
    )


def _find(folder: Path) -> tuple[tuple[str, ...], list[_Found]]:
    """List the classes and images, in the order of their names."""
    with reading(folder):
        if not folder.is_dir():
            raise StudioError(f"'{folder}' is not a folder; choose a folder of class folders.")
        inner = _folders(folder)
        parts = [(folder, False)]
        if {f.name.lower() for f in inner} == {"train", "test"} and all(map(_folders, inner)):
            parts = [(f, f.name.lower() == "test") for f in reversed(inner)]
        classes = sorted({f.name for part, _ in parts for f in _folders(part)})
        if not classes:
            raise StudioError(
                f"'{folder}' holds no folders; put the images of each class into a folder named "
                "after the class."
            )
        found = [
            _Found(path, label, test)
            for part, test in parts
            for label, name in enumerate(classes)
            for path in _images(part / name)
        ]
    if not found:
        raise StudioError(
            f"'{folder}' holds class folders but no images in them; use PNG, JPEG, BMP, GIF, WebP, "
            "TIFF or PGM files."
        )
    return tuple(classes), found


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    files = (p for p in folder.rglob("*") if p.suffix.lower() in _FORMATS and p.is_file())
    return sorted(p for p in files if not p.name.startswith("."))


def _common_size(found: list[_Found], report: Reporter) -> tuple[int, int]:
    """Give the size of the first image and insist that all others have it."""
    expected: tuple[int, int] | None = None
    for row, image in enumerate(found):
        report.at(row, len(found), "comparing sizes")
        with reading(image.path), _open(image.path) as opened:
            size = _upright_size(opened)
        expected = expected or size
        if size != expected:
            raise StudioError(
                f"'{image.path}' is {size[0]}×{size[1]} (height × width), the images before it are "
                f"{expected[0]}×{expected[1]}; choose a size, then all are brought to it."
            )
    return expected or (0, 0)


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Give (height, width) as a photograph is looked at, not as the camera was held."""
    try:
        sideways = image.format == "JPEG" and image.getexif().get(_ORIENTATION, 1) >= 5
    except _DAMAGE:
        sideways = False
    return (image.width, image.height) if sideways else (image.height, image.width)


def _open(path: Path) -> Image.Image:
    """Open an image without decoding it, refusing foreign files and bombs."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=(_FORMATS[path.suffix.lower()], "PNG", "JPEG"))
    except Image.DecompressionBombError as error:
        raise _too_large(path, str(error)) from error
    except PermissionError:
        raise
    except _DAMAGE as error:
        raise StudioError(
            f"'{path}' is not an image that can be read; replace it or take it out of the folder.",
            details=repr(error),
        ) from error
    if image.width * image.height > _MOST_PIXELS:
        image.close()
        raise _too_large(path, f"{image.width} x {image.height}")
    return image


def _too_large(path: Path, details: str) -> StudioError:
    return StudioError(
        f"'{path}' claims to have more than {whole(_MOST_PIXELS)} pixels; make it smaller or take "
        "it out of the folder.",
        details=details,
    )


def _pixels(path: Path, size: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    """Decode one image to (height, width, channels) uint8."""
    from PIL import Image, ImageOps

    mode = "L" if channels == 1 else "RGB"
    with reading(path), _open(path) as opened:
        try:
            opened.draft(mode, (max(size), max(size)))
            image = _eight_bits(ImageOps.exif_transpose(opened)).convert(mode)
        except _DAMAGE as error:
            raise StudioError(
                f"'{path}' is a damaged or cut-off image; replace it or take it out of the folder.",
                details=repr(error),
            ) from error
    if image.size != (size[1], size[0]):
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8).reshape(*size, channels)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit greys to 8 bits; Pillow's own conversion would cut them off at 255."""
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    deep = np.asarray(image).astype(np.int64)
    return Image.fromarray(np.clip(deep >> 8, 0, 255).astype(np.uint8))
