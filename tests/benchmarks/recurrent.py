"""Benchmark of recurrent networks: the same nodes and connections, some of which carry the value of
the step before.
"""

import numpy as np
from kernel import SIZES
from measure import ENDLESS, genome_of, play, rates

from wann.genome.genome import Genome, make_genome
from wann.network.network import decode
from wann.tasks.control.rollout import rollouts_floats, rollouts_lanes

SHARES = (0.25, 0.5)  # of the connections that start at a computed node
ROUNDS = 15


def remembering(genome: Genome, share: float) -> Genome:
    """Return the genome with this share of the enabled connections out of computed nodes made
    recurrent, evenly chosen.
    """
    conns = genome.conns.copy()
    able = np.flatnonzero(conns["enabled"] & (conns["source"] >= genome.n_fixed))
    chosen = able[np.linspace(0, len(able) - 1, round(share * len(able))).astype(int)]
    conns["source"][chosen] = ~conns["source"][chosen]
    return make_genome(genome.n_inputs, genome.n_outputs, genome.nodes, conns)


def recurrent() -> list[dict]:
    """Compare the time per connection of recurrent networks with that of feed-forward ones."""
    rows = []
    for n_computed, n_connections in SIZES:
        plain = genome_of(n_computed, n_connections)
        genomes = {"feed-forward": plain} | {
            f"{share:.0%} recurrent": remembering(plain, share) for share in SHARES
        }
        edges = {name: len(decode(genome).gene) for name, genome in genomes.items()}
        kinds = {
            "float64": (rollouts_lanes, np.float64, 20),
            "float32": (rollouts_lanes, np.float32, 20),
            "floats": (rollouts_floats, np.float64, 1),
        }
        found = {
            kind: rates(
                {
                    name: play(function, [genome] * n, ENDLESS, dtype=dtype)
                    for name, genome in genomes.items()
                },
                ROUNDS,
            )
            for kind, (function, dtype, n) in kinds.items()
        }
        for name, genome in list(genomes.items())[1:]:
            row: dict = {
                "nodes": n_computed,
                "connections": edges[name],
                "recurrent": int((genome.recurrent & genome.conns["enabled"]).sum()),
                "remembered": len(decode(genome).memory),
            }
            for kind, speeds in found.items():
                ratio = np.median(speeds["feed-forward"] / speeds[name])
                per = ratio * edges["feed-forward"] / edges[name]
                row[f"time per connection, {kind}, x feed-forward"] = float(per)
            rows.append(row)
    return rows
