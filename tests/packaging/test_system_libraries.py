"""Missing Qt libraries are found, installed by root and otherwise named in one line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
import system_libraries


def _tool(name: str) -> system_libraries.PackageTool:
    tool = system_libraries.package_tool(lambda command: command if command == name else None)
    assert tool is not None
    return tool


def _loader(absent: set[str]) -> Callable[[str], object]:
    def load(soname: str) -> object:
        if soname in absent:
            raise OSError(soname)
        return soname

    return load


@pytest.fixture
def debian_without_cursor(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A Debian machine; the set holds the libraries it lacks."""
    absent = {"libxcb-cursor.so.0"}
    find = system_libraries.find_missing
    monkeypatch.setattr(system_libraries.sys, "platform", "linux")
    monkeypatch.setattr(
        system_libraries, "find_missing", lambda names: find(names, _loader(absent))
    )
    debian = _tool("apt-get")
    monkeypatch.setattr(system_libraries, "package_tool", lambda: debian)
    return absent


def test_only_absent_libraries_are_missing() -> None:
    names = ["libGL.so.1", "libEGL.so.1"]
    assert system_libraries.find_missing(names, _loader({"libEGL.so.1"})) == ["libEGL.so.1"]


@pytest.mark.usefixtures("debian_without_cursor")
def test_without_root_rights_one_line_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 1000, raising=False)
    assert not system_libraries.ensure(("offscreen", "x11"))
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.strip() == (
        "sudo apt-get update -q && "
        "sudo apt-get install -y -q --no-install-recommends libxcb-cursor0"
    )


def test_with_root_rights_the_missing_are_installed(
    debian_without_cursor: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        debian_without_cursor.clear()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(system_libraries.subprocess, "run", run)
    assert system_libraries.ensure(("x11",))
    assert [command[-1] for command in commands] == ["-q", "libxcb-cursor0"]


@pytest.mark.usefixtures("debian_without_cursor")
def test_a_failed_installation_says_why_and_names_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(
        system_libraries.subprocess,
        "run",
        lambda command, **options: subprocess.CompletedProcess(command, 100, "", "E: no disk\n"),
    )
    assert not system_libraries.ensure(("x11",))
    said = capsys.readouterr().out
    assert "E: no disk" in said
    assert "libxcb-cursor0" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("apt-get", "libegl1"),
        ("pacman", "libglvnd"),
        ("dnf", "libEGL.so.1()(64bit)"),
        ("zypper", "libEGL.so.1()(64bit)"),
    ],
)
def test_each_system_has_its_own_package_name(name: str, package: str) -> None:
    names = system_libraries.LIBRARIES["offscreen"]["libEGL.so.1"]
    tool = _tool(name)
    assert tool.package("libEGL.so.1", names) == package
    assert tool.name in system_libraries.line_to_run(tool, [package])


def test_other_systems_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries.sys, "platform", "darwin")
    assert system_libraries.ensure(("offscreen", "x11"))


@pytest.mark.usefixtures("debian_without_cursor")
def test_an_unknown_system_hears_the_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_libraries, "package_tool", lambda: None)
    assert not system_libraries.ensure(("x11",))
    assert "libxcb-cursor.so.0" in capsys.readouterr().out
