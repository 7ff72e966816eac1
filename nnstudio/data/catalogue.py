"""The public sets that can be downloaded: their files, sizes, checksums and servers."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.data.sources import PublicName


@dataclass(frozen=True, slots=True)
class PublicFile:
    """One file of a public set.

    Attributes:
        name: Its name on the servers and on this computer.
        size: Bytes.
        checksum: "sha256:…" or "md5:…", as its authors published it.
    """

    name: str
    size: int
    checksum: str


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A public set.

    Attributes:
        title: What a person calls it.
        about: What it holds, in one line.
        files: What has to be downloaded; for IDX sets training images, training labels, test
            images and test labels.
        servers: Folders that hold the files, tried one after the other.
        classes: The classes' names.
    """

    title: str
    about: str
    files: tuple[PublicFile, ...]
    servers: tuple[str, ...]
    classes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


_MNIST = PublicSet(
    "MNIST",
    "70,000 grey images of handwritten digits, 28×28, 10 classes",
    (
        PublicFile(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        PublicFile(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        PublicFile(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        PublicFile(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    tuple("0123456789"),
)

_FASHION_MNIST = PublicSet(
    "Fashion-MNIST",
    "70,000 grey images of clothes, 28×28, 10 classes",
    (
        PublicFile(
            "train-images-idx3-ubyte.gz", 26_421_880, "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"
        ),
        PublicFile("train-labels-idx1-ubyte.gz", 29_515, "md5:25c81989df183df01b3e8a0aad5dffbe"),
        PublicFile("t10k-images-idx3-ubyte.gz", 4_422_102, "md5:bef4ecab320f06d8554ea6380940ec79"),
        PublicFile("t10k-labels-idx1-ubyte.gz", 5_148, "md5:bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    (
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    (
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ),
)

_CIFAR_10 = PublicSet(
    "CIFAR-10",
    "60,000 colour images of animals and vehicles, 32×32, 10 classes",
    (PublicFile("cifar-10-binary.tar.gz", 170_052_171, "md5:c32a1d4ab5d03f1284b67883e8d87530"),),
    ("https://www.cs.toronto.edu/~kriz/",),
    (
        "aeroplane",
        "car",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "lorry",
    ),
)

CATALOGUE: dict[PublicName, PublicSet] = {
    "mnist": _MNIST,
    "fashion-mnist": _FASHION_MNIST,
    "cifar-10": _CIFAR_10,
}
