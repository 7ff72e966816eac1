"""What an epoch will take is foretold beside the window, and measured only while nobody trains."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nnstudio.engine.pace import measure
from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.pace.store import load_pace, save_pace
from nnstudio.graph.edits import SetParam
from nnstudio.project.templates import make_template
from nnstudio.session import forecast
from nnstudio.session.forecast import Forecast
from nnstudio.session.studio import Studio

PACE = Pace({"product": Points(np.zeros((1, 40)), np.full(1, math.log(1e-10)))})


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr("nnstudio.engine.pace.store.cache_folder", lambda: tmp_path)


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(make_template("digits-lenet"))
    yield made
    made.close()


def until(studio: Studio, ready: Callable[[], bool], seconds: float = 20) -> None:
    """Poll until something holds."""
    end = time.monotonic() + seconds
    while not ready():
        studio.poll()
        assert time.monotonic() < end
        time.sleep(0.005)


def foretold(studio: Studio) -> Forecast:
    """The forecast of the graph as it is now."""

    def ready() -> bool:
        latest = studio.forecasts.latest
        return latest is not None and latest.graph is studio.graph

    until(studio, ready)
    assert studio.forecasts.latest is not None
    return studio.forecasts.latest


def test_without_a_measured_machine_nothing_is_foretold(studio: Studio) -> None:
    for _ in range(5):
        studio.poll()
        time.sleep(0.01)
    assert studio.forecasts.latest is None


def test_a_forecast_follows_the_network(studio: Studio) -> None:
    save_pace(PACE)
    before = foretold(studio)
    assert before.sizes is None
    assert before.text.endswith("per 1,000 samples")
    studio.apply(SetParam("conv1", "filters", 64))
    after = foretold(studio)
    assert after.thousand_s > before.thousand_s
    assert (after.share("conv1") or 0) > 0
    assert after.share("nobody") is None


def test_an_epoch_is_foretold_once_the_data_is_there(studio: Studio) -> None:
    save_pace(PACE)
    assert studio.project.data is not None
    studio.load_data(studio.project.data)

    def ready() -> bool:
        latest = studio.forecasts.latest
        return latest is not None and latest.sizes is not None

    until(studio, ready)
    found = studio.forecasts.latest
    assert found is not None
    assert found.sizes == (1258, 180)
    assert found.epoch_s is not None
    assert found.text.endswith("an epoch")
    assert "conv" in found.details
    assert "1,257" not in found.text


def test_the_machine_is_measured_on_the_lane_and_kept(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.forecasts, "_quiet", lambda: True)
    monkeypatch.setattr(measure, "measure_pace", lambda threads, cancelled: PACE)
    assert studio.forecasts.measure()
    foretold(studio)
    assert load_pace() is not None
    assert not studio.forecasts.measure()


def test_a_training_ends_the_measuring(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    began, asked = threading.Event(), threading.Event()

    def slow(threads: int, cancelled: Callable[[], bool]) -> None:
        began.set()
        while not cancelled():
            time.sleep(0.005)
        asked.set()

    monkeypatch.setattr(studio.forecasts, "_quiet", lambda: True)
    monkeypatch.setattr(measure, "measure_pace", slow)
    assert studio.forecasts.measure()
    assert began.wait(10)
    studio.step()
    assert asked.wait(10)
    until(studio, lambda: studio.run_state == "paused", 60)
    assert not studio.forecasts.measure()
    assert load_pace() is None


def test_a_busy_machine_is_not_measured(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.cpu_percent", lambda: 90.0)
    assert not any(studio.forecasts.measure() for _ in range(5))
    assert not studio.forecasts.measuring
