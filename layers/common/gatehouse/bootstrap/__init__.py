"""Builds the object graphs, one module per function, so that no function imports another's rooms at start."""
