"""The formats that a network can be exported to."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wann.champion.champion import Champion
from wann.champion.out_file import write_out
from wann.errors import WannError
from wann.export.c import c_source
from wann.export.graph import graphml, node_link_json
from wann.export.onnx import onnx_model
from wann.export.python import python_source
from wann.export.torch import torch_program
from wann.files import write_file


class Format(NamedTuple):
    """A format to export to."""

    suffix: str
    meaning: str
    write: Callable[[Champion, float | None], str | bytes]


def out_file(champion: Champion, weight: float | None = None) -> str:
    """Return the content of a published ``.out`` file.

    Its values are the weights of ``champion.policy(weight)``.
    """
    if champion.observation_scale is not None:
        raise WannError(
            "a published .out file cannot hold the scale of observations: export to another format"
        )
    values = champion.weights_at(weight)[0]
    return write_out(champion.genome, np.broadcast_to(values, len(champion.genome.conns)))


FORMATS = {
    "onnx": Format(".onnx", "a model for ONNX runtimes", onnx_model),
    "torch": Format(".pt2", "a program for PyTorch, to be trained, too", torch_program),
    "c": Format(".c", "a C99 file that needs libm alone", c_source),
    "python": Format(".py", "a Python file that needs NumPy alone", python_source),
    "out": Format(".out", "the form of the paper's published champions", out_file),
    "graphml": Format(".graphml", "the graph, for drawing programs", graphml),
    "json": Format(".graph.json", "the graph as node-link JSON, for networkx", node_link_json),
}


def export(
    champion: Champion, path: str | Path, form: str | None = None, weight: float | None = None
) -> None:
    """Write a network in another format, whole or not at all; a file that is there is replaced.

    Args:
        champion: the network.
        path: the file.
        form: one of FORMATS; default: by the ending of the file.
        weight: fixes the shared weight in the file; default: individual weights if there are any,
            else, where the format has it, an argument.

    Raises:
        WannError: there is no such format, or it cannot hold this network.
    """
    path = Path(path)
    endings = {format.suffix: name for name, format in FORMATS.items()}
    named = form or next((endings[end] for end in endings if path.name.endswith(end)), "")
    if named not in FORMATS:
        raise WannError(
            f"{path}: no format has this ending: give one of {', '.join(endings)}, or form= one of"
            f" {', '.join(FORMATS)}"
        )
    content = FORMATS[named].write(champion, weight)
    write_file(path, content)
