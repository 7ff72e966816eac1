"""What a form needs to know about each parameter, read off a pydantic model without Qt."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

Kind = Literal["int", "float", "bool", "choice", "text", "path", "numbers", "mixed", "variants"]

# Names that a person knows better in another spelling than the file's.
WORDS = {
    "relu": "ReLU", "leaky relu": "leaky ReLU", "elu": "ELU", "he": "He normal",
    "xavier": "Xavier", "sgd": "SGD", "adagrad": "AdaGrad", "rmsprop": "RMSProp",
    "adam": "Adam", "adamw": "AdamW", "xor": "XOR", "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST", "cifar-10": "CIFAR-10", "\t": "tab",
    ",": "comma  ,", ";": "semicolon  ;", "|": "bar  |", ".": "point  .", "rgb": "RGB",
    "mean_image": "mean image", "mean_channel": "mean channel", "breast_cancer": "breast cancer",
}  # fmt: skip


def in_words(value: object) -> str:
    """Write one choice as a person reads it."""
    text = str(value)
    return WORDS.get(text, text)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One parameter of a form.

    Attributes:
        name: The field's name in the model.
        title: What a person reads beside it.
        description: What it does, for the tooltip.
        kind: Which editor it gets.
        default: Its default as in a file; None where there is none.
        unit: "px", "epochs" … or "".
        low: Least value, or None.
        high: Greatest value, or None.
        low_open: Whether the least value itself is not allowed.
        high_open: Whether the greatest value itself is not allowed.
        step: How far one key press goes.
        log: Whether key presses go 1, 2, 5, 10 … instead.
        optional: Whether it may be left empty.
        choices: The words of a choice or of a mixed field.
        whole: Whether the numbers of a "numbers" or "mixed" field are whole.
        variants: The models of a "variants" field, by their discriminating word.
        zero: The word for 0, such as "off"; "" where 0 is just a number.
        rare: Whether few people need it, so that a form may put it away.
    """

    name: str
    title: str
    description: str
    kind: Kind
    default: Any = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    step: float = 1
    log: bool = False
    optional: bool = False
    choices: tuple[Any, ...] = ()
    whole: bool = True
    variants: tuple[tuple[str, type[BaseModel]], ...] = ()
    zero: str = ""
    rare: bool = False

    def range_words(self) -> str:
        """Say which values are allowed, or ""."""
        if self.low is None and self.high is None:
            return ""
        if self.high is None or self.high >= 1e15:
            return f"{'above' if self.low_open else 'at least'} {_plain(self.low or 0)}"
        if self.low is None:
            return f"{'below' if self.high_open else 'at most'} {_plain(self.high)}"
        first = f"above {_plain(self.low)}" if self.low_open else _plain(self.low)
        last = f"below {_plain(self.high)}" if self.high_open else _plain(self.high)
        return f"{first} to {last}"


def _plain(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:g}"


def specs(model: type[BaseModel]) -> list[FieldSpec]:
    """Read all parameters of a model that a person edits, in their order."""
    words = _attribute_words(model.__doc__ or "")
    return [
        spec(name, info, words.get(name, ""))
        for name, info in model.model_fields.items()
        if not _is_discriminator(name, info) and not _is_hidden(info)
    ]


def _attribute_words(docstring: str) -> dict[str, str]:
    """Read what a docstring says about attributes, for fields without a description."""
    found: dict[str, str] = {}
    name = ""
    _, _, section = docstring.partition("Attributes:\n")
    for line in section.splitlines():
        if not line.strip():
            break
        if not line.startswith(" " * 12):
            name, _, text = line.strip().partition(": ")
            found[name] = text
        else:
            found[name] += f" {line.strip()}"
    return found


def _is_discriminator(name: str, info: FieldInfo) -> bool:
    """Whether the field only names its model; one with several words is a choice of a person."""
    literal = get_origin(info.annotation) is Literal
    return name == "kind" and literal and len(get_args(info.annotation)) == 1


def _is_hidden(info: FieldInfo) -> bool:
    """Whether the field is edited elsewhere, such as the frozen layers."""
    extra = info.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("hidden", False))


