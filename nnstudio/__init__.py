"""nnstudio: see, build and train neural networks."""

__version__ = "0.1.0"
