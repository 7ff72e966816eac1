"""Data sets: where they come from, how they are split and scaled, how batches reach the engine."""
