"""Parameters by dotted path, for the command line: 'conv1.filters=8'."""

from __future__ import annotations

import difflib
import json
from typing import Any

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import SetParam
from nnstudio.graph.model import Graph, Node, setting_names, setting_values


def get_value(graph: Graph, path: str) -> Any:
    """Give the value, as in a file, of the parameter at a path such as 'conv1.filters'.

    Raises:
        StudioError: There is no such node or parameter; the sentence names a close match.
    """
    node, param = find_param(graph, path)
    return setting_values(node).get(param)


def set_edit(graph: Graph, assignment: str) -> SetParam:
    """Give the edit for an assignment such as 'conv1.filters=8' or 'conv1.padding=same'.

    Args:
        graph: The graph the edit is for.
        assignment: Path, "=", and the value as JSON or as a plain word.

    Raises:
        StudioError: The text is no assignment, names nothing there is, or the value does not fit.
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise StudioError(f"'{assignment}' sets nothing; write it as node.parameter=value.")
    node, param = find_param(graph, path)
    edit = SetParam(node.id, param, parse_value(text))
    edit.apply(graph)
    return edit


def find_param(graph: Graph, path: str) -> tuple[Node, str]:
    """Give the node and the parameter's name that a dotted path means.

    Nodes go by their names or ids, and may hold dots themselves.

    Raises:
        StudioError: There is no such node or parameter; the sentence names a close match.
    """
    name, dot, param = path.strip().rpartition(".")
    if not dot or not name or not param:
        raise StudioError(f"'{path}' names no parameter; write it as node.parameter.")
    node = graph.by_name(name) or graph.nodes.get(name)
    if node is None:
        known = [one.label for one in graph.nodes.values()]
        raise StudioError(f"There is no node '{name}'.{close_match(name, known)}")
    param = param.replace("-", "_")
    names = setting_names(node)
    if param not in names:
        raise StudioError(
            f"'{node.label}' ({node.layer.title}) has no parameter '{param}'."
            f"{close_match(param, names)}"
        )
    return node, param


def close_match(wrong: str, known: list[str]) -> str:
    """Give " Did you mean …?" for a mistyped name, or what there is, or "".

    >>> close_match("filtres", ["filters", "kernel"])
    " Did you mean 'filters'?"
    >>> close_match("q", ["filters", "kernel"])
    " There are 'filters' and 'kernel'."
    """
    close = difflib.get_close_matches(wrong, known, 1, 0.6)
    if close:
        return f" Did you mean '{close[0]}'?"
    quoted = [f"'{one}'" for one in known]
    return f" There are {words.listed(quoted)}." if 1 < len(quoted) <= 12 else ""


def parse_value(text: str) -> Any:
    """Read a value as JSON, or as sizes, or else as a plain word.

    >>> parse_value("8"), parse_value("same"), parse_value("[3, 3]"), parse_value("5x5")
    (8, 'same', [3, 3], [5, 5])
    >>> parse_value("on"), parse_value("none"), parse_value("1e-4")
    (True, None, 0.0001)
    """
    text = text.strip()
    spoken = {"on": True, "yes": True, "off": False, "no": False, "none": None}
    if text.lower() in spoken:
        return spoken[text.lower()]
    parts = text.replace("×", "x").split("x")
    if len(parts) > 1 and all(part.isascii() and part.isdigit() for part in parts):
        return [int(part) for part in parts]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
