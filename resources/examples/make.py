"""Write the example projects beside this file from their templates; run it after changing one."""

from __future__ import annotations

from pathlib import Path

from nnstudio.project.file import save_project
from nnstudio.project.templates import make_template

EXAMPLES = {"digits-lenet": "digits-lenet", "spirals-mlp": "spirals-mlp", "iris-mlp": "mlp"}


def make(folder: Path) -> list[Path]:
    """Write all examples.

    Args:
        folder: Where they go.

    Returns:
        The files.
    """
    paths = []
    for name, template in EXAMPLES.items():
        path = folder / f"{name}.nns"
        save_project(make_template(template), path)
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in make(Path(__file__).parent):
        print(written)
