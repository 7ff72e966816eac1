"""The self-test of the machine."""

from __future__ import annotations

from nnstudio.kernels.doctor import self_test


def test_self_test_reports_a_right_and_measured_product():
    report = self_test()
    assert report.ok
    assert report.gflops > 0.5
    assert report.lanes in {4, 8, 16}
    assert report.cache_bytes > 0
    assert "right" in str(report)
