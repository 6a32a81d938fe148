"""Fewer connections for the same score: greedy backward elimination."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wann.genome.genome import Genome, nodes_of_sources
from wann.network.network import nodes_of

Z95 = 1.96  # standard errors on each side of a mean that make its 95 % confidence interval

#: ``score(genomes, n)``: ``(N, W, T)`` scores of genomes at fresh weights in n fresh trials, the
#: same for all of them.
Score = Callable[[Sequence[Genome], int], np.ndarray]

#: Takes a network on the way, and its mean score in some trials.
Told = Callable[[Genome, float], None]


def say_nothing(genome: Genome, mean: float) -> None:
    """Take a network on the way and do nothing."""


class Effort(NamedTuple):
    """How thorough an elimination is.

    Attributes:
        sweeps: of weights at which networks are scored.
        trials: in which the network is tried without each of its connections.
        finalists: how many of the least harmful removals are tried again.
        more_trials: in how many trials.
        final_trials: in which the networks on the way are compared.
        share: of the connections that may go in one step, if the network stands it.
        fall: share of its score, as far as it lies above that of a network without connections,
            that a network may lose before the elimination ends: a small one may be worse than a
            smaller one.
        loss: share of it that the result may lose, if the confidence interval of the score does not
            allow more: trials that are all the samples there are have no spread.
        paths: eliminations, each in trials of its own, of which the best result is taken, and from
            there as many again, until none is better: what can go after a connection depends on
            which one that was, and luck decides between several. One is made once.
    """

    sweeps: int
    trials: int
    finalists: int
    more_trials: int
    final_trials: int
    share: float = 0.05
    fall: float = 0.25
    loss: float = 0.0
    paths: int = 1


THOROUGH = Effort(2, 2, 12, 8, 32)  # seconds of compiled physics
BRIEF = Effort(1, 1, 6, 4, 16)  # for tasks in Python


FINE = 0.001  # highest price by which steps are chosen: at a higher one they are coarse
ENDS = 4  # times as many trials decide between the results of several paths


def live(genome: Genome) -> Genome:
    """Return the genome without disabled connections and without what reaches no output.

    The network computes the same, and its nodes keep their numbers.
    """
    conns = genome.conns[genome.conns["enabled"]]
    if genome.recurrent.any():  # of what acts on itself alone every connection leads somewhere
        conns = conns[np.isin(conns["target"], nodes_of(genome))]
    outputs = np.arange(1 + genome.n_inputs, genome.n_fixed)
    while True:
        ends = np.concatenate((outputs, nodes_of_sources(conns["source"])))
        reaching = np.isin(conns["target"], ends)
        if reaching.all():
            break
        conns = conns[reaching]
    used = np.isin(genome.nodes["id"], nodes_of_sources(conns["source"]))
    used[: genome.n_fixed] = True
    return genome._replace(nodes=genome.nodes[used], conns=conns)


def without(genome: Genome, removed: Sequence[int] | np.ndarray) -> Genome:
    """Return a live genome without some connections, and without what then reaches no output."""
    return live(genome._replace(conns=np.delete(genome.conns, removed)))


def bare(genome: Genome) -> Genome:
    """Return the network without any connection."""
    return live(genome._replace(conns=genome.conns[:0]))


def elimination(
    genome: Genome, score: Score, price: float, effort: Effort, low: float
) -> Iterator[tuple[Genome, float]]:
    """Yield ever smaller networks, each with its mean score in some trials.

    In each step the network is scored without each of its connections; the least harmful removals,
    one by one and several at once, are scored again in other trials, and the one with the highest
    score is made, where each connection less counts as much as ``price``. Several at once go only
    where a score of ``low`` is kept.
    """
    while genome.size > 1:
        singles = [without(genome, [k]) for k in range(genome.size)]
        gains = score(singles, effort.trials).mean(axis=(1, 2)) + price * saved(genome, singles)
        order = np.argsort(-gains, kind="stable")
        at_once, most = [], int(effort.share * genome.size)
        while most > 1:
            at_once.append(without(genome, order[:most]))
            most //= 2
        few = [singles[k] for k in order[: effort.finalists]]
        finalists = few + at_once
        means = score(finalists, effort.more_trials).mean(axis=(1, 2))
        worth = means + price * saved(genome, finalists)
        worth[len(few) :][means[len(few) :] < low] = -np.inf
        best = int(np.argmax(worth))
        genome = finalists[best]
        yield genome, float(means[best])


def saved(genome: Genome, others: Sequence[Genome]) -> np.ndarray:
    """Return how many connections fewer the others have, ``(N,)``."""
    return genome.size - np.array([other.size for other in others])


def allowance(scores: np.ndarray, loss: float) -> float:
    """Return how much less than its own mean score the mean of a smaller network may be.

    Args:
        scores: ``(T,)`` of the whole network in independent trials, whose 95 % confidence interval
            allows as much as its half.
        loss: what is allowed at least.
    """
    error = float(scores.std(ddof=1)) / math.sqrt(len(scores))
    return max(loss, Z95 * error)


def simplification(
    genome: Genome,
    score: Score,
    price: float,
    effort: Effort,
    told: Told = say_nothing,
) -> list[Genome]:
    """Return the networks on the way of an elimination, from the whole one (``live``) to the one
    that is worth most.

    Worth is the mean score less the price of the connections. Only networks count whose score is
    not lower than the whole network's by more than the ``allowance``.

    Args:
        genome: the network.
        score: see ``Score``.
        price: of a connection, as a share of what the network scores above ``bare``.
        effort: how thorough.
        told: takes each network on the way.
    """
    first = live(genome)
    scores = score([first, bare(genome)], effort.final_trials).mean(axis=1)  # (2, T)
    whole, nothing = scores.mean(axis=1)
    loss = effort.loss * (whole - nothing)
    low = whole - allowance(scores[0], loss)
    fine, price = (p * max(0.0, whole - nothing) for p in (min(price, FINE), price))
    told(first, float(whole))

    def worth(networks: Sequence[Genome], trials: int = effort.final_trials) -> np.ndarray:
        scores = score(networks, trials).mean(axis=1)  # (P, T): trials are independent
        means, sizes = scores.mean(axis=1), np.array([genome.size for genome in networks])
        least = means[0] - allowance(scores[0], loss)
        return np.where(means >= least, means - price * sizes, -np.inf)

    def eliminated(start: list[Genome]) -> list[Genome]:
        path, top = list(start), whole
        for smaller, mean in elimination(start[-1], score, fine, effort, low):
            path.append(smaller)
            told(smaller, mean)
            top = max(top, mean)
            if mean < top - effort.fall * (top - nothing):
                break
        return path[: int(worth(path).argmax()) + 1]

    def worth_of(paths: Sequence[list[Genome]]) -> np.ndarray:
        return worth([first, *(path[-1] for path in paths)], ENDS * effort.final_trials)[1:]

    best = [first]
    while True:
        found = [eliminated(best) for _ in range(effort.paths)]
        if effort.paths == 1:
            return found[0]
        shots = [best, *found]
        worths = worth_of(shots)
        if np.isneginf(worths[1:]).all():
            shots[1:] = (path[:n] for path in found for n in steps_back(len(best), len(path)))
            worths = worth_of(shots)
        winner = int(worths.argmax())
        if winner == 0:
            return best
        best = shots[winner]


def steps_back(start: int, end: int) -> Iterator[int]:
    """Yield lengths of a path by 1, 2, 4, ... less than its own, down to its start.

    Its end was the last network that was good enough in some trials, so it lies just beyond in
    others as often as not.
    """
    less = 1
    while end - less > start:
        yield end - less
        less *= 2
