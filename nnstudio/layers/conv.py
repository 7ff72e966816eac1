"""Conv2D: the same small window of weights slides over the whole map."""

from __future__ import annotations

import math

from pydantic import Field

from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    ReplaceWith,
    SetOwn,
    WeightSpec,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.geometry import Geometry
from nnstudio.layers import weighted, window_fields
from nnstudio.layers.convolution import MapConvolution, card_words, padding_words, window_cost
from nnstudio.layers.windows import Sliding, by, geometry, short_pair


class Conv2DParams(LayerParams):
    """Parameters of Conv2D."""

    filters: window_fields.FiltersField = 8
    kernel: window_fields.KernelField = (3, 3)
    stride: window_fields.StrideField = (1, 1)
    dilation: window_fields.DilationField = (1, 1)
    padding: window_fields.PaddingField = "same"
    padding_mode: window_fields.PaddingModeField = "zero"
    floor: window_fields.FloorField = False
    groups: int = Field(
        1,
        title="Groups",
        description="Split the channels into groups that do not see each other.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1, "rare": True},
    )
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0

    @property
    def sliding(self) -> Sliding:
        """The window that these parameters describe."""
        return Sliding(self.kernel, self.stride, self.padding, self.floor, self.dilation)


@register
class Conv2D(MapConvolution):
    """A convolution over maps, its activation included."""

    kind = "conv2d"
    title = "Conv"
    shortcut = "C"
    prefix = "conv"
    params = Conv2DParams
    width_param = "filters"
    doc = LayerDoc(
        summary="Slides small filters over the map; each gives a map of how well it matches.",
        use="For images: 3×3 or 5×5 filters, padding same, more filters after every pooling."
        " Dilation sees further at the same cost.",
        pitfalls="The stride has to fit: (size − kernel + 2 · padding) / stride must be whole."
        " Large kernels cost with their area; two 3×3 see as much as one 5×5 and cost less.",
        formula=r"y_{i,j,o} = f\Big(b_o + \sum_{u,v,c} w_{u,v,c,o}\,"
        r"x_{i S + u D - P,\; j S + v D - P,\; c}\Big)",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-Based Learning Applied to Document"
        " Recognition; Yu & Koltun 2016 for the dilation; a cross-correlation, as everywhere in"
        " the field",
    )
    examples = (
        Example({"filters": 6, "kernel": [5, 5], "padding": 2}, (maps(8, 8, 1),)),
        Example({"filters": 5, "kernel": [3, 3], "activation": "linear"}, (maps(5, 7, 3),)),
        Example({"filters": 4, "stride": [2, 2], "activation": "tanh"}, (maps(7, 6, 2),)),
        Example(
            {"filters": 3, "padding": "valid", "stride": [2, 2], "floor": True, "bias": False},
            (maps(6, 8, 2),),
        ),
        Example(
            {"filters": 6, "groups": 3, "padding": 1, "activation": "leaky relu"}, (maps(4, 5, 3),)
        ),
        Example({"filters": 8, "groups": 8, "activation": "linear"}, (maps(5, 6, 8),)),
        Example(
            {"filters": 4, "kernel": [1, 3], "padding": "valid", "activation": "elu"},
            (maps(4, 6, 17),),
        ),
        Example(
            {"filters": 3, "dilation": [2, 3], "padding": 2, "padding_mode": "reflect"},
            (maps(6, 7, 2),),
        ),
        Example(
            {
                "filters": 4,
                "kernel": [2, 3],
                "stride": [2, 1],
                "padding_mode": "replicate",
                "activation": "linear",
            },
            (maps(5, 3, 3),),
        ),
    )

    def headline(self, p: Conv2DParams) -> str:
        return f"Conv {p.filters} @ {by(p.kernel)}"

    def essentials(self, p: Conv2DParams) -> str:
        groups = (f"{p.groups} groups",) if p.groups > 1 else ()
        padding = padding_words(p, _padding(p))
        return card_words(p, short_pair(p.stride), short_pair(p.dilation), padding, *groups)

    def infer(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        same = {"units": p.filters, "activation": p.activation}
        dense = ReplaceWith("dense", f"Make it Dense {p.filters}", same)
        size = self.placed_on(p, x, dense)
        _check_groups(p, x.shape[2])
        return maps(*size, p.filters)

    def weights(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        area, channels = math.prod(p.kernel), inputs[0].shape[2] // p.groups
        shape = (*p.kernel, channels, p.filters)
        return weighted.weight_specs(p, shape, area * channels, area * p.filters // p.groups)

    def cost(self, p: Conv2DParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        taps = (*p.kernel, inputs[0].shape[2] // p.groups)
        return window_cost(taps, p.filters, output.shape[:2], bias=p.bias)

    def geometry(self, p: Conv2DParams, shape: tuple[int, ...]) -> Geometry:
        return geometry(*p.sliding.axes(shape[0], shape[1]), p.groups)


def _padding(p: Conv2DParams) -> str:
    """Say how many pixels "same" adds, where that does not depend on the map."""
    if p.padding == "valid":
        return "0"
    height, width = p.sliding.covered
    odd = height % 2 == 1 and height == width and p.stride == (1, 1)
    return str(height // 2) if p.padding == "same" and odd else str(p.padding)


def _check_groups(p: Conv2DParams, channels: int) -> None:
    """Raise Mismatch unless channels and filters can be dealt out to the groups."""
    if channels % p.groups == 0 and p.filters % p.groups == 0:
        return
    what, number = ("channels", channels) if channels % p.groups else ("filters", p.filters)
    common = math.gcd(channels, p.groups)
    remedies: list[Remedy] = []
    if channels % p.groups == 0:
        filters = -(-p.filters // p.groups) * p.groups
        remedies.append(SetOwn("filters", filters, f"Set filters to {filters}"))
    elif common > 1 and p.filters % common == 0:
        remedies.append(SetOwn("groups", common, f"Set groups to {common}"))
    remedies.append(SetOwn("groups", 1, "Set groups to 1"))
    raise Mismatch(
        f"Conv's {number} {what} cannot be dealt out evenly to {p.groups} groups.",
        *remedies,
        port="x",
    )
