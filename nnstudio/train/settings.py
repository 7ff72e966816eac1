"""The settings of a run, as a person edits them and as a project keeps them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nnstudio.data.loader import Order
from nnstudio.engine.rules import Adam, Rule
from nnstudio.engine.schedules import Constant, Schedule


class RunSettings(BaseModel):
    """How to train: everything but the network and the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(
        10, ge=1, le=1_000_000, title="Epochs", description="Passes over the training data."
    )
    batch: int = Field(32, ge=1, le=1_000_000, title="Batch", description="Samples per step.")
    order: Order = Field(
        "shuffled",
        title="Order",
        description="Shuffled anew in each epoch; as they come; or streams: row i of a batch is"
        " the sample that follows row i of the batch before, for states that are carried on.",
    )
    learning_rate: float = Field(
        1e-3, ge=0, le=1e6, title="Learning rate", description="Size of a step; tune it first.",
        json_schema_extra={"scale": "log"},
    )  # fmt: skip
    optimiser: Rule = Field(default_factory=Adam, title="Optimiser")
    schedule: Schedule = Field(default_factory=Constant, title="Schedule")
    l1: float = Field(
        0.0, ge=0, le=1e3, title="L1", description="Pulls weights to exactly zero; not biases."
    )
    l2: float = Field(0.0, ge=0, le=1e3, title="L2", description="Keeps weights small; not biases.")
    clip_norm: float = Field(
        0.0,
        ge=0,
        le=1e9,
        title="Clip gradient",
        description="Longest gradient allowed; 0 is off.",
        json_schema_extra={"zero": "off"},
    )
    max_norm: float = Field(
        0.0,
        ge=0,
        le=1e9,
        title="Max norm",
        description="Longest weights into one unit; 0 is off.",
        json_schema_extra={"zero": "off"},
    )
    frozen: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        (),
        max_length=10_000,
        title="Frozen",
        description="Ids of the layers whose weights stay as they are.",
        json_schema_extra={"hidden": True},
    )
    patience: int = Field(
        0, ge=0, le=1_000_000, title="Early stopping",
        json_schema_extra={"unit": "epochs", "zero": "off"},
        description="Stop after this many epochs without a better validation loss; 0 is off.",
    )  # fmt: skip
    restore_best: bool = Field(
        True, title="Keep the best", description="End with the weights of the best validation loss."
    )
    precise: bool = Field(
        False,
        title="Precise",
        description="Compute 3×3 convolutions as the plain sum: slower, and nearer to float64.",
    )
    seed: int = Field(
        7, ge=0, lt=2**63, title="Seed", description="Same seed, same result, bit for bit."
    )
    threads: int = Field(
        0,
        ge=0,
        le=1024,
        title="Threads",
        description="0 chooses by the size of the work.",
        json_schema_extra={"zero": "auto"},
    )
