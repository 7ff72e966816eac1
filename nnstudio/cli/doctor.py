"""`nnstudio doctor`: is everything here, and does the engine work on this machine."""

from __future__ import annotations

import os
import sys
from typing import Any

from nnstudio.cli.failures import BROKEN, FINE, log_file
from nnstudio.cli.watch import print_json, printable
from nnstudio.core import words
from nnstudio.core.paths import cache_folder, config_folder, data_folder
from nnstudio.engine.pace.measure import measure_pace
from nnstudio.engine.pace.model import Pace
from nnstudio.engine.pace.store import load_pace, save_pace
from nnstudio.kernels.doctor import self_test
from nnstudio.kernels.team import usable_cores
from nnstudio.project.record import versions


def doctor(*, json: bool, pace: bool = False) -> int:
    """Print versions, processor, threads, caches and the engine's self-test.

    Args:
        json: Print one JSON line.
        pace: Measure anew how fast this machine trains, and keep it for predictions.

    Returns:
        The exit code; 1 where the engine computes wrong numbers.
    """
    if pace:
        _measure()
    found = _findings()
    if json:
        print_json({"event": "doctor", **found})
    else:
        for title, entries in found.items():
            print(f"{title.capitalize()}:")
            for name, value in entries.items():
                print(printable(f"  {name:<20} {value}"))
    return FINE if found["engine"]["products"] == "right" else BROKEN


def _measure() -> None:
    """Measure this machine; a few seconds, more where kernels have to be compiled."""

    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rMeasuring this machine… {done + 1} of {total}", end="", file=sys.stderr)

    found = measure_pace(usable_cores(), told)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if found is not None:
        save_pace(found)


def _pace_words(pace: Pace | None) -> dict[str, str]:
    if pace is None:
        return {"measured": "not yet; nnstudio doctor --pace measures it"}
    gains = pace.gain(pace.threads, products=True), pace.gain(pace.threads, products=False)
    return {
        "measured": f"{len(pace.points)} kernels",
        f"{pace.threads} threads": f"{gains[0]:.1f} times as fast, {gains[1]:.1f} moving numbers",
    }


def _findings() -> dict[str, dict[str, Any]]:
    report = self_test()
    said = {"note": report.reservation} if report.reservation else {}
    return {
        "versions": dict(versions()),
        "processor": {
            "model": report.processor,
            "cores": os.cpu_count() or 1,
            "usable cores": report.threads,
            "vector width": f"{report.lanes} float32 numbers",
            **said,
        },
        "engine": {
            "products": "right" if report.ok else "wrong",
            "speed": f"{report.gflops:.0f} GFLOP/s a core",
            "code ready in": f"{report.seconds:.2f} s",
        },
        "pace": _pace_words(load_pace()),
        "folders": {
            "compiled kernels": f"{report.cache_folder} ({words.byte_count(report.cache_bytes)})",
            "cache": str(cache_folder()),
            "data sets": str(data_folder()),
            "settings": str(config_folder()),
            "log": str(log_file()),
        },
    }
