"""What makes a plan quick without changing what it computes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passes:
    """The passes over a network before it is planned; each can be switched off.

    Attributes:
        fuse: Layers absorb the activations that follow them.
        sums: An addition absorbs the ReLU that follows it.
        norms: Batch norm absorbs the addition that follows it, and then the ReLU of that.
        biases: Biases that batch norm takes away again get no gradient: it is 0 but for rounding.
        view: Reshapes are other views of the same memory.
        pack: Buffers that are not in use at the same time share memory.
    """

    fuse: bool = True
    sums: bool = True
    norms: bool = True
    biases: bool = True
    view: bool = True
    pack: bool = True


ALL_PASSES = Passes()
