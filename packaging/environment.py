"""The .venv of the checkout: made once, filled from the locks, stamped so restarts are quick."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import system_libraries

ROOT = Path(__file__).resolve().parents[1]
RUN_LOCK = "lock.txt"
TEST_LOCK = "lock-dev.txt"
_STAMP = "nnstudio-stamp.json"
_UNFINISHED = "unfinished"
_FOREIGN_TO_A_VENV = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "PIP_USER")


class SetupError(Exception):
    """What went wrong while setting up, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a .venv holds; written last, so an interrupted start leaves none.

    Attributes:
        python: Version and machine of the interpreter the .venv was made with.
        root: The checkout the .venv was made in.
        locks: The digest of each lock file that is installed completely.
    """

    python: str
    root: str
    locks: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, venv: Path) -> Stamp | None:
        """Read the stamp of a .venv.

        Args:
            venv: The folder of the .venv.

        Returns:
            The stamp, or None where there is none that can be understood.
        """
        try:
            known = json.loads((venv / _STAMP).read_text(encoding="utf-8"))
            return cls(str(known["python"]), str(known["root"]), dict(known["locks"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, venv: Path) -> None:
        """Write the stamp into a .venv.

        Args:
            venv: The folder of the .venv.
        """
        venv.mkdir(exist_ok=True)
        part = venv / f"{_STAMP}.part"
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        os.replace(part, venv / _STAMP)


def prepare(locks: Sequence[str], root: Path = ROOT) -> Path:
    """Make the .venv hold exactly what the lock files name, doing only what is missing.

    Args:
        locks: Names of lock files in packaging/.
        root: The checkout.

    Returns:
        The interpreter of the .venv.

    Raises:
        SetupError: If a step fails; the message says what to do.
    """
    venv = root / ".venv"
    try:
        stamp = _ready_venv(venv, root)
        missing = missing_locks(stamp, locks, root)
        if missing:
            _install(venv, root, stamp, missing)
    except OSError as error:
        raise SetupError(
            f"'{venv}' could not be written: {error.strerror or error}. "
            "Free some space or clone into a folder you may write to."
        ) from error
    return interpreter(venv)


def interpreter(venv: Path) -> Path:
    """Give the path of the interpreter of a .venv.

    Args:
        venv: The folder of the .venv.

    Returns:
        The path; it need not exist.
    """
    if sys.platform == "win32":
        return venv / "Scripts" / "python.exe"
    return venv / "bin" / "python"


def digest(lock: Path) -> str:
    """Give the digest by which a lock file is known in the stamp.

    Args:
        lock: The lock file.

    Returns:
        The SHA-256 in hexadecimal digits.
    """
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def missing_locks(stamp: Stamp, locks: Sequence[str], root: Path) -> dict[str, str]:
    """Say which lock files are not yet installed as they stand now.

    Args:
        stamp: What the .venv holds.
        locks: Names of lock files in packaging/.
        root: The checkout.

    Returns:
        The digest of every missing lock file by its name.
    """
    wanted = {name: digest(root / "packaging" / name) for name in locks}
    return {name: value for name, value in wanted.items() if stamp.locks.get(name) != value}


def clean_variables() -> dict[str, str]:
    """Give the environment without what would lead the .venv to packages outside it.

    Returns:
        The variables for a child process.
    """
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN_TO_A_VENV}


def this_python() -> str:
    """Name the interpreter as far as compiled packages depend on it.

    Returns:
        Version and machine, such as "3.11 x86_64".
    """
    return f"{sys.version_info[0]}.{sys.version_info[1]} {platform.machine()}"


def _ready_venv(venv: Path, root: Path) -> Stamp:
    """Keep a .venv that fits, refresh a moved one, make anything else anew."""
    stamp = Stamp.read(venv)
    if stamp and stamp.python == this_python() and interpreter(venv).is_file():
        if stamp.root == str(root):
            return stamp
        fresh = Stamp(stamp.python, str(root), stamp.locks)
        _make_venv(venv)  # pip and the activation scripts name the old folder
        _retarget_scripts(venv, Path(stamp.root) / venv.name)
    else:
        fresh = Stamp(this_python(), str(root))
        _clear(venv)
        Stamp(_UNFINISHED, str(root)).write(venv)
        _make_venv(venv)
    _link_package(venv, root)
    fresh.write(venv)
    return fresh


def _clear(venv: Path) -> None:
    """Remove what stands in the way of a new .venv, but never a folder that is none."""
    if not venv.exists():
        return
    ours = (venv / "pyvenv.cfg").exists() or (venv / _STAMP).exists() or not any(venv.iterdir())
    if not ours:
        raise SetupError(f"'{venv}' is not a Python environment. Move it away and run this again.")
    shutil.rmtree(venv)


def _make_venv(venv: Path) -> None:
    if not (_has_module("venv") and _has_module("ensurepip")):
        _install_venv_module()
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=clean_variables(),
    )
    if made.returncode:
        raise SetupError(f"'{venv}' could not be made.\n{_tail(made.stdout + made.stderr)}")


def _has_module(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None  # an emptied folder is no module


def _install_venv_module() -> None:
    """Get the part of Python that Debian ships apart."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    tool = system_libraries.package_tool()
    if tool is None or tool.name != "apt-get":
        raise SetupError(
            f"The Python at {sys.executable} lacks the modules venv and ensurepip. "
            "Install a complete Python 3.11 or newer and call this script with it."
        )
    if not system_libraries.install(tool, [package]):
        raise SetupError(
            f"Python's venv module is missing. Run this line, then this script again:\n"
            f"    {system_libraries.line_to_run(tool, [package])}"
        )
    importlib.invalidate_caches()


