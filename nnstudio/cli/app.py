"""The commands of `nnstudio`, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol

import typer

import nnstudio
from nnstudio.cli.failures import BAD_INPUT, BROKEN, FINE, STOPPED, log_file, tell
from nnstudio.core.errors import Cancelled, StudioError

app = typer.Typer(
    name="nnstudio",
    help="A studio in which people see, build and train neural networks. "
    "Without a command the window opens: nnstudio [PROJECT].",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Desktop(Protocol):
    """What the command line leaves to the window's side, which it does not know."""

    def open_window(self, project: Path | None) -> int:
        """Open the window; give the exit code."""

    def draw(self, project: Path, out: Path, *, dark: bool, shapes: bool, inside: bool) -> None:
        """Write the network as a picture."""


ProjectFile = Annotated[Path, typer.Argument(metavar="PROJECT", help="A project file (.nns).")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value for this run: conv1.filters=8, run.epochs=3, "
        "run.optimiser.kind=sgd, data=iris, split.test=0.3. May be given many times.",
    ),
]
RunName = Annotated[
    str | None, typer.Option("--run", metavar="RUN", help="Which run; the latest if left out.")
]


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    _details: Annotated[
        bool, typer.Option("--details", help="Show the technical details of errors.")
    ] = False,
) -> None:
    if version:
        print(f"nnstudio {nnstudio.__version__}")
        raise typer.Exit


@app.command("open", hidden=True)
def _open(
    context: typer.Context,
    project: Annotated[Path | None, typer.Argument(metavar="PROJECT")] = None,
) -> None:
    """Open the window."""
    desktop: Desktop = context.obj
    raise typer.Exit(desktop.open_window(project))


@app.command("train")
def _train(
    project: ProjectFile,
    sets: Sets = None,
    json: JsonLines = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the trained project here instead."),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Write nothing.")] = False,
    replay: Annotated[
        str | None,
        typer.Option(
            "--replay",
            metavar="RUN",
            help="Repeat a run with all that was changed on its way, and compare the weights.",
        ),
    ] = None,
) -> None:
    """Train a project and keep the run in it; Ctrl+C stops and keeps what was learned."""
    from nnstudio.cli.train import train

    raise typer.Exit(train(project, sets or [], json=json, out=out, dry=dry, replay=replay))


@app.command("eval")
def _evaluate(
    project: ProjectFile,
    run: RunName = None,
    part: Annotated[
        str, typer.Option("--part", help="Which part of the data: train, valid or test.")
    ] = "test",
    json: JsonLines = False,
) -> None:
    """Measure a trained run on the test part of its data, with the confusion matrix."""
    from nnstudio.cli.evaluate import evaluate

    raise typer.Exit(evaluate(project, run, part, json=json))


@app.command("info")
def _info(project: ProjectFile, json: JsonLines = False) -> None:
    """List layers with shapes, parameters, multiply-adds and memory, problems, and runs."""
    from nnstudio.cli.info import info

    raise typer.Exit(info(project, json=json))


@app.command("new")
def _new(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PROJECT]", help="The file to make (.nns).")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            help="What to start from; left out, a project begins empty, or with --data as mlp.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="A set by name, a table, or a folder of images."),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="For a table: the column to predict.")
    ] = None,
    missing: Annotated[
        str,
        typer.Option(
            "--missing", help="For a table: drop rows with gaps, or fill by mean or frequent."
        ),
    ] = "drop",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Make a project from a template; without arguments the templates are listed."""
    from nnstudio.cli.new import new

    raise typer.Exit(new(path, template, data, target, missing, force=force))


@app.command("report")
def _report(
    project: ProjectFile,
    out: Annotated[Path, typer.Argument(metavar="OUT.html", help="The file to write.")],
    run: RunName = None,
) -> None:
    """Write a run as one HTML page: network, settings, curves, confusion matrix."""
    from nnstudio.cli.report import report

    raise typer.Exit(report(project, out, run))


@app.command("draw")
def _draw(
    context: typer.Context,
    project: ProjectFile,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A file .svg, .png or .pdf.")],
    dark: Annotated[bool, typer.Option("--dark", help="In the dark colours.")] = False,
    shapes: Annotated[
        bool, typer.Option("--shapes/--no-shapes", help="With shapes and parameters, or without.")
    ] = True,
    inside: Annotated[
        bool, typer.Option("--inside", help="Draw blocks as the layers inside them.")
    ] = False,
) -> None:
    """Draw the network as a picture."""
    desktop: Desktop = context.obj
    desktop.draw(project, out, dark=dark, shapes=shapes, inside=inside)
    print(f"The picture is in {out.absolute()}")


@app.command("download")
def _download(
    name: Annotated[str, typer.Argument(help="mnist, fashion-mnist or cifar-10.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Download a public data set; its size is shown first."""
    from nnstudio.cli.download import fetch

    raise typer.Exit(fetch(name, yes=yes))


