"""What tasks return, checked where it comes in: a task of one's own may return or raise anything.

Whoever evaluates, threads, processes or a cluster, takes it from here, so that all say the same of
it.
"""

import operator
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from wann.errors import NothingPlayed, WannError
from wann.network.network import Networks
from wann.tasks.task import LARGEST_SCORE, WORST, Task


def trials_of(task: Task, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the ``(n, ...)`` trials of a task.

    Raises:
        WannError: the task fails, or returns something else.
    """
    with _in_a_line(task, "trials"):
        trials: Any = task.trials(n, rng)
    if not isinstance(trials, np.ndarray) or trials.ndim == 0 or len(trials) != n:
        raise WannError(
            f"{_named(task)}: trials returns {_described(trials)}: must be an array of shape"
            f" ({n}, ...)"
        )
    return trials


def scores_of(
    task: Task, networks: Networks, weights: np.ndarray, trials: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return the ``(N, W, T)`` float64 scores of a task, any of which may be NaN or infinite, and
    the steps made.

    Raises:
        WannError: the task fails, or returns something else.
    """
    with _in_a_line(task, "score"):
        answer: Any = task.score(networks, weights, trials)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise WannError(
            f"{_named(task)}: score returns {_described(answer)}: must be a pair, scores and the"
            " steps made"
        )
    try:
        steps = operator.index(answer[1])
    except TypeError:
        steps = -1
    if steps < 0:
        raise WannError(
            f"{_named(task)}: score returns {_described(answer[1])} as steps: must be a whole"
            " number, from 0 on"
        )
    return _real(task, answer[0], (networks.size, len(weights), len(trials))), steps


def successes_of(
    task: Any,
    networks: Networks,
    weights: np.ndarray,
    trials: np.ndarray,
    scores: np.ndarray,
) -> np.ndarray:
    """Return which of the episodes with these ``(N, W, T)`` scores succeed, as booleans.

    Raises:
        WannError: the task fails, or returns something else.
    """
    with _in_a_line(task, "successes"):
        answer: Any = task.successes(networks, weights, trials, scores)
    if not isinstance(answer, np.ndarray) or answer.dtype != bool or answer.shape != scores.shape:
        raise WannError(
            f"{_named(task)}: successes returns {_described(answer)}: must be booleans of shape"
            f" {scores.shape}, (networks, weights, trials)"
        )
    return answer


def observations_of(
    task: Any, networks: Networks, weights: np.ndarray, trials: np.ndarray
) -> tuple[np.ndarray, int]:
    """Return what is observed in rollouts of a task that has ``observations``, ``(S, I)``, and the
    steps made.

    Raises:
        WannError: the task fails.
    """
    with _in_a_line(task, "observations"):
        return task.observations(networks, weights, trials)


def _real(task: Task, given: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return scores as float64, or raise WannError."""
    try:
        scores = np.asarray(given)
    except Exception:  # lists of different lengths, say
        scores = np.array(None)
    if (
        scores.dtype.kind not in "biuf"
        or scores.shape != shape
        or isinstance(given, np.ma.MaskedArray)
    ):
        raise WannError(
            f"{_named(task)}: score returns {_described(given)} as scores: must be real numbers of"
            f" shape {shape}, (networks, weights, trials)"
        )
    with np.errstate(over="ignore"):  # of longer numbers
        return scores.astype(np.float64, copy=False)


def check_played(
    task: Task,
    networks: Callable[[], Networks],
    weights: np.ndarray,
    trials: np.ndarray,
    scores: np.ndarray,
    what: str,
) -> None:
    """Raise NothingPlayed if all of the ``(N, W, T)`` scores are of failures.

    Args:
        task: what was scored.
        networks: returns the N networks.
        weights: ``(W,)`` or ``(W, C)``.
        trials: ``(T, ...)``.
        scores: of the evaluator, NaN where there is none.
        what: what cannot be done then, and where the failures were: the start of a sentence.
    """
    failed = scores == WORST
    if not failed.any() or not (failed | np.isnan(scores)).all():  # a race leaves some out
        return
    reason = f"all scores are NaN, infinite or beyond ±{LARGEST_SCORE:g}"
    if hasattr(task, "failure"):
        i, w, t = np.argwhere(failed)[0]
        first = task.failure(networks().part(i, i + 1), weights[w : w + 1], trials[t : t + 1])
        reason = (
            f"every episode failed, the first with {first}" if first else "every episode failed"
        )
    raise NothingPlayed(f"{what} {reason}")


@contextmanager
def _in_a_line(task: Task, part: str) -> Iterator[None]:
    """Tell of what a task raises in a line, but let the user stop us."""
    try:
        yield
    except (WannError, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        # SystemExit, too, which would end a thread or a process silently
        try:
            text = str(error)
        except Exception:
            text = ""
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
        raise WannError(
            f"{_named(task)}: {part} raises {reason} ({place.filename}, line {place.lineno})"
        ) from error


def _named(task: Task) -> str:
    return f"task {getattr(task, 'name', type(task).__name__)}"


def _described(value: Any) -> str:
    """Return what a value is, in a few words."""
    if isinstance(value, np.ndarray) and value.ndim:
        kind = "a masked array" if isinstance(value, np.ma.MaskedArray) else "an array"
        return f"{kind} of {value.dtype} of shape {value.shape}"
    if value is None or isinstance(value, bool | int | float | complex | str | np.generic):
        return repr(value)[:100]
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
