"""Simplification: fewer connections for the same score."""
