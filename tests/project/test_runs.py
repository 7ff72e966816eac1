"""Facts about runs: remarks, restoring, comparing, and the file that keeps it all."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import RemoveNode, SetParam
from nnstudio.project.compare import graph_differences, in_words, run_differences
from nnstudio.project.document import run_from_json, run_json
from nnstudio.project.edits import edit_from_json
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project, Run
from nnstudio.project.run_edits import DescribeRun, RemoveRun, restore
from nnstudio.project.setting import set_setting
from nnstudio.train.live import Change
from nnstudio.train.settings import RunSettings
from tests.nets import mlp

SETTINGS = RunSettings(learning_rate=0.002)
CHANGES = (Change(3, "learning_rate", 0.02), Change(9, "frozen", ["dense1"]))


def _run(**values: Any) -> Run:
    return Run("run1", "Run 1", mlp(), SETTINGS, **values)


def test_remarks_and_changes_come_back_from_the_file(tmp_path: Path) -> None:
    run = _run(
        colour="#3355aa", tags=("good", "slow"), notes="a\nb", pinned=True,
        parent=("run0", 120), changes=CHANGES,
    )  # fmt: skip
    path = tmp_path / "kept.nns"
    save_project(Project("p", mlp(), runs=(run,), start="run1"), path)
    again = open_project(path)
    assert replace(again.runs[0], history=run.history) == run
    assert again.start == "run1"
    assert again.extra == {}
    assert again.runs[0].settings_at_end.frozen == ("dense1",)


def test_a_run_without_remarks_is_written_as_before() -> None:
    run = _run()
    document = run_json(run)
    assert not {"colour", "tags", "notes", "pinned", "parent", "changes"} & document.keys()
    read = run_from_json(json.loads(json.dumps(document)))
    assert replace(read, history=run.history) == run


@pytest.mark.parametrize(
    "bad",
    [
        {"tags": "good"}, {"tags": [3]}, {"colour": "red"}, {"pinned": 1}, {"notes": 3},
        {"parent": ["run0"]}, {"parent": ["run0", -1]}, {"changes": [[1, "l2"]]},
        {"changes": [[5, "l2", 0.1], [3, "l2", 0.2]]}, {"changes": [[5, "l2", -1]]},
        {"changes": [[5, "seed", 1]]},
    ],
)  # fmt: skip
def test_damaged_remarks_are_refused_in_a_sentence(bad: dict[str, Any]) -> None:
    with pytest.raises(StudioError):
        run_from_json(run_json(_run()) | bad)


def test_descriptions_are_named_undoable_and_json() -> None:
    project = Project("p", mlp(), runs=(_run(),))
    edit = DescribeRun("run1", {"name": "Best"})
    assert edit.title(project) == "Rename Run 1 to Best"
    changed, inverse = edit.apply(project)
    assert changed.runs[0].name == "Best"
    assert inverse.apply(changed)[0] == project
    pin = DescribeRun("run1", {"pinned": True, "tags": ("a", "b")})
    assert edit_from_json(json.loads(json.dumps(pin.to_json()))).apply(project)[0].runs[0].tags == (
        "a",
        "b",
    )
    for values in ({"name": ""}, {"tags": ["a,b"]}, {"colour": "#12"}):
        with pytest.raises(StudioError):
            DescribeRun("run1", values).apply(project)
    with pytest.raises(StudioError, match="There is no run 'run7'"):
        DescribeRun("run7", {"pinned": True}).apply(project)


def test_restoring_is_one_step_and_takes_the_settings_of_the_end() -> None:
    run = _run(changes=CHANGES, weights={"dense1/weight": np.zeros((4, 16), np.float32)})
    now, _ = SetParam("dense1", "units", 8).apply(mlp())
    project = Project("p", now, settings=RunSettings(epochs=3), runs=(run,))
    edit = restore(project, "run1", weights=True)
    assert edit.title(project) == "Restore Run 1 and start from its weights"
    there, inverse = edit.apply(project)
    assert (there.graph, there.start) == (run.graph, "run1")
    assert there.settings.learning_rate == 0.02
    assert inverse.apply(there)[0] == project
    assert edit_from_json(json.loads(json.dumps(edit.to_json()))).apply(project)[0] == there
    bare = Project("p", now, runs=(replace(run, weights={}),))
    with pytest.raises(StudioError, match="has no weights"):
        restore(bare, "run1", weights=True)


def test_differences_are_told_in_words() -> None:
    one = _run()
    settings, _, _ = set_setting(SETTINGS, "learning_rate", 0.02)
    settings, _, _ = set_setting(settings, "optimiser.beta1", 0.8)
    graph, _ = SetParam("dense1", "units", 32).apply(mlp())
    other = replace(one, settings=settings, graph=graph)
    assert in_words(run_differences(one, other)) == (
        "learning rate 0.002 → 0.02, optimiser: Beta 1 0.9 → 0.8, dense1 units 16 → 32"
    )
    assert in_words(run_differences(one, one)) == "no difference"
    branch = replace(one, parent=("run1", 1200), changes=CHANGES)
    assert run_differences(one, branch) == [
        "branch of run1 at step 1,200",
        "Learning rate 0.002 → 0.02 at step 4",
        "Freeze dense1 at step 10",
    ]


def test_layers_and_links_that_came_or_went_are_named() -> None:
    less, _ = RemoveNode("dense1").apply(mlp())
    found = graph_differences(mlp(), less)
    assert "dense1 (Dense) removed" in found
    assert "dense1 (Dense) added" in graph_differences(less, mlp())
    cut = replace(mlp(), edges=mlp().edges[:-1])
    assert graph_differences(mlp(), cut) == ["link dense2 → loss1 cut"]


def test_removing_a_run_keeps_its_place_for_undo() -> None:
    first, second = _run(), replace(_run(), id="run2", name="Run 2")
    project = Project("p", mlp(), runs=(first, second))
    less, inverse = RemoveRun("run1").apply(project)
    assert less.runs == (second,)
    assert inverse.apply(less)[0] == project


def test_a_file_without_remarks_opens(tmp_path: Path) -> None:
    path = tmp_path / "old.nns"
    save_project(Project("p", mlp(), runs=(_run(),)), path)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("project.json"))
    assert "start" not in document
    assert open_project(path).runs[0].changes == ()
