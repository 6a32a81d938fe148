"""One network as an ensemble: a classifier at several weights votes with itself."""

from typing import Any, NamedTuple

import numpy as np

from wann.jit import compiled
from wann.network.network import Network
from wann.numeric.mathfun import LOG2E, exp2, least_exponent, log
from wann.tasks.classification.cross_entropy import outputs_of_samples
from wann.tasks.classification.samples import Samples
from wann.threads import LEAST_WORK, divided, in_threads

LEAST_SAMPLES = 500  # of a part: with fewer, a thread costs more time than it saves


@compiled
def softmax(outputs):
    """Turn outputs, ``(W, S, classes)``, into probabilities."""
    for w in range(outputs.shape[0]):
        for s in range(outputs.shape[1]):
            top, total = outputs[w, s].max(), 0.0
            for c in range(outputs.shape[2]):
                outputs[w, s, c] = exp2(max(least_exponent(0.0), (outputs[w, s, c] - top) * LOG2E))
                total += outputs[w, s, c]
            for c in range(outputs.shape[2]):
                outputs[w, s, c] /= total


def probabilities(net: Network, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return the softmax of a classifier's outputs, ``(W, S, classes)``.

    Args:
        net: the decoded network.
        weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones.
        inputs: ``(S, n_inputs)`` samples, the bias not included.
    """
    outputs = outputs_of_samples(net, weights, inputs)
    softmax(outputs)
    return outputs


class Judged(NamedTuple):
    """How a classifier does on each sample.

    Attributes:
        chosen: ``(W, S)`` int64, the class of the largest output at each weight.
        loss: ``(W, S)`` cross-entropy in nats.
    """

    chosen: np.ndarray
    loss: np.ndarray


@compiled
def judge_outputs(outputs, labels, chosen, losses):
    """Fill chosen and losses, ``(W, S)``, for outputs ``(W, S, classes)``."""
    for w in range(outputs.shape[0]):
        for s in range(outputs.shape[1]):
            best, total = 0, 0.0
            for c in range(1, outputs.shape[2]):
                if outputs[w, s, c] > outputs[w, s, best]:
                    best = c
            for c in range(outputs.shape[2]):
                total += exp2(
                    max(least_exponent(0.0), (outputs[w, s, c] - outputs[w, s, best]) * LOG2E)
                )
            chosen[w, s] = best
            losses[w, s] = log(total) + outputs[w, s, best] - outputs[w, s, labels[s]]


def judge(net: Network, weights: np.ndarray, samples: Samples) -> Judged:
    """Return how a classifier does with ``(W,)`` shared or ``(W, C)`` individual weights on S
    samples.
    """
    outputs = outputs_of_samples(net, weights, samples.inputs)
    judged = Judged(np.empty(outputs.shape[:2], np.int64), np.empty(outputs.shape[:2]))
    judge_outputs(outputs, samples.labels, *judged)
    return judged


def ballot(probs: np.ndarray) -> np.ndarray:
    """Return the share of votes for each class, ``(S, classes)``: each of the W members has one,
    their mean half a one.

    So of classes with equal votes the one with more probability has the larger share.
    """
    chosen = winners(probs.reshape(-1, probs.shape[2])).reshape(probs.shape[:2])
    votes = (chosen[:, :, None] == np.arange(probs.shape[2])).sum(axis=0)
    return (votes + probs.mean(axis=0) / 2) / (len(probs) + 0.5)


def vote(probs: np.ndarray) -> np.ndarray:
    """Return the class, ``(S,)``, that most of the W members choose.

    Of equals the one with more probability.

    Source: Gaier & Ha 2019, section 4.2: the network at each weight is a member of the ensemble.
    """
    return ballot(probs).argmax(axis=1)


@compiled
def winners(table):
    """Return the column of the largest number in each row of ``(R, C)``, the first of equals."""
    best = np.zeros(table.shape[0], np.int64)
    for r in range(table.shape[0]):
        for c in range(1, table.shape[1]):
            if table[r, c] > table[r, best[r]]:
                best[r] = c
    return best


def accuracies(net: Network, weights: np.ndarray, samples: Samples) -> dict[str, Any]:
    """Return the shares of samples that a classifier tells right.

    Args:
        net: the decoded network.
        weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones.
        samples: with their classes.

    Returns: ``per_weight``, a list of W; ``vote``, of the majority of the W; ``mean_probability``,
    of the class with the highest probability on average.
    """
    n = len(samples.labels)

    def count(first: int, last: int) -> np.ndarray:
        """Return how many of some samples are told right at each weight, by vote and on average."""
        probs, labels = (
            probabilities(net, weights, samples.inputs[first:last]),
            samples.labels[first:last],
        )
        tables = (*probs, ballot(probs), probs.mean(axis=0))
        return np.array([(winners(table) == labels).sum() for table in tables])

    of_each = LEAST_WORK // LEAST_SAMPLES * np.arange(n + 1)
    *right, vote_right, mean_right = (
        np.sum(in_threads(count, divided(of_each)), axis=0) / n
    ).tolist()
    return {"per_weight": right, "vote": vote_right, "mean_probability": mean_right}
