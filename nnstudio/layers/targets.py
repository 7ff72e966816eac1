"""What losses have in common: which scores and targets fit, and the repairs where they do not."""

from __future__ import annotations

from nnstudio.core import words
from nnstudio.graph.layer import InsertBefore, Mismatch, ReplaceWith, SetWidth
from nnstudio.graph.types import SCALAR, ClassTarget, Target, TensorType, ValueTarget

SOFTMAX_LOSS = ReplaceWith("softmax_cross_entropy", "Make it a softmax loss")
SQUARED_ERROR = ReplaceWith("mse", "Make it a squared error")
BINARY_LOSS = ReplaceWith("binary_cross_entropy", "Make it a binary cross-entropy")


def counted(number: int, word: str) -> str:
    """Write a number with its noun: "1 score", "10 scores"."""
    plural = word + ("es" if word.endswith("s") else "s")
    return f"{words.whole(number)} {word if number == 1 else plural}"


def to_one(x: TensorType) -> tuple[str, ...]:
    """Give the shape rule of a loss as LaTeX."""
    what = "score" if x.size == 1 else "scores"
    return (rf"{x.size}\ \text{{{what}}} \to \mathbf{{1}}\ \text{{number}}",)


def scalar_of_flat(title: str, x: TensorType) -> TensorType:
    """Give the loss's own type.

    Raises:
        Mismatch: The scores are not a flat vector.
    """
    if not x.is_flat:
        raise Mismatch(
            f"{title} needs a flat vector of scores; {x} = {words.whole(x.size)} numbers arrive"
            f" as {'a map' if x.is_map else 'a block'}.",
            InsertBefore("flatten", "Insert Flatten"),
            port="x",
        )
    return SCALAR


def check_classes(title: str, x: TensorType, target: Target) -> None:
    """Raise Mismatch unless there is one score for each class of the data set."""
    if isinstance(target, ValueTarget):
        raise Mismatch(
            f"{title} compares scores with classes; the data set's target is"
            f" {counted(target.size, 'number')}.",
            SQUARED_ERROR,
        )
    if x.size == target.size:
        return
    give = "arrives" if x.size == 1 else "arrive"
    extra = (BINARY_LOSS,) if x.size == 1 and target.size == 2 else ()
    raise Mismatch(
        f"{counted(x.size, 'score')} {give}; the data set has {counted(target.size, 'class')}.",
        *extra,
        SetWidth(target.size, f"Set units to {target.size}"),
        port="x",
    )


def check_values(title: str, x: TensorType, target: Target) -> None:
    """Raise Mismatch unless there is one output for each number of the target."""
    if isinstance(target, ClassTarget):
        raise Mismatch(
            f"{title} compares numbers; the data set's target is one of"
            f" {counted(target.size, 'class')}.",
            SOFTMAX_LOSS,
        )
    if x.size != target.size:
        give = "arrives" if x.size == 1 else "arrive"
        raise Mismatch(
            f"{counted(x.size, 'number')} {give}; the data set's target has"
            f" {counted(target.size, 'number')}.",
            SetWidth(target.size, f"Set units to {target.size}"),
            port="x",
        )
