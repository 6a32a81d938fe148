"""The curve of an activation, small enough to stand in a node."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from viz.style import INK
from wann.numeric.activations import ACTIVATION_IDS, ACTIVATIONS, activate

WIDTH = 1.3 / 0.19  # points to the inch of radius


def draw_glyph(
    ax: Axes, at: tuple[float, float], radius: float, name: str, fill: str, zorder: float
) -> None:
    """Draw the curve of an activation inside its node of this radius (in inches, as the axes) and
    colour.
    """
    code = ACTIVATION_IDS[name]
    inputs = np.linspace(-1, 1, 81) * ACTIVATIONS[code].reach
    outputs = np.array([activate(code, v) for v in inputs.tolist()], float)
    size = 0.58 * radius
    x = at[0] + size * inputs / inputs.max()
    y = at[1] + size * 1.5 * ((outputs - outputs.min()) / (outputs.max() - outputs.min()) - 0.5)
    red, green, blue = to_rgb(fill)
    colour = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.55 else INK
    ax.add_line(
        Line2D(x, y, color=colour, linewidth=WIDTH * radius, solid_capstyle="round", zorder=zorder)
    )
