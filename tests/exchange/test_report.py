"""Reports: whole pages that need nothing else, honest about what is missing."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from nnstudio.exchange.curves import Line, curve_svg
from nnstudio.exchange.matrix import confusion_svg
from nnstudio.exchange.report import report_html, write_report
from nnstudio.exchange.ticks import Axis, fitted
from nnstudio.project.model import Project
from nnstudio.project.templates import make_template
from nnstudio.project.training import job_of, read_data, run_of
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer


@pytest.fixture(scope="module")
def trained() -> Project:
    project = make_template("softmax-classifier")
    project = replace(
        project,
        name="Digits & <friends>",
        settings=project.settings.model_copy(update={"epochs": 4}),
    )
    data = read_data(project)
    with Trainer(job_of(project, data)) as trainer:
        last = list(trainer.train())[-1]
        assert isinstance(last, Finished)
        run = run_of(project, trainer, last, data)
    return replace(project, runs=(run,))


class Balance(HTMLParser):
    """Checks that tags are closed in order, and gathers the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "line", "path", "rect", "polygon"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: str) -> Balance:
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.open == []
    return balance


def test_a_report_holds_all_sections(trained: Project) -> None:
    page = parsed(report_html(trained, trained.runs[0]))
    text = " ".join(page.text)
    for title in (
        "Result", "Curves", "Confusion matrix", "Network", "Settings", "Data", "Environment",
    ):  # fmt: skip
        assert title in text
    assert "Digits & <friends>" in text
    assert trained.runs[0].info["data_fingerprint"] in text
    assert f"{100 * trained.runs[0].metrics['test']['accuracy']:.2f} %" in text
    assert page.tags.count("svg") == 3


def test_a_report_needs_nothing_else(trained: Project) -> None:
    page = report_html(trained, trained.runs[0])
    assert not re.search(r"https?:|<script|<link|@import|url\(|src=", page)


def test_a_report_suits_light_and_dark(trained: Project) -> None:
    page = report_html(trained, trained.runs[0])
    assert "prefers-color-scheme: dark" in page
    assert "color-scheme: light dark" in page


def test_the_confusion_matrix_shows_every_sample(trained: Project) -> None:
    page = report_html(trained, trained.runs[0])
    counts = re.findall(r'class="count[^"]*"[^>]*>(\d+)<', page)
    assert sum(map(int, counts)) == trained.runs[0].info["data"]["samples"]["test"]


def test_without_its_data_a_report_says_what_is_missing(trained: Project) -> None:
    page = report_html(replace(trained, data=None), trained.runs[0])
    assert "No confusion matrix: The project" in page
    assert "Loss over epochs" in page


def test_a_regression_has_no_confusion_matrix() -> None:
    project = make_template("regression-mlp")
    project = replace(project, settings=project.settings.model_copy(update={"epochs": 2}))
    data = read_data(project)
    with Trainer(job_of(project, data)) as trainer:
        last = list(trainer.train())[-1]
        assert isinstance(last, Finished)
        run = run_of(project, trainer, last, data)
    page = report_html(replace(project, runs=(run,)), run)
    assert "Confusion" not in page
    assert "mean error" in page


def test_a_report_is_written_whole(trained: Project, tmp_path: Path) -> None:
    write_report(trained, trained.runs[0], tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_curves_break_where_numbers_are_missing() -> None:
    x = np.arange(5, dtype=np.float64)
    y = np.array([1.0, 2.0, np.nan, 4.0, np.inf])
    svg = curve_svg("t", "epoch", [Line("training", "train", x, y)])
    path = re.search(r'class="curve train" d="(M[^"]*)"', svg)
    assert path is not None
    assert path[1].count("M") == 2
    assert "nan" not in svg
    assert "inf" not in svg


def test_nothing_to_draw_gives_no_picture() -> None:
    empty = np.empty(0)
    assert curve_svg("t", "x", []) == ""
    assert curve_svg("t", "x", [Line("a", "train", empty, empty)]) == ""
    assert confusion_svg([], np.zeros((0, 0), np.int64)) == ""
    assert confusion_svg(["c"] * 41, np.zeros((41, 41), np.int64)) == ""


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [1e-9, 1e9], [-5.0, 5.0], [1e300, 1e301]])
def test_any_numbers_can_be_drawn(values: list[float]) -> None:
    x = np.arange(len(values), dtype=np.float64)
    svg = curve_svg("t", "x", [Line("a", "train", x, np.array(values))])
    parsed(svg)
    assert "nan" not in svg


def test_many_raw_values_become_a_band() -> None:
    x = np.arange(5000, dtype=np.float64)
    svg = curve_svg("t", "x", [Line("steps", "raw", x, np.sin(x))])
    assert svg.count("<polygon") == 1
    assert len(svg) < 30_000


def test_ticks_are_round_and_lie_on_the_axis() -> None:
    assert Axis(0, 40).ticks(8) == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert fitted(0.001, 1.0, log=True).ticks() == [0.001, 0.01, 0.1, 1.0]
    for axis in (Axis(-0.3, 0.7), Axis(1234, 1235), fitted(3.0, 3.0)):
        assert 2 <= len(axis.ticks()) <= 12
        assert all(axis.low <= tick <= axis.high for tick in axis.ticks())
