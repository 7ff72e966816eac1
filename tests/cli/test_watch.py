"""The progress of a training on a terminal, in a log, and as JSON."""

from __future__ import annotations

import io
import json
import sys

import numpy as np
import pytest

from nnstudio.cli.watch import BarWatcher, LogWatcher, print_json, printable, watcher
from nnstudio.train.events import EpochDone, Finished, Started, Steps


def steps(first: int, loss: float) -> Steps:
    return Steps(first, np.array([loss]), np.array([0.5]), np.array([0.1]), 0, 12_345.0, 83.0)


def test_the_bar_shows_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    bar = BarWatcher()
    bar.event(Started(2, 50, 1600, 2))
    bar.event(steps(24, 0.25))
    drawn = capsys.readouterr().out
    assert "Training on 1,600 samples, 2 epochs of 50 steps, 2 threads." in drawn
    assert " 25 % epoch 1/2 · 1:23 left · 12.3 k samples/s · loss 0.2500" in drawn
    assert drawn.count("█") == 6
    bar.event(Finished("finished", 2, 100, 1.0))
    assert capsys.readouterr().out.endswith("\r\x1b[K")


def test_the_bar_fits_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    bar = BarWatcher()
    bar.event(steps(0, 0.25))
    line = capsys.readouterr().out.removeprefix("\r\x1b[K")
    assert len(line) <= 39


def test_a_log_gets_a_line_for_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    log = LogWatcher()
    log.event(Started(100, 1, 10, 1))
    for epoch in range(1, 101):
        log.event(EpochDone(epoch, epoch, {"loss": 1.0}, {"loss": 2.0}, False))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[-1].startswith("epoch 100/100 · loss 1 · validation loss 2")


def test_json_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": {"c": [float("inf"), 1.5]}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": {"c": [None, 1.5]}}


def test_a_plain_terminal_gets_plain_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert printable("█░ 8×8 · é") == "#- 8x8 | ?"


def test_the_watcher_suits_where_the_output_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(watcher(json_lines=False), LogWatcher)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert isinstance(watcher(json_lines=False), BarWatcher)
