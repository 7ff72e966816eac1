"""What can be added to a network: layers, built-in blocks and own ones, all in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from nnstudio.core.errors import StudioError
from nnstudio.graph.blocks import seen_inside
from nnstudio.graph.infer import Inference, infer_inside
from nnstudio.graph.layer import Layer, Mismatch
from nnstudio.graph.model import Graph, Node, make_node, setting_names, with_setting
from nnstudio.graph.registry import all_layers
from nnstudio.graph.types import TensorType
from nnstudio.project.library.catalogue import BLOCKS, BuiltIn, free_name
from nnstudio.project.library.own import OwnBlocks
from nnstudio.project.library.sketch import block_node

BLOCK, OWN = "block:", "own:"
BLOCK_CATEGORY, OWN_CATEGORY = "blocks", "own blocks"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to add.

    Attributes:
        key: The layer's kind, or "block:residual", or "own:My block".
        title: What a person reads.
        category: The heading it stands under.
        summary: What it is for, one sentence.
        shortcut: The letter that adds it, or "".
        takes: Whether something can be linked to it.
        gives: Whether it can be linked to something.
        card: Makes the card under a name that is free in a graph.
    """

    key: str
    title: str
    category: str
    summary: str
    shortcut: str
    takes: bool
    gives: bool
    card: Callable[[Graph], Node]

    def make(
        self, graph: Graph, pos: tuple[float, float], arriving: TensorType | None = None
    ) -> Node:
        """Make the card for a graph, at a place; a block fits its filters to what arrives."""
        return replace(_fitted(self.card(graph), arriving), pos=pos)

    def fits(self, arriving: TensorType) -> bool:
        """Whether it takes what arrives, with its usual parameters or fitted ones."""
        return self.takes and _takes(_fitted(self.card(Graph()), arriving), arriving)


class Offers:
    """All that can be added now.

    Args:
        own: The person's own blocks, or None for none.
    """

    def __init__(self, own: OwnBlocks | None = None) -> None:
        self.own = own

    def __iter__(self) -> Iterator[Offer]:
        """List layers in the order of registration, then blocks, then own blocks."""
        yield from map(_of_layer, all_layers().values())
        yield from map(_of_block, BLOCKS.values())
        if self.own is not None:
            yield from (_of_own(name, card) for name, card in self.own.all().items())

    def get(self, key: str) -> Offer | None:
        """Give what a key means; None where it is not there (any more)."""
        if key in all_layers():
            return _of_layer(all_layers()[key])
        if key.removeprefix(BLOCK) in BLOCKS and key.startswith(BLOCK):
            return _of_block(BLOCKS[key.removeprefix(BLOCK)])
        return next((one for one in self if one.key == key), None) if key.startswith(OWN) else None

    def fitting(self, arriving: TensorType | None) -> list[Offer]:
        """List what can stand behind an output; all with an input while its shape is unknown."""
        return [one for one in self if one.takes and (arriving is None or one.fits(arriving))]


def offer_key(node: Node) -> str:
    """Give the key of what a card was made from; "block" for a block that the library lacks."""
    title = "" if node.block is None else node.block.title
    if not title:
        return node.kind
    known = (name for name, one in BLOCKS.items() if title in (one.title, one.make().title))
    return next((BLOCK + name for name in known), node.kind)


def _of_layer(layer: Layer) -> Offer:
    def card(graph: Graph) -> Node:
        return make_node(layer.kind, graph.free_id(layer.kind))

    return Offer(
        layer.kind,
        layer.title,
        layer.category,
        layer.doc.summary,
        layer.shortcut,
        bool(layer.inputs),
        bool(layer.outputs),
        card,
    )


def _of_block(block: BuiltIn) -> Offer:
    def card(graph: Graph) -> Node:
        return block_node(block.make(), free_name(block.name, graph))

    key = BLOCK + block.name
    return Offer(key, block.title, BLOCK_CATEGORY, block.about, "", True, True, card)


def _of_own(name: str, kept: Node) -> Offer:
    def card(graph: Graph) -> Node:
        free = free_name(name, graph)
        return replace(kept, id=free, name=free)

    layer = kept.layer
    inner = len(kept.block.graph.nodes) if kept.block is not None else 0
    summary = f"A block of your own, {inner} {'layer' if inner == 1 else 'layers'}."
    ports = bool(layer.inputs), bool(layer.outputs)
    return Offer(OWN + name, name, OWN_CATEGORY, summary, "", *ports, card)


def _takes(node: Node, arriving: TensorType) -> bool:
    if node.block is not None:
        return infer_inside(node, Inference(inputs={node.id: (arriving,)})).runnable
    try:
        node.layer.infer(node.params, (arriving,))
    except (Mismatch, StudioError):
        return False
    return True


def _fitted(node: Node, arriving: TensorType | None) -> Node:
    """Give a block as many filters as what arrives asks for, where it does not fit as it is.

    A residual block takes as many channels as it gives, a bottleneck four times its filters.
    """
    width = next((one for one in setting_names(node) if one in ("filters", "units")), "")
    if node.block is None or arriving is None or not width or _takes(node, arriving):
        return node
    channels = arriving.shape[-1]
    for filters in (channels, channels // 4) if channels % 4 == 0 else (channels,):
        try:
            tried = with_setting(node, width, filters)
        except StudioError:
            continue
        if tried.block is not None and _takes(tried, arriving):
            # what fits is what the block is made of, so that a reset keeps it
            return replace(tried, block=replace(tried.block, graph=seen_inside(tried.block)))
    return node
