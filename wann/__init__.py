"""wann: weight-agnostic neural networks, evolved.

>>> import wann
>>> champion = wann.load("runs/swingup-s0-20260101T120000")   # a run, a champion file or a published .out
>>> act = champion.policy(weight=-1.5)                         # obs -> action, at any shared weight
"""

__version__ = "0.1.0"


def __getattr__(name: str):
    """Import the public names when they are first used, so that ``import wann`` costs nothing."""
    if name in ("Champion", "load"):
        from wann import champion

        return getattr(champion, name)
    raise AttributeError(f"module 'wann' has no attribute {name!r}")
