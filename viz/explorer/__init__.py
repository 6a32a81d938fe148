"""The explorer, a page to explore a network in a browser: ``python -m viz.explorer``."""
