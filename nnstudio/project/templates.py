"""Projects to start from: first steps and published networks, on their own data or a person's."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import AnySource
from nnstudio.graph.model import Graph, with_setting
from nnstudio.graph.types import DataSignature
from nnstudio.project import starters
from nnstudio.project.model import Project
from nnstudio.project.template import FAMILIES, Family, Template
from nnstudio.project.zoo import classic, inception, paths, residual, sequence, small

_ALL = (
    *starters.TEMPLATES,
    *classic.TEMPLATES,
    *inception.TEMPLATES,
    *residual.TEMPLATES,
    *paths.TEMPLATES,
    *small.TEMPLATES,
    *sequence.TEMPLATES,
)

TEMPLATES: Mapping[str, Template] = MappingProxyType({one.name: one for one in _ALL})


def template_of(name: str) -> Template:
    """Give a template by its name.

    Raises:
        StudioError: There is none; the sentence names a close one.
    """
    found = TEMPLATES.get(name)
    if found is None:
        near = difflib.get_close_matches(name, list(TEMPLATES), n=1)
        hint = f"did you mean '{near[0]}'?" if near else "nnstudio new lists them all."
        raise StudioError(f"There is no template '{name}'; {hint}")
    return found


def families() -> Mapping[Family, tuple[Template, ...]]:
    """Give the templates under their headings, in order."""
    return {
        family: tuple(one for one in TEMPLATES.values() if one.family == family)
        for family in FAMILIES
    }


def make_template(name: str = "empty") -> Project:
    """Make a new project from a template, with the data it begins with.

    A network that begins without data stands as it was published: its Input is set to the sizes
    of those samples, its last layer to their classes.

    Raises:
        StudioError: There is no such template.
    """
    template = template_of(name)
    if template.network is None or template.signature is None:
        return _project(template, Graph(), None, None)
    graph = template.network(template.signature)
    if template.data is None:
        return _project(template, _standing_alone(graph, template.signature), None, None)
    return _project(template, graph, template.data, template.signature)


def template_for(name: str, data: AnySource, signature: DataSignature) -> Project:
    """Make a new project from a template, its network fitted to other data.

    Args:
        name: The template.
        data: Where the samples come from.
        signature: What they offer.

    Raises:
        StudioError: There is no such template.
    """
    template = template_of(name)
    graph = Graph() if template.network is None else template.network(signature)
    return _project(template, graph, data, signature)


def _project(
    template: Template, graph: Graph, data: AnySource | None, signature: DataSignature | None
) -> Project:
    return Project(
        template.title,
        graph,
        data,
        signature,
        template.split,
        template.scaling,
        template.settings,
    )


def _standing_alone(graph: Graph, signature: DataSignature) -> Graph:
    """Set the Input to the samples of a signature."""
    for source in graph.sources():
        graph = graph.with_node(with_setting(source, "shape", list(signature.input.shape)))
    return graph
