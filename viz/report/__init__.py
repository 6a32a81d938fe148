"""All figures of a run, and a page of them: ``python -m viz.report RUN``."""
