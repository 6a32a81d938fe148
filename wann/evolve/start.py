"""The network that an evolution starts from."""

import hashlib
from dataclasses import replace
from pathlib import Path

from wann.champion.champion import Champion, load
from wann.config import Config
from wann.errors import WannError
from wann.genome.genome import Genome, renumbered
from wann.tasks import Task
from wann.tasks.classification.samples import has_samples


def starting_from(
    start: Champion | str | Path | None, config: Config, task: Task
) -> tuple[Champion | None, Config]:
    """Return the network that an evolution starts from, or None, and the configuration that says
    which it is.

    Args:
        start: a champion, a run directory or a file; None for minimal networks.
        config: of the evolution.
        task: of it.

    Raises:
        WannError: the network does not fit the task, the configuration says that it is another, or
            there is none.
    """
    if start is None:
        if config.start:
            raise WannError(
                f"the configuration starts from a network (start = {config.start[:12]}…): give it"
                " with --start CHAMPION, or set start to an empty text"
            )
        return None, config
    champion = start if isinstance(start, Champion) else load(start)
    sizes = [f"{len(of.inputs)} inputs and {len(of.outputs)} outputs" for of in (champion, task)]
    if sizes[0] != sizes[1]:
        raise WannError(
            f"the network to start from has {sizes[0]}, but the task {config.task} has {sizes[1]}:"
            " give one that was evolved for it"
        )
    names = (champion.inputs, champion.outputs), (task.inputs, task.outputs)
    if has_samples(task) and names[0] != names[1]:
        raise WannError(
            "the network to start from has other names of inputs or classes than the samples, or"
            " another order of them: give one that was evolved for these"
        )
    if champion.genome.recurrent.any() and not config.search.recurrent:
        raise WannError(
            "the network to start from is recurrent: set search.recurrent = true, or give one that"
            " is not"
        )
    digest = digest_of_genome(champion.genome)
    if config.start not in ("", digest):
        raise WannError(
            f"the configuration starts from another network (start = {config.start[:12]}…, this one"
            f" is {digest[:12]}…): give that one, or set start to an empty text"
        )
    return champion, replace(config, start=digest)


def digest_of_genome(genome: Genome) -> str:
    """Return the SHA-256 of a genome, whatever the ids of its hidden nodes are."""
    genome = renumbered(genome)
    told = hashlib.sha256(f"{genome.n_inputs} {genome.n_outputs}".encode())
    for table in (genome.nodes, genome.conns):
        told.update(repr(table.tolist()).encode())
    return told.hexdigest()
