"""Drawn sets: equal classes, fixed by their seed, learnable where they should be."""

import numpy as np
import pytest
from pydantic import ValidationError

from nnstudio.data.load import load
from nnstudio.data.sources import Drawn
from nnstudio.graph.types import ClassTarget, flat

SHAPES = ["blobs", "moons", "circles", "spirals", "xor"]


@pytest.mark.parametrize("shape", SHAPES)
def test_classes_are_of_equal_size_and_points_lie_near_the_unit_square(shape):
    data = load(Drawn(shape=shape, samples=401, noise=0.02, seed=3))
    assert data.x.dtype == np.float32
    assert data.x.shape == (401, 2)
    assert data.signature.input == flat(2)
    assert data.signature.target == ClassTarget(("class 1", "class 2"))
    assert sorted(np.bincount(data.y).tolist()) == [200, 201]
    assert np.abs(data.x).max() < 1.3


@pytest.mark.parametrize("shape", SHAPES)
def test_same_seed_draws_the_same_points_and_another_seed_does_not(shape):
    first = load(Drawn(shape=shape, samples=50, seed=1))
    again = load(Drawn(shape=shape, samples=50, seed=1))
    other = load(Drawn(shape=shape, samples=50, seed=2))
    np.testing.assert_array_equal(first.x, again.x)
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != other.fingerprint


@pytest.mark.parametrize("shape", ["blobs", "circles", "spirals"])
def test_several_classes_where_the_shape_allows_them(shape):
    data = load(Drawn(shape=shape, samples=100, classes=5))
    assert data.signature.target.size == 5
    assert np.bincount(data.y).tolist() == [20] * 5


def test_xor_without_noise_is_the_sign_of_the_product():
    data = load(Drawn(shape="xor", samples=500, noise=0.0))
    np.testing.assert_array_equal(data.y, (data.x[:, 0] * data.x[:, 1] < 0).astype(np.int64))


@pytest.mark.parametrize("shape", ["moons", "circles", "spirals"])
def test_a_neighbour_has_the_same_class_but_no_line_separates(shape):
    data = load(Drawn(shape=shape, samples=600, noise=0.02))
    distance = ((data.x[:, None] - data.x[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (data.y[distance.argmin(axis=1)] == data.y).mean() > 0.98
    design = np.column_stack([data.x, np.ones(600)])
    weights, *_ = np.linalg.lstsq(design, 2.0 * data.y - 1.0, rcond=None)
    assert ((design @ weights > 0) == data.y).mean() < 0.95


def test_moons_and_xor_refuse_more_classes():
    with pytest.raises(ValidationError, match="always have two classes"):
        Drawn(shape="moons", classes=3)
