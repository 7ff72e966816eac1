"""Which kinds of layers exist: the one place where palette, inference and plan look them up."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import Layer, LayerDoc, LayerParams, Mismatch
from nnstudio.graph.types import TensorType

_LAYERS: dict[str, Layer] = {}


def register(layer: type[Layer]) -> type[Layer]:
    """Make a kind of layer known; used as a class decorator.

    Raises:
        StudioError: Another layer already has this kind.
    """
    known = _LAYERS.get(layer.kind)
    if known is not None and type(known).__qualname__ != layer.__qualname__:
        raise StudioError(f"Two layers call themselves '{layer.kind}'; rename or remove one.")
    _LAYERS[layer.kind] = layer()
    return layer


def all_layers() -> Mapping[str, Layer]:
    """Give every known layer by its kind, in order of registration."""
    return _LAYERS


def layer_of(kind: str) -> Layer:
    """Give the layer of a kind, or a placeholder for a kind that is not installed."""
    return _LAYERS.get(kind) or _Unknown(kind)


def is_known(kind: str) -> bool:
    """Say whether a layer of this kind is installed here."""
    return kind in _LAYERS


def check_plain(value: object, depth: int = 32) -> None:
    """Refuse what would not come back the same from a file.

    Raises:
        ValueError: A number is not finite, or lists are nested too deep.
    """
    if depth == 0:
        raise ValueError("Values are nested too deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("A number is not finite")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            check_plain(part, depth - 1)


class UnknownParams(LayerParams):
    """Parameters of a layer that is not installed, kept as they came."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, values: Any) -> Any:
        check_plain(values)
        return values

    def __hash__(self) -> int:
        """Hash by text, since foreign values may be lists."""
        return hash(self.model_dump_json())


class _Unknown(Layer):
    """A layer that this studio does not know; it keeps its place and survives a round trip."""

    kind = "unknown"
    title = "Unknown"
    category = "shape"
    params = UnknownParams
    doc = LayerDoc("A layer that is not installed here.", "Install the package that provides it.")

    def __init__(self, kind: str) -> None:
        self.wanted = kind

    def headline(self, p: Any) -> str:
        return f"Unknown '{self.wanted}'"

    def infer(self, p: Any, inputs: tuple[TensorType, ...]) -> TensorType:
        raise Mismatch(
            f"This studio has no layer '{self.wanted}'.",
            hint="Install the package that provides it, or delete the node.",
        )


def make_params(kind: str, values: Mapping[str, Any]) -> LayerParams:
    """Make the parameters of a layer from values as in a file.

    Raises:
        StudioError: A value is missing, out of range or unknown; the sentence names it.
    """
    layer = layer_of(kind)
    try:
        return layer.params.model_validate(dict(values))
    except ValueError as error:
        raise StudioError(describe_invalid(layer.title, error), details=str(error)) from error


_PLAIN = {
    "float_parsing": "it should be a number, such as 0.01",
    "int_parsing": "it should be a whole number, such as 10",
    "bool_parsing": "it should be yes or no",
}


def describe_invalid(title: str, error: ValueError) -> str:
    """Turn pydantic's finding into one plain sentence."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return f"{title}: {error}"
    first = errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "value"
    got = reprlib.repr(first.get("input"))
    text = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    text = _PLAIN.get(first["type"], text.replace("Input should be", "it should be"))
    if first["type"] == "extra_forbidden":
        return f"{title} has no parameter '{where}'."
    return f"The {where} of {title} does not fit: {text[0].lower()}{text[1:]}. Got {got}."


def params_json(params: BaseModel) -> dict[str, Any]:
    """Give parameters as they stand in a file."""
    return params.model_dump(mode="json")
