"""Folders of images: classes from names, one size, and nothing foreign or oversized."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data import images as module
from nnstudio.data import storage
from nnstudio.data.load import load
from nnstudio.data.sources import ImageFolder
from nnstudio.graph.types import ClassTarget, maps

RED = (250, 10, 20)


def save(path, size=(4, 6), colour=RED, mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (size[1], size[0]), colour).save(path, **options)
    return path


@pytest.fixture
def pets(tmp_path):
    folder = tmp_path / "pets"
    for kind, shade in (("dog", 40), ("cat", 200)):
        for k in range(3):
            save(folder / kind / f"{k}.png", colour=(shade, k, 7))
    return folder


def refused(folder, **options):
    with pytest.raises(StudioError) as caught:
        load(ImageFolder(path=folder, **options))
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_folders_are_classes_in_the_order_of_their_names(pets):
    (pets / ".hidden").mkdir()
    (pets / "cat" / "notes.txt").write_text("not an image")
    data = load(ImageFolder(path="pets"), base=pets.parent)
    assert data.x.shape == (6, 4, 6, 3)
    assert data.x.dtype == np.uint8
    assert data.signature.input == maps(4, 6, 3)
    assert data.signature.target == ClassTarget(("cat", "dog"))
    np.testing.assert_array_equal(data.y, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(data.x[4, 0, 0], [40, 1, 7])


def test_grey_and_another_size(pets):
    data = load(ImageFolder(path=pets, size=(3, 2), colour="grey"))
    assert data.x.shape == (6, 3, 2, 1)
    assert data.x[0, 0, 0, 0] == pytest.approx(200 * 0.299, abs=2)


@pytest.mark.parametrize("name", ["a.jpg", "a.bmp", "a.gif", "a.webp", "a.tif", "a.ppm"])
def test_usual_formats(pets, name):
    save(pets / "dog" / name)
    data = load(ImageFolder(path=pets))
    np.testing.assert_allclose(data.x[data.y == 1].astype(int)[-1, 1, 1], RED, atol=12)


def test_palettes_transparency_and_sixteen_bits_become_plain_pixels(tmp_path):
    folder = tmp_path / "kinds"
    save(folder / "a" / "palette.png", mode="P", colour=0)
    save(folder / "a" / "clear.png", mode="RGBA", colour=(9, 8, 7, 255))
    deep = np.full((4, 6), 200 * 256, np.uint16)
    (folder / "b").mkdir()
    Image.fromarray(deep).save(folder / "b" / "deep.png")
    data = load(ImageFolder(path=folder, colour="grey"))
    np.testing.assert_array_equal(data.x[:, 0, 0, 0], [8, 0, 200])


def test_a_camera_held_sideways_is_turned(tmp_path):
    picture = Image.new("RGB", (4, 6))
    exif = picture.getexif()
    exif[0x0112] = 6
    folder = tmp_path / "photos"
    (folder / "a").mkdir(parents=True)
    picture.save(folder / "a" / "x.jpg", exif=exif)
    save(folder / "b" / "y.jpg", (4, 6))
    assert load(ImageFolder(path=folder)).x.shape == (2, 4, 6, 3)


def test_train_and_test_folders_give_an_own_test_part(tmp_path):
    folder = tmp_path / "set"
    for part, count in (("train", 3), ("test", 2)):
        for kind in ("cat", "dog"):
            for k in range(count):
                save(folder / part / kind / f"{k}.png")
    data = load(ImageFolder(path=folder))
    assert data.signature.target.names == ("cat", "dog")
    np.testing.assert_array_equal(data.test_rows, np.arange(6, 10))
    np.testing.assert_array_equal(data.y, [0, 0, 0, 1, 1, 1, 0, 0, 1, 1])


def test_many_images_go_to_a_mapped_file(pets, monkeypatch):
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 100)
    data = load(ImageFolder(path=pets))
    assert data.mapped
    np.testing.assert_array_equal(data.x[0, 0, 0], [200, 0, 7])


def test_mixed_sizes_name_the_file_and_the_way_out(pets):
    save(pets / "dog" / "9.png", (5, 6))
    sentence = refused(pets)
    assert "9.png' is 5×6 (height × width), the images before it are 4×6" in sentence
    assert "choose a size" in sentence
    assert load(ImageFolder(path=pets, size=(4, 4))).size == 7


def test_folders_that_hold_nothing(tmp_path):
    assert "none' is not a folder; choose" in refused(tmp_path / "none")
    assert "holds no folders; put the images" in refused(tmp_path)
    (tmp_path / "cat").mkdir()
    assert "no images in them; use PNG" in refused(tmp_path)
    save(tmp_path / "cat" / "a.png")
    assert "only one class, 'cat'" in refused(tmp_path)


def test_foreign_damaged_and_cut_off_images(pets):
    path = pets / "dog" / "9.png"
    path.write_bytes(b"this is text")
    assert "9.png' is not an image that can be read" in refused(pets)
    path.write_bytes(b"")
    assert "9.png' is not an image that can be read" in refused(pets)
    noise = np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:60])
    assert "9.png' is a damaged or cut-off image; replace it" in refused(pets, size=(4, 6))


def test_a_script_with_the_name_of_an_image_is_not_run(pets):
    (pets / "dog" / "9.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "9.jpg' is not an image" in refused(pets)


def png(width, height, data=b"", extra=b""):
    def chunk(kind, body):
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + extra + body


@pytest.mark.parametrize("side", [7_500, 12_000, 60_000])
def test_bombs_are_refused_before_they_are_decoded(pets, side, monkeypatch):
    (pets / "dog" / "9.png").write_bytes(png(side, side))
    monkeypatch.setattr(module, "_eight_bits", lambda _: pytest.fail("the bomb was decoded"))
    sentence = refused(pets)
    assert "9.png'" in sentence
    assert "make it smaller" in sentence or "choose a size" in sentence
    (pets / "cat" / "0.png").write_bytes(png(side, side))
    assert "more than 50,000,000 pixels; make it smaller" in refused(pets, size=(4, 6))


def test_a_bomb_of_text_inside_a_png_is_refused(pets):
    text = zlib.compress(b"a" * (80 << 20), 9)
    body = b"zTXt" + b"key\0\0" + text
    extra = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (pets / "dog" / "9.png").write_bytes(png(6, 4, b"\0" * 28, extra))
    assert "9.png'" in refused(pets)


def test_progress_and_cancel(pets):
    told = []
    load(ImageFolder(path=pets), progress=lambda *step: told.append(step))
    assert (5, 6, "reading 2.png") in told
    with pytest.raises(Cancelled):
        load(ImageFolder(path=pets), cancel=lambda: len(told) > 0)
