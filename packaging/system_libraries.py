"""The system libraries Qt needs on Linux: installed by root, or named in one line to run."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# soname -> (Debian and Ubuntu, Arch); Fedora and openSUSE find packages by the soname itself.
# From the NEEDED entries of QtGui, QtSvg and the platform plugins of PySide6-Essentials 6.11.
LIBRARIES: dict[str, dict[str, tuple[str, str]]] = {
    "offscreen": {
        "libGL.so.1": ("libgl1", "libglvnd"),
        "libEGL.so.1": ("libegl1", "libglvnd"),
        "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
        "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
        "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
        "libfreetype.so.6": ("libfreetype6", "freetype2"),
        "libdbus-1.so.3": ("libdbus-1-3", "dbus"),
        "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    },
    "x11": {
        "libX11.so.6": ("libx11-6", "libx11"),
        "libX11-xcb.so.1": ("libx11-xcb1", "libx11"),
        "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
        "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
        "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
        "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
        "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
        "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
        "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
        "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
        "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
        "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
        "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
        "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
    },
    "wayland": {
        "libwayland-client.so.0": ("libwayland-client0", "wayland"),
        "libwayland-cursor.so.0": ("libwayland-cursor0", "wayland"),
        "libwayland-egl.so.1": ("libwayland-egl1", "wayland"),
    },
}


@dataclass(frozen=True, slots=True)
class PackageTool:
    """A system's package manager.

    Attributes:
        name: The command.
        before: Commands that refresh its lists.
        install: The command to which package names are added.
    """

    name: str
    before: tuple[tuple[str, ...], ...]
    install: tuple[str, ...]

    def package(self, soname: str, names: tuple[str, str]) -> str:
        """Name what this package manager must install for one library.

        Args:
            soname: The library as the loader knows it.
            names: Its package on Debian and on Arch.

        Returns:
            A package or, where the manager understands it, what a package provides.
        """
        if self.name == "apt-get":
            return names[0]
        return names[1] if self.name == "pacman" else f"{soname}()(64bit)"


_TOOLS = (
    PackageTool(
        "apt-get",
        (("apt-get", "update", "-q"),),
        ("apt-get", "install", "-y", "-q", "--no-install-recommends"),
    ),
    PackageTool("dnf", (), ("dnf", "install", "-y", "-q")),
    PackageTool("pacman", (), ("pacman", "-Sy", "--needed", "--noconfirm")),
    PackageTool("zypper", (), ("zypper", "--non-interactive", "install")),
)


def ensure(groups: Iterable[str]) -> bool:
    """Make the libraries of some groups loadable, or print the line that would.

    Args:
        groups: Keys of LIBRARIES.

    Returns:
        True when nothing is missing (any more).
    """
    if not sys.platform.startswith("linux"):
        return True
    wanted = {soname: names for group in groups for soname, names in LIBRARIES[group].items()}
    missing = find_missing(wanted)
    if not missing:
        return True
    tool = package_tool()
    if tool is None:
        print(f"Qt needs these system libraries, which are missing: {', '.join(missing)}.")
        return False
    packages = sorted({tool.package(soname, wanted[soname]) for soname in missing})
    if install(tool, packages) and not find_missing(wanted):
        return True
    print(f"Qt needs system libraries. Run this line:\n    {line_to_run(tool, packages)}")
    return False


def find_missing(sonames: Iterable[str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """List the libraries the loader does not find.

    Args:
        sonames: Names as the loader knows them.
        load: Loads one and raises OSError where it cannot.

    Returns:
        The missing ones, in the order given.
    """
    missing = []
    for soname in sonames:
        try:
            load(soname)
        except OSError:
            missing.append(soname)
    return missing


def package_tool(
    find: Callable[[str], str | None] = shutil.which,
) -> PackageTool | None:
    """Find the package manager of this system.

    Args:
        find: Gives the path of a command, or None.

    Returns:
        The first that is installed, or None.
    """
    return next((tool for tool in _TOOLS if find(tool.name)), None)


def line_to_run(tool: PackageTool, packages: Sequence[str]) -> str:
    """Give the one line a person without root rights may run or hand on.

    Args:
        tool: The package manager.
        packages: What to install.

    Returns:
        A line for a shell.
    """
    commands = [*tool.before, (*tool.install, *packages)]
    return " && ".join(f"sudo {shlex.join(command)}" for command in commands)


def install(tool: PackageTool, packages: Sequence[str]) -> bool:
    """Install packages where this process has root rights.

    Args:
        tool: The package manager.
        packages: What to install.

    Returns:
        False without root rights or when the package manager fails; its last words are printed.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    print(f"Installing with {tool.name}: {' '.join(packages)} ...", flush=True)
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (*tool.before, (*tool.install, *packages)):
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, env=variables
        )
        if done.returncode:
            print("\n".join((done.stdout + done.stderr).strip().splitlines()[-3:]))
    return done.returncode == 0
