"""Figures of runs and networks: the only package that imports matplotlib."""

import os
from contextlib import suppress

from wann.packages import check_ours

check_ours("envs")

# A notebook names its backend to all that it starts, where it need not be installed: matplotlib
# fails then.  We draw without pyplot and need none; who uses us in a notebook has his own all the
# same.
_backend = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib

    if _backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = _backend
except ValueError as error:
    raise ImportError(
        f"matplotlib cannot read its settings, a file matplotlibrc: {error}", name="viz"
    ) from None
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
