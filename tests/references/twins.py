"""What PyTorch gives for a layer: the same case in torch, float64, through its autograd."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from nnstudio.layers.windows import Axis, axis
from tests.layers.harness import Array, Case
from tests.references import twins_more, twins_recurrent

# nothing to compute; another stream of random numbers
WITHOUT_TWIN = {
    *("input", "dropout", "drop_connect", "gaussian_noise", "stochastic_depth"),
    "fractional_max_pool",
}


def answers(torch: ModuleType, case: Case, dy: Array | None) -> dict[str, Array]:
    """Give y, dx0 … and d<weight> of a case, with maps as (batch, height, width, channels).

    Args:
        torch: The module.
        case: The case; its arrays are not changed.
        dy: Gradient by the output; None for losses, whose sum is differentiated.
    """
    x = [torch.tensor(one, requires_grad=i in case.real) for i, one in enumerate(case.x)]
    w = {
        spec.name: torch.tensor(case.weights[spec.name], requires_grad=spec.trained)
        for spec in case.specs
    }
    target = None if case.target is None else torch.tensor(case.target)
    y = TWINS[case.layer.kind](torch, case, x, w, target)
    y.backward(torch.ones_like(y) if dy is None else torch.tensor(dy))
    found = {"y": y, **{f"dx{i}": x[i].grad for i in case.real}}
    for name, one in w.items():
        found[f"d{name}" if one.requires_grad else name] = one.grad if one.requires_grad else one
    return {name: one.detach().numpy() for name, one in found.items()}


def _nchw(x: Any) -> Any:
    return x.permute(0, 3, 1, 2)


def _nhwc(x: Any) -> Any:
    return x.permute(0, 2, 3, 1)


def _axes(case: Case, x: Any, window: tuple[int, int]) -> tuple[Axis, Axis]:
    p: Any = case.p
    return (
        axis(x.shape[1], window[0], p.stride[0], p.padding),
        axis(x.shape[2], window[1], p.stride[1], p.padding),
    )


def _padded(torch: ModuleType, x: Any, axes: tuple[Axis, Axis], value: float = 0.0) -> Any:
    down, right = axes
    pads = (right.before, right.after, down.before, down.after)
    return torch.nn.functional.pad(_nchw(x), pads, value=value)


def _dense(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return twins_more.activated(torch, p.activation, x[0] @ w["weight"] + w.get("bias", 0.0))


def _conv2d(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return twins_more.convolved(torch, case, x[0], w, p.groups)


def _max_pool(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    wide = _padded(torch, x[0], _axes(case, x[0], p.window), -torch.inf)
    return _nhwc(torch.nn.functional.max_pool2d(wide, p.window, p.stride))


def _avg_pool(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    axes = _axes(case, x[0], p.window)
    pool = torch.nn.functional.avg_pool2d
    total = pool(_padded(torch, x[0], axes), p.window, p.stride)
    seen = pool(_padded(torch, torch.ones_like(x[0]), axes), p.window, p.stride)
    return _nhwc(total / seen)


def _batch_norm(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    is_map = x[0].dim() == 4
    y = torch.nn.functional.batch_norm(
        _nchw(x[0]) if is_map else x[0],
        w["running_mean"],
        w["running_var"],
        w["scale"],
        w["shift"],
        True,
        p.momentum,
        p.eps,
    )
    return twins_more.activated(torch, p.activation, _nhwc(y) if is_map else y)


def _hinge(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    p: Any = case.p
    loss = torch.nn.functional.multi_margin_loss(
        x[0], target, p=2 if p.squared else 1, margin=p.margin, reduction="none"
    )
    return loss * x[0].shape[1]  # torch divides by the number of classes


def _binary(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    wanted = target.to(x[0].dtype)
    wanted = wanted[:, None] if wanted.dim() == 1 else wanted
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x[0], wanted, reduction="none")
    return loss.mean(1)


def _cross_entropy(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    scores = x[0].movedim(-1, 1)
    loss = torch.nn.functional.cross_entropy(scores, target, ignore_index=-1, reduction="none")
    return loss.reshape(len(target), -1).sum(1)


_Twin = Callable[[ModuleType, Case, Any, Any, Any], Any]
TWINS: dict[str, _Twin] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "relu": lambda torch, case, x, w, t: torch.relu(x[0]),
    "leaky_relu": lambda torch, case, x, w, t: torch.nn.functional.leaky_relu(
        x[0],
        getattr(case.p, "slope"),  # noqa: B009
    ),
    "sigmoid": lambda torch, case, x, w, t: torch.sigmoid(x[0]),
    "tanh": lambda torch, case, x, w, t: torch.tanh(x[0]),
    "elu": lambda torch, case, x, w, t: torch.nn.functional.elu(
        x[0],
        getattr(case.p, "alpha"),  # noqa: B009
    ),
    "softmax": lambda torch, case, x, w, t: torch.softmax(x[0], -1),
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": lambda torch, case, x, w, t: x[0].mean((1, 2)),
    "flatten": lambda torch, case, x, w, t: x[0].reshape(x[0].shape[0], -1),
    "add": lambda torch, case, x, w, t: sum(x[1:], x[0]),
    "concat": lambda torch, case, x, w, t: torch.cat(x, -1),
    "batch_norm": _batch_norm,
    "softmax_cross_entropy": _cross_entropy,
    "hinge": _hinge,
    "mse": lambda torch, case, x, w, t: ((x[0] - t) ** 2).mean(1),
    "binary_cross_entropy": _binary,
    **twins_more.TWINS,
    **twins_recurrent.TWINS,
}
