"""What every test stands on: offscreen Qt, own folders, no network, no leaked threads."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import contextlib
import importlib
import importlib.metadata
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, settings

_ROOT = Path(__file__).resolve().parents[1]
# The same examples in every run, so that a red run is red again; "explain" traces every line.
settings.register_profile(
    "same", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate, Phase.shrink)
)
settings.load_profile("same")
_TORCH = "2.13.0"  # the one version the reference arrays were made with


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give one home a worker, whose cache keeps compiled kernels for all its tests."""
    home = tmp_path_factory.mktemp("nnstudio-home")
    (home / "cache").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNSTUDIO_HOME", str(home))
        yield home


@pytest.fixture(autouse=True)
def own_folders(
    session_home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Settings and downloads of a test touch neither those of the person nor of another test."""
    home = tmp_path_factory.mktemp("home")
    with contextlib.suppress(OSError):  # Windows without the right to link compiles once a test
        (home / "cache").symlink_to(session_home / "cache", target_is_directory=True)
    monkeypatch.setenv("NNSTUDIO_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real data beside the checkout, or skip with the reason."""
    folder = _ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real data beside the checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """Give PyTorch as the reference to compare with, or skip with the reason."""
    try:
        version = importlib.metadata.version("torch").split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        version = "not installed"
    if version != _TORCH:
        pytest.skip(f"compares live with PyTorch {_TORCH}, which here is {version}")
    return importlib.import_module("torch")


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket's path
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches beyond this machine fails, whatever library does it."""
    real_connect = socket.socket.connect
    real_connect_ex = socket.socket.connect_ex
    real_lookup = socket.getaddrinfo

    def guard(address: object) -> None:
        if not _is_loopback(address):
            pytest.fail(f"A test reached for the network: {address!r}.")

    def connect(self: socket.socket, address: Any) -> None:
        guard(address)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        guard(address)
        return real_connect_ex(self, address)

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None:
            guard((host.decode() if isinstance(host, bytes) else host,))
        return real_lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """A thread that would keep the process alive must end with the test that started it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 2.0
    while (left := _leaked(before)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if left:
        pytest.fail(f"Threads left running: {', '.join(thread.name for thread in left)}.")


def _leaked(before: set[threading.Thread]) -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t not in before and not t.daemon and t.is_alive()]
