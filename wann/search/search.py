"""The search: ask for a generation of genomes, tell their scores."""

import numpy as np

from wann.config import Config, SearchConfig
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.genome.mutation import MUTATIONS, NO_SPLITS, breed, innovations
from wann.genome.population import Population
from wann.numeric.activations import ACTIVATION_IDS
from wann.search.nsga2 import rank
from wann.streams import rng_for
from wann.tasks.scaling import Scale


def draw_weights(config: Config, rng: np.random.Generator, sweeps: int = 1) -> np.ndarray:
    """Return the shared weights to score networks at, float64.

    Those of a fixed sweep are the configuration's, ``(W,)``. Those of a fresh one are drawn around
    them, ``(sweeps x W,)``: the size of each lies between the midpoints to the next smaller size,
    or 0, and to the next larger one, if there is one; opposite weights stay opposite. So networks
    cannot be good at a few weights alone.
    """
    weights = np.array(config.weights)
    if config.sweep == "fixed":
        return weights
    sizes, row = np.unique(np.abs(weights), return_inverse=True)
    low = (sizes + np.concatenate(([0.0], sizes[:-1]))) / 2
    high = np.concatenate((low[1:], sizes[-1:]))
    drawn = low + (high - low) * rng.random((sweeps, len(sizes)))
    return (np.sign(weights) * drawn[:, row]).ravel()


def weight_means(scores: np.ndarray) -> np.ndarray:
    """Return the ``(N, W)`` means over trials of scores as ``tell`` takes them; NaN where there are none."""
    n = (~np.isnan(scores)).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.nansum(scores, axis=2) / n, np.nan)


def mean_scores(scores: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` means over the weights of ``weight_means``: the first objective."""
    return np.nanmean(weight_means(scores), axis=1)


def compile_variation() -> None:
    """Compile what a second generation needs."""
    search = WannSearch(SearchConfig(population=2), 1, 1)
    for generation in range(2):
        search.ask(rng_for(0, generation, "vary"))
        search.tell(np.zeros((2, 1, 1)), rng_for(0, generation, "rank"))


class WannSearch:
    """Weight-agnostic neural network search (Gaier & Ha 2019, algorithm of section 3.1).

    Attributes:
        generation: how many generations have been told.
        population: the genomes of the last ask.
        order: ``(N,)`` their indices from best to worst, after tell.
        scale: what observations are scaled by in this generation, where they are.
        observed: ``(3, I)`` statistics of what the best networks have observed; see
            ``wann.tasks.scaling``.
        best: the genome with the highest mean score of the generation that was told last, of those
            that played in all trials; of equals the smallest.
    """

    population: Population

    def __init__(self, config: SearchConfig, n_inputs: int, n_outputs: int):
        """Start a search for networks of this many inputs (bias not counted) and outputs."""
        self.config, self.n_inputs, self.n_outputs = config, n_inputs, n_outputs
        self.generation = 0
        self.order = np.empty(0, np.int64)
        self.scale: Scale | None = None
        self.observed = np.zeros((3, n_inputs))
        self._asked = False
        self.innovations = innovations(1 + n_inputs + n_outputs, NO_SPLITS)

    def ask(self, rng: np.random.Generator) -> Population:
        """Return the next generation: minimal networks at first, then elites and children.

        Raises:
            WannError: none of the mutations that have a probability above 0 is possible.
        """
        if self._asked:
            raise RuntimeError(
                "ask was called twice: tell the scores of a generation before asking for the next"
            )
        self._asked = True
        config, n = self.config, self.config.population
        if self.generation == 0:
            self.population = Population.of(
                [
                    minimal_genome(self.n_inputs, self.n_outputs, config.init_enable, rng)
                    for _ in range(n)
                ]
            )
            return self.population
        n_elites = int(config.elites * n)
        n_parents = max(1, n - int(config.cull * n))
        # a tournament's winner is its best rank; drawing positions in ranked order makes that the
        # least
        draws = rng.integers(n_parents, size=(n - n_elites, config.tournament))
        probabilities = np.array([getattr(config.mutation, name) for name in MUTATIONS])
        activations = np.array([ACTIVATION_IDS[name] for name in config.activations])
        elites, parents = self.order[:n_elites], self.order[draws.min(axis=1)]
        try:
            self.population = Population(
                breed(
                    self.population.tables,
                    elites,
                    parents,
                    rng,
                    probabilities,
                    activations,
                    self.innovations,
                )
            )
        except ValueError as error:
            raise WannError(f"search.mutation: {error}") from None
        return self.population

    def tell(self, scores: np.ndarray, rng: np.random.Generator) -> None:
        """Rank the genomes of the last ask.

        Args:
            scores: ``(N, W, T)`` score of each genome at each shared weight in each trial; finite,
                but NaN in those that it did not play (see ``wann.search.racing``). Who has played
                more is ranked higher.
            rng: decides which pair of objectives ranks this generation.

        Raises:
            ValueError: the scores do not fit the population.
            RuntimeError: there was no ask.
        """
        if not self._asked:
            raise RuntimeError("tell was called without ask: ask before tell")
        if scores.ndim != 3 or len(scores) != len(self.population):
            raise ValueError(
                f"scores has shape {scores.shape}: must be (N, W, T) for {len(self.population)}"
                " networks"
            )
        self._asked = False
        mean = np.where(np.isnan(scores).any(axis=(1, 2)), -np.inf, mean_scores(scores))
        self.best = self.population[int(np.lexsort((self.population.sizes, -mean))[0])]
        self.order = self.ranking(scores, rng)
        self.generation += 1

    def ranking(self, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the indices ``(N,)`` of the genomes of the last ask from best to worst; arguments as of ``tell``."""
        objectives, unplayed = self.objectives(scores, rng), np.isnan(scores).sum(axis=(1, 2))
        groups = [np.flatnonzero(unplayed == n) for n in np.unique(unplayed)]
        return np.concatenate([group[rank(objectives[group])] for group in groups])

    def objectives(self, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return what the genomes of the last ask are ranked by, ``(N, 2)``; arguments as of ``tell``."""
        per_weight = weight_means(scores)
        second = (
            -self.population.sizes
            if rng.random() < self.config.p_size
            else np.nanmax(per_weight, axis=1)
        )
        return np.column_stack((mean_scores(scores), second))
