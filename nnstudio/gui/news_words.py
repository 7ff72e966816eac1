"""What happened, as lines of the log and sentences for the banner; no Qt."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.core import words
from nnstudio.session.news import DataFailed, DataLoaded, Failed, GradientsChecked, RunEnded, Said
from nnstudio.train.events import Changed, Diverged, EpochDone, Finished, Refused, Started


def measures(part: str, found: Mapping[str, float]) -> str:
    """Say what was measured on a part: "valid loss 0.142, accuracy 98.9 %"."""
    texts = []
    for name in ("loss", "accuracy", "mae"):
        if name in found:
            value = found[name]
            texts.append(
                f"{name} {100 * value:.1f} %" if name == "accuracy" else f"{name} {value:.4g}"
            )
    return f"{part} {', '.join(texts)}" if texts else ""


def line(event: object) -> str:
    """Give the line that the log keeps of an event; "" for none."""
    match event:
        case Started():
            threads = "1 thread" if event.threads == 1 else f"{event.threads} threads"
            return (
                f"Training {words.whole(event.samples)} samples for {event.epochs} epochs of "
                f"{words.whole(event.steps_per_epoch)} steps on {threads}."
            )
        case EpochDone():
            parts = (measures("train", event.train), measures("validation", event.valid))
            best = "  best so far" if event.best and event.valid else ""
            return f"Epoch {event.epoch}: {' · '.join(part for part in parts if part)}{best}"
        case Finished():
            return finished(event)
        case Diverged() | Refused():
            return event.sentence
        case Changed():
            return changed(event)
        case DataLoaded():
            return f"Data: {event.summary}."
        case RunEnded():
            return f"{event.run.name} is kept in the project."
        case GradientsChecked():
            return gradients(event)
        case DataFailed() | Failed() | Said():
            return event.sentence
    return ""


def changed(event: Changed) -> str:
    """Say what was changed during a training: "From step 1,201 on: learning rate 0.01 → 0.03."."""
    name = event.path.rpartition(".")[2].replace("_", " ")
    if event.path == "frozen":
        before, after = (", ".join(one) or "none" for one in (event.before, event.value))
    else:
        before, after = (_setting(one) for one in (event.before, event.value))
    return f"From step {words.whole(event.step + 1)} on: {name} {before} → {after}."


def _setting(value: object) -> str:
    """Write a setting; a group by its kind."""
    return words.value(value["kind"] if isinstance(value, Mapping) else value)


def result(event: Finished) -> str:
    """Say in two words what a training reached: "test 99.2 %"; "" without a measure."""
    for part, found in (("test", event.test), ("validation", event.valid)):
        if "accuracy" in found:
            return f"{part} {100 * found['accuracy']:.1f} %"
        if "mae" in found:
            return f"{part} error {found['mae']:.3g}"
    return ""


def finished(event: Finished) -> str:
    """Say how a training ended."""
    how = {
        "finished": "Training finished",
        "early stopping": "Training stopped early: validation no longer got better",
        "stopped": "Training stopped",
        "diverged": "Training stopped because numbers overflowed",
    }.get(event.reason, "Training ended")
    epochs = "1 epoch" if event.epochs == 1 else f"{event.epochs} epochs"
    measured = measures("test", event.test) or measures("validation", event.valid)
    tail = f"; {measured}" if measured else ""
    note = f" {event.note}" if event.note else ""
    return f"{how} after {epochs} in {words.duration(event.seconds)}{tail}.{note}"


def gradients(event: GradientsChecked) -> str:
    """Say how well analytic and numeric gradients agree."""
    report = event.report
    where, error = report.worst
    if not where:
        return "There are no trained numbers whose gradients could be checked."
    verdict = "agree" if report.good else "do NOT agree"
    return (
        f"Analytic and numeric gradients {verdict}: largest relative error {error:.1e} at {where}, "
        f"{words.whole(report.checked)} numbers checked."
    )


def complaint(event: object) -> tuple[str, str] | None:
    """Give sentence and details where an event is bad news."""
    if isinstance(event, Failed | DataFailed):
        return event.sentence, event.details
    if isinstance(event, Diverged | Refused):
        return event.sentence, ""
    return None
