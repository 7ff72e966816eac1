"""Large networks of the zoo with their blocks taken apart, laid out as the tidy layout does."""

from __future__ import annotations

import nnstudio.layers
from nnstudio.graph.blocks import expand
from nnstudio.graph.layout import tidy
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.templates import TEMPLATES

assert nnstudio.layers
NAMES = {"googlenet": "googlenet", "resnet152": "resnet-152"}
WIDE = 2400.0  # canvas units


def known() -> dict[str, tuple[Graph, DataSignature]]:
    """Give the networks with the data they are made for."""
    found = {}
    for name, template in NAMES.items():
        made = TEMPLATES[template]
        assert made.network is not None
        assert made.signature is not None
        flat = expand(made.network(made.signature))
        found[name] = (tidy(flat, width=WIDE).apply(flat)[0], made.signature)
    return found
