"""`nnstudio download`: the only command that reaches for the network."""

from __future__ import annotations

import sys

import typer

from nnstudio.cli.failures import FINE
from nnstudio.cli.watch import BarWatcher, LogWatcher
from nnstudio.core import words
from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data.catalogue import CATALOGUE
from nnstudio.data.download import download, is_downloaded, missing_bytes
from nnstudio.project.choose import PUBLIC


def fetch(name: str, *, yes: bool) -> int:
    """Download a public set after its size was shown.

    Args:
        name: The set.
        yes: Do not ask.

    Returns:
        The exit code.
    """
    known = next((one for one in PUBLIC if one == name), None)
    if known is None:
        raise StudioError(
            f"There is no public set '{name}'; choose {words.listed(list(PUBLIC), 'or')}."
        )
    chosen = CATALOGUE[known]
    if is_downloaded(known):
        print(f"{chosen.title} is already on this computer.")
        return FINE
    size = words.byte_count(missing_bytes(known))
    print(f"{chosen.title}: {chosen.about}; {size} to download.")
    if not yes and not _agreed():
        raise Cancelled("The download")
    watch = BarWatcher() if sys.stdout.isatty() else LogWatcher()
    folder = download(known, progress=watch.reading)
    watch.say(f"{chosen.title} is in {folder}.")
    return FINE


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise StudioError("Add --yes to download without being asked.")
    return typer.confirm("Download it now?")
