"""Says in words in what two runs differ: "learning rate 0.002 → 0.02", "conv1 filters 32 → 16"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.core import words
from nnstudio.graph.model import Graph, Node
from nnstudio.project.model import Run
from nnstudio.project.setting import setting_title
from nnstudio.train.settings import RunSettings

_NOTHING = "no difference"


def settings_differences(old: RunSettings, new: RunSettings) -> list[str]:
    """Say what of the settings differs, a few words each.

    Args:
        old: What stands before the arrow.
        new: What stands behind it.
    """
    found: list[str] = []
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    for name, value in after.items():
        was = before[name]
        if value == was:
            continue
        if isinstance(value, dict) and value["kind"] == was["kind"]:
            inner = [key for key in value if value[key] != was.get(key)]
            found += [setting_title(old, f"{name}.{key}", value[key]) for key in inner]
        else:
            found.append(setting_title(old, name, value))
    return [f"{text[:1].lower()}{text[1:]}" if _plain(text) else text for text in found]


def _plain(text: str) -> bool:
    """Whether a title begins with an ordinary word, unlike "L2"."""
    return text[1:2].islower()


def graph_differences(old: Graph, new: Graph) -> list[str]:
    """Say what of the networks differs: layers that came, went or changed, and links."""
    found: list[str] = []
    for node_id in dict.fromkeys([*old.nodes, *new.nodes]):
        before, after = old.nodes.get(node_id), new.nodes.get(node_id)
        if before is None and after is not None:
            found.append(f"{after.label} ({after.layer.title}) added")
        elif after is None and before is not None:
            found.append(f"{before.label} ({before.layer.title}) removed")
        elif before is not None and after is not None:
            found += _node_differences(before, after)
    cut, made = set(old.edges) - set(new.edges), set(new.edges) - set(old.edges)
    kept = old.nodes.keys() & new.nodes.keys()
    for edge in sorted(cut | made, key=repr):
        if {edge.src.node, edge.dst.node} <= kept:
            ends = f"{new.nodes[edge.src.node].label} → {new.nodes[edge.dst.node].label}"
            found.append(f"link {ends} {'made' if edge in made else 'cut'}")
    return found


def _node_differences(before: Node, after: Node) -> list[str]:
    name = after.label
    if before.kind != after.kind:
        return [f"{name} is {after.layer.title}, was {before.layer.title}"]
    old, new = _parameters(before), _parameters(after)
    found = [
        f"{name} {key.replace('_', ' ')} {words.value(old.get(key))} → {words.value(new.get(key))}"
        for key in new
        if new[key] != old.get(key)
    ]
    if before.block != after.block:
        found.append(f"inside of {name} changed")
    return found


def _parameters(node: Node) -> Mapping[str, Any]:
    return node.params.model_dump(mode="json")


def run_differences(old: Run, new: Run) -> list[str]:
    """Say in what two runs differ: settings at their start, networks, changes on the way."""
    found = settings_differences(old.settings, new.settings)
    found += graph_differences(old.graph, new.graph)
    if new.changes != old.changes:
        found += [
            f"{setting_title(new.settings, one.path, one.value)} at step {one.step + 1:,}"
            for one in new.changes
            if one not in old.changes
        ]
    if new.parent is not None:
        found.insert(0, f"branch of {new.parent[0]} at step {new.parent[1]:,}")
    return found


def in_words(differences: list[str]) -> str:
    """Put differences into a line."""
    return ", ".join(differences) or _NOTHING
