"""Keeps what is inferred of a project's network, and infers anew only what has changed."""

from __future__ import annotations

from nnstudio.graph.conditions import Conditions, under
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.model import Project
from nnstudio.train.conditions import conditions_of, machine_bytes


class Inferring:
    """Types and problems of the latest state of a project, as it would be trained here.

    Attributes:
        memory: Bytes of memory of this machine.
    """

    def __init__(self) -> None:
        self.memory = machine_bytes()
        self._cached: tuple[Graph, DataSignature | None, Conditions, Inference] | None = None

    def of(self, project: Project) -> Inference:
        """Give types and problems."""
        graph, signature = project.graph, project.signature
        conditions = conditions_of(project.settings, self.memory)
        cached = self._cached
        if cached is None or cached[0] is not graph or cached[1:3] != (signature, conditions):
            known = infer(graph, signature, None if cached is None else cached[3])
            known = under(graph, known, conditions)
            self._cached = cached = (graph, signature, conditions, known)
        return cached[3]
