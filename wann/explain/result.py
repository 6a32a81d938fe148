"""What ``wann.explain`` finds, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wann.names import activation_title

TOLERANCE = 0.01  # a loss of at most this share of the score counts as none
MOST_NAMED = 12  # inputs that are listed in a sentence


@dataclass(frozen=True)
class Part:
    """A part of a network, and what is lost without it.

    Attributes:
        name: for people.
        place: ``id`` of a node, or ``source`` and ``target`` of a connection, and of a recurrent
            one also ``recurrent``.
        loss: score of the whole network less the score without this part.
        error: standard error of the loss, from its differences in each trial.
        needed: "yes" or "no" where the loss is more or less than 1 % of the score by two standard
            errors, else "unclear".
    """

    name: str
    place: Mapping[str, int]
    loss: float
    error: float
    needed: str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        figures = {"loss": self.loss, "error": self.error, "needed": self.needed}
        return {**self.place, "name": self.name, **figures}


@dataclass(frozen=True)
class Explanation:
    """Which parts of a network matter; the parts are in the order of their loss.

    Attributes:
        task: name of the task.
        trials: of each part; of classifiers, validation samples.
        classifies: whether scores are accuracies in percent.
        weights: the shared weights that scores are means over; None for individual ones.
        score: of the whole network.
        depth: connections on the longest path to an output.
        activations: how many hidden nodes have each, of those that act on an output.
        inputs: with the bias.
        nodes: the hidden ones.
        connections: those that are enabled.
    """

    task: str | None
    trials: int
    classifies: bool
    weights: tuple[float, ...] | None
    score: float
    depth: int
    activations: Mapping[str, int]
    inputs: tuple[Part, ...]
    nodes: tuple[Part, ...]
    connections: tuple[Part, ...]

    @property
    def measure(self) -> str:
        """What the score is called in figures."""
        return "accuracy [%]" if self.classifies else "score"

    def to_json(self) -> dict[str, Any]:
        """Return what ``python -m wann.explain --json`` prints."""
        return {
            "task": self.task,
            "samples" if self.classifies else "trials": self.trials,
            "weights": "individual" if self.weights is None else list(self.weights),
            "score": self.score,
            "depth": self.depth,
            "activations": dict(self.activations),
            "inputs": [part.to_json() for part in self.inputs],
            "nodes": [part.to_json() for part in self.nodes],
            "connections": [part.to_json() for part in self.connections],
        }


def sentences(result: Explanation) -> list[str]:
    """Return in a few sentences what the result of explain says."""
    classifies = result.classifies
    on = f"{result.trials} {'validation samples' if classifies else 'trials'}"
    at = (
        "with its individual weights over"
        if result.weights is None
        else f"on average over {len(result.weights)} shared weights and"
    )
    score = f"is right in {result.score:.1f} %" if classifies else f"scores {result.score:.1f}"
    points = " points" if classifies else ""
    inputs, nodes, connections = result.inputs, result.nodes, result.connections
    used = ", ".join(f"{n} {activation_title(name)}" for name, n in result.activations.items())
    lines = [
        f"It {score} {at} {on}.",
        (
            f"It has {counted(len(connections), 'connection')} and"
            f" {counted(len(nodes), 'hidden node')}; the longest path to an output has"
            f" {counted(result.depth, 'connection')}."
        ),
        *([f"Activations of the hidden nodes: {used}."] if used else []),
    ]
    for what, parts in (("input", inputs), ("hidden node", nodes), ("connection", connections)):
        if parts and parts[0].needed == "yes":
            name, loss = parts[0].name, parts[0].loss
            lines.append(
                f"The most important {what} is {name}: its removal costs {loss:.1f}{points}."
            )
    idle = [part.name for part in inputs if part.needed == "no"]
    if len(idle) > MOST_NAMED:
        lines.append(f"Not needed: {len(idle)} of {len(inputs)} inputs.")
    elif idle:
        lines.append(f"Not needed: {', '.join(idle)}.")
    spare = [
        f"{sum(part.needed == 'no' for part in parts)} of {len(parts)}"
        for parts in (connections, nodes)
    ]
    lines.append(
        f"{spare[0]} connections and {spare[1]} hidden nodes could be removed, one at a time, at a"
        f" loss of less than {100 * TOLERANCE:g} %."
    )
    return lines


def counted(n: int, what: str) -> str:
    """Return how many there are, as "1 hidden node" and "2 hidden nodes"."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def table(result: Explanation) -> str:
    """Return the result of explain as text and tables for people."""
    lines = [f"{result.task}", *(f"  {sentence}" for sentence in sentences(result))]
    lists = {"input": result.inputs, "hidden node": result.nodes, "connection": result.connections}
    for title, parts in lists.items():
        if parts:
            lines.append(f"{'without ' + title:38s} {'loss':>8s} ± error    needed")
        for part in parts:
            loss = round(part.loss, 1) + 0.0  # a small gain is not shown as -0.0
            lines.append(f"  {part.name:36s} {loss:8.1f} ± {part.error:<7.1f}  {part.needed}")
    return "\n".join(lines)
