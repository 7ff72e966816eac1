"""Functions that kernels may call: the share of a thread, and fast exponentials.

In float32 the functions are short polynomials that vectorise; in float64 they are the library's.
Sources: the reductions and coefficients of exp and log are those of the Cephes library (S. Moshier,
expf.c and logf.c); tanh and sigmoid follow from exp.
"""

from __future__ import annotations

import math

from nnstudio.kernels.kernel import device, device_pair
from nnstudio.kernels.supplied import bits_from_float, float_from_bits, int32


@device
def share(count: int, tid: int, threads: int) -> tuple[int, int]:
    """Give the contiguous part [first, last) of range(count) that belongs to thread `tid`."""
    return count * tid // threads, count * (tid + 1) // threads


def _exp_single(x: float) -> float:
    low = min(max(x, -87.3), 88.7)
    low = x if math.isnan(x) else low  # NaN stays NaN
    whole = float(math.floor(low * 1.44269504 + 0.5))
    r = low - whole * 0.693359375 + whole * 2.12194440e-4
    p = 1.9875691500e-4
    p = p * r + 1.3981999507e-3
    p = p * r + 8.3334519073e-3
    p = p * r + 4.1665795894e-2
    p = p * r + 1.6666665459e-1
    p = p * r + 5.0000001201e-1
    p = p * r * r + r + 1.0
    return p * float_from_bits((int32(whole) + int32(127)) << int32(23))


def _exp_double(x: float) -> float:
    return math.exp(x)


exp = device_pair(_exp_single, _exp_double)


def _log_single(x: float) -> float:
    bits = bits_from_float(x)
    exponent = float(((bits >> int32(23)) & int32(255)) - int32(126))
    m = float_from_bits((bits & int32(0x007FFFFF)) | int32(0x3F000000))
    low = m < 0.707106781
    m = m + m - 1.0 if low else m - 1.0
    exponent = exponent - 1.0 if low else exponent
    p = 7.0376836292e-2
    p = p * m - 1.1514610310e-1
    p = p * m + 1.1676998740e-1
    p = p * m - 1.2420140846e-1
    p = p * m + 1.4249322787e-1
    p = p * m - 1.6668057665e-1
    p = p * m + 2.0000714765e-1
    p = p * m - 2.4999993993e-1
    p = p * m + 3.3333331174e-1
    z = m * m
    y = p * m * z - exponent * 2.12194440e-4 - 0.5 * z
    y = m + y + exponent * 0.693359375
    y = -math.inf if x == 0.0 else y
    y = x if x == math.inf else y
    return y if x >= 0.0 else math.nan


def _log_double(x: float) -> float:
    return math.log(x) if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


log = device_pair(_log_single, _log_double)


@device
def sigmoid(x: float) -> float:
    """Give 1 / (1 + exp(−x))."""
    return 1.0 / (1.0 + exp(-x))


def _tanh_single(x: float) -> float:
    a = min(abs(x), 10.0)
    a = x if math.isnan(x) else a  # NaN stays NaN
    z = a * a
    p = -5.70498872745e-3
    p = p * z + 2.06390887954e-2
    p = p * z - 5.37397155531e-2
    p = p * z + 1.33314422036e-1
    p = p * z - 3.33332819422e-1
    small = p * z * a + a  # Cephes tanhf.c, below 0.625, where 1 - 2/(exp + 1) loses digits
    large = 1.0 - 2.0 / (exp(a + a) + 1.0)
    y = small if a < 0.625 else large
    return -y if x < 0.0 else y


def _tanh_double(x: float) -> float:
    return math.tanh(x)


tanh = device_pair(_tanh_single, _tanh_double)
