"""`run` and `test` choose what to start: a window, the same job headless, or the checks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import bootstrap
import checks
import display
import environment
import pytest


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the studio would have been started with; nothing is installed."""
    calls: list[list[str]] = []
    monkeypatch.setattr(bootstrap.environment, "prepare", lambda locks: Path("python"))
    monkeypatch.setattr(bootstrap.system_libraries, "ensure", lambda groups: True)
    monkeypatch.setattr(
        bootstrap, "_become_studio", lambda python, arguments: calls.append(arguments) or 0
    )
    return calls


def test_run_opens_the_example_on_a_display(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "is_promised", lambda system, variables: True)
    monkeypatch.setattr(display, "is_usable", lambda system, variables: True)
    assert bootstrap.main(["run"]) == 0
    assert started == [[str(bootstrap.EXAMPLE)]]


def test_run_trains_headless_without_a_display(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "is_promised", lambda system, variables: False)
    assert bootstrap.main(["run"]) == 0
    assert started == [["showcase"]]
    assert "There is no display here" in capsys.readouterr().out


def test_run_trains_headless_when_the_window_lacks_libraries(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(display, "is_promised", lambda system, variables: True)
    monkeypatch.setattr(bootstrap.system_libraries, "ensure", lambda groups: False)
    assert bootstrap.main(["run"]) == 0
    assert started == [["showcase"]]
    assert "without these libraries" in capsys.readouterr().out


def test_run_hands_its_arguments_on(started: list[list[str]]) -> None:
    assert bootstrap.main(["run", "train", "a.nns", "--json"]) == 0
    assert started == [["train", "a.nns", "--json"]]


def test_test_hands_its_arguments_to_pytest(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(checks, "run_all", lambda python, arguments: seen.append(arguments) or 0)
    assert bootstrap.main(["test", "-k", "dense"]) == 0
    assert seen == [["-k", "dense"]]


@pytest.mark.parametrize("arguments", [[], ["dance"], ["prepare", "twice"]])
def test_a_wrong_command_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == 2
    assert "bootstrap.py run" in capsys.readouterr().err


def test_a_failed_setup_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(locks: list[str]) -> Path:
        raise environment.SetupError("Check the network.")

    monkeypatch.setattr(environment, "prepare", fail)
    assert bootstrap.main(["run", "info"]) == 1
    assert capsys.readouterr().err == "Check the network.\n"


@pytest.mark.parametrize(
    ("system", "variables", "promised"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "minimal:x"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "1 2 3 4"}, False),
        ("win32", {}, True),
    ],
)
def test_a_display_is_promised_by_the_environment(
    system: str, variables: dict[str, str], promised: bool
) -> None:
    assert display.is_promised(system, variables) is promised


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and Wayland only")
def test_a_display_that_does_not_answer_is_not_usable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    variables = {"DISPLAY": ":987", "WAYLAND_DISPLAY": "none", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert not display.is_usable("linux", variables)


def test_wayland_alone_needs_its_own_libraries() -> None:
    assert display.groups({"DISPLAY": ":0"}) == ("offscreen", "x11")
    assert display.groups({"WAYLAND_DISPLAY": "wayland-0"}) == ("offscreen", "wayland")


def test_the_summary_keeps_skips_and_the_closing_line() -> None:
    output = (
        "....s\n= short test summary info =\nSKIPPED [2] tests/x.py:3: no torch\n4 passed in 1s\n"
    )
    assert checks.summary(output) == "SKIPPED [2] tests/x.py:3: no torch\n4 passed in 1s"


def test_every_step_is_one_of_the_venv() -> None:
    named = [check.name for check in checks.STATIC]
    assert named == ["formatting", "lint", "types", "import contracts"]
    assert all(check.arguments[0] in ("-m", "-c") for check in checks.STATIC)


def test_a_failing_check_shows_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; sys.exit('what is wrong')"
    assert not checks._passes(Path(sys.executable), checks.Check("trial", ("-c", code)))
    said = capsys.readouterr().out
    assert re.match(r"trial: failed \(\d+\.\d s\)\nwhat is wrong", said)


@pytest.mark.parametrize("version", ["3, 8", "3, 15"])
def test_an_unfit_python_gets_a_plain_sentence(tmp_path: Path, version: str) -> None:
    text = Path(bootstrap.__file__).read_text(encoding="utf-8")
    copy = tmp_path / "bootstrap.py"
    copy.write_text(
        text.replace("import sys\n", f"import sys\nsys.version_info = ({version})\n", 1)
    )
    done = subprocess.run([sys.executable, copy], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"nnstudio runs on Python 3.11 to 3.14; this is Python {version.replace(', ', '.')}. "
        "Install one of those and call this script with it.\n"
    )
