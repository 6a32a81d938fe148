"""The task that a champion was evolved for, found again: its samples and encoder are checked."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wann.champion.champion import Champion
from wann.config import quoted
from wann.errors import WannError
from wann.tasks import Task, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import Data, data_of_environment
from wann.tasks.task import check_recurrent, digest_of, scaled


def task_of(champion: Champion, name: str | Task | None = None, data: Data | None = None) -> Task:
    """Return a task, or the one that the champion was evolved for, if the network fits it.

    Its observations are scaled as the champion has them. Of a classification the inputs and classes
    are those of the champion in its order, matched by name (``wann.names.order_of``): a table may
    have its columns in another order, but no others. A warning says if its samples are not those
    that the champion was made with; other data through which it sees, an encoder, is a mistake.

    A task ``module:NAME`` or ``gym:module:ID`` is code, which a champion's file may name but not
    have run: it must be given.

    Args:
        champion: the network.
        name: of the task, or the task itself; None is that of the champion.
        data: for a task whose data does not come with it; by default what the environment variables
            WANN_DATA and WANN_TARGET name.

    Raises:
        WannError: no task is known, there is none of this name, it has other inputs, outputs or
            encoder, or it is code.
    """
    if name is None and champion.task is None:
        raise WannError(
            "the file does not say which task this network is for: give it with --task NAME"
        )
    if name is None and is_code(str(champion.task)):
        raise WannError(
            f"the network is for a task that is code: if you trust it, add --task {champion.task}"
        )
    name = str(champion.task) if name is None else name
    later = (champion.provenance.get(key) for key in ("simplified", "tuned"))
    made_with = [champion.provenance, *(part for part in later if isinstance(part, dict))]
    targets = [part["target"] for part in made_with if isinstance(part.get("target"), str)]
    data = data_of_environment() if data is None else data
    data = replace(data, recorded=targets[0] if targets else None)
    task = find_task(name, data) if isinstance(name, str) else name
    genome = champion.genome
    if (genome.n_inputs, genome.n_outputs) != (len(task.inputs), len(task.outputs)):
        raise WannError(
            f"the network has {genome.n_inputs} inputs and {genome.n_outputs} outputs, but the task"
            f" {quoted(name)} has {len(task.inputs)} and {len(task.outputs)}: give the task it was"
            " evolved for"
        )
    if genome.recurrent.any():
        check_recurrent(task, "the network is recurrent")
    if has_samples(task):
        task = task.matched(champion.inputs, champion.outputs)
        digest = task.digest_as(champion.inputs, champion.outputs)
        if any(part.get("data", digest) != digest for part in made_with):
            warnings.warn(
                "the samples are not those that the network was made with (another digest): it "
                "may have been trained on some that it is tested on here",
                stacklevel=2,
            )
    elif digest_of(task) is not None:
        check_data(made_with, task, name)
    return scaled(task, champion.observation_scale)


def check_data(made_with: list[Mapping[str, Any]], task: Task, name: str | Task) -> None:
    """Raise WannError if a network was made with other data, through which it sees, than a task
    has.
    """
    digest = digest_of(task)
    for other in (part["data"] for part in made_with if part.get("data", digest) != digest):
        raise WannError(
            f"the network was made with other data for the task {quoted(name)} (SHA-256"
            f" {str(other)[:12]}…, here {str(digest)[:12]}…): give the same file with --data FILE,"
            " or leave --data out for what comes with wann"
        )


def renamed(champion: Champion, task: Task) -> Champion:
    """Return the champion with the names that the task has for its inputs and outputs.

    And its data's digest so.
    """
    provenance = dict(champion.provenance)
    if has_samples(task) and "data" in provenance:
        same = provenance["data"] == task.digest_as(champion.inputs, champion.outputs)
        provenance["data"] = task.digest if same else provenance["data"]
    return replace(champion, inputs=task.inputs, outputs=task.outputs, provenance=provenance)
