"""What the README says is true: its example runs, its commands work, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nnstudio.cli.app import run
from nnstudio.project.choose import BUILT_IN, DRAWN, PUBLIC

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PENGUINS = "species,body_mass_g,island\n" + "".join(
    f"{'abc'[i % 3]},{30 + 5 * (i % 3) + i % 2},{'xyz'[i % 2]}\n" for i in range(60)
)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_python_example_is_short_and_true(tmp_path: Path) -> None:
    (code,) = blocks(README, "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accuracy, predicted, shapes, loss = done.stdout.splitlines()
    assert float(accuracy) >= 0.95
    assert predicted.startswith("['")
    assert shapes == "(3, 3, 1, 16) (1, 8, 8, 16)"
    assert 0 < float(loss) < 0.3
    assert (tmp_path / "digits.nns").exists()


def commands() -> list[list[str]]:
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("nnstudio ")]


def test_the_commands_work_in_the_order_in_which_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "penguins.csv").write_text(PENGUINS, encoding="utf-8")
    assert len(commands()) >= 8
    for arguments in commands():
        assert run(arguments) == 0, (arguments, capsys.readouterr().err)
    assert (tmp_path / "digits.html").exists()


def test_the_two_commands_are_those_of_the_bootstrap() -> None:
    for command in ("run", "test"):
        assert f"python3 packaging/bootstrap.py {command}" in README
    assert (ROOT / "packaging" / "bootstrap.py").exists()


def test_every_data_set_is_named() -> None:
    for name in (*BUILT_IN, *DRAWN, *PUBLIC):
        assert f"`{name}`" in README or f" {name}`" in README


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_links_lead_to_files(text: str) -> None:
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)#]+)\)", README)
    assert pictures
    if not (ROOT / "resources" / "screenshots").is_dir():
        pytest.skip("the window has not been photographed yet")
    for target in pictures:
        assert (ROOT / target).exists(), target


def test_contributing_names_every_package() -> None:
    for folder in (ROOT / "nnstudio").iterdir():
        if folder.is_dir() and (folder / "__init__.py").exists():
            assert f"`{folder.name}`" in CONTRIBUTING


def test_contributing_names_only_files_that_exist() -> None:
    for name in re.findall(r"[\w/.]+/[\w.]+\.py", CONTRIBUTING):
        if "softsign" not in name and not name.startswith(("b/", "a/")):
            assert any((ROOT / start / name).exists() for start in ("", "nnstudio")), name
