"""The network as named nodes in the order of evaluation: what the formats that compute it write
down.

Champion files come from strangers: nothing of a name reaches code but letters and digits behind a
prefix of ours, and nothing reaches a comment but characters that can end neither it nor its line.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import wann
from wann.champion.champion import Champion
from wann.network.network import nodes_of
from wann.numeric.activations import ACTIVATIONS, Activation
from wann.numeric.expression import called
from wann.tasks.scaling import Scale

LONGEST_IDENTIFIER, LONGEST_NAME = 32, 60  # characters kept of a name, in code and in comments
LONGEST_SUM = 100  # terms of one expression: compilers nest deeper with each
BIAS = "bias"
BEFORE = "before_"  # of the name of a value of the step before; no other name begins with it
#: What the text of an elementary function calls, before it in the file; they are in this order.
CALLS = {
    "exp2": ("polynomial",),
    "sin_pi": ("polynomial", "flip_odd"),
    "cos_pi": ("polynomial", "flip_odd"),
    "tanh": ("polynomial", "exp2"),
}


class Node(NamedTuple):
    """A computed node.

    Attributes:
        name: identifier of its value.
        activation: name of its activation function.
        sources: identifiers of what it sums, in the order of the sum.
        weights: weight of each source, or None with a shared weight.
    """

    name: str
    activation: str
    sources: tuple[str, ...]
    weights: tuple[float, ...] | None


class Program(NamedTuple):
    """A network as it is computed; nodes that reach no output are left out.

    Attributes:
        inputs: identifiers of the inputs, the bias not included.
        outputs: identifiers of the outputs: the last nodes.
        nodes: in the order of evaluation.
        shared: whether all connections share one weight.
        weight: its value where it is given, else None.
        scale: means that the inputs are shifted by, and what they are then divided by; None if they
            are not.
        remembered: names of the nodes whose values the next step needs: the state. There they are
            called ``BEFORE`` and the name.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    shared: bool
    weight: float | None
    scale: Scale | None
    remembered: tuple[str, ...] = ()


def make_program(champion: Champion, weight: float | None) -> Program:
    """Return the program of a champion.

    Every sum is in the order of ``wann.network``, for the same bits.

    Args:
        champion: the network; its individual weights count if ``weight`` is None.
        weight: a value for the shared weight.
    """
    net, individual = champion.network, champion.weights
    inputs, outputs = identifiers("in", champion.inputs), identifiers("out", champion.outputs)
    hidden = nodes_of(champion.genome)[1 + net.n_inputs : -net.n_outputs]
    names = [BIAS, *inputs, *(f"h{node}" for node in hidden), *outputs]
    remembered = tuple(names[row] for row in net.memory.tolist())
    names += [BEFORE + name for name in remembered]
    shared, nodes = individual is None or weight is not None, []
    for n, code in enumerate(net.activation.tolist()):
        edges = slice(net.indptr[n], net.indptr[n + 1])
        weights = (
            None if individual is None or shared else tuple(individual[net.gene[edges]].tolist())
        )
        sources = tuple(names[row] for row in net.source[edges].tolist())
        nodes.append(Node(names[1 + net.n_inputs + n], ACTIVATIONS[code].name, sources, weights))
    value = None if weight is None else float(weight)
    return Program(
        inputs, outputs, tuple(nodes), shared, value, champion.observation_scale, remembered
    )


def identifiers(prefix: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return distinct identifiers, for any language, that recall the names.

    A name's number takes part where two would be the same, or where nothing is left of a name.
    """
    words = [re.sub("[^A-Za-z0-9]+", "_", name)[:LONGEST_IDENTIFIER].strip("_") for name in names]
    times = Counter(words)
    return tuple(
        f"{prefix}_{word}" if word and times[word] == 1 else f"{prefix}{i}_{word}".rstrip("_")
        for i, word in enumerate(words)
    )


def printable(name: str) -> str:
    """Return a name for comments: anything but ASCII letters, digits and a few harmless signs
    becomes ``?``.
    """
    return re.sub(r"[^A-Za-z0-9 _.,:;()+=-]", "?", name[:LONGEST_NAME])


def describe(champion: Champion, program: Program) -> list[str]:
    """Return lines that say what the network is, safe in a comment."""

    def listed(what: str, names: Sequence[str]) -> list[str]:
        text = ", ".join(f"[{i}] {printable(name)}" for i, name in enumerate(names))
        return textwrap.wrap(f"{what}: {text}", 100, subsequent_indent="    ")

    kind = "one shared weight" if program.shared else "individual weights"
    known = champion.shared_weight if program.shared and program.weight is None else None
    return [
        (
            f"A network of {champion.genome.size} connections with {kind}, written by wann"
            f" {wann.__version__}."
        ),
        "",
        f"task: {printable(champion.task) if champion.task else 'not known'}",
        *listed("inputs", champion.inputs),
        *listed("outputs", champion.outputs),
        *([] if program.weight is None else [f"weight: {program.weight!r}"]),
        *(
            []
            if program.scale is None
            else ["inputs are scaled here: give them as they are observed"]
        ),
        *(
            [f"recurrent; values of the step before that are its state: {len(program.remembered)}"]
            if program.remembered
            else []
        ),
        *([] if known is None else [f"best shared weight: {float(known)!r}"]),
    ]


def functions(program: Program) -> tuple[list[str], list[Activation]]:
    """Return the names of the elementary functions that a program calls, and its activations.

    Each comes after those that it calls itself.
    """
    used = {node.activation for node in program.nodes} - {"linear"}
    activations = sorted(a for a in ACTIVATIONS.values() if a.name in used)
    wanted = sorted(set().union(*(called(a.expression) for a in activations)) & CALLS.keys())
    return list(dict.fromkeys(name for own in wanted for name in (*CALLS[own], own))), activations


def statements(program: Program, declare: str = "", constant: str = "", end: str = "") -> list[str]:
    """Return the lines that compute the nodes, in a language with infix operators: one a node,
    unless its sum is long.

    Args:
        program: the network.
        declare: what comes before a name that is assigned to later.
        constant: what comes before one that is not.
        end: what ends a statement.
    """
    lines = []
    for node in program.nodes:
        terms = list(node.sources) or [f"0.0 * {BIAS}"]
        if node.weights:
            terms = [
                f"{weight!r} * {source}"
                for weight, source in zip(node.weights, node.sources, strict=True)
            ]
        total = " + ".join(terms)
        if len(terms) > LONGEST_SUM:
            for first in range(0, len(terms), LONGEST_SUM):
                part = " + ".join(terms[first : first + LONGEST_SUM])
                start = (
                    f"sum_{node.name} = sum_{node.name} + "
                    if first
                    else f"{declare}sum_{node.name} = "
                )
                lines.append(start + part + end)
            total = f"sum_{node.name}"  # which no name of an input or output begins with
        if program.shared:
            total = f"weight * ({total})" if " + " in total else f"weight * {total}"
        value = total if node.activation == "linear" else f"f_{node.activation}({total})"
        lines.append(f"{constant}{node.name} = {value}{end}")
    return lines
