"""The arrays of a run: how they are packed, and whether they fit the network they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.transform import Scaler
from nnstudio.graph.blocks import expand
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import WeightSpec
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import DataSignature
from nnstudio.project.model import Arrays, Run

MAX_ARRAYS = 200_000


def pack(arrays: Arrays) -> bytes:
    """Give arrays as the content of a safetensors file."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def unpack(content: bytes) -> dict[str, NDArray[Any]]:
    """Read arrays from the content of a safetensors file.

    Raises:
        StudioError: It is no such file, or is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise StudioError(
            "The weights in this project are damaged; open an earlier copy.", details=repr(error)
        ) from error
    if len(arrays) > MAX_ARRAYS:
        raise StudioError("The weights in this project are more arrays than a network can have.")
    return dict(arrays)


def check_run(run: Run, signature: DataSignature | None) -> None:
    """Check that the arrays of a run fit its network and hold numbers.

    Args:
        run: The run.
        signature: What the data offers, where the run does not say it.

    Raises:
        StudioError: An array is missing, foreign, of another shape or type, or not finite.
    """
    if run.weights or run.initial:
        graph = expand(run.graph)
        wanted = dict(wanted_arrays(graph, run.signature or signature))
        for what, arrays in (("weights", run.weights), ("initial weights", run.initial)):
            if arrays:
                _check_arrays(run, what, arrays, graph, wanted)
    if run.scaler:
        target = Scaler.from_arrays(run.scaler).target
        known = run.signature or signature
        if known is not None and target.changes and target.offset.size != known.target.size:
            raise StudioError(
                f"The scaling of the target of '{run.name}' holds {target.offset.size} values, the "
                f"data {known.target.size}; open an earlier copy or train anew."
            )


def wanted_arrays(
    graph: Graph, signature: DataSignature | None
) -> Iterator[tuple[str, WeightSpec | None]]:
    """Give what arrays a network has, by "node/array".

    Args:
        graph: The network, without blocks.
        signature: What the data offers.

    Yields:
        Every array's name and shape; for a node whose shapes or layer are not known its id
        and None.
    """
    inference = infer(graph, signature)
    for node in graph.nodes.values():
        inputs = inference.inputs.get(node.id)
        if inputs is None or inference.output(node) is None:
            yield node.id, None
            continue
        for spec in node.layer.weights(node.params, inputs):
            yield f"{node.id}/{spec.name}", spec


def _check_arrays(
    run: Run, what: str, arrays: Arrays, graph: Graph, wanted: Mapping[str, WeightSpec | None]
) -> None:
    for key, spec in wanted.items():
        if spec is not None:
            node = graph.nodes[key.rpartition("/")[0]]
            _check_array(run, what, node, arrays.get(key), spec)
    for key, array in arrays.items():
        if key not in wanted and key.rpartition("/")[0] not in wanted:
            raise StudioError(
                f"The {what} of '{run.name}' hold '{key}' {words.shape(array.shape)}, for which "
                "the network has no place; open an earlier copy or train anew."
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise StudioError(
                f"The {what} of '{run.name}' hold NaN or infinity in '{key}' where numbers belong; "
                "open an earlier copy or train anew."
            )


def _check_array(
    run: Run, what: str, node: Node, array: NDArray[Any] | None, spec: WeightSpec
) -> None:
    place = f"'{spec.name}' of '{node.label}' ({node.layer.title})"
    if array is None:
        raise StudioError(
            f"The {what} of '{run.name}' lack {place}: expected {words.shape(spec.shape)}, got "
            "nothing; open an earlier copy or train anew."
        )
    if array.shape != spec.shape:
        raise StudioError(
            f"The {what} of '{run.name}' do not fit the network at {place}: expected "
            f"{words.shape(spec.shape)}, got {words.shape(array.shape)}; open an earlier copy or "
            "train anew."
        )
    if array.dtype != np.float32:
        raise StudioError(
            f"The {what} of '{run.name}' do not fit the network at {place}: expected float32, got "
            f"{array.dtype}; open an earlier copy or train anew."
        )
