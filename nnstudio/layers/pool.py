"""Pooling: a window slides over each channel and keeps the largest number or the average."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    NoParams,
    SetOwn,
    Window,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels import average, pool
from nnstudio.layers import window_fields
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.windows import (
    Sliding,
    by,
    formula_lines,
    map_wanted,
    placed,
    short_pair,
)


class PoolParams(LayerParams):
    """Parameters of Max pool and Average pool."""

    window: window_fields.KernelField = Field((2, 2), title="Window")
    stride: window_fields.StrideField = (2, 2)
    padding: window_fields.PaddingField = "valid"
    floor: window_fields.FloorField = False

    @property
    def sliding(self) -> Sliding:
        """The window that these parameters describe."""
        return Sliding(self.window, self.stride, self.padding, self.floor)


_HINT = "Put it before Flatten, or delete it."
_EXAMPLES = (
    Example({}, (maps(4, 6, 3),)),
    Example({"window": [3, 3], "stride": [2, 2]}, (maps(7, 5, 2),)),
    Example({"window": [3, 3], "stride": [1, 1], "padding": "same"}, (maps(4, 5, 17),)),
    Example({"window": [3, 2], "stride": [2, 3], "padding": 1, "floor": True}, (maps(6, 8, 1),)),
    Example({"floor": True}, (maps(5, 7, 4),)),
)


class _Pool(RunnableLayer):
    """What both kinds of pooling share: the window and its arithmetic."""

    category = "pool & normalise"
    params = PoolParams
    examples = _EXAMPLES

    def headline(self, p: PoolParams) -> str:
        return f"{self.title} {by(p.window)}"

    def essentials(self, p: PoolParams) -> str:
        pad = "" if p.padding in {"valid", 0} else f" · pad {p.padding}"
        return f"stride {short_pair(p.stride)}{pad}"

    def infer(self, p: PoolParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        map_wanted(self.title, x, _HINT)
        if isinstance(p.padding, int) and p.padding >= min(p.window):
            raise Mismatch(
                f"{self.title}'s padding of {p.padding} is as large as its {by(p.window)} window,"
                " which would see nothing there.",
                SetOwn("padding", "same", "Set padding to same"),
                SetOwn("padding", min(p.window) - 1, f"Set padding to {min(p.window) - 1}"),
            )
        down, right = placed(self.title, "window", p.sliding, x)
        return maps(down.output, right.output, x.shape[2])

    def cost(self, p: PoolParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        area = p.window[0] * p.window[1]
        return Cost(arithmetic=(f"0 parameters, {words.whole(area * output.size)} numbers read",))

    def shape_lines(
        self, p: PoolParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return formula_lines(p.sliding, inputs[0])

    def window(self, p: PoolParams) -> Window:
        return Window(p.window, p.stride, before=p.sliding.before)


@register
class MaxPool(_Pool):
    """The largest number of each window."""

    kind = "max_pool"
    title = "Max pool"
    shortcut = "P"
    prefix = "pool"
    doc = LayerDoc(
        summary="Keeps the largest number of each window, channel by channel.",
        use="After a convolution, to halve height and width and to forgive small shifts.",
        pitfalls="It throws away where exactly something was. The stride has to fit the map, or the"
        " rest at the edge is left out on purpose.",
        formula=r"y_{i,j,c} = \max_{u,v}\; x_{i S + u,\; j S + v,\; c}",
        source="Where several numbers are largest, the first one in reading order gets the gradient"
        " (as in torch)",
    )

    def forward(self, e: Emit) -> None:
        pool.max_forward(e.program, e.x[0], e.out, *_places(e))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            pool.max_backward(e.program, e.x[0], e.out, e.grad, e.dx[0], *_places(e))


@register
class AvgPool(_Pool):
    """The average of each window."""

    kind = "avg_pool"
    title = "Average pool"
    prefix = "avgpool"
    doc = LayerDoc(
        summary="Gives the average of each window, channel by channel.",
        use="To shrink maps smoothly.",
        pitfalls="It blurs: a single strong response is watered down. Max pool keeps it.",
        formula=r"y_{i,j,c} = \frac{1}{n} \sum_{u,v} x_{i S + u,\; j S + v,\; c}",
        source="Padding does not count: n is how many real numbers the window sees",
    )

    def forward(self, e: Emit) -> None:
        average.average_forward(e.program, e.x[0], e.out, *_places(e))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            average.average_backward(e.program, e.grad, e.dx[0], *_places(e))


def _places(e: Emit) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Give window, stride and the padding (top, left)."""
    p: PoolParams = e.p
    _, height, width, _ = e.x[0].shape
    down, right = p.sliding.axes(height, width)
    return p.window, p.stride, (down.before, right.before)


@register
class GlobalAvgPool(RunnableLayer):
    """The average of each whole channel."""

    kind = "global_avg_pool"
    title = "Global average pool"
    category = "pool & normalise"
    prefix = "gap"
    doc = LayerDoc(
        summary="Gives the average of each channel as a flat vector.",
        use="In place of Flatten before the last Dense: far fewer weights, and any map size works.",
        pitfalls="It forgets where things are; the layers before it need enough channels.",
        formula=r"y_c = \frac{1}{H W} \sum_{i,j} x_{i,j,c}",
        source="Lin, Chen & Yan 2014, Network in Network, section 3.2",
    )
    examples = (Example({}, (maps(3, 5, 7),)), Example({}, (maps(1, 1, 2),)))

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        map_wanted(self.title, inputs[0], _HINT)
        return flat(inputs[0].shape[2])

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        read = words.whole(inputs[0].size)
        return Cost(arithmetic=(f"0 parameters, {read} numbers read",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        height, width, channels = inputs[0].shape
        return (
            r"H \times W \times C \to C",
            rf"{height} \times {width} \times {channels} \to \mathbf{{{channels}}}",
        )

    def window(self, p: NoParams) -> Window:
        return Window((1, 1), everything=True)

    def forward(self, e: Emit) -> None:
        average.global_average_forward(e.program, e.x[0], e.out)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            average.global_average_backward(e.program, e.grad, e.dx[0])
