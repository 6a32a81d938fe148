"""All commands under one name: ``wann COMMAND …``, or ``python -m wann COMMAND …``."""

import importlib
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version

from wann import __version__
from wann.command.program import run_command
from wann.config import nearest
from wann.errors import WannError
from wann.output import say
from wann.packages import check_ours

#: command -> its module, which does the same by ``python -m MODULE``, and what it is for
COMMANDS = {
    "evolve": ("wann.evolve.__main__", "evolve a network for a task; --resume goes on with a run"),
    "watch": ("viz.watch.__main__", "watch networks at their task, in a window or a film"),
    "explorer": ("viz.explorer.__main__", "a page to explore a network in a browser"),
    "report": ("viz.report.__main__", "all figures of a run, and a page of them"),
    "assess": ("wann.assess.__main__", "score a network at many weights"),
    "explain": ("wann.explain.__main__", "which inputs, nodes and connections matter"),
    "compare": ("wann.compare.__main__", "compare groups of runs: medians, intervals, a rank test"),
    "tune": (
        "wann.tune.__main__",
        "the best shared weight, and the best weight of each connection",
    ),
    "simplify": (
        "wann.simplify.__main__",
        "remove the connections that a network can do without",
    ),
    "export": ("wann.export.__main__", "write a network as ONNX, C, Python, .out or a graph"),
    "pruning": ("wann.pruning.__main__", "prune a fully connected classifier in many ways"),
    "pruning.control": ("wann.pruning.control", "prune a fully connected policy"),
    "topology": ("viz.topology", "draw a network, or a film of how it grew"),
    "weight_sweep": ("viz.weight_sweep", "draw the score at every shared weight"),
    "curves": ("viz.curves", "draw the learning curves of a run"),
    "seeds": ("viz.seeds", "draw the learning curves of several runs"),
    "viz.compare": ("viz.compare", "draw the learning curves of groups of runs"),
    "pareto": ("viz.pareto", "draw the last population: score against connections"),
    "viz.assess": ("viz.assess", "draw what assess finds"),
    "viz.pruning": ("viz.pruning", "draw what pruning finds"),
    "accuracy": ("viz.accuracy", "draw the accuracy of a classifier at every shared weight"),
    "confusion": ("viz.confusion", "draw what a classifier takes the samples of each class for"),
    "pixels": ("viz.pixels", "draw which pixels of an image each class uses"),
    "viz.features": ("viz.features", "draw what the features of car racing see and are worth"),
    "features": ("envs.carracing.features", "learn the features of car racing"),
}


def usage() -> str:
    """Return the list of commands."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:{width}s}  {meaning}" for name, (_, meaning) in COMMANDS.items())
    return (
        f"usage: wann COMMAND ...\n\n{lines}\n\n'wann COMMAND --help' lists the options of a"
        " command, 'wann --version' what is installed."
    )


def versions() -> str:
    """Return the versions of the package and of what its results depend on."""
    found = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "gymnasium"))
    return f"wann {__version__} (Python {platform.python_version()}, {found})"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that the first word names; the others are its options."""
    words = sys.argv[1:] if argv is None else list(argv)
    if not words or words[0] in ("-h", "--help"):
        say(usage())
        return
    if words[0] == "--version":
        say(versions())
        return
    name, *options = words
    module = next(
        (m for short, (m, _) in COMMANDS.items() if name in (short, m.removesuffix(".__main__"))),
        None,
    )
    if module is None:
        raise WannError(
            f"unknown command {name!r}: did you mean {nearest(name, COMMANDS)}? wann --help lists"
            " them"
        )
    try:
        if not module.startswith("wann"):
            check_ours(module.partition(".")[0])
        run = importlib.import_module(module).command
    except ImportError as error:
        raise WannError(f"{name}: {error}") from None
    sys.argv[:] = [f"{sys.argv[0]} {name}", *options]
    run()


def command() -> None:
    """Run the command as a program."""
    run_command(main)


if __name__ == "__main__":
    command()
