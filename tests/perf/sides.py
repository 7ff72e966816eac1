"""The sides that are measured: ours, PyTorch eager, scikit-learn; each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.engine.optimisers import State, chain
from nnstudio.engine.plan import Network, ScorePlan, TrainPlan, choose_threads
from nnstudio.graph.cost import total_cost
from nnstudio.graph.infer import infer
from nnstudio.kernels.team import Team
from tests.nets import network
from tests.perf.workloads import Workload, batches, samples

FIRST_STEPS = 20
Round = Callable[[], object]
Side = Callable[[Workload, int, Path], tuple[list[float], Round]]


def macs(work: Workload) -> int:
    """Give the multiply-adds of the forward pass for one sample."""
    return total_cost(work.graph, infer(work.graph, work.signature)).macs


def ours(work: Workload, threads: int, folder: Path) -> tuple[list[float], Round]:
    """Prepare our side; give the first losses (or scores) and a function that runs a round."""
    net = network(work.graph, work.signature)
    np.savez(folder / "weights.npz", **net.weights.arrays())
    size = choose_threads(0, macs(work), work.batch, threads)
    return (_ours_training if work.trains else _ours_inference)(work, net, size)


def _ours_training(work: Workload, net: Network, size: int) -> tuple[list[float], Round]:
    state = State(len(net.weights.values), "f4")
    steps = max(work.steps, FIRST_STEPS)
    plan = TrainPlan(net, work.batch, steps, size, chain(work.rule), state)
    plan.bind(*samples(work))
    plan.tables.rates[:] = work.rate
    plan.tables.momenta[:] = getattr(work.rule, "momentum", 0.0)
    team = Team(size)
    plan.run(team, batches(work, FIRST_STEPS).ravel())
    losses = plan.tables.losses[:FIRST_STEPS].tolist()
    rows = batches(work, work.steps).ravel()
    return losses, lambda: plan.run(team, rows, FIRST_STEPS)


def _ours_inference(work: Workload, net: Network, size: int) -> tuple[list[float], Round]:
    plan = ScorePlan(net, work.batch, max(work.steps, FIRST_STEPS), size, losses=False)
    plan.bind(samples(work)[0], None)
    team = Team(size)
    plan.run(team, batches(work, FIRST_STEPS).ravel())
    scores = plan.scores[: FIRST_STEPS * work.batch : work.batch].max(axis=1).tolist()
    rows = batches(work, work.steps).ravel()
    return scores, lambda: plan.run(team, rows)


def torch_side(work: Workload, threads: int, folder: Path) -> tuple[list[float], Round]:
    """Prepare PyTorch's side, with our initial weights."""
    import torch

    from tests.perf.torch_twin import loss_function, optimiser, twin

    torch.set_num_threads(threads)
    x, y = samples(work)
    if x.ndim == 4:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    with np.load(folder / "weights.npz") as arrays:
        model = twin(torch, work.graph, work.signature, dict(arrays))
    stepper = optimiser(torch, work.rule, work.rate, model)
    loss_of = loss_function(torch, work.graph)

    def step(batch: Any) -> Any:
        stepper.zero_grad()
        loss = loss_of(model(tx[batch]), ty[batch])
        loss.backward()
        stepper.step()
        return loss.detach()

    def score(batch: Any) -> Any:
        with torch.inference_mode():
            return model(tx[batch])[0].max()

    one = step if work.trains else score
    if not work.trains:
        model.eval()

    def run(rows: np.ndarray) -> list[float]:
        return [float(found) for found in [one(batch) for batch in torch.from_numpy(rows)]]

    first = run(batches(work, FIRST_STEPS))
    rows = batches(work, work.steps)
    return first, lambda: run(rows)


def sklearn_side(work: Workload, threads: int, folder: Path) -> tuple[list[float], Round]:
    """Prepare scikit-learn's MLPClassifier with the same layers; its weights are its own."""
    from sklearn.neural_network import MLPClassifier

    widths = [
        node.params.units for node in work.graph.nodes.values() if node.kind == "dense"
    ]  # fmt: skip
    model = MLPClassifier(widths[:-1], batch_size=work.batch, alpha=0.0, random_state=0)
    x, y = samples(work)
    rows = batches(work, work.steps).ravel()
    classes = np.arange(work.signature.target.size)
    model.partial_fit(x[rows], y[rows], classes=classes)
    return [], lambda: model.partial_fit(x[rows], y[rows])


SIDES: dict[str, Side] = {"ours": ours, "torch": torch_side, "sklearn": sklearn_side}
