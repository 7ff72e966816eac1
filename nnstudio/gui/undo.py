"""Undo and redo: every change goes through `Studio.apply`, and each step has a name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtGui import QUndoCommand, QUndoStack

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph, Node
from nnstudio.session.studio import AnyEdit, Studio

MERGE_WITHIN_S = 1.0


class Refused(Protocol):
    """Is told in one sentence why an edit was not made."""

    def __call__(self, sentence: str, details: str = "") -> None: ...


class Level(Protocol):
    """Knows which part of the network one looks at."""

    @property
    def graph(self) -> Graph: ...

    @property
    def inference(self) -> Inference: ...

    @property
    def card(self) -> Node | None: ...

    def wrapped(self, edit: Edit) -> Edit: ...

    def around(self, edit: Edit) -> Edit: ...


class EditCommand(QUndoCommand):
    """One edit that was applied already; undo applies its inverse, redo the edit."""

    def __init__(self, studio: Studio, edit: AnyEdit, inverse: AnyEdit, title: str) -> None:
        super().__init__(title)
        self.studio = studio
        self.edit = edit
        self.inverse = inverse
        self.made_at_s = time.monotonic()
        self._fresh = True

    def redo(self) -> None:
        """Apply the edit; Qt also calls this when the finished edit is pushed."""
        if self._fresh:
            self._fresh = False
        else:
            self.inverse = self.studio.apply(self.edit)

    def undo(self) -> None:
        """Apply the inverse."""
        self.edit = self.studio.apply(self.inverse)

    def id(self) -> int:
        """Let Qt offer each next command for merging."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Swallow the next step of a drag: the same value, changed again at once."""
        if not isinstance(other, EditCommand):
            return False
        merged = self.edit.merged(other.edit)  # type: ignore[arg-type]  # both of one kind or None
        if merged is None or other.made_at_s - self.made_at_s > MERGE_WITHIN_S:
            return False
        self.edit = merged
        self.made_at_s = other.made_at_s
        before, _, _ = self.text().rpartition(" → ")
        _, _, after = other.text().rpartition(" → ")
        if before and after:
            self.setText(f"{before} → {after}")
        return True


class Edits:
    """Makes edits undoable; the one door through which the window changes a project."""

    def __init__(self, studio: Studio, stack: QUndoStack, refused: Refused) -> None:
        self.studio = studio
        self.stack = stack
        self._refused = refused
        self.made: Callable[[], None] = lambda: None
        self.level: Level | None = None

    def make(self, edit: AnyEdit) -> str:
        """Apply an edit and remember how to take it back.

        Returns:
            "" when it was made, otherwise the sentence that says why not.
        """
        title = self.studio.title_of(edit)
        try:
            inverse = self.studio.apply(edit)
        except StudioError as error:
            return error.sentence
        self.stack.push(EditCommand(self.studio, edit, inverse, title))
        self.made()
        return ""

    @property
    def graph(self) -> Graph:
        """The network one looks at: the whole, or the inside of a block."""
        return self.studio.graph if self.level is None else self.level.graph

    @property
    def inference(self) -> Inference:
        """What is known about that."""
        return self.studio.inference if self.level is None else self.level.inference

    def make_here(self, edit: Edit) -> str:
        """Apply an edit of the network one looks at; see `make`."""
        return self.make(edit if self.level is None else self.level.wrapped(edit))

    def make_here_or_tell(self, edit: Edit) -> None:
        """Apply an edit of the network one looks at; tell the person where it does not fit."""
        self.make_or_tell(edit if self.level is None else self.level.wrapped(edit))

    def make_or_tell(self, edit: AnyEdit) -> None:
        """Apply an edit; tell the person where it does not fit."""
        sentence = self.make(edit)
        if sentence:
            self._refused(sentence)
