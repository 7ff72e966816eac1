"""A project as one immutable value: network, data, settings, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from nnstudio.data.sources import DataSource
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.train.history import History
from nnstudio.train.live import Change, changed
from nnstudio.train.settings import RunSettings

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """One training, with its own copy of the network and the settings.

    Attributes:
        id: Unique in its project.
        name: What a person calls it.
        graph: The network as it was trained.
        settings: The settings as they were used.
        history: Every step and epoch.
        weights: Arrays by "node/array" ("conv1/weight"): the final weights, float32.
        initial: The weights at the start.
        scaler: Arrays of the fitted preprocessing, so that new data can be predicted.
        metrics: Final measures by part: {"train": {"loss": …}, "valid": …, "test": …}.
        info: What else is known: reason of the end, epochs, steps, seconds, best epoch, versions,
            data fingerprint.
        signature: What the data offered; None takes that of the project.
        colour: "#rrggbb" of its curves; "" leaves it to the window.
        tags: A person's words, to find it by.
        notes: Free text.
        pinned: Whether it stays when others are cleared away.
        parent: Id of the run it branched off from, and the step there.
        changes: Of the settings while it trained, in order; `settings` are those of the start.
    """

    id: str
    name: str
    graph: Graph
    settings: RunSettings
    history: History = field(default_factory=History)
    weights: Arrays = field(default_factory=dict)
    initial: Arrays = field(default_factory=dict)
    scaler: Arrays = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    signature: DataSignature | None = None
    colour: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    pinned: bool = False
    parent: tuple[str, int] | None = None
    changes: tuple[Change, ...] = ()

    @property
    def settings_at_end(self) -> RunSettings:
        """The settings after all changes."""
        settings = self.settings
        for one in self.changes:
            settings = changed(settings, one.path, one.value)
        return settings


@dataclass(frozen=True, slots=True)
class Project:
    """Everything a person would miss.

    Attributes:
        name: The project's title.
        graph: The network as drawn.
        data: Where samples come from; None before a choice was made.
        signature: What the data offers, remembered so that shapes show before it is loaded.
        split: How samples are divided.
        scaling: How samples are scaled before they enter the network.
        settings: How to train.
        runs: All runs, the oldest first.
        notes: Free text.
        start: Id of the run whose weights the next trainings start from; "" draws them.
        extra: Content of the file that this version does not know, kept as it came: members by
            their names, and under the names of the JSON members the keys that are not known.
    """

    name: str
    graph: Graph = field(default_factory=Graph)
    data: DataSource | None = None
    signature: DataSignature | None = None
    split: Split = field(default_factory=Split)
    scaling: Scaling = field(default_factory=Scaling)
    settings: RunSettings = field(default_factory=RunSettings)
    runs: tuple[Run, ...] = ()
    notes: str = ""
    start: str = ""
    extra: Mapping[str, bytes] = field(default_factory=dict)

    def run(self, run_id: str) -> Run | None:
        """Give the run with this id or, failing that, this name; None where there is none."""
        by_id = next((run for run in self.runs if run.id == run_id), None)
        return by_id or next((run for run in reversed(self.runs) if run.name == run_id), None)
