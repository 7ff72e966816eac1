"""What projects on sequences keep: symbols, carried states, order, and how weights start."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnstudio.data.load import load
from nnstudio.data.sources import Npz
from nnstudio.data.split import Split
from nnstudio.graph.model import make_node
from nnstudio.graph.types import named
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project
from nnstudio.train.settings import RunSettings
from tests.nets import chained


def test_a_project_on_symbols_survives_saving(tmp_path: Path) -> None:
    np.savez(tmp_path / "text.npz", x=np.arange(24).reshape(6, 4) % 5, y=np.arange(6) % 2)
    source = Npz(path=tmp_path / "text.npz", inputs="symbols")
    signature = load(source).signature
    assert signature.input == named((4,), 5)
    graph = chained(
        make_node("embedding", "embed1", symbols=9, width=3, initial="orthogonal"),
        make_node("lstm", "lstm1", carry=True, recurrent_initial="orthogonal", units=4),
    )
    project = Project(
        name="text",
        graph=graph,
        data=source,
        signature=signature,
        split=Split(mix=False),
        settings=RunSettings(order="streams"),
    )
    save_project(project, tmp_path / "text.nns")
    again = open_project(tmp_path / "text.nns")
    assert again.graph == graph
    assert again.signature == signature
    assert again.data == source
    assert again.split == project.split
    assert again.settings == project.settings
