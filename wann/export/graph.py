"""GraphML and node-link JSON: the network as a graph, for networkx and drawing programs.

Both hold the whole of ``Champion.graph()``: nodes with role, name, activation and layer, disabled
connections too, and weights if there are any; the graph itself has the task if it is known. Scores
and provenance are not in them, and only wann's own champion file is read again by ``wann.load``.
"""

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np

from wann.champion.champion import Champion

if TYPE_CHECKING:
    import networkx


def node_link_json(champion: Champion, weight: float | None = None) -> str:
    """Return the graph as JSON: what ``networkx.node_link_graph(data, edges="edges")`` reads.

    Args:
        champion: the network; its individual weights count if ``weight`` is None.
        weight: the weight of all connections; with None, a network without weights has none.
    """
    import networkx

    return (
        json.dumps(networkx.node_link_data(_graph(champion, weight), edges="edges"), indent=1)
        + "\n"
    )


def graphml(champion: Champion, weight: float | None = None) -> str:
    """Return the graph as GraphML: what ``networkx.read_graphml(file, node_type=int)`` reads.

    Arguments as above.

    XML cannot hold control characters: those of a name become U+FFFD.
    """
    import networkx

    graph = _graph(champion, weight)
    for attributes in (graph.graph, *(graph.nodes[node] for node in graph)):
        attributes.update(
            {key: _for_xml(value) for key, value in attributes.items() if isinstance(value, str)}
        )
    return "\n".join(networkx.generate_graphml(graph)) + "\n"


def _graph(champion: Champion, weight: float | None) -> "networkx.DiGraph":
    if weight is not None:
        champion = dataclasses.replace(
            champion, weights=np.full(len(champion.genome.conns), weight)
        )
    graph = champion.graph()
    if champion.task is not None:
        graph.graph["task"] = champion.task
    return graph


def _for_xml(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
