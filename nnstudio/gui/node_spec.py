"""What a form needs to know about a card: the parameters of its layer, or those a block shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnstudio.graph.blocks import inner_parameter
from nnstudio.graph.model import MAX_REPEAT, Block, Node, current_value, own_value, setting_names
from nnstudio.gui.field_spec import FieldSpec, as_json, specs

_REPEAT = FieldSpec(
    "repeat",
    "Repeat",
    "How many copies follow each other, each fed by the one before.",
    "int",
    default=1,
    unit="times",
    low=1,
    high=MAX_REPEAT,
)


def node_specs(node: Node) -> list[FieldSpec]:
    """Read all parameters of a card that a person edits, in their order."""
    if node.block is None:
        return specs(node.layer.params)
    found = [_outward(node.block, name) for name in node.block.parameters]
    return [one for one in found if one is not None] + [_REPEAT]


def node_values(node: Node) -> dict[str, Any]:
    """Give the values that hold, as in a file."""
    if node.block is None:
        return dict(as_json(node.params))
    return {name: as_json(current_value(node, name)) for name in setting_names(node)}


def _outward(block: Block, name: str) -> FieldSpec | None:
    """Give the spec of the inner parameter that a block's parameter stands for.

    Its default is what stands inside; a layer's own would seldom fit the rest of the block.
    """
    inner = inner_parameter(block, name)
    if inner is None:
        return None
    node, param = inner
    known = next((one for one in specs(node.layer.params) if one.name == param), None)
    if known is None:
        return None
    title = name.replace("_", " ")
    sets = ", ".join(f"{_label(block, one)} {field}" for one, field in block.parameters[name])
    times = block.times.get(block.parameters[name][0], 1)
    return replace(
        _shared(known, times),
        name=name,
        default=as_json(own_value(block, name)),
        title=title[0].upper() + title[1:],
        description=f"{known.description} Sets {sets.replace('_', ' ')}.".strip(),
        rare=False,
    )


def _shared(spec: FieldSpec, times: int) -> FieldSpec:
    """Give the range of what is multiplied before it is set inside."""
    if times == 1 or spec.kind not in ("int", "float"):
        return spec
    low = None if spec.low is None else max(1, -(-spec.low // times))
    high = None if spec.high is None else spec.high // times
    return replace(spec, low=low, high=high)


def _label(block: Block, node: str) -> str:
    found = block.graph.nodes.get(node)
    return found.label if found is not None else node
