"""Input: where the samples of the data set enter the network."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from nnstudio.graph.layer import Example, LayerDoc, LayerParams, Mismatch, SetOwn
from nnstudio.graph.registry import register
from nnstudio.graph.types import DataSignature, TensorType, flat, maps
from nnstudio.layers.contract import Emit, RunnableLayer

_LARGEST = 65_536


def _sizes(value: object) -> object:
    """Say in one sentence what a shape is."""
    if value is None:
        return None
    sizes = list(value) if isinstance(value, (list, tuple)) else [value]
    whole = all(isinstance(one, int) and 1 <= one <= _LARGEST for one in sizes)
    if not whole or len(sizes) not in {1, 2, 3}:
        raise ValueError(
            "it must be the number of features, or steps and features, or height, width and"
            " channels"
        )
    return sizes


_Size = Annotated[int, Field(ge=1, le=_LARGEST)]
_Shape = Annotated[
    tuple[_Size] | tuple[_Size, _Size] | tuple[_Size, _Size, _Size] | None,
    BeforeValidator(_sizes),
]


class InputParams(LayerParams):
    """Parameters of Input."""

    shape: _Shape = Field(
        None,
        title="Shape",
        description="Numbers of one sample: features, steps × features, or height × width ×"
        " channels. Empty takes what the data set brings.",
    )


@register
class Input(RunnableLayer):
    """Takes its type from the data set; its output buffer is filled by the engine."""

    kind = "input"
    title = "Input"
    category = "data"
    prefix = "input"
    inputs = ()
    params = InputParams
    doc = LayerDoc(
        summary="Brings the samples of the data set into the network.",
        use="Every network begins with one Input. Leave its shape empty: it follows the data.",
        pitfalls="Scale the data first (the data panel does): numbers like 0…255 or ages beside"
        " incomes make training slow.",
        formula=r"x_0 = \text{sample}",
    )
    examples = (
        Example({"shape": [8, 6, 3]}, ()),
        Example({"shape": [13]}, ()),
        Example({"shape": [5, 3]}, ()),
    )

    def essentials(self, p: InputParams) -> str:
        return "" if p.shape is None else f"shape {_type(p.shape)}"

    def infer_source(self, p: InputParams, data: DataSignature | None) -> TensorType:
        if data is None:
            if p.shape is None:
                raise Mismatch(
                    "There is no data set yet, so the shape of a sample is unknown.",
                    hint="Choose a data set, or set the shape here.",
                )
            return _type(p.shape)
        if p.shape is not None and p.shape != data.input.shape:
            raise Mismatch(
                f"This Input is set to {_type(p.shape)}; the samples are {data.input}.",
                SetOwn("shape", None, f"Take {data.input} from the data set"),
            )
        return data.input

    def forward(self, e: Emit) -> None:
        """Add nothing: the engine's gather fills the output."""

    def backward(self, e: Emit) -> None:
        """Add nothing: nobody asks for the gradient by the data here."""


def _type(shape: tuple[int, ...]) -> TensorType:
    if len(shape) == 2:
        return TensorType(shape, "f4", "TF")
    return flat(shape[0]) if len(shape) == 1 else maps(*shape)
