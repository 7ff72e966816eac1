"""Numbers, shapes and times as people read them."""

from __future__ import annotations

from collections.abc import Sequence

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def whole(number: int) -> str:
    """Write a whole number with thousands set apart.

    >>> whole(61706)
    '61,706'
    """
    return f"{number:,}"


def short(number: float) -> str:
    """Write a number with three digits and a prefix.

    >>> short(416520), short(61706), short(12), short(3.2e9)
    ('417 k', '61.7 k', '12', '3.2 G')
    """
    for size, prefix in _PREFIXES:
        if abs(number) >= size * 0.9995:
            return f"{float(f'{number / size:.3g}'):g} {prefix}"
    return f"{float(f'{number:.3g}'):g}"


def byte_count(count: float) -> str:
    """Write a number of bytes.

    >>> byte_count(11_534_336), byte_count(512)
    ('11 MB', '512 bytes')
    """
    for size, unit in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if count >= size:
            return f"{float(f'{count / size:.3g}'):g} {unit}"
    return f"{int(count)} bytes"


def duration(seconds: float) -> str:
    """Write a time span as minutes and seconds, or with hours.

    >>> duration(21), duration(3725)
    ('0:21', '1:02:05')
    """
    total = max(0, round(seconds))
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def seconds(span: float) -> str:
    """Write a time span in one number of two figures, for estimates.

    >>> seconds(0.00042), seconds(0.035), seconds(3.21), seconds(75), seconds(5000), seconds(2e6)
    ('0.42 ms', '35 ms', '3.2 s', '75 s', '83 min', '23 days')
    """
    for limit, size, unit in (
        (0.0995, 1e-3, "ms"),
        (99.5, 1.0, "s"),
        (5970.0, 60.0, "min"),
        (172_800.0, 3600.0, "h"),
        (float("inf"), 86_400.0, "days"),
    ):
        if span < limit:
            return f"{_two_figures(span / size)} {unit}"
    return "for ever"


def _two_figures(number: float) -> str:
    return (
        f"{number:.0f}"
        if number >= 9.95
        else f"{number:.1f}"
        if number >= 0.995
        else f"{number:.2g}"
    )


def shape(sizes: Sequence[int]) -> str:
    """Write a shape.

    >>> shape((28, 28, 6)), shape(())
    ('28×28×6', 'scalar')
    """
    return "×".join(str(size) for size in sizes) if len(sizes) else "scalar"


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def value(setting: object) -> str:
    """Write the value of a parameter.

    >>> value([3, 3]), value(True), value(0.5)
    ('3×3', 'on', '0.5')
    """
    if isinstance(setting, list | tuple):
        return "×".join(value(part) for part in setting)
    if isinstance(setting, bool):
        return "on" if setting else "off"
    return f"{setting:g}" if isinstance(setting, float) else str(setting)
