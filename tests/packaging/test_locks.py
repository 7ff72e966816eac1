"""The lock files name exact, hashed packages and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import environment
import licences
import pytest

_FOLDER = environment.ROOT / "packaging"
_LOCKS = [_FOLDER / environment.RUN_LOCK, _FOLDER / environment.TEST_LOCK]
_ENTRY = re.compile(r"[a-z0-9-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda lock: lock.name)
def test_every_line_belongs_to_an_exact_version_with_hashes(lock: Path) -> None:
    assert _ENTRY.sub("", lock.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_no_torch(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "torch" not in environment.locked_names(lock)


def test_the_run_lock_keeps_pyside_in_the_good_range() -> None:
    versions = dict(licences.locked_versions(_LOCKS[0]))
    major, minor, patch = (int(part) for part in versions["pyside6-essentials"].split("."))
    assert (6, 11, 2) <= (major, minor, patch) < (6, 12)


def test_both_locks_agree_on_what_both_name() -> None:
    run, test = (set(licences.locked_versions(lock)) for lock in _LOCKS)
    shared = {name for name, _ in run} & {name for name, _ in test}
    assert shared
    assert {pin for pin in test if pin[0] in shared} <= run


def test_the_licence_list_covers_every_locked_version() -> None:
    listed = set(licences.listed_versions(environment.ROOT / "THIRD_PARTY.md"))
    locked = {pin for lock in _LOCKS for pin in licences.locked_versions(lock)}
    assert listed == locked