def _retarget_scripts(venv: Path, old: Path) -> None:
    """Let the commands of a moved .venv start its own interpreter again."""
    before, after = (f"#!{interpreter(folder)}".encode() for folder in (old, venv))
    for script in interpreter(venv).parent.iterdir():
        if script.is_file() and not script.is_symlink():
            with script.open("rb") as file:
                moved = file.read(len(before)) == before
            if moved:
                script.write_bytes(script.read_bytes().replace(before, after, 1))


def _link_package(venv: Path, root: Path) -> None:
    """Let the .venv import nnstudio from the checkout and offer it as a command.

    Both are written relative to the .venv, so they survive a moved checkout.
    """
    base = {"base": str(venv), "platbase": str(venv)}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=base))
    relative = os.path.relpath(root, site)
    (site / "nnstudio-checkout.pth").write_text(relative + "\n", encoding="utf-8")
    if sys.platform == "win32":
        command = venv / "Scripts" / "nnstudio.cmd"
        command.write_text('@"%~dp0python.exe" -m nnstudio %*\n', encoding="utf-8")
        return
    command = venv / "bin" / "nnstudio"
    command.write_text(
        '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m nnstudio "$@"\n',
        encoding="utf-8",
    )
    command.chmod(0o755)


def _install(venv: Path, root: Path, stamp: Stamp, missing: dict[str, str]) -> None:
    """Install the lock files and stamp them.

    Cut off in the middle, the .venv counts as unfinished and is made anew: a package without its
    record cannot be mended. When pip merely fails, for want of a network, it has changed nothing.
    """
    Stamp(_UNFINISHED, str(root)).write(venv)
    started = time.monotonic()
    files = [root / "packaging" / name for name in missing]
    total = len(set().union(*(locked_names(file) for file in files)))
    print(f"Installing {total} packages into .venv (the first time takes a minute or two) ...")
    try:
        _run_pip(interpreter(venv), files)
    except SetupError:
        stamp.write(venv)
        raise
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)
    Stamp(stamp.python, stamp.root, {**stamp.locks, **missing}).write(venv)


def locked_names(lock: Path) -> set[str]:
    """List the packages a lock file names.

    Args:
        lock: The lock file.

    Returns:
        The names, each once, also where versions differ between Pythons.
    """
    return set(re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))


def _run_pip(python: Path, files: Sequence[Path]) -> None:
    """Run pip, showing the package at hand on a terminal and all output only when it fails."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--progress-bar", "off"]
    for file in files:
        command += ["-r", str(file)]
    sys.stdout.flush()
    output = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=clean_variables(),
    ) as pip:
        for line in pip.stdout or ():
            output.append(line)
            _show_package(line)
    _show_package("")
    if pip.returncode:
        raise SetupError(
            "The packages could not be installed. Check the network, and that packaging/README.md "
            "names this system, and run this again; "
            f"pip said:\n{_tail(''.join(output))}"
        )


def _show_package(line: str) -> None:
    """Keep one changing line on a terminal: the package pip is busy with."""
    if not sys.stdout.isatty():
        return
    found = re.match(r"Collecting ([A-Za-z0-9._-]+)|Installing (collected packages)", line)
    if found:
        print(f"\r\033[K  {found[1] or 'unpacking'}", end="", flush=True)
    elif not line:
        print("\r\033[K", end="", flush=True)


def _tail(text: str, lines: int = 20) -> str:
    return "\n".join("    " + line for line in text.strip().splitlines()[-lines:])
