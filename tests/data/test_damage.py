"""Any damage to any file ends in a data set or in one sentence, never in a traceback."""

import gzip
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import Csv, Idx, ImageFolder, Npz

quick = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def saved(writer):
    file = io.BytesIO()
    writer(file)
    return file.getvalue()


LABELS = b"\0\0\x08\x01\0\0\0\x04\0\1\0\1"
IMAGES = b"\0\0\x08\x03\0\0\0\x04\0\0\0\x02\0\0\0\x02" + bytes(range(16))
ARRAYS = {"x": np.arange(8.0).reshape(4, 2), "y": np.array([0, 1, 0, 1])}
PICTURE = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
FILES = {
    "idx": IMAGES,
    "idx.gz": gzip.compress(IMAGES, mtime=0),
    "npz": saved(lambda file: np.savez(file, **ARRAYS)),
    "packed.npz": saved(lambda file: np.savez_compressed(file, **ARRAYS)),
    "csv": b"a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n",
    "png": saved(lambda file: PICTURE.save(file, "PNG")),
    "jpg": saved(lambda file: PICTURE.save(file, "JPEG")),
    "gif": saved(lambda file: PICTURE.save(file, "GIF")),
    "tif": saved(lambda file: PICTURE.save(file, "TIFF")),
    "webp": saved(lambda file: PICTURE.save(file, "WEBP")),
    "bmp": saved(lambda file: PICTURE.save(file, "BMP")),
    "ppm": saved(lambda file: PICTURE.save(file, "PPM")),
}


def source_of(kind, content, folder):
    path = folder / f"file.{kind}"
    if kind.startswith("idx"):
        path.write_bytes(content)
        (folder / "labels").write_bytes(LABELS)
        return Idx(images=path, labels=folder / "labels")
    if kind.endswith("npz"):
        path.write_bytes(content)
        return Npz(path=path)
    if kind == "csv":
        path.write_bytes(content)
        return Csv(path=path)
    for name in ("a", "b"):
        (folder / "set" / name).mkdir(parents=True, exist_ok=True)
    (folder / "set" / "a" / f"x.{kind}").write_bytes(content)
    PICTURE.save(folder / "set" / "b" / "y.png")
    return ImageFolder(path=folder / "set", size=(4, 4))


def damaged(content, draw):
    """Cut off, overwrite or insert some bytes."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        what = draw(st.sampled_from(["cut", "set", "insert", "zero"]))
        if what == "cut":
            del content[place:]
        elif what == "set":
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
        elif what == "insert":
            content[place:place] = draw(st.binary(min_size=1, max_size=8))
        else:
            content[place : place + 4] = b"\0\0\0\0"
    return bytes(content)


@pytest.mark.parametrize("kind", FILES)
def test_undamaged_files_load(kind, tmp_path):
    assert load(source_of(kind, FILES[kind], tmp_path)).size >= 2


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.filterwarnings("ignore::UserWarning")
@quick
@given(data=st.data())
def test_damage_is_one_sentence(kind, tmp_path, data):
    source = source_of(kind, damaged(FILES[kind], data.draw), tmp_path)
    sentence = None
    try:
        samples = load(source).x
    except StudioError as error:
        sentence = error.sentence
    if sentence is None:
        assert np.isfinite(samples).all()
    else:
        assert "\n" not in sentence
        assert sentence.endswith(".")
        assert str(tmp_path) in sentence
