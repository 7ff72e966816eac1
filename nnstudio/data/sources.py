"""Where a data set comes from, as a person writes it down; `data.load` reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, TypeAdapter, model_validator

FilePath = Annotated[Path, PlainSerializer(lambda path: path.as_posix(), return_type=str)]

Side = Annotated[int, Field(ge=1, le=4096)]
BuiltInName = Literal["digits", "iris", "wine", "breast_cancer", "diabetes"]
ShapeName = Literal["blobs", "moons", "circles", "spirals", "xor"]
PublicName = Literal["mnist", "fashion-mnist", "cifar-10"]
Role = Literal["number", "word", "class", "value", "ignore"]
Missing = Literal["drop", "mean", "frequent"]
Separator = Literal[",", ";", "\t", "|"]
Decimal = Literal[".", ","]


class Source(BaseModel):
    """What all sources share: they never change and refuse unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BuiltIn(Source):
    """A set that comes with scikit-learn and needs no network."""

    kind: Literal["built-in"] = "built-in"
    name: BuiltInName = "digits"


class Drawn(Source):
    """Points in the plane, drawn from a formula.

    Attributes:
        shape: What is drawn.
        samples: How many points.
        noise: Spread of the points around the shape; the shapes lie within -1..1.
        classes: How many classes; moons and XOR always have two.
        seed: Seed of the drawing.
    """

    kind: Literal["drawn"] = "drawn"
    shape: ShapeName = "spirals"
    samples: int = Field(default=1000, ge=10, le=1_000_000)
    noise: float = Field(default=0.05, ge=0.0, le=2.0)
    classes: int = Field(default=2, ge=2, le=10)
    seed: int = 0

    @model_validator(mode="after")
    def _two_classes_only(self) -> Drawn:
        if self.shape in ("moons", "xor") and self.classes != 2:
            raise ValueError(f"{self.shape} always have two classes; set classes to 2")
        return self


class Idx(Source):
    """Images and labels in two IDX files, plain or .gz, perhaps with two more as the test part."""

    kind: Literal["idx"] = "idx"
    images: FilePath
    labels: FilePath
    test_images: FilePath | None = None
    test_labels: FilePath | None = None

    @model_validator(mode="after")
    def _test_part_is_a_pair(self) -> Idx:
        if (self.test_images is None) != (self.test_labels is None):
            raise ValueError("give both test_images and test_labels, or neither")
        return self


class Column(Source):
    """What one column of a table is for.

    Attributes:
        name: The column's name in the first line; "column 3" where there are no names.
        role: "number" and "word" are features (words become one input each), "class" and
            "value" are targets, "ignore" leaves the column out.
    """

    name: str
    role: Role


class Csv(Source):
    """A table as text.

    Attributes:
        path: The file.
        columns: What each column is for; columns not listed are left out. With none listed the
            roles are guessed when the file is read.
        missing: What happens where a feature is missing: the row is dropped, or the mean or the
            most frequent value of the training part stands in. Rows without a target are dropped.
        separator: What stands between cells.
        header: Whether the first line holds names.
        decimal: How a decimal fraction is written.
    """

    kind: Literal["csv"] = "csv"
    path: FilePath
    columns: tuple[Column, ...] = ()
    missing: Missing = "drop"
    separator: Literal["auto"] | Separator = "auto"
    header: Literal["auto", "yes", "no"] = "auto"
    decimal: Literal["auto"] | Decimal = "auto"

    @model_validator(mode="after")
    def _one_kind_of_target(self) -> Csv:
        names = [column.name for column in self.columns]
        doubled = [name for name, count in Counter(names).items() if count > 1]
        if doubled:
            raise ValueError(f"column '{doubled[0]}' is listed twice; keep one of them")
        roles = [column.role for column in self.columns]
        if roles and "class" in roles and ("value" in roles or roles.count("class") > 1):
            raise ValueError("choose one class column, or any number of value columns, not both")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the target columns."""
        return tuple(c.name for c in self.columns if c.role in ("class", "value"))


class Npz(Source):
    """Two arrays in a NumPy .npz file.

    Attributes:
        path: The file.
        x: Name of the array of samples, the first axis counts them. Three axes of uint8 are grey
            images, three axes of other numbers are sequences (samples, steps, features).
        y: Name of the array of targets; whole numbers and words are classes, others are values.
            Whole numbers (samples, steps) or (samples, height, width) are classes of each step or
            pixel, and -1 masks a place.
        test_x: Name of the samples of the set's own test part, if it has one.
        test_y: Name of that part's targets.
        inputs: What the samples are: numbers to compute with, or symbols, whole numbers from 0
            that only name things, such as letters: (samples, steps) or (samples, height, width).
    """

    kind: Literal["npz"] = "npz"
    path: FilePath
    x: str = "x"
    y: str = "y"
    test_x: str | None = None
    test_y: str | None = None
    inputs: Literal["numbers", "symbols"] = "numbers"

    @model_validator(mode="after")
    def _test_part_is_a_pair(self) -> Npz:
        if (self.test_x is None) != (self.test_y is None):
            raise ValueError("give both test_x and test_y, or neither")
        return self


class ImageFolder(Source):
    """A folder with one folder of images per class.

    Attributes:
        path: The outer folder.
        size: (height, width) all images are brought to; None demands that they are equal.
        colour: "grey" gives one channel, "rgb" three.
    """

    kind: Literal["images"] = "images"
    path: FilePath
    size: tuple[Side, Side] | None = None
    colour: Literal["grey", "rgb"] = "rgb"


class Public(Source):
    """A well-known set that is downloaded when a person asks for it (`data.download`)."""

    kind: Literal["public"] = "public"
    name: PublicName = "mnist"


AnySource = BuiltIn | Drawn | Idx | Csv | Npz | ImageFolder | Public
DataSource = Annotated[AnySource, Field(discriminator="kind")]

source_adapter: TypeAdapter[AnySource] = TypeAdapter(DataSource)
