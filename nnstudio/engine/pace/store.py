"""Keeps the pace of this machine in the cache folder; a damaged or foreign file is no pace."""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np

import nnstudio
from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.core.paths import cache_folder
from nnstudio.engine.pace.model import Pace, Points
from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.team import usable_cores

VERSION = 1  # of the file and of what `work.traits` counts


def pace_path() -> Path:
    """Give the file of this machine as it is now: its processor, its cores, this version."""
    found = cpu()
    told = (
        VERSION,
        nnstudio.__version__,
        found.name,
        found.lanes,
        usable_cores(),
        platform.python_version(),
        np.__version__,
    )
    mark = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return cache_folder() / f"pace-{mark}.json"


def save_pace(pace: Pace, path: Path | None = None) -> None:
    """Write a pace.

    Raises:
        StudioError: It could not be written.
    """
    points = {
        name: {"traits": np.round(one.traits, 4).tolist(), "logs": np.round(one.logs, 4).tolist()}
        for name, one in pace.points.items()
    }
    whole = {
        "version": VERSION,
        "threads": pace.threads,
        "call_s": pace.call_s,
        "copy_s": pace.copy_s,
        "barrier_s": pace.barrier_s,
        "gain_products": pace.gain_products,
        "gain_moves": pace.gain_moves,
        "points": points,
    }
    with atomic_write(path or pace_path()) as file:
        file.write(json.dumps(whole).encode())


def load_pace(path: Path | None = None) -> Pace | None:
    """Give the pace that was measured on this machine; None where there is none of any use."""
    try:
        return _read(json.loads((path or pace_path()).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StudioError):
        return None


def _read(whole: dict[str, Any]) -> Pace | None:
    if whole["version"] != VERSION:
        return None
    points = {str(name): _points(one) for name, one in whole["points"].items()}
    names = ("call_s", "copy_s", "gain_products", "gain_moves", "barrier_s")
    numbers = {name: float(whole[name]) for name in names}
    fine = all(np.isfinite(one) and 0 <= one < 1e6 for one in numbers.values())
    fine = fine and min(numbers["gain_products"], numbers["gain_moves"]) >= 1
    if not fine or not points:
        return None
    return Pace(
        points,
        numbers["call_s"],
        numbers["copy_s"],
        max(1, int(whole["threads"])),
        numbers["gain_products"],
        numbers["gain_moves"],
        numbers["barrier_s"],
    )


def _points(one: dict[str, Any]) -> Points:
    traits, logs = np.array(one["traits"], np.float64), np.array(one["logs"], np.float64)
    fits = traits.ndim == 2 and traits.shape[1] > 3 and logs.shape == traits.shape[:1]
    if not fits or not len(logs) or not np.isfinite(traits).all() or not np.isfinite(logs).all():
        raise ValueError("These are no measurements.")
    return Points(traits, logs)
