"""The machine: buffers, programs, compiled kernels, matrix tiles, the thread team and its loop."""
