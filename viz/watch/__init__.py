"""Networks at their task, in a window, in a film, or in a page for the browser."""

from viz.watch.choice import acting
from viz.watch.pictures import film, make_panels, play
from viz.watch.window import watch

__all__ = ["acting", "film", "make_panels", "play", "watch"]
