"""Weight-agnostic neural network search: the loop of the paper."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from wann.champion.champion import Champion
from wann.champion.crown import crown
from wann.config import Config
from wann.genome.genome import Genome, same_genome
from wann.network.network import decode_all
from wann.search.generation import Generation
from wann.search.good_weight import good_weight
from wann.search.racing import race
from wann.search.search import WannSearch
from wann.search.sweep import draw_weights
from wann.simplify.simplify import networks_on_the_way
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.gym.settled import settling
from wann.tasks.scaling import Scaler
from wann.tasks.task import scaled
from wann.workers.evaluator import Evaluator

CONFIRM_SWEEPS = 8  # of fresh weights, at which a new champion must beat the old one


def generations(
    config: Config,
    task: Task,
    evaluate: Evaluator,
    search: WannSearch,
    scaler: Scaler,
    champion: Champion | None = None,
) -> Iterator[Generation]:
    """Evolve networks for a task, and yield each generation.

    Every random choice comes from (seed, generation, purpose), so a search that was stopped
    anywhere and goes on gives the same champion as one that was not, bit for bit.

    Args:
        config: what to do; together with the task it determines the result.  Champions say its name
            of the task only if that is the task's (``name_of``).
        task: what the networks are scored on.
        evaluate: scores genomes, on any number of workers.
        search: new, or as it was after some generations.
        scaler: of the task's observations, likewise.
        champion: the best network until then.

    Raises:
        NothingPlayed: every episode of the first generation failed.

    Source: Gaier & Ha 2019, section 3.1; the champion's fresh trials are ours.
    """
    while search.generation < config.generations:
        number = search.generation
        rng = partial(rng_for, config.seed, number)
        genomes = search.ask()  # elites, and mutants of parents
        weights = draw_weights(config, rng("weights")).astype(config.precision)
        task = scaler.scaled(task)
        trials = trials_of(task, config.trials, rng("trials"))  # the same for all networks
        if config.settle_steps:
            trials = settling(trials, config.settle_steps)
        if config.racing:
            scores = race(evaluate, search, weights, trials, rng("race"))
        else:
            scores = evaluate.score(search.networks, weights, trials)  # (network, weight, trial)
        if number == 0:
            first = "nothing can be evolved: in the first generation"
            check_played(task, partial(decode_all, genomes), weights, trials, scores, first)
        search.tell(scores)  # mean, best weight, size -> NSGA-II rank
        order, ends = search.order, stage_ends(config, number)
        if not (ends or config.racing or search.generation == config.generations):
            search.prepare()  # while the champion is challenged

        champion = challenge(champion, search.best, config, task, evaluate, number)
        if scaler.on:
            scaler.observe(evaluate.observations(search.best, weights, trials))
        if ends:
            champion = simplified(champion, config, task, evaluate, number)
            search.start_from(champion.genome)  # its mutants come next
        yield Generation(
            number, genomes, order, weights, scores, champion, scaler.scale, evaluate.steps
        )


def stage_ends(config: Config, generation: int) -> bool:
    """Return whether the champion is simplified after a generation."""
    every = config.simplify.every
    return every > 0 and (generation + 1) % every == 0


def challenge(
    champion: Champion | None,
    genome: Genome,
    config: Config,
    task: Task,
    evaluate: Evaluator,
    generation: int,
) -> Champion:
    """Return the champion after a generation's best genome has challenged it.

    Both meet on fresh trials; of equals the smaller is better.  A new champion's scores are then
    measured on further trials, so that they owe nothing to the choice.
    """
    rng = partial(rng_for, config.seed, generation)
    if champion is not None:
        if same_genome(genome, champion.genome):
            return champion
        weights = draw_weights(config, rng("confirm weights"), CONFIRM_SWEEPS)

        def means(genomes: list[Genome], task: Task) -> list[float]:
            trials = trials_of(task, config.confirm_trials, rng("confirm"))
            return [float(scores.mean()) for scores in evaluate(genomes, weights, trials)]

        scaled_as_then = scaled(task, champion.observation_scale)
        if scaled_as_then is task:  # on a GPU two networks take as long as one
            new, old = means([genome, champion.genome], task)
        else:
            (new,), (old,) = means([genome], task), means([champion.genome], scaled_as_then)
        if (new, -genome.size) <= (old, -champion.genome.size):
            return champion
    return crowned(genome, config, task, evaluate, generation)


def simplified(
    champion: Champion, config: Config, task: Task, evaluate: Evaluator, generation: int
) -> Champion:
    """Return the champion without the connections that it can do without, after a generation."""
    rng = partial(rng_for, config.seed, generation)
    task = scaled(task, champion.observation_scale)
    path = networks_on_the_way(
        champion.genome,
        task,
        evaluate,
        np.array(config.weights),
        config.simplify,
        config.report_trials,
        rng,
        config.precision,
    )
    return crowned(path[-1], config, task, evaluate, generation)


def crowned(
    genome: Genome, config: Config, task: Task, evaluate: Evaluator, generation: int
) -> Champion:
    """Return a genome as champion: measured on trials that owe nothing to its choice."""
    rng = partial(rng_for, config.seed, generation)
    report = (
        decode_all([genome]),
        np.array(config.weights),
        trials_of(task, config.report_trials, rng("report")),
    )
    scores = evaluate.score(*report)
    successes = evaluate.successes(*report, scores)
    return crown(
        genome,
        task,
        config,
        generation,
        scores[0],
        None if successes is None else successes[0],
        good_weight(genome, task, evaluate, report[1], scores[0], rng("good weight")),
    )
