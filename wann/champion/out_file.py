"""The ``.out`` files of Gaier & Ha's released code, read and written.

A file is an N x N matrix (row = source, column = target; 0 = no connection, nan = disabled) with
the activation ids as a last column. Nodes are in the order bias, inputs, hidden in the order of
evaluation, outputs; the file does not say how many are inputs: those before the first node with an
in-edge. Outputs are the nodes after the last one with an out-edge, and are linear whatever the file
names, since the released code never applies their activation.

The values of the matrix are the weights of a tuned network, or leftovers without a meaning in the
file of a shared-weight run; as no file says which, they count only where the reader asks for them.
(The published swing-up champion scores 611 on average over six shared weights, and 13 with the
values in its file.)

Names, ids, task, scores, the weights of disabled connections and activations of bias and inputs,
which are never applied, are lost.
"""

import codecs
from pathlib import Path

import numpy as np

from wann.errors import WannError
from wann.files import read_file
from wann.genome.genome import CONNECTION, NODE, Genome, check_genome, make_genome
from wann.numeric.activations import ACTIVATIONS, LINEAR

MOST_NODES = 1500
LARGEST_OUT = 2**26  # bytes: a little more than NumPy writes for so many nodes
WEIGHT_LIMIT = 1e300  # as in a champion file


def read_out(path: Path) -> tuple[Genome, np.ndarray]:
    """Return the genome of a published champion, and the ``(C,)`` values of its connections, 0
    where disabled.

    Hidden nodes get ids in the order of the file.

    Raises:
        WannError: the file is not of this form.
    """
    data = read_file(path, LARGEST_OUT).removeprefix(codecs.BOM_UTF8)
    rows = data.split(maxsplit=MOST_NODES)
    n = len(rows)
    if not 0 < n <= MOST_NODES:
        raise WannError(f"{path}: must be a table of 1 to {MOST_NODES} rows, one for each node")
    if any(row.count(b",") != n for row in rows):
        raise WannError(
            f"{path}: {n} rows need {n + 1} columns of numbers (a square matrix and the"
            " activations)"
        )
    try:
        table = np.loadtxt((row.decode() for row in rows), delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        raise WannError(f"{path}: not a table of numbers separated by commas ({error})") from None
    try:
        return from_table(table)
    except (WannError, ValueError) as error:
        raise WannError(f"{path}: {error}") from None


def from_table(table: np.ndarray) -> tuple[Genome, np.ndarray]:
    """Return what the ``(N, N + 1)`` table of a file says; see ``read_out``."""
    n = len(table)
    matrix, codes = table[:, :n], table[:, n]
    if (abs(matrix) >= WEIGHT_LIMIT).any() or not np.isin(codes, list(ACTIVATIONS)).all():
        raise WannError(
            f"the last column must be activation ids from 1 to {max(ACTIVATIONS)}, weights finite "
            f"and below {WEIGHT_LIMIT:g}"
        )
    n_sources, n_outputs = ends(matrix)
    if n_sources < 2 or n_outputs < 1:
        raise WannError(
            "no bias and input without in-edges first, or no output without out-edges last"
        )
    # our ids: bias, inputs, outputs, hidden
    n_hidden = n - n_sources - n_outputs
    ids = np.concatenate(
        (
            np.arange(n_sources),
            n_sources + n_outputs + np.arange(n_hidden),
            n_sources + np.arange(n_outputs),
        )
    )
    nodes = np.zeros(n, NODE)
    nodes["id"], nodes["activation"] = ids, codes
    nodes["activation"][:n_sources] = nodes["activation"][n - n_outputs :] = LINEAR
    source, target = np.nonzero(matrix)  # nan too
    conns = np.zeros(len(source), CONNECTION)
    conns["source"], conns["target"] = ids[source], ids[target]
    values = matrix[source, target]
    conns["enabled"] = ~np.isnan(values)
    genome = make_genome(n_sources - 1, n_outputs, nodes, conns)
    check_genome(genome)
    order = np.lexsort((conns["source"], conns["target"]))  # that of the genome
    return genome, np.where(genome.conns["enabled"], values[order], 0.0)


def write_out(genome: Genome, weights: np.ndarray) -> str:
    """Return the content of a file that holds a network, every bit of its weights included.

    Hidden nodes come in the order of their ids as far as the connections allow, so that a genome
    that was read is written as it was.

    Args:
        genome: the network.
        weights: ``(C,)`` value of each connection.

    Raises:
        WannError: the format cannot hold the network: an enabled connection has the weight 0, an
            output is not linear, nodes without connections make inputs, hidden nodes and outputs
            ambiguous, or it is too large.
    """
    import networkx

    if genome.recurrent.any():
        raise WannError(
            "an .out file cannot hold a recurrent network: export it to c, python or onnx"
        )
    ids, n = genome.nodes["id"], len(genome.nodes)
    if n > MOST_NODES:
        raise WannError(
            f"the network has {n} nodes: an .out file, which is a square matrix, holds {MOST_NODES}"
        )
    for node, code in genome.nodes[1 + genome.n_inputs : genome.n_fixed].tolist():
        if code != LINEAR:
            raise WannError(
                f"output {node} is {ACTIVATIONS[code].name}: outputs of an .out file are linear"
            )
    for (source, target, enabled), weight in zip(
        genome.conns.tolist(), weights.tolist(), strict=True
    ):
        if enabled and not 0 < abs(weight) < WEIGHT_LIMIT:
            raise WannError(
                f"connection {source} -> {target} has the weight {weight!r}: those of an .out file"
                " are finite and not 0, which means no connection"
            )
    graph = networkx.DiGraph(genome.conns[["source", "target"]].tolist())
    graph.add_nodes_from(ids.tolist())
    hidden = [
        node for node in networkx.lexicographical_topological_sort(graph) if node >= genome.n_fixed
    ]
    order = [*range(1 + genome.n_inputs), *hidden, *range(1 + genome.n_inputs, genome.n_fixed)]
    place = dict(zip(order, range(n), strict=True))
    matrix = np.zeros((n, n))
    for (source, target, enabled), weight in zip(
        genome.conns.tolist(), weights.tolist(), strict=True
    ):
        matrix[place[source], place[target]] = weight if enabled else np.nan
    if ends(matrix) != (1 + genome.n_inputs, genome.n_outputs):
        raise WannError(
            "an .out file cannot hold this network: it tells inputs, hidden nodes and outputs apart"
            " by their connections, and here one next to the border has none"
        )
    code_of = dict(genome.nodes.tolist())
    codes = (LINEAR if node < genome.n_fixed else code_of[node] for node in order)
    rows = (
        ",".join(map(_number, row)) + f",{code}"
        for row, code in zip(matrix.tolist(), codes, strict=True)
    )
    return "\n".join(rows) + "\n"


def _number(value: float) -> str:
    return repr(value) if value else "0"


def ends(matrix: np.ndarray) -> tuple[int, int]:
    """Return how many nodes a matrix implies to be bias and inputs, and how many to be outputs."""
    present = matrix != 0  # nan too
    return int(np.argmax(present.any(axis=0))), int(np.argmax(present.any(axis=1)[::-1]))
