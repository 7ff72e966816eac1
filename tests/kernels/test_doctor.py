"""The self-test of the machine."""

from __future__ import annotations

import os
import subprocess
import sys

from nnstudio.kernels.doctor import self_test

# LLVM cannot tell what the processor has; then the doctor runs, and a short training.
_UNKNOWN = """
import llvmlite.binding as llvm

def silent():
    raise RuntimeError("failed to get host cpu features.")

llvm.get_host_cpu_features = silent
from nnstudio.cli.doctor import doctor
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, job, mlp

assert doctor(json=False) == 0
with Trainer(job(mlp(), blobs(), epochs=30)) as trainer:
    *_, end = trainer.train()
print("accuracy", end.test["accuracy"])
"""


def test_self_test_reports_a_right_and_measured_product():
    report = self_test()
    assert report.ok
    assert report.gflops > 0.5
    assert report.lanes in {4, 8, 16}
    assert report.cache_bytes > 0
    assert "right" in str(report)


def test_where_the_processor_is_unknown_plain_code_runs_and_the_doctor_says_so(tmp_path):
    environment = {**os.environ, "NNSTUDIO_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _UNKNOWN],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "The features of this processor are unknown" in done.stdout
    assert "4 numbers at a time" in done.stdout
    assert "accuracy 1.0" in done.stdout
