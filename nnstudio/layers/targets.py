"""What losses have in common: which scores and targets fit, and the repairs where they do not."""

from __future__ import annotations

from pydantic import JsonValue

from nnstudio.core import words
from nnstudio.graph.layer import InsertBefore, Mismatch, Remedy, ReplaceWith, SetWidth
from nnstudio.graph.types import SCALAR, ClassTarget, Target, TensorType, ValueTarget
from nnstudio.kernels.program import Buffer

SOFTMAX_LOSS = ReplaceWith("softmax_cross_entropy", "Make it a softmax loss")
SQUARED_ERROR = ReplaceWith("mse", "Make it a squared error")
BINARY_LOSS = ReplaceWith("binary_cross_entropy", "Make it a binary cross-entropy")


def counted(number: int, word: str) -> str:
    """Write a number with its noun: "1 score", "10 scores"."""
    plural = word + ("es" if word.endswith("s") else "s")
    return f"{words.whole(number)} {word if number == 1 else plural}"


def counts(x: TensorType) -> tuple[str, str]:
    """Count what softmax and its loss work out: "10 exponentials", "one logarithm"."""
    logarithms = x.size // x.shape[-1]
    many = "one logarithm" if logarithms == 1 else counted(logarithms, "logarithm")
    return counted(x.size, "exponential"), many


def to_one(x: TensorType) -> tuple[str, ...]:
    """Give the shape rule of a loss as LaTeX."""
    what = "score" if x.size == 1 else "scores"
    return (rf"{x.size}\ \text{{{what}}} \to \mathbf{{1}}\ \text{{number}}",)


def grid(scores: Buffer) -> tuple[int, int, int]:
    """Give (height, width, classes) of scores: flat ones are 1 × 1, sequences 1 × steps."""
    height, width = (1, 1, *scores.shape[1:-1])[-2:]
    return height, width, scores.shape[-1]


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


def scalar_of_grid(title: str, x: TensorType) -> TensorType:
    """Give the own type of a loss that also takes scores of each step or pixel.

    Raises:
        Mismatch: The scores are neither flat, nor (steps, classes), nor (height, width, classes).
    """
    return SCALAR if len(x.shape) in (2, 3) else scalar_of_flat(title, x)


def check_grid(title: str, x: TensorType, target: Target) -> None:
    """Raise Mismatch unless there is a score for each class, at each step or pixel if so asked."""
    if not isinstance(target, ClassTarget) or not target.shape:
        scalar_of_flat(title, x)
        check_classes(title, x, target)
    elif x.shape[:-1] != target.shape:
        wanted = TensorType((*target.shape, target.size))
        raise Mismatch(
            f"{title} needs {wanted} scores, one for each class at each of {places(target)};"
            f" {x} arrive.",
            *_to_grid(x, wanted),
            hint="Keep the sizes of the data up to the loss: all steps of a sequence, maps with"
            " stride 1 and padding, and no Flatten.",
            port="x",
        )
    elif x.shape[-1] != target.size:
        give = "arrives" if x.shape[-1] == 1 else "arrive"
        where, width = ("step", "units") if len(target.shape) == 1 else ("pixel", "filters")
        raise Mismatch(
            f"{counted(x.shape[-1], 'score')} {give} at each {where}; the data set has"
            f" {counted(target.size, 'class')}.",
            SetWidth(target.size, f"Set {width} to {target.size}"),
            port="x",
        )


def places(target: ClassTarget) -> str:
    """Write where a target has classes: "12 steps", "28×28 pixels"."""
    return f"{words.shape(target.shape)} {'steps' if len(target.shape) == 1 else 'pixels'}"


def _to_grid(x: TensorType, wanted: TensorType) -> tuple[Remedy, ...]:
    """Give the repair for as many scores in another shape, and for too many or few flat ones."""
    if x.size == wanted.size:
        shape: dict[str, JsonValue] = {"shape": [*wanted.shape]}
        return (InsertBefore("reshape", f"Insert Reshape to {wanted}", shape),)
    return (SetWidth(wanted.size, f"Set units to {wanted.size}"),) if x.is_flat else ()


def check_single(title: str, target: ClassTarget) -> None:
    """Raise Mismatch where a sample has more than one class."""
    if target.shape:
        raise Mismatch(
            f"{title} takes one class a sample; the data set has one at each of {places(target)}.",
            SOFTMAX_LOSS,
        )


def check_classes(title: str, x: TensorType, target: Target) -> None:
    """Raise Mismatch unless there is one score for each class of the data set."""
    if isinstance(target, ValueTarget):
        raise Mismatch(
            f"{title} compares scores with classes; the data set's target is"
            f" {counted(target.size, 'number')}.",
            SQUARED_ERROR,
        )
    check_single(title, target)
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
