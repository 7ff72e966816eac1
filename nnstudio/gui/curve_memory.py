"""What the curves remember between starts: panes, axis, smoothing; a small file of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSettings

from nnstudio.core.paths import config_folder
from nnstudio.gui.curve_clock import UNITS, Unit
from nnstudio.gui.curve_lines import FIRST, Every

MOST_PANES = 8


@dataclass(frozen=True, slots=True)
class PaneSpec:
    """One pane: the group it shows, and which of its lines a person switched off."""

    group: str
    hidden: frozenset[str] = frozenset()


DEFAULT = tuple(PaneSpec(group) for group in FIRST)


class CurveMemory:
    """Reads and writes the file; what is damaged in it counts as never kept."""

    def __init__(self) -> None:
        path = config_folder() / "curves.ini"
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def panes(self) -> tuple[PaneSpec, ...]:
        """The panes from left to right."""
        try:
            found = json.loads(str(self._settings.value("panes", "")))
            kept = [
                PaneSpec(str(one["group"]), frozenset(map(str, one["hidden"]))) for one in found
            ]
        except (ValueError, TypeError, KeyError):
            return DEFAULT
        return tuple(kept[:MOST_PANES]) or DEFAULT

    @panes.setter
    def panes(self, panes: Sequence[PaneSpec]) -> None:
        kept = [{"group": one.group, "hidden": sorted(one.hidden)} for one in panes]
        self._settings.setValue("panes", json.dumps(kept))

    @property
    def unit(self) -> Unit:
        """What the horizontal axis counts."""
        found = self._settings.value("unit", "epochs")
        return next((unit for unit in UNITS if unit == found), "epochs")

    @unit.setter
    def unit(self, unit: Unit) -> None:
        self._settings.setValue("unit", unit)

    @property
    def every(self) -> Every:
        """Whether training shows with each step or each epoch."""
        return "epoch" if self._settings.value("every", "step") == "epoch" else "step"

    @every.setter
    def every(self, every: Every) -> None:
        self._settings.setValue("every", every)

    @property
    def log(self) -> bool:
        """Whether vertical axes are logarithmic."""
        return str(self._settings.value("log", "false")).lower() == "true"

    @log.setter
    def log(self, wanted: bool) -> None:
        self._settings.setValue("log", "true" if wanted else "false")

    @property
    def smoothing_percent(self) -> int:
        """Share of the past in the lines, 0 to 98."""
        try:
            found = int(str(self._settings.value("smoothing", 60)))
        except ValueError:
            found = 60
        return min(max(found, 0), 98)

    @smoothing_percent.setter
    def smoothing_percent(self, percent: int) -> None:
        self._settings.setValue("smoothing", percent)
