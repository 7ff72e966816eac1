"""The blocks that come with the studio, by name: what the palette offers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Block, Graph, Node
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.project.library import inception, lean, paths, plain, residual
from nnstudio.project.library.sketch import block_node


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A block that can be put into a network.

    Attributes:
        name: What it is called in the library; the card's name is made from it.
        title: What a person calls it.
        about: What it is for, one sentence.
        make: Makes it with its usual parameters.
        sample: An input that suits these parameters.
        repeats: Whether copies of it can follow each other.
        source: Paper.
    """

    name: str
    title: str
    about: str
    make: Callable[[], Block]
    sample: TensorType
    repeats: bool
    source: str


_HE = "He, Zhang, Ren & Sun 2016, Deep Residual Learning for Image Recognition"
_ZAGORUYKO = "Zagoruyko & Komodakis 2016, Wide Residual Networks"
_SZEGEDY = "Szegedy et al. 2015, Going Deeper with Convolutions, figure 2"
_HUANG = "Huang et al. 2017, Densely Connected Convolutional Networks, section 3"
_SANDLER = "Sandler et al. 2018, MobileNetV2, section 3"

_ALL = (
    BuiltIn(
        "conv-norm-relu", "Conv-BN-ReLU",
        "A convolution, batch norm and ReLU as one card.",
        plain.conv_bn_relu, maps(8, 8, 3), True, "Ioffe & Szegedy 2015, Batch Normalization",
    ),
    BuiltIn(
        "residual", "Residual",
        "Two 3×3 convolutions add to their own input; filters are the channels that come in.",
        residual.residual_identity, maps(8, 8, 64), True, _HE,
    ),
    BuiltIn(
        "residual-projection", "Residual step, projection",
        "A residual block that halves the maps; a 1×1 convolution makes its shortcut fit.",
        residual.residual_projection, maps(8, 8, 32), False, _HE,
    ),
    BuiltIn(
        "residual-zero-pad", "Residual step, zeros",
        "A residual block that halves the maps; its shortcut has no weights, only zeros.",
        residual.residual_zero_pad, maps(8, 8, 16), False, _HE,
    ),
    BuiltIn(
        "bottleneck", "Bottleneck",
        "A residual block for deep nets: narrow, look, widen; 4 · filters channels come in.",
        residual.bottleneck, maps(8, 8, 256), True, _HE,
    ),
    BuiltIn(
        "bottleneck-projection", "Bottleneck step, projection",
        "A bottleneck that halves the maps and gives four times its filters.",
        residual.bottleneck_projection, maps(8, 8, 128), False, _HE,
    ),
    BuiltIn(
        "wide-residual", "Wide residual",
        "A residual block with norm and ReLU first and dropout between; few layers, many filters.",
        residual.preactivated, maps(8, 8, 160), True, _ZAGORUYKO,
    ),
    BuiltIn(
        "wide-residual-projection", "Wide residual step",
        "The wide residual block where the maps shrink or widen.",
        residual.preactivated_projection, maps(8, 8, 80), False, _ZAGORUYKO,
    ),
    BuiltIn(
        "inception-naive", "Naive inception",
        "1×1, 3×3, 5×5 and pooling side by side: 854 million multiply-adds on 28×28×256.",
        inception.inception_naive, maps(28, 28, 256), False, _SZEGEDY,
    ),
    BuiltIn(
        "inception", "Inception",
        "The same with 1×1 convolutions that reduce the channels first: 271 million.",
        inception.inception, maps(28, 28, 256), False, _SZEGEDY,
    ),
    BuiltIn(
        "depthwise-separable", "Depthwise separable",
        "Each channel by itself, then 1×1 to mix them: an eighth of a convolution's arithmetic.",
        lean.depthwise_separable, maps(8, 8, 32), True, "Howard et al. 2017, MobileNets",
    ),
    BuiltIn(
        "inverted-residual", "Inverted residual",
        "Widen, look at each channel, narrow, and add the input.",
        lean.inverted_residual, maps(8, 8, 32), True, _SANDLER,
    ),
    BuiltIn(
        "inverted-step", "Inverted residual step",
        "The inverted residual where the maps shrink: no shortcut.",
        lean.inverted_step, maps(8, 8, 24), False, _SANDLER,
    ),
    BuiltIn(
        "fire", "Fire",
        "1×1 to few channels, then 1×1 and 3×3 side by side.",
        lean.fire, maps(8, 8, 96), True, "Iandola et al. 2016, SqueezeNet, section 3.2",
    ),
    BuiltIn(
        "dense-block", "Dense block",
        "Layers that each see all before them; every one adds some channels.",
        paths.dense_block, maps(8, 8, 64), True, _HUANG,
    ),
    BuiltIn(
        "transition", "Transition",
        "Between dense blocks: fewer channels, half the height and width.",
        paths.transition, maps(8, 8, 256), False, _HUANG,
    ),
    BuiltIn(
        "highway", "Highway",
        "A dense layer with a gate that lets its input pass; for very deep flat nets.",
        paths.highway, flat(64), True, "Srivastava, Greff & Schmidhuber 2015, Highway Networks",
    ),
    BuiltIn(
        "fractal", "Fractal",
        "Ways of 1, 2 and 4 convolutions from the same input; their mean goes on.",
        paths.fractal, maps(8, 8, 32), True, "Larsson et al. 2017, FractalNet, section 2",
    ),
)  # fmt: skip

BLOCKS: Mapping[str, BuiltIn] = MappingProxyType({one.name: one for one in _ALL})


def built_in(name: str) -> BuiltIn:
    """Give a block of the library by its name.

    Raises:
        StudioError: There is none; the sentence names a close one, or all.
    """
    found = BLOCKS.get(name)
    if found is None:
        near = difflib.get_close_matches(name, list(BLOCKS), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"choose {words.listed([*BLOCKS], 'or')}."
        raise StudioError(f"There is no block '{name}'; {hint}")
    return found


def library_node(name: str, graph: Graph, pos: tuple[float, float] = (0.0, 0.0)) -> Node:
    """Make the card of a library block under a name that is free in a network; add it with AddNode.

    Raises:
        StudioError: There is no such block.
    """
    return replace(block_node(built_in(name).make(), free_name(name, graph)), pos=pos)


def free_name(name: str, graph: Graph) -> str:
    """Give a name that no card of a network has: residual1, residual2 and so on.

    >>> free_name("conv-norm-relu", Graph()), free_name("Mein Block ✓", Graph())
    ('conv_norm_relu1', 'mein_block1')
    """
    taken = set(graph.nodes) | {node.name for node in graph.nodes.values()}
    stem = re.sub(r"\W+", "_", name).strip("_").lower()[:40] or "block"
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"
