"""`nnstudio doctor`: is everything here, and does the engine work on this machine."""

from __future__ import annotations

import os
from typing import Any

from nnstudio.cli.failures import BROKEN, FINE, log_file
from nnstudio.cli.watch import print_json, printable
from nnstudio.core import words
from nnstudio.core.paths import cache_folder, config_folder, data_folder
from nnstudio.kernels.doctor import self_test
from nnstudio.project.record import versions


def doctor(*, json: bool) -> int:
    """Print versions, processor, threads, caches and the engine's self-test.

    Args:
        json: Print one JSON line.

    Returns:
        The exit code; 1 where the engine computes wrong numbers.
    """
    found = _findings()
    if json:
        print_json({"event": "doctor", **found})
    else:
        for title, entries in found.items():
            print(f"{title.capitalize()}:")
            for name, value in entries.items():
                print(printable(f"  {name:<20} {value}"))
    return FINE if found["engine"]["products"] == "right" else BROKEN


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
        "folders": {
            "compiled kernels": f"{report.cache_folder} ({words.byte_count(report.cache_bytes)})",
            "cache": str(cache_folder()),
            "data sets": str(data_folder()),
            "settings": str(config_folder()),
            "log": str(log_file()),
        },
    }
