"""What the contract tests of layers share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from nnstudio.kernels import activation, moves, recurrent
from nnstudio.kernels.team import Team


@pytest.fixture
def divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads divide work of any size, however small."""
    for module, name in ((activation, "_SMALL"), (moves, "_SMALL"), (recurrent, "_TINY")):
        monkeypatch.setattr(module, name, 0)


@pytest.fixture(scope="module")
def teams() -> Iterator[dict[int, Team]]:
    """Give a team of one and a team of two."""
    with ExitStack() as stack:
        yield {count: stack.enter_context(Team(count)) for count in (1, 2)}
