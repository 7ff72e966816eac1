"""One door to all sources: `load` reads what a source describes."""

from __future__ import annotations

from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import DataSet
from nnstudio.data.report import Cancel, Progress, Reporter
from nnstudio.data.sources import AnySource, BuiltIn, Csv, Drawn, Idx, ImageFolder, Npz


def load(
    source: AnySource,
    *,
    base: Path | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DataSet:
    """Read the data set that a source describes.

    Args:
        source: Where the data comes from.
        base: The folder relative paths start from, usually the project's; None is the current one.
        progress: Called with (done, total, words) while reading.
        cancel: Asked now and then; True stops the reading.

    Returns:
        The checked data set.

    Raises:
        StudioError: The data is missing, damaged or cannot be learned from.
        Cancelled: `cancel` answered True.
    """
    report = Reporter(progress, cancel)
    report.at(0, 0, "opening the data")
    try:
        return _read(source, base, report)
    except MemoryError as error:
        raise StudioError(
            "The data does not fit into this computer's memory; take less data or smaller images.",
            details=repr(error),
        ) from error


def _read(source: AnySource, base: Path | None, report: Reporter) -> DataSet:
    """Hand the source to its reader, which is imported only when it is needed."""
    if isinstance(source, BuiltIn):
        from nnstudio.data.builtin import load_builtin

        return load_builtin(source)
    if isinstance(source, Drawn):
        from nnstudio.data.drawn import load_drawn

        return load_drawn(source)
    if isinstance(source, Idx):
        from nnstudio.data.idx import load_idx

        return load_idx(source, base, report)
    if isinstance(source, Csv):
        from nnstudio.data.table import load_csv

        return load_csv(source, base, report)
    if isinstance(source, Npz):
        from nnstudio.data.npz import load_npz

        return load_npz(source, base, report)
    if isinstance(source, ImageFolder):
        from nnstudio.data.images import load_images

        return load_images(source, base, report)
    from nnstudio.data.public import load_public

    return load_public(source, report)
