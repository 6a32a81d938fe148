"""The figures and films of a report: one row each."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes

from viz import (
    accuracy,
    assess,
    confusion,
    curves,
    features,
    pareto,
    pixels,
    topology,
    watch,
    weight_sweep,
)
from viz.names import plain
from viz.network.growth import animate
from viz.network.image import grid_of
from viz.network.importance import Importance
from viz.scene.environment import can_draw
from wann.assess import Assessment, ClassifierAssessment
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.explain import Explanation
from wann.runs.directory import RunDirectory
from wann.tasks import Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of

MOST_STAGES = 12  # champions in the film of growth: each takes 0.2 s


@dataclass(frozen=True)
class Subject:
    """What a report is of.

    Attributes:
        run: the run.
        champion: its champion.
        tuned: the champion with individual weights, if it has any.
        task: that it plays.
        result: of ``wann.assess.assess``.
        explanation: of ``wann.explain.explain``, at the shared weights.
    """

    run: RunDirectory
    champion: Champion
    tuned: Champion | None
    task: Task
    result: Assessment
    explanation: Explanation

    @property
    def title(self) -> str:
        """What figures of it are called."""
        return plain(str(self.result.task))


class Row(NamedTuple):
    """A figure of a report.

    Attributes:
        section: of the page.
        caption: what it shows.
        draw: draws it; None where it does not apply.
        suffixes: of the files that it is written to.
        turns: whether its colours can be turned for a dark page; light ones would be lost.
    """

    section: str
    caption: str
    draw: Callable[[Subject], Axes | None]
    suffixes: tuple[str, ...] = (".png",)
    turns: bool = True


class Film(NamedTuple):
    """A film of a report.

    Attributes:
        section: of the page.
        caption: what it shows.
        write: writes it to a path, and returns whether it applies.
        drawn: whether it is of drawings, on white paper.
    """

    section: str
    caption: str
    write: Callable[[Subject, Path], bool]
    drawn: bool = False


# ------------------------------------------------------------------------------------------ figures
def _weight_sweep(of: Subject) -> Axes | None:
    if isinstance(of.result, ClassifierAssessment):
        return None
    return weight_sweep.draw(weight_sweep.Sweep.of(of.result), title=of.title)


def _accuracy(of: Subject) -> Axes | None:
    if not isinstance(of.result, ClassifierAssessment):
        return None
    return accuracy.draw(accuracy.Accuracy.of(of.result), title=of.title)


def _confusion(of: Subject) -> Axes | None:
    if not isinstance(of.result, ClassifierAssessment):
        return None
    return confusion.draw(of.result.confusion, of.task.outputs, title=of.title)


def _pixels(of: Subject) -> Axes | None:
    if not has_samples(of.task) or not grid_of(of.task.inputs):
        return None
    return pixels.draw(pixels.measure(of.champion, of.task), title=of.title)


def _features(of: Subject) -> Axes | None:
    encoder = features.encoder_of(of.task)
    if encoder is None:
        return None
    return features.draw(features.measure(encoder, of.explanation), title=of.title)


def _importance(of: Subject) -> Axes:
    return topology.draw(of.champion, importance=Importance.of(of.explanation))


def _tuned(of: Subject) -> Axes | None:
    return topology.draw(of.tuned) if of.tuned else None


# -------------------------------------------------------------------------------------------- films
def _episodes(of: Subject, path: Path) -> bool:
    """Write the film of the champion at weights that show what it can do, if its task can be
    drawn.
    """
    if not can_draw(of.task):
        if capabilities_of(of.task).drawable:
            warnings.warn(
                'no film: the environment is drawn by pygame: pip install "wann[window]"',
                stacklevel=2,
            )
        return False
    watch.film(watch.acting(of.tuned or of.champion, of.task), of.task, path)
    return True


def _growth(of: Subject, path: Path) -> bool:
    """Write the film of the champions, if there are several and they can be drawn together."""
    if len(of.run.champions()) < 2:
        return False
    try:
        animate(of.run, path, MOST_STAGES)
    except WannError as error:
        warnings.warn(f"no film of growth: {error}", stacklevel=2)
        return False
    return True


#: The sections of the page, in order.
DOES, WEIGHTS, PARTS, SEARCH = "does", "weights", "parts", "search"
VECTORS = (".png", ".svg")
#: By the name of its file, each figure; those of a section are in the order of the page.
FIGURES = {
    "weight_sweep": Row(
        DOES,
        "The score at every shared weight, and below it, where the task says what success is, the"
        " share of the starts in which the network succeeds.",
        _weight_sweep,
    ),
    "accuracy": Row(
        DOES,
        "Accuracy on the test samples by shared weight, a line for each class.",
        _accuracy,
        turns=False,
    ),
    "confusion": Row(
        DOES,
        "What the samples of each class (row) are taken for (column) by the mean probability.",
        _confusion,
    ),
    "conditions": Row(
        WEIGHTS,
        "Left, the weight conditions of the paper: mean, 95 % interval and one standard deviation."
        " Right, what is left once the weight of each connection is changed.",
        lambda of: assess.draw_conditions(of.result),
    ),
    "importance": Row(
        PARTS,
        "The network: what can act on an output. The stronger the colour of a part, the more is"
        " lost without it, at the shared weights.",
        _importance,
        VECTORS,
    ),
    "pixels": Row(PARTS, "Which pixels each class uses.", _pixels),
    "features": Row(
        PARTS,
        "What each input sees: the feature far below and far above its mean, and what is lost"
        " without it.",
        _features,
        turns=False,
    ),
    "tuned": Row(PARTS, "The same with the weights that tuning found.", _tuned, VECTORS),
    "curves": Row(
        SEARCH,
        "Each generation, and the champion, which was confirmed on fresh trials.",
        lambda of: curves.draw_run(of.run),
    ),
    "pareto": Row(
        SEARCH,
        "The last population: score against connections.",
        lambda of: pareto.draw_run(of.run),
        turns=False,
    ),
}
#: By the name of its file, each film.
FILMS = {
    "watch": Film(
        DOES,
        "An episode at the best, a typical and the worst shared weight, and with tuned weights (or"
        " random ones, if it was not tuned), all from the same start state; under it the values of"
        " the nodes (blue above 0, orange below) and the action.",
        _episodes,
    ),
    "growth": Film(
        SEARCH,
        "Champions on the way to the last one; what is new in each is orange.",
        _growth,
        drawn=True,
    ),
}