@app.command("doctor")
def _doctor(
    pace: Annotated[
        bool,
        typer.Option("--pace", help="Measure how fast this machine trains, to predict epochs."),
    ] = False,
    json: JsonLines = False,
) -> None:
    """Show versions, processor, threads and caches, and test the engine."""
    from nnstudio.cli.doctor import doctor

    raise typer.Exit(doctor(pace=pace, json=json))


@app.command("showcase")
def _showcase(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the results go.")
    ] = Path("runs/showcase"),
) -> None:
    """Train the digits example without a window and write the project and a report."""
    from nnstudio.cli.showcase import showcase

    raise typer.Exit(showcase(out))


class NoDesktop:
    """Stands in where only commands without Qt are wanted."""

    def open_window(self, project: Path | None) -> int:
        """Refuse."""
        raise StudioError("Only the program nnstudio opens the window; give a command instead.")

    def draw(self, project: Path, out: Path, *, dark: bool, shapes: bool, inside: bool) -> None:
        """Refuse."""
        raise StudioError("Only the program nnstudio draws pictures.")


_NO_DESKTOP = NoDesktop()


def run(arguments: list[str], desktop: Desktop = _NO_DESKTOP) -> int:
    """Do a command.

    Args:
        arguments: The command line without the program's name.
        desktop: Opens the window and draws, which the command line itself cannot do.

    Returns:
        The exit code: 0 fine, 2 bad usage or input, 3 stopped or diverged, 1 a fault of ours.
    """
    details = "--details" in arguments
    words = [word for word in arguments if word != "--details"]
    try:
        result = typer.main.get_command(app).main(
            _with_command(words), prog_name="nnstudio", standalone_mode=False, obj=desktop
        )
    except typer.TyperException as error:
        tell(_usage(error), error if details else None, details=details)
        return BAD_INPUT
    except (Cancelled, typer.Abort, KeyboardInterrupt) as error:
        tell(str(error) or "Stopped; nothing was changed.")
        return STOPPED
    except StudioError as error:
        tell(error.sentence, error, details=details)
        return BAD_INPUT
    except SystemExit:  # typer's answer to a pipe whose reader has gone
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the outermost hook
        tell(
            f"nnstudio failed in a way that was not foreseen ({type(error).__name__}); "
            f"the details are in {log_file()}.",
            error,
            details=details,
        )
        return BROKEN
    return result if isinstance(result, int) else FINE


def _with_command(words: list[str]) -> list[str]:
    """Let `nnstudio` and `nnstudio PROJECT` mean the hidden command that opens the window."""
    names = {command.name for command in app.registered_commands}
    if not words:
        return ["open"]
    first = Path(words[0])
    if words[0] not in names and not words[0].startswith("-") and (first.suffix or first.exists()):
        return ["open", *words]
    return words


def _usage(error: typer.TyperException) -> str:
    """Give what is wrong with the command line as one sentence."""
    message: str = getattr(error, "format_message", lambda: str(error))()
    sentence = " ".join(message.split())
    if sentence.endswith("?"):
        return f"{sentence} See nnstudio --help."
    return f"{sentence.rstrip('.')}; see nnstudio --help."
