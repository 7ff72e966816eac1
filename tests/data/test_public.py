"""Downloaded sets become data sets; absent and damaged ones are one sentence."""

import gzip
import io
import tarfile

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data import public
from nnstudio.data.catalogue import CATALOGUE, PublicFile, PublicSet
from nnstudio.data.download import set_folder
from nnstudio.data.load import load
from nnstudio.data.sources import Public

COUNT = 4


@pytest.fixture
def small(monkeypatch):
    """CIFAR-10 with four images a file."""
    monkeypatch.setattr(public, "_CIFAR_IMAGES", COUNT)


def batch(number, count=COUNT):
    rows = np.arange(count * 3073, dtype=np.int64).reshape(count, 3073) % 251
    rows[:, 0] = (np.arange(count) + number) % 10
    return rows.astype(np.uint8).tobytes()


def install(monkeypatch, members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    put(monkeypatch, file.getvalue())


def put(monkeypatch, content):
    folder = set_folder("cifar-10")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cifar.tar.gz").write_bytes(content)
    old = CATALOGUE["cifar-10"]
    files = (PublicFile("cifar.tar.gz", len(content), "md5:"),)
    new = PublicSet(old.title, old.about, files, old.servers, old.classes)
    monkeypatch.setitem(CATALOGUE, "cifar-10", new)


def members():
    names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    return {f"cifar-10-batches-bin/{name}": batch(k) for k, name in enumerate(names)}


def refused():
    with pytest.raises(StudioError) as caught:
        load(Public(name="cifar-10"))
    assert "\n" not in caught.value.sentence
    return caught.value.sentence


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mnist", "MNIST is not on this computer yet; download it first (11.1 MB)."),
        ("fashion-mnist", "Fashion-MNIST is not on this computer yet; download it first"),
        ("cifar-10", "CIFAR-10 is not on this computer yet; download it first (162 MB)."),
    ],
)
def test_nothing_is_downloaded_by_loading(name, said):
    with pytest.raises(StudioError) as caught:
        load(Public(name=name))
    assert said in caught.value.sentence


def test_cifar_is_read_out_of_its_archive(small, monkeypatch):
    install(monkeypatch, {"../evil.bin": b"x", "cifar-10-batches-bin/readme": None, **members()})
    data = load(Public(name="cifar-10"))
    assert data.x.shape == (24, 32, 32, 3)
    np.testing.assert_array_equal(data.y[:8], [0, 1, 2, 3, 1, 2, 3, 4])
    np.testing.assert_array_equal(data.test_rows, np.arange(20, 24))
    row = np.frombuffer(batch(2), np.uint8).reshape(COUNT, 3073)[1]
    image = data.x[2 * COUNT + 1]
    assert image[3, 5, 0] == row[1 + 3 * 32 + 5]
    assert image[3, 5, 2] == row[1 + 2048 + 3 * 32 + 5]
    assert list(set_folder("cifar-10").parent.rglob("evil*")) == []


def test_archives_that_are_damaged_or_incomplete(small, monkeypatch):
    some = members()
    some.pop("cifar-10-batches-bin/test_batch.bin")
    install(monkeypatch, some)
    assert "cifar.tar.gz' is damaged; delete it and download the set again." in refused()
    install(monkeypatch, {**members(), "cifar-10-batches-bin/data_batch_2.bin": batch(1, 2)})
    assert "is damaged" in refused()
    install(monkeypatch, {**some, "cifar-10-batches-bin/test_batch.bin": None})
    assert "is damaged" in refused()
    put(monkeypatch, b"no archive at all")
    assert "is damaged" in refused()
    put(monkeypatch, gzip.compress(b"no archive at all" * 100))
    assert "is damaged" in refused()


def test_labels_out_of_range(small, monkeypatch):
    bad = bytes([77]) + batch(0)[1:]
    install(monkeypatch, {**members(), "cifar-10-batches-bin/data_batch_1.bin": bad})
    assert "is damaged" in refused()


def test_fashion_mnist_uses_its_own_names(shared_data, monkeypatch):
    folder = set_folder("fashion-mnist")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(shared_data / "fashion-mnist")
    old = CATALOGUE["fashion-mnist"]
    files = tuple(
        PublicFile(f.name, (folder / f.name).stat().st_size, f.checksum) for f in old.files
    )
    new = PublicSet(old.title, old.about, files, old.servers, old.classes)
    monkeypatch.setitem(CATALOGUE, "fashion-mnist", new)
    data = load(Public(name="fashion-mnist"))
    assert data.name == "Fashion-MNIST"
    assert data.signature.target.names[9] == "ankle boot"
    assert len(data.test_rows) == 10_000
