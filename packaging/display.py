"""Whether a window can open here, found out without Qt."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Mapping
from pathlib import Path

_WINDOWLESS = ("offscreen", "minimal", "minimalegl", "vnc")


def is_promised(system: str, variables: Mapping[str, str]) -> bool:
    """Say whether the environment claims that there is a display.

    Args:
        system: As in sys.platform.
        variables: The environment.

    Returns:
        True when it is worth making Qt ready for a window.
    """
    if variables.get("QT_QPA_PLATFORM", "").split(":")[0] in _WINDOWLESS:
        return False
    if system == "win32":
        return True
    if system == "darwin":
        return "SSH_CONNECTION" not in variables
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))


def groups(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Name the groups of system libraries a window needs here.

    Args:
        variables: The environment.

    Returns:
        Keys of system_libraries.LIBRARIES.
    """
    return ("offscreen", "x11" if variables.get("DISPLAY") else "wayland")


def is_usable(system: str, variables: Mapping[str, str]) -> bool:
    """Say whether the promised display really answers.

    Qt ends the process when it does not, so it is asked before.

    Args:
        system: As in sys.platform.
        variables: The environment.

    Returns:
        True when a window can open.
    """
    if not is_promised(system, variables) or system in ("win32", "darwin"):
        return is_promised(system, variables)
    return bool(variables.get("DISPLAY") and _x11_answers()) or _wayland_answers(variables)


def _x11_answers() -> bool:
    """Open the X display as a program would, with its access rights, and close it."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    opened = x11.XOpenDisplay(None)
    if opened:
        x11.XCloseDisplay(opened)
    return bool(opened)


def _wayland_answers(variables: Mapping[str, str]) -> bool:
    name = variables.get("WAYLAND_DISPLAY")
    if not name:
        return False
    path = Path(variables.get("XDG_RUNTIME_DIR", "/")) / name
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(os.fspath(path))
    except OSError:
        return False
    return True
