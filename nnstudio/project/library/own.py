"""A person's own blocks: one small JSON file each, offered in all projects."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write, reason
from nnstudio.graph.compose import copy_nodes, read_copied
from nnstudio.graph.document import check_name
from nnstudio.graph.model import Graph, Node

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000  # all 152 layers of a ResNet, each for itself, take 0.11 MB
MOST_BLOCKS = 200
SUFFIX = ".json"
_Stamp = tuple[int, int]


class OwnBlocks:
    """The blocks in a folder; what other windows put there is seen too.

    Args:
        folder: Where they are kept; made with the first one.
        tell: Is told in one sentence which file is left out, once each; the log is too.
    """

    def __init__(self, folder: Path, tell: Callable[[str], object] = lambda _: None) -> None:
        self.folder = folder
        self._tell = tell
        self._read: dict[Path, tuple[_Stamp, Node | None]] = {}

    def all(self) -> Mapping[str, Node]:
        """Give the cards by name, in the order of the alphabet; what cannot be read is left out."""
        found: dict[str, Node] = {}
        for path in self._paths():
            card = self._card(path)
            if card is not None:
                found.setdefault(card.name, card)
        return dict(sorted(found.items(), key=lambda item: item[0].lower()))

    def keep(self, card: Node, name: str) -> None:
        """Store a block under a name.

        Raises:
            StudioError: It is no block, the name is taken or does not fit, or the disk refuses.
        """
        if card.block is None:
            raise StudioError(f"'{card.label}' is no block; group cards into one first.")
        name = check_name(name.strip())
        known = self.all()
        if name in known:
            raise StudioError(f"You have a block '{name}' already; choose another name.")
        if len(known) >= MOST_BLOCKS:
            raise StudioError(f"You have {MOST_BLOCKS} blocks already; delete one first.")
        self._write(card, name)

    def _write(self, card: Node, name: str) -> None:
        assert card.block is not None
        kept = replace(card, name=name, pos=(0.0, 0.0), block=replace(card.block, title=name))
        data = copy_nodes(Graph({kept.id: kept}), [kept.id]).encode()
        if len(data) > MOST_BYTES:
            raise StudioError(f"'{name}' is too large to keep; keep a part of it.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"'{self.folder}' could not be made: {reason(error)}.") from error
        with atomic_write(self.folder / file_name(name)) as file:
            file.write(data)

    def rename(self, old: str, new: str) -> None:
        """Give a block another name.

        Raises:
            StudioError: There is none of that name, or the new one is taken or does not fit.
        """
        card = self._named(old)
        if new.strip() != old:
            self.keep(card, new)
            self.delete(old)

    def delete(self, name: str) -> None:
        """Take a block away.

        Raises:
            StudioError: There is none, or the disk refuses.
        """
        self._named(name)
        for path in self._paths():
            card = self._card(path)
            if card is not None and card.name == name:
                try:
                    path.unlink()
                except OSError as error:
                    raise StudioError(f"'{path}' could not be deleted: {reason(error)}.") from error

    def _named(self, name: str) -> Node:
        card = self.all().get(name)
        if card is None:
            raise StudioError(f"You have no block '{name}' any more.")
        return card

    def _paths(self) -> list[Path]:
        try:
            found = sorted(self.folder.glob(f"*{SUFFIX}"))
        except OSError:
            return []
        return found[: 2 * MOST_BLOCKS]

    def _card(self, path: Path) -> Node | None:
        """Read one file, again only when it changed; say once why it is left out."""
        try:
            status = path.stat()
        except OSError:
            return None
        stamp = status.st_mtime_ns, status.st_size
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            try:
                known = stamp, _read(path)
            except StudioError as error:
                sentence = f"The own block '{path.name}' is left out. {error.sentence}"
                log.warning("%s", sentence)
                self._tell(sentence)
                known = stamp, None
            self._read[path] = known
        return known[1]


def _read(path: Path) -> Node:
    """Read a block from a file; anything at all may stand in it, and none of it is run."""
    strange = StudioError("It holds no block; delete the file or keep the block again.")
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            raise strange
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise strange from error
    cards = [*read_copied(text).nodes.values()]
    if len(cards) != 1 or cards[0].block is None:
        raise strange
    return cards[0]


def file_name(name: str) -> str:
    """Give the file name of a block: legible, legal everywhere, and its own for every name.

    >>> file_name("Mein Block: 3×3/ReLU")
    'Mein-Block-3-3-ReLU-60baea3c.json'
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "block"
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain}-{mark}{SUFFIX}"
