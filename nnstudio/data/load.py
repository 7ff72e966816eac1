"""One door to all sources: `load` reads what a source describes."""

from __future__ import annotations

from nnstudio.data.dataset import DataSet
from nnstudio.data.report import Cancel, Progress, Reporter
from nnstudio.data.sources import BuiltIn, Drawn

AnySource = BuiltIn | Drawn


def load(
    source: AnySource,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> DataSet:
    """Read the data set that a source describes.

    Args:
        source: Where the data comes from.
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
    if isinstance(source, BuiltIn):
        from nnstudio.data.builtin import load_builtin

        return load_builtin(source)
    from nnstudio.data.drawn import load_drawn

    return load_drawn(source)
