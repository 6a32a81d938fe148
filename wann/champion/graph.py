"""A champion as a graph of networkx, for its algorithms and drawings."""

from typing import TYPE_CHECKING, Any

from wann.genome.genome import layers, node_of_source, role_of
from wann.numeric.activations import ACTIVATIONS

if TYPE_CHECKING:
    import networkx


def graph_of(champion: Any) -> "networkx.DiGraph":
    """Return the graph that ``Champion.graph`` describes."""
    import networkx

    recurrent = bool(champion.genome.recurrent.any())
    graph = networkx.MultiDiGraph() if recurrent else networkx.DiGraph()
    for node, layer in zip(
        champion.genome.nodes.tolist(), layers(champion.genome).tolist(), strict=True
    ):
        graph.add_node(
            node[0],
            role=role_of(champion.genome, node[0]),
            name=champion.node_name(node[0]),
            activation=ACTIVATIONS[node[1]].name,
            layer=layer,
        )
    if champion.observation_scale is not None:
        for k, (mean, deviation) in enumerate(zip(*champion.observation_scale, strict=True)):
            graph.nodes[1 + k].update(mean=mean, deviation=deviation)
    for k, (source, target, enabled) in enumerate(champion.genome.conns.tolist()):
        known: dict[str, Any] = {"recurrent": source < 0} if recurrent else {}
        if champion.weights is not None:
            known["weight"] = float(champion.weights[k])
        source = node_of_source(source)
        graph.add_edge(source, target, enabled=enabled, **known)
    return graph
