"""Individual weights for a fixed topology by CMA-ES, in rounds of ever fewer, ever more thorough
searches.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.task import capabilities_of
from wann.tune.shared_weight import Score, SharedWeights, fewer

SIGMA = 0.3  # width of a first search, as a number
# width of a later one, as a share of the root mean square of the weights it starts from
RELATIVE_SIGMA = 0.1
APART = 0.25  # least distance of the shared weights that searches start from
CHECK = 50  # generations between challenges of the best weights


class Round(NamedTuple):
    """One round: so many searches, of so many candidates a generation, which share so many
    trials.
    """

    searches: int
    population: int
    trials: int


class Budget(NamedTuple):
    """All rounds, and the trials of what challenges the best weights: on the way, and at last."""

    rounds: tuple[Round, ...]
    confirm_trials: int
    final_trials: int

    def rollouts(self, generations: int) -> int:
        """Return how many rollouts it takes, at most, with so many generations of each search."""
        searches = sum(part.searches for part in self.rounds)
        challenges = 2 * searches * math.ceil(generations / CHECK) + searches
        finalists = 1 + self.rounds[-1].searches * math.ceil(generations / CHECK)
        candidates = sum(part.searches * part.population * part.trials for part in self.rounds)
        return (
            candidates * generations
            + challenges * self.confirm_trials
            + finalists * self.final_trials
        )


#: All rounds cost the same, since a quarter of the searches go on with four times the rollouts.
#: The final trials tell weights that fail in one start of a hundred from those that never do.
THOROUGH = Budget((Round(16, 24, 8), Round(4, 48, 16), Round(1, 48, 64)), 256, 4096)
QUICK = Budget((Round(8, 16, 8), Round(2, 32, 16)), 64, 1024)  # seconds of compiled physics
BRIEF = Budget((Round(4, 16, 4), Round(1, 16, 16)), 32, 128)  # for environments in Python
GENERATIONS = 600  # of each search: 75 to 90 s for a swing-up champion on two cores
QUICK_GENERATIONS = 50
FEW_GENERATIONS = 100  # of each search of an environment in Python


def budget_for(task: Task, asked: int, quick: bool = False) -> Budget:
    """Return what each round does for a task of which so many trials are asked for."""
    if capabilities_of(task).cheap:
        return QUICK if quick else THOROUGH
    rounds = tuple(part._replace(trials=fewer(part.trials, asked)) for part in BRIEF.rounds)
    return Budget(rounds, fewer(BRIEF.confirm_trials, asked), fewer(BRIEF.final_trials, asked))


def generations_for(task: Task, asked: int, quick: bool = False) -> int:
    """Return the usual generations of each search: fewer where one trial for each candidate is
    still too much.
    """
    if capabilities_of(task).cheap:
        return QUICK_GENERATIONS if quick else GENERATIONS
    return fewer(FEW_GENERATIONS, asked * BRIEF.rounds[0].trials)


def starts_from(shared: SharedWeights, n: int) -> list[float]:
    """Return n shared weights to start from: the best first, then the best that lie apart, again
    and again.
    """
    found = [shared.best]
    for weight in shared.sweep[np.argsort(-shared.means, kind="stable")].tolist():
        if min(abs(weight - other) for other in found) >= APART:
            found.append(weight)
    return [found[i % len(found)] for i in range(n)]


def search_weights(
    score: Score,
    starts: np.ndarray,
    generations: int,
    seed: int,
    found: Callable[[float], None],
    budget: Budget = THOROUGH,
) -> np.ndarray:
    """Return the best weights found, ``(D,)``, by searches in rounds.

    A round runs a CMA-ES from each of its starts; the means of the best of them start the next
    round, with larger populations and more trials. Now and then, and at the end of each search, the
    mean of its distribution challenges the best weights so far on fresh trials: the distribution's
    mean, since the best candidate of a generation is mostly lucky. At last all challengers of the
    last round and the best weights so far meet on so many trials that rare failures count.

    Args:
        score: mean score of ``(W, D)`` weights on fresh trials.
        starts: ``(S, D)``, S as many as the first round has searches; the first is the best so far.
        generations: of each search.
        seed: of the normal numbers.
        found: called with the score of the best weights after each of their challenges.
        budget: what each round does, and how many trials challengers get.

    Source: Hansen 2016, arXiv 1604.00772 (the CMA-ES, as in pycma); the rounds are ours.
    """
    best, n_searches, rounds = starts[0], 0, budget.rounds
    for i, (_, population, trials) in enumerate(rounds):
        means, challengers = [], [best]
        for start in starts:
            width = RELATIVE_SIGMA * float(np.sqrt(np.mean(start**2))) if i else SIGMA
            es = cma_es(start, width, population, rng_for(seed, n_searches, "cma"))
            n_searches += 1
            for generation in range(1, generations + 1):
                candidates = np.array(es.ask())
                es.tell(list(candidates), (-score(candidates, trials)).tolist())
                if generation % CHECK == 0 or generation == generations:
                    challengers.append(es.mean.copy())
                    scores = score(np.array([best, challengers[-1]]), budget.confirm_trials)
                    found(float(scores.max()))
                    if scores[1] > scores[0]:
                        best = challengers[-1]
            means.append(challengers[-1])
        if i + 1 < len(rounds):
            order = np.argsort(-score(np.array(means), budget.confirm_trials), kind="stable")
            starts = np.array(means)[order[: rounds[i + 1].searches]]
    winner: np.ndarray
    winner = challengers[int(np.argmax(score(np.array(challengers), budget.final_trials)))]
    return winner


def cma_es(start: np.ndarray, sigma: float, population: int, rng: np.random.Generator) -> Any:
    """Return pycma's CMA-ES from ``(D,)`` weights, D at least 2, which draws from our generator
    alone.
    """
    import cma  # takes a while

    options = {
        "popsize": population,
        "seed": math.nan,  # leave NumPy's global generator alone
        "randn": lambda *shape: rng.standard_normal(shape),
        "verbose": -9,
    }
    return cma.CMAEvolutionStrategy(start, sigma, options)
