"""Layers, built-in blocks and own ones are offered alike."""

from __future__ import annotations

from pathlib import Path

import pytest

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.core.errors import StudioError
from nnstudio.graph.compose import insert_after
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.registry import all_layers
from nnstudio.graph.types import ClassTarget, DataSignature, flat, maps
from nnstudio.project.library.catalogue import BLOCKS
from nnstudio.project.library.offers import Offers, offer_key
from nnstudio.project.library.own import OwnBlocks


def with_own(folder: Path) -> Offers:
    mine = OwnBlocks(folder)
    made = Offers().get("block:fire")
    assert made is not None
    mine.keep(made.make(Graph(), (0, 0)), "Mein Feuer")
    return Offers(mine)


def test_all_kinds_are_listed_once_and_found_by_their_keys(tmp_path: Path) -> None:
    offers = with_own(tmp_path)
    keys = [offer.key for offer in offers]
    assert keys == [*all_layers(), *(f"block:{name}" for name in BLOCKS), "own:Mein Feuer"]
    for offer in offers:
        found = offers.get(offer.key)
        assert found is not None
        assert (found.title, found.category) == (offer.title, offer.category)
        card = offer.make(Graph(), (3, 4))
        assert card.pos == (3, 4)
        assert offer.takes == bool(card.layer.inputs)
        assert offer.gives == bool(card.layer.outputs)
        if not offer.key.startswith("own:"):
            assert offer_key(card) == offer.key


@pytest.mark.parametrize("key", ["", "nothing", "block:nothing", "own:nothing", "residual", "own:"])
def test_what_is_not_there_is_not_offered(key: str, tmp_path: Path) -> None:
    assert with_own(tmp_path).get(key) is None
    assert Offers().get(key) is None


def test_cards_get_free_names(tmp_path: Path) -> None:
    offers, graph = with_own(tmp_path), Graph()
    for key in ("conv2d", "block:residual", "own:Mein Feuer"):
        offer = offers.get(key)
        assert offer is not None
        for _ in range(2):
            graph = graph.with_node(offer.make(graph, (0, 0)))
    assert list(graph.nodes) == [
        "conv1", "conv2", "residual1", "residual2", "mein_feuer1", "mein_feuer2",
    ]  # fmt: skip


def test_what_fits_behind_a_shape_is_said_of_layers_and_blocks() -> None:
    image = {offer.key for offer in Offers().fitting(maps(28, 28, 6))}
    assert {"conv2d", "max_pool", "block:residual", "block:fire"} <= image
    assert "block:highway" not in image
    table = {offer.key for offer in Offers().fitting(flat(13))}
    assert {"dense", "block:highway"} <= table
    assert not {"conv2d", "block:residual"} & table
    unknown = {offer.key for offer in Offers().fitting(None)}
    assert unknown == {offer.key for offer in Offers() if offer.takes}


@pytest.mark.parametrize(
    ("key", "shape", "param", "width"),
    [
        ("block:residual", maps(28, 28, 6), "filters", 6),
        ("block:bottleneck", maps(14, 14, 32), "filters", 8),
        ("block:highway", flat(13), "units", 13),
        ("block:residual", maps(28, 28, 64), "filters", 64),
    ],
)
def test_a_block_fits_itself_to_what_arrives(key: str, shape, param: str, width: int) -> None:
    data = DataSignature(shape, ClassTarget(("a", "b")))
    graph = Graph({"in": make_node("input", "in")}, ())
    offer = Offers().get(key)
    assert offer is not None
    new = offer.make(graph, (0, 0), shape)
    assert new.block is not None
    assert new.block.values[param] == width
    grown = insert_after(graph, "in", new).apply(graph)[0]
    assert Edge.between("in.y", f"{new.id}.x") in grown.edges
    assert not [one for one in infer(grown, data).problems if one.node == new.id]


def test_an_own_block_that_is_gone_is_not_found(tmp_path: Path) -> None:
    offers = with_own(tmp_path)
    assert offers.own is not None
    offers.own.delete("Mein Feuer")
    assert offers.get("own:Mein Feuer") is None
    with pytest.raises(StudioError):
        offers.own.delete("Mein Feuer")
