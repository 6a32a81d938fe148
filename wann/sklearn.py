"""Weight-agnostic classifiers as scikit-learn has them:
``from wann.sklearn import WANNClassifier``.
"""

from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np

try:
    from joblib import effective_n_jobs
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state, check_scalar
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        f'wann.sklearn needs scikit-learn ({error}): pip install "wann[digits]"'
    ) from None

from wann.config import Config, make_config
from wann.errors import WannError, one_line
from wann.evolve.evolution import Evolution
from wann.names import LONGEST_NAME
from wann.network.network import decode_all
from wann.tasks.classification.cross_entropy import cross_entropies
from wann.tasks.classification.ensemble import ballot, probabilities
from wann.tasks.classification.samples import Samples, split
from wann.tasks.classification.task import ClassificationTask
from wann.tune.descent import EPOCHS, Descent

VOTINGS = ("mean_probability", "vote", "best")
IN_CONFIG = ("generations", "weights", "sweep", "precision")
IN_SEARCH = ("population", "init_enable", "tournament", "cull", "elites", "p_size", "activations")
# no step
DEFAULT_ACTIVATIONS = (
    "linear",
    "sin",
    "gaussian",
    "tanh",
    "sigmoid",
    "inverse",
    "abs",
    "relu",
    "cos",
)
# that a champion is challenged and scored on, if they are random
BATCHES = {"confirm_trials": 4, "report_trials": 16}


