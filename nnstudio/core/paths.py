"""Where the studio keeps what is not in a project: settings, caches, downloads, resources."""

from __future__ import annotations

import os
from pathlib import Path

_APP = "nnstudio"


def _home(kind: str) -> Path:
    """Give the folder of one kind; NNSTUDIO_HOME moves them all (tests, portable use)."""
    moved = os.environ.get("NNSTUDIO_HOME")
    if moved:
        folder = Path(moved) / kind
    else:
        import platformdirs

        folder = Path(
            {
                "config": platformdirs.user_config_dir,
                "cache": platformdirs.user_cache_dir,
                "data": platformdirs.user_data_dir,
                "log": platformdirs.user_log_dir,
            }[kind](_APP, appauthor=False)
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_folder() -> Path:
    """Give the folder of settings, made if missing."""
    return _home("config")


def cache_folder() -> Path:
    """Give the folder of what can be made again, such as compiled kernels."""
    return _home("cache")


def data_folder() -> Path:
    """Give the folder of downloaded data sets."""
    return _home("data")


def log_folder() -> Path:
    """Give the folder of log files."""
    return _home("log")


def resources_folder() -> Path:
    """Give the folder of icons, themes, examples and help that comes with the studio."""
    beside = Path(__file__).resolve().parents[2] / "resources"
    return beside if beside.is_dir() else Path(__file__).resolve().parents[1] / "resources"
