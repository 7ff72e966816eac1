"""Depthwise convolution: each channel by itself, with filters of its own."""

from __future__ import annotations

from pydantic import Field

from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, WeightSpec
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.geometry import Geometry
from nnstudio.layers import weighted, window_fields
from nnstudio.layers.convolution import MapConvolution, card_words, padding_words, window_cost
from nnstudio.layers.windows import Sliding, by, geometry, short_pair


class DepthwiseConv2DParams(LayerParams):
    """Parameters of Depthwise conv."""

    kernel: window_fields.KernelField = (3, 3)
    stride: window_fields.StrideField = (1, 1)
    dilation: window_fields.DilationField = (1, 1)
    padding: window_fields.PaddingField = "same"
    padding_mode: window_fields.PaddingModeField = "zero"
    floor: window_fields.FloorField = False
    multiplier: int = Field(
        1,
        title="Maps per channel",
        description="How many filters each channel has, and so maps come out of it.",
        ge=1,
        le=1024,
        json_schema_extra={"step": 1},
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
class DepthwiseConv2D(MapConvolution):
    """A convolution of each channel by itself."""

    kind = "depthwise_conv2d"
    title = "Depthwise conv"
    prefix = "depthwise"
    params = DepthwiseConv2DParams
    doc = LayerDoc(
        summary="Slides a small filter of its own over each channel; channels do not mix.",
        use="With a 1×1 Conv behind it, in place of a Conv: nearly as good at a fraction of the"
        " multiply-adds (MobileNet).",
        pitfalls="Alone it cannot combine channels: the 1×1 Conv must follow. It saves arithmetic,"
        " not as much time, since it moves much memory for each multiply-add.",
        formula=r"y_{i,j,c} = f\Big(b_c + \sum_{u,v} w_{u,v,c}\,"
        r"x_{i S + u D - P,\; j S + v D - P,\; c}\Big)",
        source="Howard et al. 2017, MobileNets, section 3.1; Sifre 2014",
    )
    examples = (
        Example({}, (maps(5, 6, 8),)),
        Example({"multiplier": 2, "activation": "linear"}, (maps(4, 5, 3),)),
        Example({"kernel": [5, 3], "stride": [2, 2], "activation": "tanh"}, (maps(7, 6, 17),)),
        Example({"padding": "valid", "bias": False, "activation": "elu"}, (maps(4, 6, 1),)),
        Example(
            {"dilation": 2, "padding_mode": "reflect", "activation": "linear"}, (maps(5, 4, 5),)
        ),
    )

    def headline(self, p: DepthwiseConv2DParams) -> str:
        return f"Depthwise {by(p.kernel)}"

    def essentials(self, p: DepthwiseConv2DParams) -> str:
        more = (f"{p.multiplier} maps a channel",) if p.multiplier > 1 else ()
        padding = padding_words(p, p.padding)
        return card_words(p, short_pair(p.stride), short_pair(p.dilation), padding, *more)

    def infer(self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        return maps(*self.placed_on(p, x), x.shape[2] * p.multiplier)

    def weights(
        self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]
    ) -> tuple[WeightSpec, ...]:
        area, filters = p.kernel[0] * p.kernel[1], inputs[0].shape[2] * p.multiplier
        return weighted.weight_specs(p, (*p.kernel, 1, filters), area, area * p.multiplier)

    def cost(
        self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        return window_cost(p.kernel, output.shape[2], output.shape[:2], bias=p.bias)

    def geometry(self, p: DepthwiseConv2DParams, shape: tuple[int, ...]) -> Geometry:
        return geometry(*p.sliding.axes(shape[0], shape[1]), groups=shape[2])
