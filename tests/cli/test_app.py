"""The frame of the command line: help, exit codes, and errors as one plain sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nnstudio
from nnstudio.cli import app
from nnstudio.cli.failures import log_file
from tests.cli.answers import Command

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nnstudio", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def test_help_names_every_command_and_is_quick() -> None:
    started = time.monotonic()
    out, err = start("--help").communicate()
    assert time.monotonic() - started < 5
    for name in ("train", "eval", "info", "new", "doctor", "showcase", "report", "download"):
        assert name in out
    assert err == ""


def test_the_command_line_loads_nothing_heavy_before_it_must() -> None:
    code = (
        "import sys; from nnstudio.cli.app import run; run(['--version']);"
        "bad = {'numpy', 'numba', 'scipy', 'sklearn', 'PySide6', 'PIL', 'rich'} & set(sys.modules);"
        "sys.exit(f'loaded: {bad}' if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_version_is_printed(command: Command) -> None:
    answer = command("--version")
    assert (answer.code, answer.out) == (0, f"nnstudio {nnstudio.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dance"], "No such command 'dance'"),
        (["train"], "Missing argument 'PROJECT'"),
        (["train", "a.nns", "--fast"], "No such option: --fast"),
        (["--loud"], "No such option: --loud"),
        (["train", "missing.nns"], "There is no file 'missing.nns'"),
        (["eval", "missing.nns"], "There is no file 'missing.nns'"),
        (["info", "missing.nns"], "There is no file 'missing.nns'"),
        (["report", "missing.nns", "out.html"], "There is no file 'missing.nns'"),
        (["new", "a.nns", "--template", "magic"], "There is no template 'magic'"),
        (["new", "a.nns", "--data", "magic"], "'magic' is no data set"),
        (["new", "--template", "mlp"], "Say which file to make"),
        (["download", "imagenet"], "There is no public set 'imagenet'"),
        (["eval", "a.nns", "--part", "all"], "There is no part 'all'"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    answer = command(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.err.endswith(".\n")
    assert list(tmp_path.iterdir()) == []


def test_details_are_shown_only_when_wanted(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.nns").write_bytes(b"PK\x03\x04 cut off")
    quiet = command("info", tmp_path / "bad.nns")
    assert "Traceback" not in quiet.err
    loud = command("info", tmp_path / "bad.nns", "--details")
    assert "Traceback" in loud.err
    assert "BadZipFile" in log_file().read_text(encoding="utf-8")


def test_a_fault_of_ours_is_said_so_and_logged(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: bool) -> int:
        raise KeyError("oops")

    monkeypatch.setattr("nnstudio.cli.doctor.doctor", broken)
    answer = command("doctor")
    assert answer.code == 1
    assert "not foreseen (KeyError)" in answer.err
    assert "Traceback" not in answer.err
    assert "oops" in log_file().read_text(encoding="utf-8")


def test_a_project_alone_opens_the_window(spirals: Path) -> None:
    opened: list[Path | None] = []

    class Desktop(app.NoDesktop):
        def open_window(self, project: Path | None) -> int:
            opened.append(project)
            return 0

    desktop = Desktop()
    assert app.run([str(spirals)], desktop) == 0
    assert app.run([], desktop) == 0
    assert app.run(["missing.nns"], desktop) == 0
    assert opened == [spirals, None, Path("missing.nns")]


def test_a_pipe_that_closes_stops_quietly(spirals: Path) -> None:
    process = start("train", str(spirals), "--json", "--dry", "--set", "run.epochs=2000")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 3
    assert process.stderr.read() == ""
    process.stderr.close()


def test_every_command_has_a_help_text(command: Command) -> None:
    for entry in app.app.registered_commands:
        assert entry.name is not None
        answer = command(entry.name, "--help")
        assert answer.code == 0
        assert "Usage: nnstudio" in answer.out
