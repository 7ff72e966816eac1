"""A project: what a person would miss, as one immutable value and as one file."""
