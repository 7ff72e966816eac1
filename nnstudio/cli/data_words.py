"""What a project's data is and what is predicted from it, in sentences."""

from __future__ import annotations

from nnstudio.core import words
from nnstudio.data.dataset import DataSet
from nnstudio.data.sources import AnySource, Csv
from nnstudio.graph.types import ClassTarget, DataSignature


def aim_text(source: AnySource, signature: DataSignature) -> str:
    """Say what is predicted from what: "predicts species (3 classes) from 6 columns"."""
    target = signature.target
    what = f"{words.whole(target.size)} classes"
    if not isinstance(target, ClassTarget):
        what = _named(target.names) if target.names else "values"
    size = signature.input
    kind = "symbols" if size.is_symbols else "numbers"
    inputs = f"{words.whole(size.size)} {kind}" if size.is_flat else str(size)
    if not isinstance(source, Csv):
        return f"predicts {what} from {inputs}"
    features = [one for one in source.columns if one.role in ("number", "word")]
    if isinstance(target, ClassTarget) and source.targets:
        what = f"{source.targets[0]} ({what})"
    count = len(features)
    columns = f"{words.whole(count)} {'column' if count == 1 else 'columns'}"
    return f"predicts {what} from {columns if count else inputs}"


def _named(names: tuple[str, ...]) -> str:
    shown = list(names[:4])
    more = [f"{len(names) - 4} more"] if len(names) > 4 else []
    return f"{words.listed(shown + more)} ({'a number' if len(names) == 1 else 'numbers'})"


def rows_text(dataset: DataSet, option: str) -> str:
    """Say which rows of a table are used, and how to keep those with gaps; "" for other data.

    Args:
        dataset: As it was read.
        option: What a person types to fill gaps with the mean.
    """
    if not dataset.dropped:
        return dataset.note
    return f"{dataset.note.removesuffix('.')}; {option} fills the gaps."
