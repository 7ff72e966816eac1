"""The same cases in torch for the layers beyond the first set."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from nnstudio.layers.filter import window_of
from nnstudio.layers.windows import axis
from tests.layers.harness import Case


def activated(torch: ModuleType, name: str, x: Any) -> Any:
    """Give the activation of a layer's own parameter."""
    F = torch.nn.functional
    functions: dict[str, Callable[[Any], Any]] = {
        "linear": lambda z: z,
        "relu": F.relu,
        "leaky relu": lambda z: F.leaky_relu(z, 0.01),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "elu": F.elu,
    }
    return functions[name](x)


def _selu(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    return torch.nn.functional.selu(x[0])


def _gelu(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return torch.nn.functional.gelu(x[0], approximate="tanh" if p.form == "tanh" else "none")


def _silu(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    return torch.nn.functional.silu(x[0])


def _softplus(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return torch.nn.functional.softplus(x[0], beta=p.sharpness, threshold=100.0)


def _prelu(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    return torch.where(x[0] > 0, x[0], x[0] * w["slope"])


def _maxout(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return x[0].unflatten(-1, (-1, p.pieces)).amax(-1)


def _step(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    low = 0.0 if p.values == "0 and 1" else -1.0
    return torch.where(x[0] > 0, 1.0, low).to(x[0].dtype) + 0.0 * x[0]


def _mae(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    return (x[0] - target).abs().mean(1)


def _huber(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    p: Any = case.p
    return torch.nn.functional.huber_loss(x[0], target, reduction="none", delta=p.delta).mean(1)


def _focal(torch: ModuleType, case: Case, x: Any, w: Any, target: Any) -> Any:
    p: Any = case.p
    log_p = torch.log_softmax(x[0], -1).gather(-1, target.clamp(min=0)[..., None])[..., 0]
    loss = -p.alpha * (1 - log_p.exp()) ** p.gamma * log_p
    return (loss * (target >= 0)).reshape(len(target), -1).sum(1)


def _layer_norm(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    shape = x[0].shape[1:] if p.over == "sample" else x[0].shape[-1:]
    return torch.nn.functional.layer_norm(x[0], shape, eps=p.eps) * w["scale"] + w["shift"]


def _local_norm(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    size = 2 * p.reach + 1
    y = torch.nn.functional.local_response_norm(
        x[0].permute(0, 3, 1, 2), size, p.alpha * size, p.beta, p.bias
    )
    return y.permute(0, 2, 3, 1)


def _scalar(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return {
        "add": lambda z: z + p.value,
        "multiply": lambda z: z * p.value,
        "power": lambda z: z**p.value,
        "exp": torch.exp,
        "log": torch.log,
        "1 / x": lambda z: 1 / z,
    }[p.operation](x[0])


def _crop(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    _, height, width, _ = x[0].shape
    return x[0][:, p.top : height - p.bottom, p.left : width - p.right]


def _slice(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return x[0][..., p.first : p.first + p.count]


def _zero_pad(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    pads = (p.channels_before, p.channels_after)
    if x[0].dim() == 4:
        pads = (*pads, p.left, p.right, p.top, p.bottom)
    return torch.nn.functional.pad(x[0], pads)


def _upsample(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    y = torch.nn.functional.interpolate(
        x[0].permute(0, 3, 1, 2), scale_factor=[float(one) for one in p.factor], mode=p.method
    )
    return y.permute(0, 2, 3, 1)


def _permute(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    return x[0].permute(0, *p.order)


def _bordered(torch: ModuleType, x: Any, pads: tuple[int, ...], mode: str) -> Any:
    """Pad the last axes, as torch's own padding modes do."""
    if mode == "zero" or not any(pads):
        return torch.nn.functional.pad(x, pads)
    return torch.nn.functional.pad(x, pads, mode=mode)


def convolved(torch: ModuleType, case: Case, x: Any, w: Any, groups: int) -> Any:
    """Give the convolution of maps, with its activation."""
    p: Any = case.p
    down, right = p.sliding.axes(*x.shape[1:3])
    pads = (right.before, right.after, down.before, down.after)
    wide = _bordered(torch, x.permute(0, 3, 1, 2), pads, p.padding_mode)
    weight = w["weight"].permute(3, 2, 0, 1).contiguous()
    sums = torch.nn.functional.conv2d(
        wide, weight, w.get("bias"), p.stride, dilation=p.dilation, groups=groups
    )
    return activated(torch, p.activation, sums.permute(0, 2, 3, 1))


def _depthwise(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    return convolved(torch, case, x[0], w, x[0].shape[-1])


def _conv1d(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    one = axis(x[0].shape[1], p.kernel, p.stride, p.padding, p.dilation)
    pads = (one.before, one.after)
    wide = _bordered(torch, x[0].permute(0, 2, 1), pads, p.padding_mode)
    weight = w["weight"].permute(2, 1, 0).contiguous()
    sums = torch.nn.functional.conv1d(wide, weight, w.get("bias"), p.stride, dilation=p.dilation)
    return activated(torch, p.activation, sums.permute(0, 2, 1))


def _transposed(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    weight = w["weight"].permute(3, 2, 0, 1).contiguous()
    whole = torch.nn.functional.conv_transpose2d(
        x[0].permute(0, 3, 1, 2), weight, None, p.stride, dilation=p.dilation
    ).permute(0, 2, 3, 1)
    height, width, _ = case.output_shape
    cut = [0, 0]
    if p.padding == "same":
        cut = [max(k - s, 0) // 2 for k, s in zip(p.covered, p.stride, strict=True)]
        more = [max(s - k, 0) for k, s in zip(p.covered, p.stride, strict=True)]
        whole = torch.nn.functional.pad(whole, (0, 0, 0, more[1], 0, more[0]))
    elif p.padding != "valid":
        cut = [p.padding, p.padding]
    sums = whole[:, cut[0] : cut[0] + height, cut[1] : cut[1] + width]
    return activated(torch, p.activation, sums + w.get("bias", 0.0))


def _filter(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    numbers = window_of(p)
    side = math.isqrt(len(numbers))
    reach = side // 2
    _, height, width, _ = x[0].shape
    if p.edge == "zero":
        wide = torch.nn.functional.pad(x[0], (0, 0, reach, reach, reach, reach))
    else:
        mode: Any = {"nearest": "edge", "reflect": "symmetric"}[p.edge]
        rows, columns = (np.pad(np.arange(one), reach, mode=mode) for one in (height, width))
        wide = x[0][:, rows][:, :, columns]
    return sum(
        number * wide[:, at // side : at // side + height, at % side : at % side + width]
        for at, number in enumerate(numbers)
    )


def _edge_pad(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    top, bottom, left, right = p.edges
    mode = "replicate" if p.method == "nearest" else "reflect"
    wide = torch.nn.functional.pad(x[0].permute(0, 3, 1, 2), (left, right, top, bottom), mode=mode)
    return wide.permute(0, 2, 3, 1)


TWINS: dict[str, Callable[[ModuleType, Case, Any, Any, Any], Any]] = {
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
    "prelu": _prelu,
    "maxout": _maxout,
    "step": _step,
    "mae": _mae,
    "huber": _huber,
    "focal": _focal,
    "layer_norm": _layer_norm,
    "local_norm": _local_norm,
    "multiply": lambda torch, case, x, w, t: torch.stack(x).prod(0),
    "subtract": lambda torch, case, x, w, t: x[0] - x[1],
    "scalar": _scalar,
    "reshape": lambda torch, case, x, w, t: x[0].reshape(len(x[0]), *case.output_shape),
    "permute": _permute,
    "crop": _crop,
    "slice": _slice,
    "zero_pad": _zero_pad,
    "upsample": _upsample,
    "depthwise_conv2d": _depthwise,
    "conv1d": _conv1d,
    "conv2d_transposed": _transposed,
    "filter": _filter,
    "edge_pad": _edge_pad,
}
