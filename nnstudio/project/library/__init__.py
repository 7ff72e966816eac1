"""Blocks that come with the studio: each a function that gives a part of a network for one card."""
