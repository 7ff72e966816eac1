"""THIRD_PARTY.md: every locked package with its version and licence; run it after renewing a lock.

It reads the licences from the installed packages, so it runs in the .venv.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

import environment

_HEAD = """\
# Third-party packages

nnstudio is licensed under Apache-2.0 (see LICENSE). It is used together with these packages, which
are installed from their own authors' files and are not part of this repository. PySide6 and Qt are
used under the LGPL, as separate shared libraries that may be replaced. Packages list what they
bundle in turn in their own licence files.
"""
_TABLE_HEAD = "| package | version | licence |\n|---|---|---|\n"
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# What the packages' own metadata leaves open, read from their licence files.
_KNOWN = {
    "colorama": "BSD-3-Clause",
    "numba": "BSD-2-Clause",
    "scipy": "BSD-3-Clause",
}


def locked_versions(lock: Path) -> list[tuple[str, str]]:
    """List what a lock file pins.

    Args:
        lock: The lock file.

    Returns:
        Name and version of each entry; a package may have one version for each Python.
    """
    entries = re.findall(r"^([a-z0-9-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), re.M)
    return [(name, version) for name, version in entries]


def listed_versions(document: Path) -> list[tuple[str, str]]:
    """List what THIRD_PARTY.md covers.

    Args:
        document: The file.

    Returns:
        Name and version of each row that states a licence.
    """
    rows = re.findall(
        r"^\| ([a-z0-9-]+) \| (\d\S*) \| [^|\s][^|]* \|$",
        document.read_text(encoding="utf-8"),
        re.M,
    )
    return [(name, version) for name, version in rows]


def licence(name: str) -> str:
    """Read the licence of an installed package.

    Args:
        name: The package.

    Returns:
        Its licence as an SPDX expression.

    Raises:
        SetupError: If the package does not say.
    """
    if name in _KNOWN:
        return _KNOWN[name]
    metadata = importlib.metadata.metadata(name)
    fields = metadata.json
    stated = str(fields.get("license_expression") or fields.get("license") or "")
    if stated and "\n" not in stated and len(stated) < 80:
        return _SPDX.get(stated, stated)
    classifiers = metadata.get_all("Classifier") or []
    named = [c.split(" :: ")[-1] for c in classifiers if c.startswith("License ::")]
    if not named:
        raise environment.SetupError(f"'{name}' states no licence: look, and add it to _KNOWN.")
    return " AND ".join(_SPDX.get(name, name) for name in named)


def document() -> str:
    """Write the whole of THIRD_PARTY.md.

    Returns:
        Its text.
    """
    folder = environment.ROOT / "packaging"
    run = sorted(locked_versions(folder / environment.RUN_LOCK))
    test = sorted(set(locked_versions(folder / environment.TEST_LOCK)) - set(run))
    parts = [_HEAD]
    for title, pins in (("To run the studio", run), ("To test it", test)):
        rows = "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in pins)
        parts.append(f"## {title}\n\n{_TABLE_HEAD}{rows}")
    return "\n".join(parts)


if __name__ == "__main__":
    (environment.ROOT / "THIRD_PARTY.md").write_text(document(), encoding="utf-8")
    sys.exit()
