"""What the figures of classifiers share."""

from argparse import ArgumentParser, Namespace

import numpy as np

from viz.names import plain
from viz.style import figure_parser
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.tasks.classification.ensemble import probabilities
from wann.tasks.classification.samples import SampleTask, has_samples
from wann.tasks.data import add_data_option, data_of_args


def classifier_parser(module: str, description: str) -> ArgumentParser:
    """Return the parser of a command that draws a classifier."""
    parser = figure_parser(module, description, "champion")
    parser.add_argument(
        "--task", metavar="NAME", help="task with the samples; default: the one it was evolved for"
    )
    add_data_option(parser)
    return parser


def classifier(arguments: Namespace) -> tuple[Champion, SampleTask, str]:
    """Return the classifier that the command line names, its task, and the title of its figure.

    Raises:
        WannError: the task is not to tell classes apart.
    """
    champion = load(arguments.champion)
    task = task_of(champion, arguments.task, data_of_args(arguments))
    name = arguments.task or str(champion.task)
    if not has_samples(task):
        raise WannError(
            f"the task {name!r} has no classes: this figure is of classifiers; see viz.report for"
            " others"
        )
    return champion, task, plain(name)


def weights_of(champion: Champion) -> np.ndarray:
    """Return the weights of the members of the ensemble: individual ones if there are any, else the
    sweep.
    """
    return np.array(champion.sweep) if champion.weights is None else champion.weights[None]


def choices(champion: Champion, task: SampleTask) -> np.ndarray:
    """Return the class of highest mean probability for each test sample, ``(S,)``."""
    return (
        probabilities(champion.network, weights_of(champion), task.test.inputs)
        .mean(axis=0)
        .argmax(axis=1)
    )
