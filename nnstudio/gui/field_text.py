"""Values as a person types and reads them: "1e-4", "5 × 5", "same"; and one step up or down."""

from __future__ import annotations

import math
import re
from typing import Any

from nnstudio.gui.arithmetic import calculate
from nnstudio.gui.field_spec import FieldSpec, in_words

_BETWEEN = re.compile(r"\s*[×x*,;]\s*|\s+")


def to_text(value: Any) -> str:
    """Write a value.

    >>> to_text(0.0001), to_text([5, 5]), to_text(None), to_text(0.25)
    ('1e-4', '5 × 5', '', '0.25')
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " × ".join(to_text(one) for one in value)
    if isinstance(value, float):
        return _float_text(value)
    return in_words(value)


def shown(spec: FieldSpec, value: Any) -> str:
    """Write a value as its field shows it: a word where 0 means "off" or "auto"."""
    return spec.zero if spec.zero and value == 0 else to_text(value)


def _float_text(value: float) -> str:
    text = f"{value:.10g}"
    if 0 < abs(value) < 1e-3 and "e" not in text:
        text = f"{value:.6e}"
    if "e" not in text:
        return text
    number, _, power = text.partition("e")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number}e{int(power)}"


def from_text(spec: FieldSpec, text: str) -> Any:
    """Read what a person typed.

    Returns:
        The value as in a file; the text itself where it is not what the field wants.

    >>> from nnstudio.gui.field_spec import FieldSpec
    >>> from_text(FieldSpec("kernel", "Kernel", "", "numbers"), "5x3")
    [5, 3]
    >>> from_text(FieldSpec("units", "Units", "", "int"), "28/2")
    14
    """
    text = text.strip()
    if not text and spec.optional:
        return None
    if spec.kind in ("text", "path"):
        return text
    if spec.zero and text.lower() == spec.zero:
        return 0
    for choice in spec.choices:
        if text.lower() in (str(choice).lower(), in_words(choice).lower()):
            return choice
    if spec.kind == "numbers":
        parts = [_number(part, spec.whole) for part in _BETWEEN.split(text) if part]
        if any(isinstance(part, str) for part in parts) or not parts:
            return text
        pair = isinstance(spec.default, list) and len(spec.default) == 2 and len(parts) == 1
        return parts * 2 if pair else parts
    return _number(text, spec.kind != "float" and spec.whole)


def _number(text: str, whole: bool) -> int | float | str:
    number = calculate(text.replace("\u202f", ""))
    if number is None:
        return text
    return int(number) if whole and number.is_integer() else number


def complaint(spec: FieldSpec, value: Any) -> str:
    """Say what is wrong with a typed value before anybody else is asked; "" where nothing is."""
    title = spec.title
    if spec.kind == "int" and not isinstance(value, int):
        return f"{title} needs a whole number{_such(spec)}."
    if spec.kind == "float" and not isinstance(value, int | float):
        return f"{title} needs a number{_such(spec)}, such as {to_text(spec.default or 0.1)}."
    if spec.kind == "numbers" and isinstance(value, str):
        return f"{title} needs numbers such as {to_text(spec.default) or '28 × 28 × 1'}."
    if spec.kind == "mixed" and isinstance(value, str) and value not in spec.choices:
        words = ", ".join(in_words(choice) for choice in spec.choices)
        return f"{title} must be {words} or a number{_such(spec)}."
    if isinstance(value, int | float) and not isinstance(value, bool) and _outside(spec, value):
        return f"{title} must be {spec.range_words()}."
    return ""


def _such(spec: FieldSpec) -> str:
    words = spec.range_words()
    return f" ({words})" if words else ""


def _outside(spec: FieldSpec, value: float) -> bool:
    if spec.low is not None and (value < spec.low or (spec.low_open and value == spec.low)):
        return True
    return spec.high is not None and (value > spec.high or (spec.high_open and value == spec.high))


def stepped(spec: FieldSpec, value: Any, steps: int) -> Any:
    """Give the value some steps up (or down), kept in its range.

    >>> from nnstudio.gui.field_spec import FieldSpec
    >>> stepped(FieldSpec("rate", "Rate", "", "float", low=0, log=True), 0.001, 1)
    0.002
    """
    if isinstance(value, list):
        return [stepped(spec, one, steps) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    new = _along_decades(spec, value, steps) if spec.log else value + steps * spec.step
    if spec.kind == "float":
        new = float(f"{new:.10g}")
    if spec.low is not None:
        new = max(new, spec.low)
    if spec.high is not None:
        new = min(new, spec.high)
    if _outside(spec, new):
        return value
    return int(new) if spec.kind != "float" and spec.whole else float(new)


def _along_decades(spec: FieldSpec, value: float, steps: int) -> float:
    """Walk 1, 2, 5, 10 …; below 1e-7 comes 0 where 0 is allowed."""
    least = 1e-5 if (spec.default or 0) == 0 else 1e-10
    for _ in range(abs(steps)):
        if value <= 0:
            value = least if steps > 0 else 0.0
            continue
        power = math.floor(math.log10(value) + 1e-9)
        lead = value / 10.0**power
        ladder = (0.5, 1.0, 2.0, 5.0, 10.0)
        if steps > 0:
            lead = next(rung for rung in ladder if rung > lead * 1.0001)
        else:
            lead = next(rung for rung in reversed(ladder) if rung < lead * 0.9999)
        value = lead * 10.0**power
        if value < least * 0.999:
            value = 0.0
    return value
