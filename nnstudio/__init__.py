"""nnstudio: see, build and train neural networks.

The names of `nnstudio.api` can be taken from here; they are loaded when they are first used.
"""

from typing import Any

__version__ = "0.1.0"

_API = ("Model", "chain", "layer", "open", "template")


def __getattr__(name: str) -> Any:
    """Give a name of the public API, so that `import nnstudio` itself stays light."""
    if name not in _API:
        raise AttributeError(f"module 'nnstudio' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module("nnstudio.api"), name)


def __dir__() -> list[str]:
    """List what the package offers."""
    return ["__version__", *_API]
