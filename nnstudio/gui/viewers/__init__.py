"""Viewers that look inside a network: activations, filters, gradients, confusion, predictions."""
