"""The .venv is made once, told by its stamp, and never trusted half-made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import environment
import pytest

_GOOD_LOCK = "alpha==1 \\\n    --hash=sha256:00\nbeta==2 \\\n    --hash=sha256:11\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the two lock files of a checkout."""
    root = tmp_path / "checkout"
    (root / "packaging").mkdir(parents=True)
    (root / "packaging" / "lock.txt").write_text(_GOOD_LOCK)
    (root / "packaging" / "lock-dev.txt").write_text("gamma==3 \\\n    --hash=sha256:22\n")
    return root


@pytest.fixture
def pip_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The lock files pip would have been called with."""
    calls: list[list[str]] = []
    monkeypatch.setattr(
        environment, "_run_pip", lambda python, files: calls.append([file.name for file in files])
    )
    return calls


@pytest.fixture
def venvs_made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The .venv folders made, each with just an interpreter."""
    made: list[Path] = []

    def make(venv: Path) -> None:
        made.append(venv)
        python = environment.interpreter(venv)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        (venv / "pyvenv.cfg").touch()

    monkeypatch.setattr(environment, "_make_venv", make)
    monkeypatch.setattr(environment, "_link_package", lambda venv, root: None)
    return made


def test_a_second_start_makes_and_installs_nothing(
    checkout: Path, pip_calls: list[list[str]], venvs_made: list[Path]
) -> None:
    environment.prepare(["lock.txt"], checkout)
    python = environment.prepare(["lock.txt"], checkout)
    assert python == environment.interpreter(checkout / ".venv")
    assert (len(venvs_made), pip_calls) == (1, [["lock.txt"]])


def test_tests_add_only_their_own_lock(
    checkout: Path, pip_calls: list[list[str]], venvs_made: list[Path]
) -> None:
    environment.prepare(["lock.txt"], checkout)
    environment.prepare(["lock.txt", "lock-dev.txt"], checkout)
    assert (len(venvs_made), pip_calls) == (1, [["lock.txt"], ["lock-dev.txt"]])


def test_a_renewed_lock_is_installed_into_the_same_venv(
    checkout: Path, pip_calls: list[list[str]], venvs_made: list[Path]
) -> None:
    environment.prepare(["lock.txt"], checkout)
    (checkout / "packaging" / "lock.txt").write_text(_GOOD_LOCK.replace("==1", "==2"))
    environment.prepare(["lock.txt"], checkout)
    assert (len(venvs_made), len(pip_calls)) == (1, 2)


@pytest.mark.usefixtures("venvs_made")
def test_an_interrupted_install_is_started_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(python: Path, files: list[Path]) -> None:
        (checkout / ".venv" / "half-written").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_run_pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.prepare(["lock.txt"], checkout)
    monkeypatch.setattr(environment, "_run_pip", lambda python, files: None)
    environment.prepare(["lock.txt"], checkout)
    assert not (checkout / ".venv" / "half-written").exists()
    stamp = environment.Stamp.read(checkout / ".venv")
    assert stamp is not None
    assert environment.missing_locks(stamp, ["lock.txt"], checkout) == {}


def test_a_failed_pip_keeps_what_was_installed(
    checkout: Path,
    pip_calls: list[list[str]],
    venvs_made: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment.prepare(["lock.txt"], checkout)
    with monkeypatch.context() as offline:
        offline.setattr(environment, "_run_pip", _fail)
        with pytest.raises(environment.SetupError, match="network"):
            environment.prepare(["lock.txt", "lock-dev.txt"], checkout)
    environment.prepare(["lock.txt"], checkout)
    assert (len(venvs_made), pip_calls) == (1, [["lock.txt"]])


def _fail(python: Path, files: list[Path]) -> None:
    raise environment.SetupError("Check the network.")


def test_a_venv_of_another_python_is_made_anew(
    checkout: Path, pip_calls: list[list[str]], venvs_made: list[Path]
) -> None:
    environment.prepare(["lock.txt"], checkout)
    stamp = environment.Stamp.read(checkout / ".venv")
    assert stamp is not None
    environment.Stamp("3.9 x86_64", stamp.root, stamp.locks).write(checkout / ".venv")
    environment.prepare(["lock.txt"], checkout)
    assert (len(venvs_made), len(pip_calls)) == (2, 2)


def test_a_moved_checkout_is_refreshed_without_pip(
    checkout: Path, pip_calls: list[list[str]], venvs_made: list[Path]
) -> None:
    environment.prepare(["lock.txt"], checkout)
    script = environment.interpreter(checkout / ".venv").parent / "tool"
    script.write_text(f"#!{environment.interpreter(checkout / '.venv')}\nprint()\n")
    moved = checkout.rename(checkout.with_name("moved"))
    python = environment.prepare(["lock.txt"], moved)
    assert pip_calls == [["lock.txt"]]
    assert (python.parent / "tool").read_text() == f"#!{python}\nprint()\n"


@pytest.mark.usefixtures("pip_calls", "venvs_made")
def test_a_folder_that_is_no_venv_is_left_alone(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "thesis.txt").touch()
    with pytest.raises(environment.SetupError, match="Move it away"):
        environment.prepare(["lock.txt"], checkout)
    assert (checkout / ".venv" / "thesis.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"python": "3.11"}', '{"locks": 3}'])
def test_a_damaged_stamp_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "nnstudio-stamp.json").write_text(text)
    assert environment.Stamp.read(tmp_path) is None


def test_foreign_packages_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("DISPLAY", ":7")
    variables = environment.clean_variables()
    assert "PYTHONPATH" not in variables
    assert "PIP_USER" not in variables
    assert variables["DISPLAY"] == ":7"


def test_names_are_counted_once_a_package() -> None:
    names = environment.locked_names(environment.ROOT / "packaging" / "lock.txt")
    assert {"numpy", "pyside6-essentials", "llvmlite"} <= names


@pytest.mark.skipif(sys.platform == "win32", reason="the command is a .cmd file there")
def test_the_venv_imports_the_checkout_also_after_a_move(tmp_path: Path) -> None:
    first = tmp_path / "first"
    (first / "nnstudio").mkdir(parents=True)
    (first / "nnstudio" / "__init__.py").touch()
    (first / "nnstudio" / "__main__.py").write_text("import sys; print(sys.argv[1:])\n")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(first / ".venv")], check=True
    )
    environment._link_package(first / ".venv", first)
    second = first.rename(tmp_path / "second place")
    (tmp_path / "link").symlink_to(second / ".venv" / "bin" / "nnstudio")
    said = subprocess.run(
        [tmp_path / "link", "a b"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": os.defpath},
    )
    assert said.stdout == "['a b']\n"


def test_a_debian_python_without_venv_names_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    tools = environment.system_libraries
    debian = tools.package_tool(lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(tools, "package_tool", lambda: debian)
    monkeypatch.setattr(tools, "install", lambda tool, packages: False)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(environment.SetupError, match=f"sudo apt-get .* python{version}-venv"):
        environment._install_venv_module()


def test_another_python_without_venv_asks_for_a_complete_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment.system_libraries, "package_tool", lambda: None)
    with pytest.raises(environment.SetupError, match="Install a complete Python"):
        environment._install_venv_module()
