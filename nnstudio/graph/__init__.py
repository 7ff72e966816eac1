"""The network as a value: immutable graph, types, layer contract, edits, shape inference."""
