"""Projects: what a person saves, how it changes, how it is kept, and what to start from."""

from nnstudio import layers as layers  # whoever opens a project needs the kinds of layers
