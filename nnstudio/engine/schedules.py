"""How the learning rate changes during a run; each schedule is a frozen setting with one method."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Schedule(BaseModel):
    """Share the warm-up: the rate climbs in a straight line over the first epochs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warm_up: float = Field(
        0.0, ge=0, le=10_000, title="Warm-up", description="Epochs in which the rate climbs.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip

    def factor(self, epoch: float, epochs: int) -> float:
        """Give the factor on the learning rate.

        Args:
            epoch: Epochs done so far, with fraction.
            epochs: Epochs of the whole run.
        """
        if epoch < self.warm_up:
            return max(epoch / self.warm_up, 1e-3)
        return self.after_warm_up(epoch - self.warm_up, max(epochs - self.warm_up, 1e-9))

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """Give the factor once the warm-up is over; both counts start there."""
        raise NotImplementedError


class Constant(_Schedule):
    """The same rate throughout."""

    kind: Literal["constant"] = "constant"

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """See `_Schedule`."""
        return 1.0


class Step(_Schedule):
    """The rate is multiplied by a factor every few epochs."""

    kind: Literal["step"] = "step"
    every: float = Field(
        5,
        gt=0,
        title="Every",
        description="Epochs between two drops.",
        json_schema_extra={"unit": "epochs"},
    )
    gamma: float = Field(
        0.5, gt=0, le=1, title="Factor", description="What remains after each drop."
    )

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """See `_Schedule`."""
        return float(self.gamma ** math.floor(epoch / self.every + 1e-9))


class Exponential(_Schedule):
    """The rate shrinks by the same factor each epoch, smoothly."""

    kind: Literal["exponential"] = "exponential"
    gamma: float = Field(
        0.95, gt=0, le=1, title="Factor", description="What remains after each epoch."
    )

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """See `_Schedule`."""
        return float(self.gamma**epoch)


class Cosine(_Schedule):
    """Half a cosine from the full rate to the lowest (Loshchilov & Hutter 2017, eq. 5)."""

    kind: Literal["cosine"] = "cosine"
    lowest: float = Field(
        0.0, ge=0, le=1, title="Lowest", description="Share of the rate at the end."
    )

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """See `_Schedule`."""
        share = min(epoch / epochs, 1.0)
        return self.lowest + (1 - self.lowest) * 0.5 * (1 + math.cos(math.pi * share))


class OnPlateau(_Schedule):
    """The rate drops when the validation loss has not fallen for a while.

    When that happens is not known beforehand, so `factor` gives the rate before any drop; the
    training loop multiplies it by `gamma` at each drop.
    """

    kind: Literal["plateau"] = "plateau"
    patience: int = Field(
        3, ge=1, le=10_000, title="Patience", description="Epochs without a better loss.",
        json_schema_extra={"unit": "epochs"},
    )  # fmt: skip
    gamma: float = Field(
        0.1, gt=0, le=1, title="Factor", description="What remains after each drop."
    )

    def after_warm_up(self, epoch: float, epochs: float) -> float:
        """See `_Schedule`."""
        return 1.0


Schedule = Annotated[
    Constant | Step | Exponential | Cosine | OnPlateau, Field(discriminator="kind")
]
