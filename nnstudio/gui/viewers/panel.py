"""Lets the viewers follow the selected node and the chosen sample, and brings them answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal

from nnstudio.graph.cost import total_cost
from nnstudio.graph.model import Graph
from nnstudio.gui.viewers.focus import Focus, first_node
from nnstudio.gui.viewers.viewer import Viewer
from nnstudio.session.idle_answers import same_network
from nnstudio.session.studio import Studio
from nnstudio.train.watch import PartName, Watch, Watched

_LOG = logging.getLogger(__name__)
OTHER_NETWORK = "The running training has its own copy of the network, as it was when it began."
LOOKING = "Looking into the network …"
ONCE = "once"
BROKEN = "This viewer failed; the training is unharmed, and the log tells more."


class Viewers(QObject):
    """Asks for what the visible viewers wish and hands out what comes.

    Args:
        studio: Gives the project that is open.
        viewers: The viewers, by their names.

    Signals:
        focus_changed: All look at something else: a `Focus`.
        forgotten: Another project is looked at from now on.
    """

    focus_changed = Signal(object)
    forgotten = Signal()

    def __init__(self, studio: Callable[[], Studio], viewers: Iterable[Viewer]) -> None:
        super().__init__()
        self._studio = studio
        self.viewers = {viewer.name: viewer for viewer in viewers}
        self._asked: dict[str, Watch] = {}
        self._once: tuple[Watch, Callable[[Watched], None]] | None = None
        self._same: tuple[Graph, Graph, bool] | None = None
        self._counted: tuple[Graph, int] | None = None
        self._chosen = ""
        self.focus = Focus()
        for viewer in self.viewers.values():
            viewer.wish_changed.connect(lambda viewer=viewer: self._ask(viewer))
            viewer.sample_wanted.connect(self.choose_sample)
            viewer.once_wanted.connect(self.ask_once)

    # What is looked at

    def select(self, path: tuple[str, ...], nodes: tuple[str, ...]) -> None:
        """Look at the node that was selected last; where none is, at the same as before.

        Args:
            path: The blocks that were entered.
            nodes: What is selected there.
        """
        if nodes:
            self._chosen = "/".join((*path, nodes[-1]))
            self.refresh()

    def choose_sample(self, part: PartName, sample: int) -> None:
        """Look at another sample."""
        self._look(replace(self.focus, part=part, sample=sample))

    def forget(self) -> None:
        """Begin anew with another project."""
        for name in self.viewers:
            self._studio().watch(None, name)
        self._studio().watch(None, ONCE)
        self._asked.clear()
        self._chosen = ""
        self.focus = Focus()
        for viewer in self.viewers.values():
            viewer.say(viewer.empty_words)
        self.forgotten.emit()
        self.refresh()

    def refresh(self) -> None:
        """See what is there now: the network, the data and the node may be others."""
        studio = self._studio()
        graph = studio.graph
        node = graph.nodes.get(self._chosen.split("/", maxsplit=1)[0])
        if node is None:
            node = first_node(graph)
            self._chosen = "" if node is None else node.id
        inner = self._chosen.partition("/")[2]
        label = "" if node is None else "/".join(part for part in (node.label, inner) if part)
        data = studio.prepared
        focus = replace(
            self.focus,
            node=self._chosen,
            label=label,
            graph=graph,
            signature=studio.signature,
            parameters=self._parameters(studio),
            data=data,
        )
        if data is not None:
            if not focus.size(focus.part):
                focus = replace(focus, part="train")
            last = max(focus.size(focus.part) - 1, 0)
            focus = replace(focus, sample=min(focus.sample, last))
        self._look(focus)

    def _parameters(self, studio: Studio) -> int:
        """Count what the network learns, anew only when it was edited."""
        known = self._counted
        if known is None or known[0] is not studio.graph:
            count = total_cost(studio.graph, studio.inference).parameters
            self._counted = known = studio.graph, count
        return known[1]

    def _look(self, focus: Focus) -> None:
        if focus == self.focus:
            return
        self.focus = focus
        for viewer in self.viewers.values():
            viewer.look_at(focus)
            self._ask(viewer)
        self.focus_changed.emit(focus)

    # Wishes and answers

    def _ask(self, viewer: Viewer) -> None:
        """Tell the session what a viewer wishes, if that is something else than before."""
        wish = None
        if viewer.seen:
            viewer.look_at(self.focus)
            wish = viewer.wish(self.focus)
        before = self._asked.get(viewer.name)
        if wish is None:
            if before is not None:
                del self._asked[viewer.name]
                self._studio().watch(None, viewer.name)
            return
        if before is None or not _alike(before, wish):
            self._asked[viewer.name] = wish
            if viewer.said == viewer.empty_words:
                viewer.say(LOOKING)
            self._studio().watch(wish, viewer.name)

    def ask_once(self, wish: Watch, told: Callable[[Watched], None]) -> None:
        """Ask for one answer; a later question takes the place of one that is still open."""
        self._once = wish, told
        self._studio().watch(wish, ONCE)

    def hand_out(self, answers: Mapping[str, Watched]) -> None:
        """Give each visible viewer its answer, unless it is of a network that is gone."""
        if any(name in self.viewers for name in answers) and self.focus.data is None:
            self.refresh()
        once = answers.get(ONCE)
        if once is not None and self._once is not None and once.watch is self._once[0]:
            told, self._once = self._once[1], None
            self._studio().watch(None, ONCE)
            told(once)
        for name, answer in answers.items():
            viewer = self.viewers.get(name)
            if viewer is None or not viewer.seen or answer.watch is not self._asked.get(name):
                continue
            current = self._is_current(answer.graph)
            if not current and answer.origin not in {"training", "moment"}:
                continue
            try:
                viewer.take(answer, "" if current else OTHER_NETWORK)
            except Exception:  # noqa: BLE001 - one that fails must not take the others with it
                _LOG.exception("The viewer '%s' failed", name)
                viewer.say(BROKEN)

    def _is_current(self, graph: Graph) -> bool:
        drawn = self._studio().graph
        known = self._same
        if known is None or known[0] is not graph or known[1] is not drawn:
            self._same = known = graph, drawn, same_network(graph, drawn)
        return known[2]


def _alike(one: Watch, other: Watch) -> bool:
    """Tell whether two wishes ask for the same; arrays are the same only if they are one."""
    for field in fields(Watch):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if a is not b and (field.name == "own" or not (isinstance(a, type(b)) and a == b)):
            return False
    return True
