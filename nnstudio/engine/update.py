"""The optimisers' arithmetic: one pass over the flat vectors each, equal to PyTorch's rules.

All take the weights w and gradients g (count,), then what they remember, then their numbers, then
the clock: the chunk's learning rates, the step, the chunk's first step, and the halt flag.
"""

from __future__ import annotations

import math

from nnstudio.kernels.kernel import In1, InDouble1, InIndex1, Mod1, Mod2, ModDouble1, Out1, kernel
from nnstudio.kernels.maths import share


@kernel
def add_decay(w: In1, g: Mod1, count: int, l1: float, l2: float, tid: int, threads: int) -> None:
    """`g += l2 · w + l1 · sign(w)`."""
    first, last = share(count, tid, threads)
    for i in range(first, last):
        sign = 0.0
        if w[i] > 0.0:
            sign = 1.0
        elif w[i] < 0.0:
            sign = -1.0
        g[i] += l2 * w[i] + l1 * sign


@kernel
def clear(g: Out1, count: int, tid: int, threads: int) -> None:
    """`g = 0`."""
    first, last = share(count, tid, threads)
    for i in range(first, last):
        g[i] = 0.0


@kernel
def square_sums(g: In1, count: int, partial: ModDouble1, tid: int, threads: int) -> None:
    """partial[8 · tid] = sum of this thread's share of g²; each on a cache line of its own."""
    first, last = share(count, tid, threads)
    partial[8 * tid] = 0.0
    begin = first
    while begin < last:
        end = min(begin + 256, last)
        block = 0.0
        for i in range(begin, end):
            block += g[i] * g[i]
        partial[8 * tid] += block
        begin = end


@kernel
def clip_gradient(
    g: Mod1, count: int, partial: ModDouble1, norm: float, parts: int, tid: int, threads: int
) -> None:
    """`g *= norm / max(norm, ‖g‖)`."""
    total = partial[0]
    for part in range(1, parts):
        total += partial[8 * part]
    length = math.sqrt(total)
    if length > norm:
        factor = float(norm / (length + 1e-6))
        first, last = share(count, tid, threads)
        for i in range(first, last):
            g[i] *= factor


@kernel
def limit_norms(
    w: Mod2, rows: int, units: int, limit: float, halt: InIndex1, tid: int, threads: int
) -> None:
    """Shorten each unit's incoming weights, a column of w (rows, units), to at most `limit`."""
    first, last = share(units, tid, threads)
    if halt[0] == 0:
        for j in range(first, last):
            total = 0.0
            for i in range(rows):
                total += w[i, j] * w[i, j]
            if total > limit * limit:
                factor = limit / math.sqrt(total)
                for i in range(rows):
                    w[i, j] *= factor


@kernel
def sgd_step(
    w: Mod1,
    g: In1,
    count: int,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`w -= rate · g`."""
    lr = float(rate[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            w[i] -= lr * g[i]


@kernel
def momentum_step(
    w: Mod1,
    g: In1,
    v: Mod1,
    count: int,
    momenta: InDouble1,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`v = momentum · v + g;  w -= rate · v`."""
    lr = float(rate[step[0] - origin[0]])
    momentum = float(momenta[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            new = momentum * v[i] + g[i]
            v[i] = new
            w[i] -= lr * new


@kernel
def nesterov_step(
    w: Mod1,
    g: In1,
    v: Mod1,
    count: int,
    momenta: InDouble1,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`v = momentum · v + g;  w -= rate · (g + momentum · v)` (Sutskever et al. 2013, eq. 3-4)."""
    lr = float(rate[step[0] - origin[0]])
    momentum = float(momenta[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            new = momentum * v[i] + g[i]
            v[i] = new
            w[i] -= lr * (g[i] + momentum * new)


@kernel
def adagrad_step(
    w: Mod1,
    g: In1,
    s: Mod1,
    count: int,
    epsilon: float,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`s += g²;  w -= rate · g / (√s + epsilon)`."""
    lr = float(rate[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            new = s[i] + g[i] * g[i]
            s[i] = new
            w[i] -= lr * g[i] / (math.sqrt(new) + epsilon)


@kernel
def rmsprop_step(
    w: Mod1,
    g: In1,
    s: Mod1,
    count: int,
    decay: float,
    epsilon: float,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`s = decay · s + (1 - decay) · g²;  w -= rate · g / (√s + epsilon)`."""
    lr = float(rate[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            new = decay * s[i] + (1.0 - decay) * g[i] * g[i]
            s[i] = new
            w[i] -= lr * g[i] / (math.sqrt(new) + epsilon)


@kernel
def rmsprop_momentum_step(
    w: Mod1,
    g: In1,
    s: Mod1,
    v: Mod1,
    count: int,
    decay: float,
    momentum: float,
    epsilon: float,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """As `rmsprop_step`, with v = momentum · v + g / (√s + epsilon);  w -= rate · v."""
    lr = float(rate[step[0] - origin[0]])
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            new = decay * s[i] + (1.0 - decay) * g[i] * g[i]
            s[i] = new
            speed = momentum * v[i] + g[i] / (math.sqrt(new) + epsilon)
            v[i] = speed
            w[i] -= lr * speed


@kernel
def adam_step(
    w: Mod1,
    g: In1,
    m: Mod1,
    s: Mod1,
    count: int,
    betas: InDouble1,
    epsilon: float,
    decay: float,
    rate: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """`w = (1 - rate · decay) · w - rate · m̂ / (√ŝ + epsilon)`, m and s running means of g and g².

    m̂ = m / (1 - beta1^t) and ŝ = s / (1 - beta2^t) with t = 1, 2, … (Kingma & Ba 2015, alg. 1).
    """
    lr = float(rate[step[0] - origin[0]])
    t = step[0] + 1
    beta1 = float(betas[0])
    beta2 = float(betas[1])
    rest1 = float(1 - betas[0])  # in float64 first: 1 - 0.999 loses five digits in float32
    rest2 = float(1 - betas[1])
    size = float(rate[step[0] - origin[0]] / (1 - betas[0] ** t))
    scale = float(1 / math.sqrt(1 - betas[1] ** t))
    keep = 1.0 - lr * decay
    if halt[0] == 0:
        first, last = share(count, tid, threads)
        for i in range(first, last):
            mean = beta1 * m[i] + rest1 * g[i]
            square = beta2 * s[i] + rest2 * g[i] * g[i]
            m[i] = mean
            s[i] = square
            w[i] = keep * w[i] - size * mean / (math.sqrt(square) * scale + epsilon)
