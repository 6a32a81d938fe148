"""The figures of a report: one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from matplotlib.axes import Axes

from viz import accuracy, assess, confusion, curves, pareto, pixels, topology, weight_sweep
from viz.names import plain
from viz.network.image import grid_of
from viz.network.importance import Importance
from wann.assess import Assessment, ClassifierAssessment
from wann.champion.champion import Champion
from wann.command.progress import EpisodeProgress
from wann.explain import Explanation, explain
from wann.runs.directory import RunDirectory
from wann.tasks import Data, Task
from wann.tasks.classification.samples import has_samples


@dataclass(frozen=True)
class Subject:
    """What a report is of.

    Attributes:
        run: the run.
        champion: its champion.
        tuned: the champion with individual weights, if it has any.
        task: that it plays.
        result: of ``wann.assess.assess``.
        trials: for what the importance of parts is measured in.
        data: of the task.
    """

    run: RunDirectory
    champion: Champion
    tuned: Champion | None
    task: Task
    result: Assessment
    trials: int
    data: Data

    @property
    def title(self) -> str:
        """What figures of it are called."""
        return plain(str(self.result.task))

    @cached_property
    def explanation(self) -> Explanation:
        """What is lost without each part."""
        with EpisodeProgress() as progress:
            own = self.champion, self.result.task, self.trials
            return explain(*own, progress=progress.show, data=self.data)


class Row(NamedTuple):
    """A figure of a report.

    Attributes:
        section: of the page.
        caption: what it shows.
        draw: draws it; None where it does not apply.
        suffixes: of the files that it is written to.
    """

    section: str
    caption: str
    draw: Callable[[Subject], Axes | None]
    suffixes: tuple[str, ...] = (".png",)


def _tuned(of: Subject) -> Axes | None:
    return topology.draw(of.tuned) if of.tuned else None


def _weight_sweep(of: Subject) -> Axes:
    classifies = has_samples(of.task)
    data = weight_sweep.sweep(of.champion, of.task) if classifies else None
    return weight_sweep.draw(data or weight_sweep.Sweep.of(of.result), title=of.title)


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


def _importance(of: Subject) -> Axes:
    return topology.draw(of.champion, importance=Importance.of(of.explanation))


NETWORK, WEIGHTS, CLASSES = "Network", "How little the weights matter", "Classes"
PARTS, SEARCH = "What matters", "Search"
VECTORS = (".png", ".svg")
#: The sections of the page, in order.
SECTIONS = (NETWORK, WEIGHTS, CLASSES, PARTS, SEARCH)
FILM = (
    "One episode at each weight of the sweep, all from the same start state; under it the values of"
    " the nodes (blue above 0, orange below) and the action."
)
#: By the name of its file, each figure; those of a section are in the order of the page.
FIGURES = {
    "topology": Row(
        NETWORK,
        "Only what can act on an output is drawn; the colour and curve of a node are its"
        " activation.",
        lambda of: topology.draw(of.champion),
        VECTORS,
    ),
    "tuned": Row(NETWORK, "The same with the weights that tuning found.", _tuned, VECTORS),
    "curves": Row(
        SEARCH,
        "Each generation, and the champion, which was confirmed on fresh trials.",
        lambda of: curves.draw_run(of.run),
    ),
    "pareto": Row(
        SEARCH,
        "The last population: score against connections.",
        lambda of: pareto.draw_run(of.run),
    ),
    "assess": Row(
        WEIGHTS,
        "Above, the score at every shared weight; below, the conditions of the table, and what is"
        " left once the weight of each connection is changed.",
        lambda of: assess.draw(of.result)[0],
    ),
    "weight_sweep": Row(
        WEIGHTS,
        "The score at every shared weight, and below it, where the task says what success is, the"
        " share of the starts in which the network succeeds.",
        _weight_sweep,
    ),
    "accuracy": Row(
        CLASSES,
        "Accuracy on the test samples by shared weight, a line for each class.",
        _accuracy,
    ),
    "confusion": Row(
        CLASSES,
        "What the samples of each class (row) are taken for (column) by the mean probability.",
        _confusion,
    ),
    "pixels": Row(CLASSES, "Which pixels each class uses.", _pixels),
    "importance": Row(
        PARTS,
        "What is lost without each connection, hidden node and input.",
        _importance,
        VECTORS,
    ),
}
