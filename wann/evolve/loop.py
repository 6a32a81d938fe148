"""Weight-agnostic neural network search: the loop of the paper."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from wann.champion.champion import Champion, crown
from wann.command.progress import Progress
from wann.config import Config
from wann.genome.genome import Genome, same_genome
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.search.racing import race
from wann.search.search import WannSearch, draw_weights
from wann.streams import rng_for
from wann.tasks import Task, name_of
from wann.tasks.checks import check_played, trials_of
from wann.tasks.scaling import merged, scale_of
from wann.tasks.task import has_accuracy, scaled
from wann.workers.evaluator import Evaluator

CONFIRM_SWEEPS = 8  # of fresh weights, at which a new champion must beat the old one


def generations(
    config: Config,
    task: Task,
    evaluate: Evaluator,
    search: WannSearch,
    champion: Champion | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[np.ndarray, Champion]]:
    """Evolve networks for a task; yield the scores of each generation, ``(N, W, T)``, and the best network so far.

    Every random choice comes from (seed, generation, purpose), so a search that was stopped
    anywhere and goes on gives the same champion as one that was not, bit for bit.

    Args:
        config: what to do; together with the task it determines the result. Champions say its name
            of the task only if that is the task's (``name_of``).
        task: what the networks are scored on.
        evaluate: scores genomes, on any number of workers.
        search: new, or as it was after some generations.
        champion: the best network until then.
        stopped: asked before each generation whether to end early.

    Raises:
        NothingPlayed: every episode of the first generation failed.

    Source: Gaier & Ha 2019, section 3.1; the champion's fresh trials are ours.
    """
    name = name_of(task, config.task)
    while search.generation < config.generations and not stopped():
        rng = partial(rng_for, config.seed, search.generation)
        genomes = search.ask(rng("vary"))
        weights = draw_weights(config, rng("weights")).astype(config.precision)
        if config.scale_observations:
            search.scale = scale_of(search.observed)
            task = scaled(task, search.scale)
        # the same for everyone, as are the weights
        trials = trials_of(task, config.trials, rng("trials"))
        # (individual, weight, trial)
        scores = (
            race(evaluate, search, weights, trials, rng)
            if config.racing
            else evaluate(genomes, weights, trials)
        )
        if search.generation == 0:
            first = "nothing can be evolved: in the first generation"
            check_played(task, partial(decode_all, genomes), weights, trials, scores, first)
        search.tell(scores, rng("rank"))  # mean, best weight, size -> NSGA-II rank

        champion = challenge(
            champion, search.best, config, task, name, evaluate, rng, search.generation - 1
        )
        if config.scale_observations:
            search.observed = merged(
                search.observed, evaluate.observations(search.best, weights, trials)
            )
        yield scores, champion


def evolve(
    config: Config, task: Task, evaluate: Evaluator, run: RunDirectory, progress: Progress
) -> Champion | None:
    """Evolve networks for a task, recorded in a run directory, and return the best one.

    Args:
        config: what to do.
        task: what the networks are scored on.
        evaluate: scores genomes.
        run: takes each generation, and may hold a checkpoint to continue from.
        progress: shows each generation, and says when to stop early.
    """
    search = WannSearch(config.search, len(task.inputs), len(task.outputs))
    champion, evaluate.steps = run.start(search, has_accuracy(task))
    progress.start(search.generation)
    evolved = generations(config, task, evaluate, search, champion, lambda: progress.stopped)
    for scores, champion in evolved:
        progress.show(run.record(search, scores, champion, evaluate.steps))
    run.checkpoint()
    return champion


def challenge(
    champion: Champion | None,
    genome: Genome,
    config: Config,
    task: Task,
    name: str | None,
    evaluate: Evaluator,
    rng: Callable[[str], np.random.Generator],
    generation: int,
) -> Champion:
    """Return the champion after a generation's best genome has challenged it.

    Both meet on fresh trials; of equals the smaller is better.  A new champion's scores are then
    measured on further trials, so that they owe nothing to the choice.
    """
    if champion is not None:
        if same_genome(genome, champion.genome):
            return champion
        weights = draw_weights(config, rng("confirm weights"), CONFIRM_SWEEPS)
        new, old = (
            float(
                evaluate(
                    [own], weights, trials_of(of, config.confirm_trials, rng("confirm"))
                ).mean()
            )
            for own, of in (
                (genome, task),
                (champion.genome, scaled(task, champion.observation_scale)),
            )
        )
        if (new, -genome.size) <= (old, -champion.genome.size):
            return champion
    scores = evaluate(
        [genome], config.weights, trials_of(task, config.report_trials, rng("report"))
    )[0]
    return crown(genome, task, name, config, generation, scores)
