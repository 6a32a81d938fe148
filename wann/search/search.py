"""The search: ask for a generation of genomes, tell their scores."""

from collections.abc import Callable
from concurrent.futures import Future
from copy import copy
from threading import Lock

import numpy as np

from wann.config import SearchConfig, check_search
from wann.errors import WannError
from wann.genome.breeding import breed
from wann.genome.genome import Genome, minimal_genome, renumbered
from wann.genome.mutation import MUTATIONS, NO_SPLITS, innovations, splits_of, stand_ins
from wann.genome.population import Population
from wann.network.network import Networks, decode_all
from wann.numeric.activations import ACTIVATION_IDS
from wann.search.nsga2 import rank
from wann.search.parents import lexicase, tournament
from wann.search.state import SearchState
from wann.search.sweep import OBJECTIVES, best_means, n_missing, weight_means
from wann.streams import rng_for
from wann.threads import later

NO_CASES = np.empty((0, 0))


def mutation_probabilities(config: SearchConfig) -> np.ndarray:
    """Return the probability of each of MUTATIONS, ``(6,)``; recurrent connections are added only
    where networks may be recurrent.
    """
    return np.array(
        [
            getattr(config.mutation, name) if name != "add_recurrent" or config.recurrent else 0.0
            for name in MUTATIONS
        ]
    )


def compile_variation() -> None:
    """Compile what a second generation needs."""
    search = WannSearch(SearchConfig(population=2), 1, 1)
    for _ in range(2):
        search.ask()
        search.tell(np.zeros((2, 1, 1)))


