"""What all figures share: colours, fonts, names, and how a figure becomes a file."""

from argparse import ArgumentParser
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation, blended_transform_factory
from PIL import Image

from viz.names import plain
from wann.command.options import add_subject
from wann.command.program import run_command
from wann.errors import WannError
from wann.files import write_file
from wann.numeric.activations import ACTIVATIONS
from wann.output import Parser, say

INK, SOFT, FAINT = "#222222", "#6b7280", "#c3c8cf"  # text and main lines; secondary; out of use
ACCENT, SECOND = "#0072b2", "#d55e00"  # blue and vermilion of Okabe & Ito
RECURRENT = "#a4508b"  # of connections that carry the value of the step before
REACHED = "#007a59"  # of successes: their green, darker for white text on it

ACTIVATION_COLOURS = {activation.name: activation.colour for activation in ACTIVATIONS.values()}

LOSS = "score: minus the cross-entropy [nats]"  # of classifiers
SUFFIXES = (".png", ".svg", ".pdf")
DPI, MOST_PIXELS = 200, 12_000  # the finest resolution, and the longest side of a picture
FEW_COLOURS = 128  # of a small PNG


def run_drawing(main: Callable[[], None]) -> None:
    """Run the main of a command that draws, in matplotlib's own style, whatever that of the user
    is.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        run_command(main)


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of this size in inches, without touching pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return tidy(figure.add_subplot())


def tidy(ax: Axes) -> Axes:
    """Return the axes with a light frame and grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(SOFT)
    ax.tick_params(colors=SOFT, labelcolor=INK, labelsize=9)
    ax.grid(color="#e8eaed", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def draw_success(ax: Axes, weights: np.ndarray, shares: np.ndarray, meaning: str) -> Axes:
    """Draw below axes of scores at shared weights in which share of the trials a network succeeds;
    return the new axes.

    Args:
        ax: of the scores.
        weights: ``(W,)``, ascending.
        shares: ``(W,)``, from 0 to 1.
        meaning: what a network does that succeeds.
    """
    # heights in inches below the axes, which a layout that makes them smaller leaves as they are
    corner: Any = ax.transAxes
    inches = figure_of(ax).dpi_scale_trans + ScaledTranslation(0, 0, corner)
    place = blended_transform_factory(ax.transAxes, inches)
    below = tidy(ax.inset_axes((0.0, -1.0, 1.0, 0.75), transform=place, sharex=ax))
    ax.tick_params(labelbottom=False)
    below.fill_between(weights, 100 * shares, color=REACHED, alpha=0.25, linewidth=0)
    below.plot(weights, 100 * shares, color=REACHED, linewidth=1.4)
    below.set_ylim(0, 105)
    below.set_yticks((0, 50, 100), ("0", "50", "100 %"))
    below.set_ylabel(plain(meaning), color=REACHED, fontsize=9)
    return below


def head(ax: Axes, title: str) -> None:
    """Write the title, and the legend in a row under it."""
    ax.set_title(title, loc="left", fontweight="bold", color=INK, pad=28)
    ax.legend(
        fontsize=9,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.3,
        ncols=4,
    )


def figure_file(text: str) -> Path:
    """Return the path of a figure to be written, as a command line names it.

    Raises:
        WannError: figures are not written in this format.
    """
    path = Path(text)
    if path.suffix not in SUFFIXES:
        raise WannError(
            f"{text}: figures end in {', '.join(SUFFIXES)}: give a file name with such an ending"
        )
    return path


def default_file(subject: Path, name: str) -> Path:
    """Return where the figure of a run, or of a champion file, goes unless told otherwise."""
    if subject.is_dir():
        return subject / "figures" / f"{name}.png"
    return subject.with_name(f"{subject.stem}.{name}.png")


def figure_parser(module: str, description: str, subject: str) -> ArgumentParser:
    """Return the parser that the commands share: the subject of the figure, and ``-o``."""
    meanings = {
        "champion": "a run directory, a champion file, or a published .out file",
        "run": "a run directory, as python -m wann.evolve writes it",
    }
    parser = Parser(prog=f"python -m {module}", description=description)
    add_subject(parser, subject, meanings[subject])
    add_output(parser, "into RUN/figures, or beside the champion file")
    return parser


def add_output(parser: ArgumentParser, default: str | None) -> None:
    """Add ``-o``, a list of figures to write, and ``--width``, as ``write_all`` takes it.

    Args:
        parser: of the command.
        default: what is written without it, as the help says it; None if it must be given.
    """
    parser.add_argument(
        "-o",
        "--output",
        type=figure_file,
        metavar="FILE",
        action="append",
        required=default is None,
        help=f"figure to write ({', '.join(SUFFIXES)}), may be given several times"
        + ("" if default is None else f"; default: {default}"),
    )
    what = "make a PNG a small file: N pixels wide, in 128 colours (default: 200 pixels an inch)"
    parser.add_argument("--width", type=int, metavar="N", help=what)


def figure_bytes(figure: Figure, suffix: str) -> bytes:
    """Return the content of a figure's file of this kind; equal figures are equal bytes."""
    content = BytesIO()
    dpi = min(DPI, MOST_PIXELS / max(figure.get_size_inches()))
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    with matplotlib.rc_context({"svg.hashsalt": "wann"}):
        figure.savefig(content, format=suffix[1:], dpi=dpi, metadata=undated)
    return content.getvalue()


def palette_of(picture: Image.Image, n: int) -> Image.Image:
    """Return a palette of n colours at most: half of it rare ones, since these may mean much, half
    common ones.
    """
    methods = (Image.Quantize.MAXCOVERAGE, Image.Quantize.MEDIANCUT)
    halves = [picture.quantize(n // 2, method).getpalette() or [] for method in methods]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for half in halves for value in half[: 3 * (n // 2)]])
    return palette


def small_png(figure: Figure, width: int) -> bytes:
    """Return a PNG of so many pixels and few colours: a small file for a page.

    Raises:
        WannError: the figure would be too large, or nothing.
    """
    inches, height = figure.get_size_inches()
    if not 100 <= width <= MOST_PIXELS or width * height / inches > MOST_PIXELS:
        raise WannError(
            f"a PNG {width} pixels wide: must be from 100 to {MOST_PIXELS} wide, and no higher"
        )
    content, small = BytesIO(), BytesIO()
    figure.savefig(content, format="png", dpi=width / inches)
    picture = Image.open(content).convert("RGB")
    palette = palette_of(picture, FEW_COLOURS)
    colours = np.reshape(palette.getpalette() or [], (-1, 3)).astype(int)
    found, where = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_inverse=True)
    # the nearest of the palette; Pillow's is only near, which makes white paper grey
    nearest = np.array(
        [np.square(colours - colour).sum(axis=1).argmin() for colour in found.astype(int)], np.uint8
    )
    few = Image.fromarray(nearest[where.ravel()].reshape(picture.height, picture.width))
    few.putpalette(palette.getpalette() or [])
    few.save(small, "PNG", optimize=True)
    return small.getvalue()


def save(figure: Figure, path: Path, width: int | None = None) -> None:
    """Write a figure, whole or not at all; a PNG with a width in pixels as ``small_png``.

    Raises:
        WannError: the file cannot be written, or not in this format.
    """
    path = figure_file(str(path))
    small = width if path.suffix == ".png" else None
    content = figure_bytes(figure, path.suffix) if small is None else small_png(figure, small)
    try:
        if path.parent.name == "figures":
            path.parent.mkdir(exist_ok=True)
        write_file(path, content)
    except OSError as error:
        raise WannError(f"{path}: cannot be written ({error.strerror})") from None


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes are in."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def write_all(ax: Axes, paths: list[Path], width: int | None = None) -> None:
    """Write the figure of these axes to each path, and print the path; ``width`` as of ``save``."""
    for path in paths:
        save(figure_of(ax), path, width)
        say(path)
