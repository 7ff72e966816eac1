"""Networks and data that cannot be trained: one plain sentence, and the file stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.sources import BuiltIn, Column, Csv, ImageFolder, Npz
from nnstudio.graph.edits import AddNode, Link, RemoveNode
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.project.file import save_project
from nnstudio.project.model import Project
from nnstudio.project.templates import make_template
from tests.cli.answers import Command


def looped(graph: Graph) -> Graph:
    for edit in (
        AddNode(make_node("add", "add1")),
        Link(Edge.between("dense1.y", "add1.x")),
        Link(Edge.between("add1.y", "dense2.x")),
        Link(Edge.between("dense2.y", "add1.x")),
    ):
        graph = edit.apply(graph)[0]
    return graph


def without_loss(graph: Graph) -> Graph:
    return RemoveNode(graph.losses()[0].id).apply(graph)[0]


def with_two_inputs(graph: Graph) -> Graph:
    return AddNode(make_node("input", "input2")).apply(graph)[0]


def unlinked(graph: Graph) -> Graph:
    return Graph(graph.nodes, graph.edges[:-1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (looped, "loop"),
        (without_loss, "The network has no loss"),
        (with_two_inputs, "The data set feeds one input; this network has 2"),
        (unlinked, "has no input yet"),
        (lambda graph: Graph(), "The network is empty"),
    ],
    ids=["loop", "no loss", "two inputs", "no link", "empty"],
)
def test_a_network_that_cannot_run(
    command: Command, tmp_path: Path, change: Callable[[Graph], Graph], said: str
) -> None:
    project = make_template("spirals-mlp")
    refused(command, tmp_path, replace(project, graph=change(project.graph)), said)


def refused(command: Command, folder: Path, project: Project, said: str) -> None:
    path = folder / "bad.nns"
    save_project(project, path)
    before = path.read_bytes()
    answer = command("train", path)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    assert path.read_bytes() == before


TABLES = {
    "no rows": ("a,kind\n", "no row"),
    "one class": ("a,kind\n1,x\n2,x\n3,x\n", "only one class, 'x'"),
    "text for a number": ("a,kind\n1,x\nlow,y\n3,x\n", "low"),
    "ragged": ("a,kind\n1,x\n1,y,z\n3,x\n", "3"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_learned_from(command: Command, tmp_path: Path, name: str) -> None:
    text, said = TABLES[name]
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    columns = (Column(name="a", role="number"), Column(name="kind", role="class"))
    data = Csv(path=tmp_path / "t.csv", columns=columns)
    refused(command, tmp_path, replace(make_template("mlp"), data=data), said)


def test_data_with_nan_and_infinity(command: Command, tmp_path: Path) -> None:
    for number, word in ((np.nan, "NaN"), (np.inf, "infinity")):
        x = np.ones((20, 4), np.float32)
        x[7, 2] = number
        np.savez(tmp_path / "d.npz", x=x, y=np.arange(20) % 2)
        project = replace(make_template("mlp"), data=Npz(path=tmp_path / "d.npz"))
        refused(command, tmp_path, project, word)


def test_images_of_mixed_sizes(command: Command, tmp_path: Path) -> None:
    from PIL import Image

    for index, (kind, size) in enumerate([("a", 8), ("a", 8), ("b", 8), ("b", 9)]):
        (tmp_path / "images" / kind).mkdir(parents=True, exist_ok=True)
        Image.new("L", (size, 8)).save(tmp_path / "images" / kind / f"{index}.png")
    data = ImageFolder(path=tmp_path / "images", colour="grey")
    refused(command, tmp_path, replace(make_template("digits-lenet"), data=data), "size")


def test_a_missing_file_and_a_set_that_is_not_here(command: Command, tmp_path: Path) -> None:
    project = replace(make_template("mlp"), data=Csv(path=tmp_path / "gone.csv"))
    refused(command, tmp_path, project, "gone.csv")
    refused(command, tmp_path, make_template("lenet-28"), "download it first")


def test_a_loss_that_does_not_fit_the_data(command: Command, tmp_path: Path) -> None:
    project = replace(make_template("spirals-mlp"), data=BuiltIn(name="diabetes"))
    refused(command, tmp_path, project, "")
