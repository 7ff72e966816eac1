"""The optimisers a person can choose, as frozen settings; `optimisers` makes operations of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sgd(_Rule):
    """Stochastic gradient descent, with momentum if wanted (Polyak 1964; Nesterov 1983)."""

    kind: Literal["sgd"] = "sgd"
    momentum: float = Field(
        0.0, ge=0, lt=1, title="Momentum", description="Share of the last step kept; 0.9 is usual."
    )
    final: float | None = Field(
        None,
        ge=0,
        lt=1,
        title="Final momentum",
        description="Momentum climbs (or falls) to this in a straight line; empty keeps it.",
    )
    over: float = Field(
        10,
        gt=0,
        le=1e6,
        title="Reached after",
        description="Epochs until the final momentum.",
        json_schema_extra={"unit": "epochs"},
    )
    nesterov: bool = Field(
        False,
        title="Nesterov",
        description="Look ahead along the momentum before the gradient counts.",
    )

    def momentum_at(self, epoch: float) -> float:
        """Give the momentum after so many epochs."""
        if self.final is None:
            return self.momentum
        return self.momentum + (self.final - self.momentum) * min(epoch / self.over, 1.0)


class AdaGrad(_Rule):
    """AdaGrad (Duchi, Hazan & Singer 2011): rates shrink with the sum of squared gradients."""

    kind: Literal["adagrad"] = "adagrad"
    epsilon: float = Field(
        1e-10, ge=1e-20, title="Epsilon", description="Keeps the division finite."
    )


class RmsProp(_Rule):
    """RMSProp (Tieleman & Hinton 2012): rates follow a running mean of squared gradients."""

    kind: Literal["rmsprop"] = "rmsprop"
    decay: float = Field(
        0.99, ge=0, lt=1, title="Decay", description="Memory of squared gradients."
    )
    momentum: float = Field(
        0.0, ge=0, lt=1, title="Momentum", description="Share of the last step kept."
    )
    epsilon: float = Field(
        1e-8, ge=1e-20, title="Epsilon", description="Keeps the division finite."
    )


class Adam(_Rule):
    """Adam (Kingma & Ba 2015, algorithm 1), with bias correction."""

    kind: Literal["adam"] = "adam"
    beta1: float = Field(0.9, ge=0, lt=1, title="Beta 1", description="Memory of gradients.")
    beta2: float = Field(
        0.999, ge=0, lt=1, title="Beta 2", description="Memory of squared gradients."
    )
    epsilon: float = Field(
        1e-8, ge=1e-20, title="Epsilon", description="Keeps the division finite."
    )


class AdamW(Adam):
    """AdamW (Loshchilov & Hutter 2019): Adam with weight decay apart from the gradient."""

    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]  # a narrower literal on purpose
    weight_decay: float = Field(
        0.01, ge=0, title="Weight decay", description="Share of each weight lost per unit of rate."
    )


class Lbfgs(_Rule):
    """L-BFGS (Liu & Nocedal 1989), SciPy's: all samples in each step, no learning rate."""

    kind: Literal["lbfgs"] = "lbfgs"
    memory: int = Field(
        10, ge=1, le=100, title="Memory", description="Steps remembered to guess the curvature."
    )


Rule = Annotated[Sgd | AdaGrad | RmsProp | Adam | AdamW | Lbfgs, Field(discriminator="kind")]
