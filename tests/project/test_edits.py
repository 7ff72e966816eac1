"""Edits of a project: apply then inverse is the identity, and JSON brings every edit back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import BuiltIn, Csv, Drawn
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph.edits import Rename, SetParam
from nnstudio.graph.types import ClassTarget, DataSignature, maps
from nnstudio.project.edits import (
    AddRun,
    EditGraph,
    ProjectEdit,
    ProjectGroup,
    RemoveRun,
    RenameProject,
    SetData,
    SetNotes,
    SetScaling,
    SetSetting,
    SetSplit,
    edit_from_json,
)
from nnstudio.project.model import Project

DIGITS = DataSignature(maps(8, 8, 1), ClassTarget(tuple("0123456789")))

single_edits = st.one_of(
    st.builds(SetSetting, st.just("epochs"), st.integers(1, 100)),
    st.builds(SetSetting, st.just("learning_rate"), st.floats(0, 1)),
    st.builds(
        SetSetting,
        st.just("optimiser.kind"),
        st.sampled_from(["sgd", "adagrad", "rmsprop", "adam", "adamw"]),
    ),
    st.builds(
        SetSetting,
        st.just("schedule.kind"),
        st.sampled_from(["constant", "step", "exponential", "cosine"]),
    ),
    st.builds(SetSetting, st.just("schedule.warm_up"), st.floats(0, 10)),
    st.builds(SetSetting, st.just("schedule"), st.just({"kind": "step", "every": 2.0})),
    st.builds(SetData, st.sampled_from([None, BuiltIn(), Drawn(), Csv(path=Path("/a.csv"))])),
    st.just(SetData(BuiltIn(), DIGITS)),
    st.just(SetSplit(Split(train=0.5, valid=0.25, test=0.25, seed=3))),
    st.builds(SetScaling, st.sampled_from([Scaling(kind="none"), Scaling(kind="scale")])),
    st.builds(RenameProject, st.sampled_from(["A", "Längerer Name"])),
    st.builds(SetNotes, st.text(max_size=20)),
    st.builds(EditGraph, st.builds(SetParam, st.just("dense1"), st.just("units"), st.just(9))),
    st.just(EditGraph(Rename("dense1", "layer"))),
)
edits = st.one_of(
    single_edits,
    st.builds(ProjectGroup, st.just("Several"), st.lists(single_edits, max_size=4).map(tuple)),
)


@given(st.lists(edits, max_size=6))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_inverses_lead_back(project: Project, steps: list[ProjectEdit]) -> None:
    now, back = project, list[ProjectEdit]()
    for step in steps:
        again = edit_from_json(json.loads(json.dumps(step.to_json())))
        changed, inverse = step.apply(now)
        assert again.apply(now)[0] == changed
        assert step.title(now)
        now = changed
        back.append(inverse)
    for inverse in reversed(back):
        before = now
        now, forward = edit_from_json(inverse.to_json()).apply(before)
        assert forward.apply(now)[0] == before
    assert now == project


@given(single_edits, single_edits)
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_merged_edit_does_what_both_do(
    project: Project, first: ProjectEdit, later: ProjectEdit
) -> None:
    merged = first.merged(later)
    if merged is not None:
        assert merged.apply(project)[0] == later.apply(first.apply(project)[0])[0]


@pytest.mark.parametrize(
    ("path", "value", "title"),
    [
        ("learning_rate", 0.01, "Learning rate 0.1 → 0.01"),
        ("optimiser.kind", "sgd", "Optimiser adam → sgd"),
        ("optimiser", "sgd", "Optimiser adam → sgd"),
        ("optimiser.beta1", 0.8, "Optimiser: Beta 1 0.9 → 0.8"),
        ("restore_best", False, "Keep the best on → off"),
    ],
)
def test_a_setting_has_a_title(project: Project, path: str, value: Any, title: str) -> None:
    edit = SetSetting(path, value)
    assert edit.title(project) == title
    assert edit.apply(project)[0].settings != project.settings


def test_another_kind_keeps_what_both_have_and_a_person_changed(project: Project) -> None:
    steps = [
        SetSetting("schedule.warm_up", 2.0),
        SetSetting("schedule.kind", "cosine"),
        SetSetting("optimiser.kind", "adamw"),
    ]
    for step in steps:
        project = step.apply(project)[0]
    assert project.settings.schedule.kind == "cosine"
    assert project.settings.schedule.warm_up == 2.0
    assert project.settings.optimiser.kind == "adamw"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("epoch", 3, "There is no run setting 'epoch'; did you mean 'epochs'?"),
        ("optimiser.momentum", 0.9, "There is no run setting 'optimiser.momentum'"),
        ("epochs.kind", 3, "There is no run setting 'epochs.kind'"),
        ("epochs", 0, "epochs of the run settings does not fit"),
        ("epochs", "many", "epochs of the run settings does not fit"),
        ("learning_rate", float("nan"), "learning_rate of the run settings does not fit"),
        ("optimiser.kind", "magic", "The optimiser.kind must be 'sgd', 'adagrad'"),
        ("optimiser.beta1", 1.0, "beta1 of the run settings does not fit"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(
    project: Project, path: str, value: Any, said: str
) -> None:
    with pytest.raises(StudioError) as caught:
        SetSetting(path, value).apply(project)
    assert said in caught.value.sentence


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_is_one_line(project: Project, name: str) -> None:
    with pytest.raises(StudioError, match="must be one line"):
        RenameProject(name).apply(project)


def test_runs_come_and_go_in_their_places(project: Project) -> None:
    second = replace(project.runs[0], id="run2", name="Run 2")
    both, remove = AddRun(second, 0).apply(project)
    assert [run.id for run in both.runs] == ["run2", "run1"]
    assert remove.apply(both)[0].runs == project.runs
    less, bring_back = RemoveRun("run2").apply(both)
    known = {run.id: run for run in both.runs}
    assert edit_from_json(bring_back.to_json(), known).apply(less)[0] == both


def test_a_run_is_added_once_and_removed_once(project: Project) -> None:
    with pytest.raises(StudioError, match="already has a run 'run1'"):
        AddRun(project.runs[0]).apply(project)
    with pytest.raises(StudioError, match="There is no run 'run9'"):
        RemoveRun("run9").apply(project)


def test_a_group_is_all_or_nothing(project: Project) -> None:
    group = ProjectGroup("Both", (SetNotes("x"), SetSetting("epochs", 0)))
    with pytest.raises(StudioError):
        group.apply(project)
    assert project.notes != "x"


@pytest.mark.parametrize(
    "document", [None, {}, {"op": "magic"}, {"op": "set notes"}, {"op": "add run", "run": "gone"}]
)
def test_a_damaged_record_is_said_so(document: Any) -> None:
    with pytest.raises(StudioError, match="damaged"):
        edit_from_json(document)