def spec(name: str, info: FieldInfo, words: str = "") -> FieldSpec:
    """Read one parameter; `words` describe it where the field itself does not."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kinds, optional = _parts(info.annotation)
    facts = _editor(kinds, info)
    bounds = _bounds((*info.metadata, *_inner_metadata(info.annotation)))
    whole = facts.pop("whole", True)
    kind: Kind = facts.pop("kind")
    log = extra.get("scale") == "log" or (kind == "float" and _tiny(info, bounds))
    return FieldSpec(
        name=name,
        title=info.title or name.replace("_", " ").capitalize(),
        description=info.description or words,
        kind=kind,
        default=_default(info),
        unit=str(extra.get("unit", "")),
        step=_step(extra.get("step"), kind, bounds),
        log=log,
        optional=optional,
        whole=whole,
        zero=str(extra.get("zero", "")),
        rare=bool(extra.get("rare", False)),
        **bounds,
        **facts,
    )


def _tiny(info: FieldInfo, bounds: dict[str, Any]) -> bool:
    """Whether this is a strength or constant that is sought over powers of ten."""
    default = info.default
    small = isinstance(default, float) and default <= 0.01
    return small and bounds.get("low") == 0 and (bounds.get("high") or 10) > 1


def _step(wanted: object, kind: Kind, bounds: dict[str, Any]) -> float:
    if isinstance(wanted, int | float):
        return float(wanted)
    return 0.05 if kind == "float" and (bounds.get("high") or 2) <= 1 else 1.0


def _parts(annotation: Any) -> tuple[list[Any], bool]:
    """Give the members of a union without None, and whether None was one."""
    annotation = _bare(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        members = [_bare(one) for one in get_args(annotation)]
        return [one for one in members if one is not type(None)], type(None) in members
    return [annotation], False


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _inner_metadata(annotation: Any) -> tuple[Any, ...]:
    """Give the limits that stand inside a pair's or a union's members."""
    found: list[Any] = []
    for member in get_args(_bare(annotation)):
        if get_origin(member) is Annotated:
            for data in get_args(member)[1:]:
                found.extend(data.metadata if isinstance(data, FieldInfo) else [data])
    return tuple(found)


def _editor(kinds: list[Any], info: FieldInfo) -> dict[str, Any]:
    """Choose the editor for the members of an annotation."""
    if all(isinstance(one, type) and issubclass(one, BaseModel) for one in kinds):
        word = info.discriminator if isinstance(info.discriminator, str) else "kind"
        pairs = tuple((str(one.model_fields[word].default), one) for one in kinds)
        return {"kind": "variants", "variants": pairs}
    if len(kinds) == 1:
        return _single(kinds[0])
    if all(get_origin(one) is tuple for one in kinds):
        return {"kind": "numbers", "whole": True}
    words = [word for one in kinds if get_origin(one) is Literal for word in get_args(one)]
    if all(get_origin(one) is Literal for one in kinds):
        return {"kind": "choice", "choices": tuple(words)}
    return {"kind": "mixed", "choices": tuple(words), "whole": float not in kinds}


def _single(kind: Any) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin is Literal:
        return {"kind": "choice", "choices": get_args(kind)}
    if origin is tuple:
        members = [_bare(one) for one in get_args(kind) if one is not Ellipsis]
        numbers = all(one in (int, float) for one in members)
        return {"kind": "numbers", "whole": float not in members} if numbers else {"kind": "text"}
    if isinstance(kind, type) and issubclass(kind, Path):
        return {"kind": "path"}
    names: dict[Any, Kind] = {bool: "bool", int: "int", float: "float"}
    return {"kind": names.get(kind, "text"), "whole": kind is int}


def _bounds(metadata: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in metadata:
        if isinstance(one, annotated_types.Ge):
            found["low"] = one.ge
        elif isinstance(one, annotated_types.Gt):
            found |= {"low": one.gt, "low_open": True}
        elif isinstance(one, annotated_types.Le):
            found["high"] = one.le
        elif isinstance(one, annotated_types.Lt):
            found |= {"high": one.lt, "high_open": True}
    return found


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return None
    return as_json(value)


def as_json(value: Any) -> Any:
    """Give a value as it stands in a file."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [as_json(one) for one in value]
    return value.as_posix() if isinstance(value, Path) else value
