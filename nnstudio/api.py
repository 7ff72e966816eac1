"""The public Python API: build a network, train it, look inside, save it.

>>> import nnstudio as nn
>>> hidden, scores = nn.layer("dense", units=8, activation="tanh"), nn.layer("dense", units=2)
>>> net = nn.chain("input", hidden, scores, "softmax_cross_entropy")
>>> model = nn.Model(net, "moons", epochs=20, learning_rate=0.02)
>>> model.train()["test"]["accuracy"] > 0.8
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.data.load import load
from nnstudio.data.sources import AnySource
from nnstudio.data.target_scale import TargetScale
from nnstudio.data.transform import Scaler
from nnstudio.exchange.report import write_report
from nnstudio.graph.conditions import under
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import ClassTarget
from nnstudio.project.assign import assigned
from nnstudio.project.chain import chain
from nnstudio.project.choose import source_of
from nnstudio.project.edits import SetSetting
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project, Run
from nnstudio.project.templates import make_template
from nnstudio.project.training import chosen_run, job_of, read_data, rows_of_run, run_of
from nnstudio.train.conditions import conditions_of, machine_bytes
from nnstudio.train.control import Control
from nnstudio.train.evaluate import Predictor
from nnstudio.train.events import Event, Finished
from nnstudio.train.history import History
from nnstudio.train.trainer import Trainer

__all__ = ["Model", "chain", "layer", "open", "template"]

Array = NDArray[Any]
Results = Mapping[str, Mapping[str, float]]


def layer(kind: str, **parameters: Any) -> tuple[str, dict[str, Any]]:
    """Describe a layer for `chain`.

    Args:
        kind: The kind of layer, such as "conv2d" or "dense".
        parameters: Its parameters as in the inspector; `name` is what a person calls it.
    """
    return kind, parameters


class Model:
    """A network with its data, its settings and all its trainings.

    Args:
        graph: The network, such as `chain` gives.
        data: A set by name ("digits", "spirals", "mnist"), a file, a folder, or a source.
        name: What a person calls it.
        settings: How to train: epochs, batch, learning_rate, optimiser, schedule, seed …

    Raises:
        StudioError: The data cannot be read, or a setting does not fit.
    """

    def __init__(
        self, graph: Graph, data: str | Path | AnySource, *, name: str = "Model", **settings: Any
    ) -> None:
        source = source_of(str(data)) if isinstance(data, str | Path) else data
        signature = load(source).signature
        self.project = _with_settings(Project(name, graph, source, signature), settings)

    @classmethod
    def of(cls, project: Project) -> Model:
        """Give a project as a model."""
        model = cls.__new__(cls)
        model.project = project
        return model

    def change(self, *assignments: str) -> None:
        """Change values: ``model.change("conv1.filters=8", "run.epochs=3")``.

        Raises:
            StudioError: There is no such value, or it does not fit; nothing was changed.
        """
        self.project = assigned(self.project, assignments)

    @property
    def problems(self) -> list[str]:
        """What is wrong with the network, in words; advice included."""
        conditions = conditions_of(self.project.settings, machine_bytes())
        graph = self.project.graph
        found = under(graph, infer(graph, self.project.signature), conditions).problems
        return [f"{one.message} {one.hint}".strip() for one in found]

    def train(
        self,
        on_event: Callable[[Event], None] | None = None,
        *,
        control: Control | None = None,
        **settings: Any,
    ) -> Results:
        """Train from new initial weights and keep the run.

        Args:
            on_event: Called with every event of the training.
            control: Lets another thread stop it.
            settings: Settings to change first.

        Returns:
            Measures by part: ``{"train": {"loss": …, "accuracy": …}, "valid": …, "test": …}``.

        Raises:
            StudioError: The network cannot run, or the data cannot be read.
        """
        self.project = _with_settings(self.project, settings)
        data = read_data(self.project)
        with Trainer(job_of(self.project, data)) as trainer:
            finished = Finished("stopped", 0, 0, 0.0)
            for event in trainer.train(control):
                if on_event is not None:
                    on_event(event)
                if isinstance(event, Finished):
                    finished = event
            run = run_of(self.project, trainer, finished, data)
        self.project = replace(
            self.project, runs=(*self.project.runs, run), signature=run.signature
        )
        return run.metrics

    @property
    def run(self) -> Run:
        """The latest run that has weights.

        Raises:
            StudioError: The model has not been trained.
        """
        return chosen_run(self.project)

    @property
    def weights(self) -> Mapping[str, Array]:
        """The trained arrays by "node/array", such as "conv1/weight"."""
        return self.run.weights

    @property
    def history(self) -> History:
        """Every step and epoch of the latest run."""
        return self.run.history

    def samples(self, part: str = "test") -> tuple[Array, Array]:
        """Give a part of the data as it was read, before scaling.

        Args:
            part: "train", "valid" or "test" of the latest run.

        Returns:
            x (n, *shape) and y (n,) int64 classes or (n, values) float32.
        """
        rows, dataset = rows_of_run(self.project, self.run, part)
        return dataset.x[rows], dataset.y[rows]

    def predictor(self) -> Predictor:
        """Give the trained network for many predictions; takes scaled samples, must be closed."""
        run = self.run
        assert run.signature is not None
        scale = TargetScale.from_arrays(run.scaler)
        return Predictor(run.graph, run.signature, run.weights, target=scale)

    def scores(self, x: Array) -> Array:
        """Give what the network puts out, (n, k) float32, for samples (n, *shape)."""
        with self.predictor() as predictor:
            return predictor.scores(self._scaled(x))

    def probabilities(self, x: Array) -> Array:
        """Give the probability of each class, (n, …, classes) float32, for samples (n, *shape)."""
        with self.predictor() as predictor:
            return predictor.probabilities(self._scaled(x))

    def predict(self, x: Array) -> list[str] | Array:
        """Give the name of the likeliest class of each sample, or the predicted values.

        Args:
            x: (n, *shape), as in the data, before scaling.

        Returns:
            n names; (n, …) names with a class of each step or pixel; or (n, values) float32 in
            the units of the data.
        """
        signature = self.run.signature
        if signature is None or not isinstance(signature.target, ClassTarget):
            return self.scores(x)
        names, best = signature.target.names, self.probabilities(x).argmax(axis=-1)
        if signature.target.shape:
            named: Array = np.array(names)[best]
            return named
        return [names[index] for index in best]

    def activations(self, x: Array, node: str) -> Array:
        """Give the output of a node for samples.

        Args:
            x: (n, *shape), as in the data, before scaling.
            node: The node's name or id.

        Returns:
            (n, …) float32.

        Raises:
            StudioError: There is no such node.
        """
        found = self.run.graph.by_name(node)
        node_id = node if found is None else found.id
        with self.predictor() as predictor:
            return predictor.activations(self._scaled(x), [node_id])[node_id]

    def _scaled(self, x: Array | Sequence[Any]) -> Array:
        return Scaler.from_arrays(self.run.scaler).apply(np.asarray(x, np.float32))

    def save(self, path: str | Path) -> None:
        """Save everything as a project that the window opens too.

        Raises:
            StudioError: It could not be written; what stood there is whole.
        """
        save_project(self.project, Path(path))

    def report(self, path: str | Path) -> None:
        """Write the latest run as one HTML page.

        Raises:
            StudioError: It could not be written.
        """
        write_report(self.project, self.run, Path(path))


def _with_settings(project: Project, settings: Mapping[str, Any]) -> Project:
    for name, value in settings.items():
        project = SetSetting(name, value).apply(project)[0]
    return project


def open(path: str | Path) -> Model:
    """Open a project file.

    Raises:
        StudioError: It cannot be read; the sentence says why.
    """
    return Model.of(open_project(Path(path)))


def template(name: str) -> Model:
    """Begin from a template; `nnstudio new` lists them.

    Raises:
        StudioError: There is no such template.
    """
    return Model.of(make_template(name))