class WannSearch:
    """Weight-agnostic neural network search: the algorithm, without any evaluation.

    ``ask`` gives the genomes of a generation, ``tell`` takes their scores, in turns:

        search = WannSearch(SearchConfig(population=64), n_inputs=5, n_outputs=1, seed=0)
        for _ in range(100):
            genomes = search.ask()
            search.tell(scores_of_yours(genomes))  # (N, W, T)
        search.best

    Attributes:
        config: how genomes are varied and selected.
        n_inputs: of all networks, the bias not counted.
        n_outputs: of all networks.
        seed: of every random choice; each comes from (seed, generation, purpose).
        generation: how many generations have been told.
        population: the genomes of the last ask.
        order: ``(N,)`` their indices from best to worst, after tell.
        best: the genome with the highest mean score (over all weights, or their worse half) of the
            generation that was told last, of those that played in all trials; of equals the
            smallest.

    Source: Gaier & Ha 2019, algorithm of section 3.1.
    """

    population: Population
    best: Genome

    def __init__(self, config: SearchConfig, n_inputs: int, n_outputs: int, seed: int = 0):
        """Start a search.

        Args:
            config: how genomes are varied and selected.
            n_inputs: of all networks, at least 1; the bias is not counted.
            n_outputs: of all networks, at least 1.
            seed: of every random choice.

        Raises:
            WannError: a value is out of its bounds.
        """
        self.config = check_search(config)
        for name, value, least in (
            ("n_inputs", n_inputs, 1),
            ("n_outputs", n_outputs, 1),
            ("seed", seed, 0),
        ):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise WannError(f"{name} = {value!r}: must be a whole number from {least} on")
        self.n_inputs, self.n_outputs, self.seed = int(n_inputs), int(n_outputs), int(seed)
        self.generation = 0
        self.order = np.empty(0, np.int64)
        self.cases = NO_CASES
        self._asked = False
        self._networks: Networks | None = None
        self._next: Future[WannSearch] | None = None  # as it is after the next ask
        self.innovations = innovations(1 + n_inputs + n_outputs, NO_SPLITS)
        self._n_splits = 0  # after the last ask; who makes the next generation ahead adds more
        self._recording = Lock()

    def _rng(self, purpose: str) -> np.random.Generator:
        """Return the random stream of a purpose in this generation."""
        return rng_for(self.seed, self.generation, purpose)

    def ask(self) -> Population:
        """Return the next generation: minimal networks at first, then elites and children.

        Raises:
            WannError: none of the mutations that have a probability above 0 is possible.
            RuntimeError: the scores of the last generation were not told.
        """
        if self._asked:
            raise RuntimeError(
                "ask was called twice: tell the scores of a generation before asking for the next"
            )
        if self._next is not None:
            vars(self).update(vars(self._next.result()))
            return self.population
        self._asked, self._networks = True, None
        config, n, rng = self.config, self.config.population, self._rng("vary")
        if not len(self.order):
            self.population = Population.of(
                [
                    minimal_genome(self.n_inputs, self.n_outputs, config.init_enable, rng)
                    for _ in range(n)
                ]
            )
            return self.population
        n_elites = int(config.elites * n)
        n_parents = max(1, n - int(config.cull * n))
        draws = rng.integers(n_parents, size=(n - n_elites, config.tournament))
        if config.parents == "lexicase":
            parents = lexicase(self.order, draws, self.cases, rng)
        else:
            parents = tournament(self.order, draws)
        self.population = self._bred(self.population, self.order[:n_elites], parents, rng)
        return self.population

    def start_from(self, genome: Genome) -> None:
        """Have the next generation begin with a genome: its copies and their mutants are ranked.

        So the next one has it, its mutants, and mutants of these. Hidden nodes of a genome of this
        search keep their ids; those of another are numbered on from the outputs.

        Args:
            genome: with the inputs and outputs of the search.

        Raises:
            WannError: it has others.
            RuntimeError: it is between ask and tell.
        """
        if self._asked:
            raise RuntimeError("start_from was called after ask: tell before another start")
        if (genome.n_inputs, genome.n_outputs) != (self.n_inputs, self.n_outputs):
            raise WannError(
                f"the network has {genome.n_inputs} inputs and {genome.n_outputs} outputs, but the"
                f" search is for {self.n_inputs} and {self.n_outputs}"
            )
        if genome.nodes["id"][-1] >= genome.n_fixed + self._n_splits:
            genome = renumbered(genome)
        # splits are recorded anew, and no id is given twice
        n, given = self.config.population, max(self._n_splits, len(genome.hidden))
        self.innovations, self._n_splits = innovations(genome.n_fixed, stand_ins(given)), given
        self._networks = self._next = None
        n_elites = max(1, int(self.config.elites * n))
        copies, who = Population.of([genome]), np.zeros(n, np.int64)
        self.population = self._bred(copies, who[:n_elites], who[n_elites:], self._rng("start"))
        self.order = np.arange(n)
        self.cases = np.zeros((n, 1)) if self.config.parents == "lexicase" else NO_CASES

    def _bred(
        self,
        last: Population,
        elites: np.ndarray,
        parents: np.ndarray,
        rng: np.random.Generator,
    ) -> Population:
        """Return the elites and a child of each parent.

        Raises:
            WannError: none of the mutations that have a probability above 0 is possible.
        """
        probabilities = mutation_probabilities(self.config)
        activations = np.array([ACTIVATION_IDS[name] for name in self.config.activations])
        try:
            with self._recording:
                bred = breed(
                    last, elites, parents, rng, probabilities, activations, self.innovations
                )
        except ValueError as error:
            raise WannError(f"search.mutation: {error}") from None
        # each new split is in a child, whose last node has the highest id
        newest = int(bred.tables.nodes["id"][bred.tables.node_start[1:] - 1].max())
        self._n_splits = max(self._n_splits, newest + 1 - self.innovations.first_id)
        return bred

    def prepare(self) -> None:
        """Let a thread make and decode the next generation while this one goes on.

        The next ``ask`` returns it, or raises its error; until then nothing else changes.

        Raises:
            RuntimeError: it is between ask and tell.
        """
        if self._asked:
            raise RuntimeError("prepare was called after ask: tell before the next generation")
        if self._next is None:
            ahead = copy(self)  # which does not notice what becomes of this one
            self._networks = None
            self._next = later(ahead._prepared)

    def _prepared(self) -> "WannSearch":
        self.ask()
        self._networks = decode_all(self.population)
        return self

    @property
    def networks(self) -> Networks:
        """The genomes of the last ask, decoded."""
        if self._networks is None:
            self._networks = decode_all(self.population)
        return self._networks

    def tell(self, scores: np.ndarray) -> None:
        """Rank the genomes of the last ask.

        Args:
            scores: ``(N, W, T)`` score of each genome at each shared weight in each trial; finite,
                but NaN in those that it did not play (see ``wann.search.racing``).  Who has played
                more is ranked higher.

        Raises:
            ValueError: the scores do not fit the population, or one is infinite.
            RuntimeError: there was no ask.
        """
        if not self._asked:
            raise RuntimeError("tell was called without ask: ask before tell")
        scores = np.asarray(scores, np.float64)
        n = len(self.population)
        if scores.ndim != 3 or len(scores) != n or 0 in scores.shape:
            raise ValueError(f"scores has shape {scores.shape}: must be (N, W, T) for {n} networks")
        missing = n_missing(scores)
        if np.isinf(scores).any() or (missing == scores[0].size).any():
            raise ValueError(
                "scores has an infinite number, or none at all for a network: give a finite one, "
                "such as the worst score that is possible"
            )
        self._asked = False
        objectives = self.objectives(scores)
        mean = np.where(missing > 0, -np.inf, objectives[:, 0])
        best = np.flatnonzero(mean == np.fmax.reduce(mean))
        self.best = self.population[int(best[np.argmin(self.population.sizes[best])])]
        self.order = _ranked(objectives, missing)
        if self.config.parents == "lexicase":
            self.cases = weight_means(scores)
        self.generation += 1

    def ranking(self, scores: np.ndarray) -> np.ndarray:
        """Return the indices ``(N,)`` of the genomes of the last ask, best first; see ``tell``."""
        return _ranked(self.objectives(scores), n_missing(scores))

    def objectives(self, scores: np.ndarray) -> np.ndarray:
        """Return what the genomes of the last ask are ranked by, ``(N, 2)``; see ``tell``.

        The mean score over all weights or their worse half, and the size or the score at the best
        weight: a random number decides.
        """
        by_size = self._rng("rank").random() < self.config.p_size
        per_weight = weight_means(scores)
        second = -self.population.sizes if by_size else best_means(per_weight)
        return np.column_stack((OBJECTIVES[self.config.objective](per_weight), second))

    def mark(self) -> Callable[[], None]:
        """Return a function that takes back all asks and tells from now on: after an interruption.

        What is asked then is the same again.
        """
        # what is in it is replaced, not changed; but see ``breed``
        was = dict(vars(self), _next=None)
        return lambda: vars(self).update(was)

    def state(self) -> SearchState:
        """Return all that ``restore`` needs to go on from here.

        Raises:
            RuntimeError: it is between ask and tell, or there has been neither.
        """
        if self._asked or self.generation == 0:
            raise RuntimeError("a search has a state after tell only")
        with self._recording:
            splits = splits_of(self.innovations)[: self._n_splits]
        return SearchState(self.generation, self.population, self.order, splits, self.cases)

    def restore(self, state: SearchState) -> None:
        """Go on from the state of a search of the same configuration and seed.

        Raises:
            ValueError: the state is not one of such a search.
        """
        n, tables = self.config.population, state.population.tables
        if len(state.population) != n or not np.array_equal(np.sort(state.order), np.arange(n)):
            raise ValueError(f"it is not a population of {n} networks, each with its rank")
        if (tables.n_inputs, tables.n_outputs) != (self.n_inputs, self.n_outputs):
            raise ValueError("its networks have other inputs or outputs")
        # compiled code trusts that the ids of splits have no gaps
        splits = state.splits
        if splits.ndim != 2 or splits.shape[1] != 3 or len(np.unique(splits, axis=0)) < len(splits):
            raise ValueError("a split is there twice")
        lexicase = self.config.parents == "lexicase"
        if len(state.cases) != (n if lexicase else 0) or np.isinf(state.cases).any():
            raise ValueError("its scores do not fit its networks")
        self.generation, self.population, self.order, _, self.cases = state
        self.innovations = innovations(1 + self.n_inputs + self.n_outputs, splits)
        self._n_splits = len(splits)
        self._asked, self._networks, self._next = False, None, None


def _ranked(objectives: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the indices of points, best first: who lacks fewer scores, then by NSGA-II."""
    if not missing.any():
        return rank(objectives)
    groups = [np.flatnonzero(missing == n) for n in np.unique(missing)]
    return np.concatenate([group[rank(objectives[group])] for group in groups])
