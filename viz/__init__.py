"""Figures of runs and networks: the only package that imports matplotlib."""
