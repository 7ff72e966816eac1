"""The zoo's parameters and shapes are those that were published; the source stands at each."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from nnstudio.graph.blocks import expand
from nnstudio.graph.cost import node_cost, total_cost
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.project.file import open_project, save_project
from nnstudio.project.templates import TEMPLATES, families, make_template

TORCHVISION = "torchvision's documentation of the model's weights, num_params"
# name: trained numbers, where that figure stands
PARAMETERS: dict[str, tuple[int, str]] = {
    "lenet-5": (
        61_706,
        (
            "156 + 2,416 + 48,120 + 10,164 + 850, as in CS231n and Keras; the paper's"
            " table of links between maps makes 60,000 of it"
        ),
    ),
    "lenet-28": (61_706, "as LeNet-5"),
    "alexnet": (60_965_224, "Caffe's bvlc_alexnet; about 60 million in the paper, section 3.5"),
    "zfnet": (
        62_357_608,
        (
            "sum of figure 3: 14,208 + 614,656 + 885,120 + 1,327,488 + 884,992"
            " + 37,752,832 + 16,781,312 + 4,097,000"
        ),
    ),
    "vgg-16": (138_357_544, TORCHVISION),
    "vgg-19": (143_667_240, TORCHVISION),
    "nin": (966_986, "Caffe model zoo, NIN on CIFAR-10: 0.97 million"),
    "googlenet": (
        6_998_552,
        (
            "Caffe's bvlc_googlenet without its side branches; table 1 of the"
            " paper adds up to 6.8 million without biases"
        ),
    ),
    "inception-v4": (42_679_816, "timm inception_v4: 42.68 million"),
    "resnet-18": (11_689_512, TORCHVISION),
    "resnet-34": (21_797_672, TORCHVISION),
    "resnet-50": (25_557_032, TORCHVISION),
    "resnet-101": (44_549_160, TORCHVISION),
    "resnet-152": (60_192_808, TORCHVISION),
    "resnet-20": (269_722, "0.27 million in the paper, table 6"),
    "resnet-56": (853_018, "0.85 million in the paper, table 6"),
    "wide-resnet": (36_479_194, "36.5 million in the paper, table 5 (WRN-28-10)"),
    "densenet-121": (7_978_856, TORCHVISION),
    "fractalnet": (
        33_724_618,
        (
            "counted from the channels of section 4.1 and checked below; the"
            " 38.6 million in table 2 of the DenseNet paper do not follow from them"
        ),
    ),
    "squeezenet": (1_248_424, TORCHVISION),
    "squeezenet-1.1": (1_235_496, TORCHVISION),
    "mobilenet-v1": (
        4_231_976,
        (
            "4.2 million in the paper, table 4; Keras: 4,253,864 of which"
            " 21,888 are running averages"
        ),
    ),
    "mobilenet-v2": (3_504_872, TORCHVISION),
    "rnn": (5_322, "(8 + 64 + 1) · 64 + 65 · 10"),
    "lstm-characters": (
        239_297,
        ("char-rnn counts 240,321 with two biases for each gate, 2 · 512 more than one"),
    ),
}
OWN = {  # networks of the studio's own, without a paper to compare with
    "digits-lenet", "spirals-mlp", "mlp", "regression-mlp", "softmax-classifier", "linear-svm",
    "fashion-cnn", "empty",
}  # fmt: skip
# Multiply-adds in millions, and how far ours may be off: norms and pooling are counted differently.
MULTIPLY_ADDS = {
    "vgg-16": (15_470, 0.01),  # torchvision: 15.47 GFLOPS
    "vgg-19": (19_630, 0.01),  # torchvision: 19.63
    "resnet-18": (1_814, 0.01),  # torchvision: 1.814
    "resnet-50": (4_089, 0.01),  # torchvision: 4.089
    "resnet-152": (11_514, 0.01),  # torchvision: 11.514
    "densenet-121": (2_834, 0.02),  # torchvision: 2.834
    "squeezenet": (819, 0.01),  # torchvision: 0.819
    "squeezenet-1.1": (349, 0.01),  # torchvision: 0.349
    "mobilenet-v1": (569, 0.02),  # paper, table 4
    "mobilenet-v2": (301, 0.03),  # torchvision: 0.301
    "googlenet": (1_582, 0.02),  # Caffe's bvlc_googlenet; the paper says 1.5 billion
    "inception-v4": (12_270, 0.02),  # timm: 12.28 billion
    "wide-resnet": (5_250, 0.01),  # 5.2 billion in later comparisons, such as Lin et al. 2018
}
# network, node (of the expanded graph or a card), output
PLACES: tuple[tuple[str, str, TensorType], ...] = (
    ("lenet-5", "avgpool2", maps(5, 5, 16)),
    ("alexnet", "conv1", maps(55, 55, 96)),
    ("alexnet", "pool3", maps(6, 6, 256)),
    ("zfnet", "conv1", maps(110, 110, 96)),
    ("zfnet", "conv2", maps(26, 26, 256)),
    ("zfnet", "pool3", maps(6, 6, 256)),
    ("vgg-16", "pool5", maps(7, 7, 512)),
    ("vgg-16", "conv5_3", maps(14, 14, 512)),
    ("nin", "scores", maps(8, 8, 10)),
    ("googlenet", "pool1", maps(56, 56, 64)),
    ("googlenet", "inception3a", maps(28, 28, 256)),
    ("googlenet", "inception4e", maps(14, 14, 832)),
    ("googlenet", "inception5b", maps(7, 7, 1024)),
    ("inception-v4", "stem", maps(35, 35, 384)),
    ("inception-v4", "reduction_a", maps(17, 17, 1024)),
    ("inception-v4", "inception_c", maps(8, 8, 1536)),
    ("resnet-18", "stage4b", maps(7, 7, 512)),
    ("resnet-50", "stem", maps(112, 112, 64)),
    ("resnet-50", "stage1b", maps(56, 56, 256)),
    ("resnet-50", "stage4b", maps(7, 7, 2048)),
    ("resnet-152", "stage3b", maps(14, 14, 1024)),
    ("resnet-20", "stage3b", maps(8, 8, 64)),
    ("wide-resnet", "stage3b", maps(8, 8, 640)),
    ("densenet-121", "dense1", maps(56, 56, 256)),
    ("densenet-121", "dense4", maps(7, 7, 1024)),
    ("fractalnet", "pool5", maps(1, 1, 512)),
    ("squeezenet", "pool1", maps(54, 54, 96)),
    ("squeezenet", "pool2", maps(27, 27, 256)),
    ("squeezenet", "fire9", maps(13, 13, 512)),
    ("squeezenet-1.1", "fire9", maps(13, 13, 512)),
    ("mobilenet-v1", "separable9", maps(7, 7, 1024)),
    ("mobilenet-v2", "head", maps(7, 7, 1280)),
    ("rnn", "rnn1", flat(64)),
    ("lstm-characters", "scores", TensorType((50, 65), "f4", "TF")),
)


def built(name: str) -> tuple[Graph, Inference]:
    project = make_template(name)
    return project.graph, infer(project.graph, project.signature)


def test_every_published_network_is_in_the_table() -> None:
    assert set(TEMPLATES) - OWN == set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_the_published_number_of_parameters(name: str) -> None:
    graph, inference = built(name)
    assert inference.problems == ()
    count, source = PARAMETERS[name]
    assert total_cost(graph, inference).parameters == count, source


@pytest.mark.parametrize("name", MULTIPLY_ADDS)
def test_a_network_needs_the_published_multiply_adds(name: str) -> None:
    graph, inference = built(name)
    published, slack = MULTIPLY_ADDS[name]
    assert total_cost(graph, inference).macs / 1e6 == pytest.approx(published, rel=slack)


@pytest.mark.parametrize(("name", "node", "expected"), PLACES)
def test_the_shape_at_a_named_place(name: str, node: str, expected: TensorType) -> None:
    graph, inference = built(name)
    assert inference.output(graph.nodes[node]) == expected


def test_the_first_convolution_of_alexnet_is_the_papers() -> None:
    graph, inference = built("alexnet")
    conv = graph.nodes["conv1"]
    cost = node_cost(conv, inference)
    assert cost is not None
    assert (inference.output(conv), cost.parameters) == (maps(55, 55, 96), 34_944)


def test_fractalnets_count_follows_from_its_channels() -> None:
    """Of seven convolutions in a fractal of three columns, three read what comes in."""
    channels = (3, 64, 128, 256, 512, 512)
    count = sum(9 * b * (3 * a + 4 * b) + 7 * 2 * b for a, b in pairwise(channels))
    assert count + 513 * 10 == PARAMETERS["fractalnet"][0]


@pytest.mark.parametrize(
    ("name", "most"),
    [("resnet-50", 14), ("resnet-152", 14), ("inception-v4", 11), ("densenet-121", 14)],
)
def test_a_deep_network_is_a_dozen_cards(name: str, most: int) -> None:
    graph, inference = built(name)
    assert len(graph.nodes) <= most
    whole = expand(graph)
    assert len(whole.nodes) >= 140
    outside = make_template(name).signature
    assert infer(whole, outside).problems == ()
    assert total_cost(whole, infer(whole, outside)) == total_cost(graph, inference)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_no_card_lies_on_another(name: str) -> None:
    def apart(graph: Graph) -> None:
        nodes = list(graph.nodes.values())
        for at, node in enumerate(nodes):
            for other in nodes[at + 1 :]:
                right, down = (abs(node.pos[axis] - other.pos[axis]) for axis in (0, 1))
                assert right >= 134 or down >= 72, (node.id, other.id)
            if node.block is not None:
                apart(node.block.graph)

    apart(make_template(name).graph)


@pytest.mark.parametrize("name", ["resnet-152", "inception-v4", "lstm-characters"])
def test_a_network_comes_back_from_its_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.nns"
    project = make_template(name)
    save_project(project, path)
    assert open_project(path) == project
    assert path.stat().st_size < 200_000


def test_every_template_stands_under_one_heading() -> None:
    grouped = [one.name for members in families().values() for one in members]
    assert sorted(grouped) == sorted(TEMPLATES)
    assert all(families().values())
    for template in TEMPLATES.values():
        assert template.about.endswith(".")
        assert bool(template.source) == (template.year is not None)
        assert str(template.year or "") <= "2018"
    assert TEMPLATES["resnet-50"].expects == "224×224×3 → 1000 classes"
