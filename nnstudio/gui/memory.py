"""What the window remembers between starts: colours, recent files, sizes; a small INI file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from nnstudio.core.paths import config_folder
from nnstudio.gui.theme import Mode

MOST_RECENT = 10
_MODES: dict[str, Mode] = {"system": "system", "dark": "dark", "light": "light"}


class Memory:
    """Reads and writes the file; a damaged one counts as empty."""

    def __init__(self) -> None:
        path = config_folder() / "window.ini"
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def mode(self) -> Mode:
        """Dark, light, or what the system says."""
        return _MODES.get(str(self._settings.value("colours", "system")), "system")

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._settings.setValue("colours", mode)

    @property
    def scale_percent(self) -> int:
        """Size of the whole window, 100 to 300."""
        try:
            wanted = int(str(self._settings.value("scale", 100)))
        except ValueError:
            wanted = 100
        return min(max(wanted, 100), 300)

    @scale_percent.setter
    def scale_percent(self, percent: int) -> None:
        self._settings.setValue("scale", percent)

    @property
    def welcome(self) -> bool:
        """Whether the start page comes at each start."""
        return str(self._settings.value("welcome", "true")).lower() != "false"

    @welcome.setter
    def welcome(self, wanted: bool) -> None:
        self._settings.setValue("welcome", "true" if wanted else "false")

    @property
    def recent(self) -> list[Path]:
        """Files opened or saved last, the latest first."""
        found = self._settings.value("recent", [])
        texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return [Path(str(text)) for text in texts if text]

    def remember(self, path: Path) -> None:
        """Put a file in front of the recent ones."""
        path = path.absolute()
        kept = [path, *(one for one in self.recent if one != path)][:MOST_RECENT]
        self._settings.setValue("recent", [str(one) for one in kept])

    def forget(self, path: Path) -> None:
        """Take a file out of the recent ones."""
        self._settings.setValue("recent", [str(one) for one in self.recent if one != path])

    def state(self, name: str) -> QByteArray | None:
        """Give a kept arrangement, or None."""
        found = self._settings.value(f"state/{name}")
        return found if isinstance(found, QByteArray) else None

    def keep_state(self, name: str, state: QByteArray) -> None:
        """Keep an arrangement."""
        self._settings.setValue(f"state/{name}", state)