class WANNClassifier(ClassifierMixin, BaseEstimator):
    """Classifier by a network whose topology is evolved to work whatever single weight its
    connections share.

    The inputs are taken as they are: scale them, as for any network, say with
    ``make_pipeline(StandardScaler(), WANNClassifier())``.  ``sample_weight`` is not supported.

    Args:
        generations: generations to evolve.
        population: networks in a generation.
        weights: shared weights that each network is tried with; together they are the ensemble.
        sweep: weights of a generation: ``"fixed"`` for those, ``"fresh"`` for others, drawn around
            them for each, so that networks cannot be good at a few weights alone.
        batch: samples, drawn at random, that a generation is scored on; all if there are fewer.
        voting: how the network at its several weights decides: by the ``"mean_probability"`` of a
            class, by ``"vote"`` (of equals the more probable), or by the one weight that is
            ``"best"`` on validation samples.
        tune: whether the best network gets a weight of its own for each connection, by gradient
            descent from the shared ones; ``voting`` has no effect then.
        validation_fraction: share of the samples that is kept from the search to choose by; used
            only by ``voting="best"`` and ``tune``.
        init_enable: chance that an input-output connection starts enabled.
        tournament: parents drawn for each child, of which the best is taken.
        cull: worst share of a generation that cannot be parents.
        elites: best share of a generation that passes unchanged.
        p_size: share of generations ranked by (mean, size), not (mean, best weight).
        activations: that hidden nodes may have.
        precision: of the search: ``"float32"`` or ``"float64"``.
        n_jobs: threads; the result does not depend on it.  As in joblib None is 1 and -1 all cores.
        random_state: seed of every random choice, a RandomState, or None for another result each
            time.

    Attributes:
        classes_: ``(n_classes,)`` the labels, sorted.
        champion_: the best network, a ``wann.Champion``: it can be saved, drawn and exported. Its
            ``policy`` gives one output for each class, of which the largest wins.
        n_features_in_: number of inputs.
        feature_names_in_: their names, if X had any.

    Source: Gaier & Ha 2019, section 4.2.
    """

    def __init__(
        self,
        generations: int = 512,
        population: int = 192,
        weights: tuple[float, ...] = Config.weights,
        *,
        sweep: str = "fixed",
        batch: int = 1000,
        voting: str = "mean_probability",
        tune: bool = False,
        validation_fraction: float = 0.1,
        init_enable: float = 0.25,
        tournament: int = 32,
        cull: float = 0.2,
        elites: float = 0.2,
        p_size: float = 0.8,
        activations: tuple[str, ...] = DEFAULT_ACTIVATIONS,
        precision: str = "float32",
        n_jobs: int | None = None,
        random_state: Any = None,
    ):
        self.generations = generations
        self.population = population
        self.weights = weights
        self.sweep = sweep
        self.batch = batch
        self.voting = voting
        self.tune = tune
        self.validation_fraction = validation_fraction
        self.init_enable = init_enable
        self.tournament = tournament
        self.cull = cull
        self.elites = elites
        self.p_size = p_size
        self.activations = activations
        self.precision = precision
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Evolve a network that tells the classes of the samples apart, and return the classifier.

        Args:
            X: ``(n_samples, n_features)`` finite numbers; computed with in float32.
            y: ``(n_samples,)`` labels of any kind.

        Raises:
            ValueError: the samples or a parameter will not do.
        """
        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has only one class, {self.classes_[0]}: must have at least 2 classes"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        task = self._task(X, codes, seed)
        config = self._config(seed, len(task.train.labels) == task.batch)
        jobs = effective_n_jobs(self.n_jobs)
        backend = "threads" if jobs > 1 else "serial"
        self.champion_ = Evolution(config, task=task, backend=backend, workers=jobs).run()
        scores = {
            name: value for name, value in self.champion_.scores.items() if name != "accuracy"
        }
        self.champion_ = replace(self.champion_, scores=scores)  # there are no test samples
        self._choose_weights(task, seed)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, ``(n_samples, n_classes)``, in the order of
        ``classes_``.

        With ``voting="vote"`` it is the share of the votes, and a little of the mean probability,
        which decides between equals.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float32)
        champion = self.champion_
        chosen = champion.weights is not None or self.voting == "best"
        probs = probabilities(
            champion.network, champion.weights_at() if chosen else np.array(champion.sweep), X
        )
        return ballot(probs) if self.voting == "vote" and not chosen else probs.mean(axis=0)

    def predict(self, X: Any) -> np.ndarray:
        """Return the label, ``(n_samples,)``, of the most probable class of each sample."""
        codes = self.predict_proba(X).argmax(axis=1)  # first: it says so where nothing was fitted
        return self.classes_[codes]

    def _check_parameters(self) -> None:
        """Raise ValueError or TypeError for parameters that the configuration does not have."""
        check_scalar(self.batch, "batch", Integral, min_val=1)
        check_scalar(
            self.validation_fraction,
            "validation_fraction",
            Real,
            min_val=0,
            max_val=1,
            include_boundaries="neither",
        )
        if self.voting not in VOTINGS:
            raise ValueError(f"voting = {self.voting!r}: must be one of {', '.join(VOTINGS)}")

    def _task(self, X: np.ndarray, codes: np.ndarray, seed: int) -> ClassificationTask:
        """Return the samples as a task."""
        train = validation = Samples(X, codes)
        if self.tune or self.voting == "best":
            validation, train = split(X, codes, (self.validation_fraction,), seed)
            if not len(train.labels) or not len(validation.labels):
                raise ValueError(
                    f"validation_fraction = {self.validation_fraction} of {len(codes)} samples"
                    " leaves none to choose by or none to train on"
                )
        names = getattr(self, "feature_names_in_", [f"input {i + 1}" for i in range(X.shape[1])])
        inputs, outputs = (
            tuple(one_line(str(name), LONGEST_NAME) for name in part)
            for part in (names, self.classes_)
        )
        return ClassificationTask(
            inputs, outputs, train, validation, validation, min(self.batch, len(train.labels))
        )

    def _config(self, seed: int, all_in_batch: bool) -> Config:
        """Return the configuration of the search.

        Batches that hold all samples need no repetition.
        """
        run, search = (
            # Python's own numbers
            {name: np.asarray(getattr(self, name)).tolist() for name in names}
            for names in (IN_CONFIG, IN_SEARCH)
        )
        table = {**run, "task": "samples", "seed": seed, "trials": 1, "search": search}
        table |= {"confirm_trials": 1, "report_trials": 1} if all_in_batch else BATCHES
        try:
            return make_config(table)
        except WannError as error:
            raise ValueError(str(error).replace("search.", "")) from None

    def _choose_weights(self, task: ClassificationTask, seed: int) -> None:
        """Give the champion the weights that its validation samples choose, if any shall be
        chosen.
        """
        champion, sweep = self.champion_, np.array(self.champion_.sweep)
        if self.tune:
            starts = np.repeat(sweep[:, None], len(champion.genome.conns), axis=1)
            descent = Descent(champion.network, task, starts, EPOCHS, seed)
            while descent.epoch < EPOCHS:
                descent.run_epoch()
            self.champion_ = replace(champion, weights=descent.best[descent.loss.argmin()])
        elif self.voting == "best":
            inputs, labels = task.validation
            losses = cross_entropies(
                decode_all([champion.genome]), sweep, inputs.astype(np.float64), labels
            )[0]
            self.champion_ = replace(champion, shared_weight=float(sweep[losses.argmin()]))
