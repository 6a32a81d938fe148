"""The ``.out`` files of Gaier & Ha's released code."""

from pathlib import Path

import numpy as np

from wann.activations import ACTIVATIONS, LINEAR
from wann.errors import WannError
from wann.files import read_file
from wann.genome import CONNECTION, NODE, Genome, check_genome, make_genome

MOST_NODES = 1500
LARGEST_OUT = 2**26  # bytes: a little more than NumPy writes for so many nodes


def read_out(path: Path) -> Genome:
    """Return the genome of a published champion; the values of its weights are left out.

    The file is an N x N matrix (row = source, column = target; 0 = no connection, nan = disabled)
    with the activation ids as a last column.  Nodes are in the order bias, inputs, hidden, outputs;
    the file does not say how many are inputs: those before the first node with an in-edge.  Outputs
    are the nodes after the last one with an out-edge, and are linear whatever the file names, since
    the released code never applies their activation.

    Raises:
        WannError: the file is not of this form.
    """
    data = read_file(path, LARGEST_OUT)
    rows = data.split(maxsplit=MOST_NODES)
    n = len(rows)
    if not 0 < n <= MOST_NODES:
        raise WannError(f"{path}: must be a table of 1 to {MOST_NODES} rows, one for each node")
    if any(row.count(b",") != n for row in rows):
        raise WannError(f"{path}: {n} rows need {n + 1} columns of numbers (a square matrix and the activations)")
    try:
        table = np.loadtxt((row.decode() for row in rows), delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        raise WannError(f"{path}: not a table of numbers separated by commas ({error})") from None
    matrix, codes = table[:, :n], table[:, n]
    if np.isinf(matrix).any() or not np.isin(codes, list(ACTIVATIONS)).all():
        raise WannError(f"{path}: the last column must be activation ids from 1 to {max(ACTIVATIONS)}, weights finite")
    present = matrix != 0  # nan too
    n_sources = int(np.argmax(present.any(axis=0)))
    n_outputs = int(np.argmax(present.any(axis=1)[::-1]))
    if n_sources < 2 or n_outputs < 1:
        raise WannError(f"{path}: no bias and input without in-edges first, or no output without out-edges last")
    # our ids: bias, inputs, outputs, hidden
    n_hidden = n - n_sources - n_outputs
    ids = np.concatenate((np.arange(n_sources), n_sources + n_outputs + np.arange(n_hidden),
                          n_sources + np.arange(n_outputs)))  # fmt: skip
    nodes = np.zeros(n, NODE)
    nodes["id"], nodes["activation"] = ids, codes
    nodes["activation"][:n_sources] = nodes["activation"][n - n_outputs :] = LINEAR
    source, target = np.nonzero(present)
    conns = np.zeros(len(source), CONNECTION)
    conns["source"], conns["target"] = ids[source], ids[target]
    conns["enabled"] = ~np.isnan(matrix[source, target])
    genome = make_genome(n_sources - 1, n_outputs, nodes, conns)
    try:
        check_genome(genome)
    except ValueError as error:
        raise WannError(f"{path}: {error}") from None
    return genome
