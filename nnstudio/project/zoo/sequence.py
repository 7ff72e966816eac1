"""Nets that read step by step: a plain RNN, and the LSTM that continues a text."""

from __future__ import annotations

from nnstudio.data.sources import BuiltIn
from nnstudio.engine.schedules import Cosine
from nnstudio.graph.model import Graph
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.starters import DIGITS
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import ending
from nnstudio.train.settings import RunSettings

_STEPS = 50
_MOST_WIDE = 64  # numbers that stand for a symbol
# The letters of the "tiny Shakespeare" text, on which such models are usually shown.
_LETTERS = (
    "\n", *" !$&',-.3:;?", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"abcdefghijklmnopqrstuvwxyz",
)  # fmt: skip
TEXT = DataSignature(
    TensorType((_STEPS, len(_LETTERS)), "f4", "TF"), ClassTarget(_LETTERS, (_STEPS,))
)


def rnn(signature: DataSignature) -> Graph:
    """One recurrent layer; the rows of an image are its steps."""
    sketch = Sketch()
    at = _as_steps(sketch, sketch.add("input"), signature)
    ending(sketch, sketch.add("rnn", at, units=64, output="last step"), signature)
    return sketch.graph()


def lstm_characters(signature: DataSignature) -> Graph:
    """Two LSTMs; after each letter, one score for each letter that may come next."""
    sketch = Sketch()
    at = _as_steps(sketch, sketch.add("input"), signature)
    each = isinstance(signature.target, ClassTarget) and bool(signature.target.shape)
    at = sketch.add("lstm", at, units=128)
    at = sketch.add("lstm", at, units=128, output="all steps" if each else "last step")
    ending(sketch, at, signature)
    return sketch.graph()


def _as_steps(sketch: Sketch, source: str, signature: DataSignature) -> str:
    """Read symbols by an embedding, and the rows of a map or the numbers of a vector as steps."""
    arrives, wide = signature.input, 1
    if arrives.is_symbols:
        wide = min(arrives.symbols, _MOST_WIDE)
        source = sketch.add("embedding", source, width=wide)
    if arrives.layout in {"TF", "T"}:
        return source
    steps, numbers = arrives.shape[0], wide * arrives.size
    return sketch.add("reshape", source, shape=(steps, numbers // steps))


_FAMILY: Family = "Sequences"

TEMPLATES = (
    Template(
        "rnn", "RNN",
        "A plain recurrent net reads digits row by row and remembers what it saw.",
        rnn, BuiltIn(name="digits"), DIGITS,
        RunSettings(epochs=40, learning_rate=3e-3, schedule=Cosine(), clip_norm=5.0),
        family=_FAMILY, year=1990, source="Elman 1990, Finding Structure in Time",
    ),
    Template(
        "lstm-characters", "LSTM character model",
        "Two LSTMs read a text letter by letter and say which comes next.",
        lstm_characters, None, TEXT,
        RunSettings(epochs=50, batch=50, learning_rate=2e-3, schedule=Cosine(), clip_norm=5.0),
        family=_FAMILY, year=2015,
        source="Hochreiter & Schmidhuber 1997, Long Short-Term Memory; Karpathy 2015, The"
        " Unreasonable Effectiveness of Recurrent Neural Networks",
    ),
)  # fmt: skip
