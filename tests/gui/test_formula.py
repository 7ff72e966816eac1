"""Formulas are text for screen readers, tooltips and the moment before they are drawn."""

from __future__ import annotations

import re

import pytest

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.graph.registry import all_layers
from nnstudio.gui.formula import plain


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{e^{s_t}}{\sum_j e^{s_j}}", "(e^s_t) / (Σ_j e^s_j)"),
        (r"p_j - 1_{j = t}", "p_j - 1_(j = t)"),
        (r"\frac{x - \mu}{\sqrt{\sigma^2 + c}}", "(x - μ) / (√(σ^2 + c))"),
        (r"\begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}", "x if x > 0 ; a x if x ≤ 0"),
    ],
)
def test_fractions_with_indices_and_roots_stay_fractions(latex, text):
    assert plain(latex) == text


def test_no_layer_s_formula_leaves_commands_behind():
    for layer in all_layers().values():
        assert not re.search(r"frac|sqrt|begin|cases|&|\\", plain(layer.doc.formula)), layer.kind
