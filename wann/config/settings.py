"""The configuration: frozen dataclasses are its documentation, defaults and bounds."""

from dataclasses import dataclass, field
from typing import Any

MANY = MOST_GENERATIONS = 1_000_000  # networks, generations or trials: more are a mistake
LARGEST_SEED = 2**63 - 1


def option(
    default: Any,
    meaning: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    nested: bool = False,
) -> Any:
    """Return a dataclass field with its meaning, and the inclusive bounds of its number or numbers
    or its choices.
    """
    metadata = {"meaning": meaning, "low": low, "high": high, "choices": choices}
    return (
        field(default_factory=default, metadata=metadata)
        if nested
        else field(default=default, metadata=metadata)
    )


@dataclass(frozen=True)
class MutationConfig:
    """Relative probability of each mutation; an impossible one is drawn again among the others."""

    add_connection: float = option(0.20, "connect two unconnected nodes", low=0, high=1000)
    add_node: float = option(0.25, "split a connection by a new node", low=0, high=1000)
    enable_connection: float = option(0.05, "enable a disabled connection", low=0, high=1000)
    change_activation: float = option(
        0.50, "give a hidden node another activation", low=0, high=1000
    )
    disable_connection: float = option(0.0, "disable an enabled connection", low=0, high=1000)
    add_recurrent: float = option(
        0.10,
        "connect the value that a node had in the step before to itself or to a node that is"
        " computed no later; only where networks are recurrent",
        low=0,
        high=1000,
    )


@dataclass(frozen=True)
class SearchConfig:
    """How genomes are varied and selected."""

    population: int = option(192, "networks in a generation", low=2, high=MANY)
    init_enable: float = option(
        0.5, "chance that an input-output connection starts enabled", low=0, high=1
    )
    objective: str = option(
        "mean",
        "first objective: the mean score over all weights, or over the worse half of them"
        " (lower_half)",
        choices=("mean", "lower_half"),
    )
    parents: str = option(
        "tournament",
        "which of the candidates for a parent is taken: the best ranked (tournament), or who is"
        " best at one weight after another (lexicase)",
        choices=("tournament", "lexicase"),
    )
    tournament: int = option(8, "candidates for the parent of each child", low=1, high=1000)
    cull: float = option(
        0.2, "worst share of a generation that cannot be parents", low=0, high=0.99
    )
    elites: float = option(
        0.2, "best share of a generation that passes unchanged", low=0, high=0.99
    )
    p_size: float = option(
        0.8, "share of generations ranked by (mean, size), not (mean, best weight)", low=0, high=1
    )
    activations: tuple[str, ...] = option(
        ("linear", "step", "sin", "gaussian", "tanh", "sigmoid", "inverse", "abs", "relu", "cos"),
        "activations that hidden nodes may have",
    )
    recurrent: bool = option(
        False,
        "whether connections may carry values of the step before: tasks with steps only, physics,"
        " Gymnasium tasks and functions",
    )
    mutation: MutationConfig = option(MutationConfig, "probabilities of the mutations", nested=True)


@dataclass(frozen=True)
class SimplifyConfig:
    """When the champion loses connections, and at what price: see ``wann.simplify``."""

    every: int = option(
        0,
        "generations of a stage, after which the champion is simplified and the search goes on"
        " with its mutants; 0: never",
        low=0,
        high=MANY,
    )
    price: float = option(
        0.001,
        "what a connection costs, as a share of what the champion scores above a network without"
        " connections",
        low=0,
        high=1,
    )
    loss: float = option(
        0.0,
        "share of that score that the champion may lose, if it is more than the confidence interval"
        " of its score allows; of samples at least 0.02",
        low=0,
        high=1,
    )
    paths: int = option(
        1,
        "eliminations, of which the best result counts, and then as many from there until none is"
        " better; of compiled physics, others have one",
        low=1,
        high=1000,
    )


@dataclass(frozen=True)
class Config:
    """A run: with its seed it determines every result, bit for bit."""

    task: str = option(
        "swingup",
        "name of a task, gym:ID of Gymnasium, envpool:ID of EnvPool, or module:NAME of your own",
    )
    seed: int = option(0, "seed of every random choice", low=0, high=LARGEST_SEED)
    generations: int = option(1024, "generations to evolve", low=1, high=MANY)
    weights: tuple[float, ...] = option(
        (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0),
        "shared weights that each network is tried with",
        low=-1e6,
        high=1e6,
    )
    start: str = option(
        "",
        "SHA-256 of the network whose mutants are the first generation; empty for minimal networks."
        " --start sets it",
    )
    sweep: str = option(
        "fixed",
        "weights of a generation: those (fixed), or drawn around them anew (fresh); scores are"
        " reported at those",
        choices=("fixed", "fresh"),
    )
    precision: str = option(
        "float64",
        "of the search's rollouts: float64 or float32; champions are always scored in float64",
        choices=("float64", "float32"),
    )
    scale_observations: bool = option(
        False,
        "whether observations are scaled by their running mean and standard deviation: physics and"
        " Gymnasium tasks only",
    )
    settle_steps: int = option(
        0,
        "steps in which no observation moves by more than 0.001, after which the rest of an"
        " episode of a generation is not played, but counts as these steps did; 0: all is played."
        " gym:ID and envpool:ID only; champions are always scored by whole episodes",
        low=0,
        high=MANY,
    )
    racing: bool = option(
        False,
        "whether networks that fall behind in a part of the weights and trials are not played in"
        " the rest",
    )
    trials: int = option(
        4,
        "trials of each network at each weight, the same for a whole generation",
        low=1,
        high=MANY,
    )
    confirm_trials: int = option(
        32, "fresh trials on which a new champion must beat the old one", low=1, high=MANY
    )
    report_trials: int = option(
        100, "further trials that give the scores written with a champion", low=1, high=MANY
    )
    search: SearchConfig = option(SearchConfig, "variation and selection", nested=True)
    simplify: SimplifyConfig = option(SimplifyConfig, "simplification of champions", nested=True)
