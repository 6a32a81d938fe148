"""The configuration: frozen dataclasses are its documentation, defaults and bounds.

A TOML file says only what differs from the defaults; ``key=value`` overrides come on top.
"""

import difflib
import importlib.util
import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

import wann
from wann.errors import WannError, warn
from wann.files import read_file
from wann.numeric.activations import ACTIVATION_IDS

LARGEST_TOML = 2**14  # bytes: for many times as much dotted keys take minutes
LONGEST_VALUE = 100  # characters of a value in a message
MOST_WEIGHTS = 256  # of a sweep
MANY = MOST_GENERATIONS = 1_000_000  # networks, generations or trials: more are a mistake
LARGEST_SEED = 2**63 - 1
MOST_SCORES = 10**9  # of a generation
#: a name, module:NAME, or gym:ID or envpool:ID with an id as Gymnasium has them
#: ([module:][namespace/]name; EnvPool has no modules) and arguments (,KEY=VALUE); nothing that a
#: terminal or a shell would take for something else
TASK_NAME = re.compile(
    r"(gym:([\w.]{1,100}:)?|envpool:)([\w-]{1,100}/)?[\w.-]{1,100}(,\w{1,100}=[\w.+-]{1,100}){0,20}"
    r"|[\w.-]{1,100}(:[\w.]{1,100})?"
)
POOLED = "envpool:"  # how the names of EnvPool's tasks begin
SHIPPED = Path(wann.__file__).parent.parent / "configs"


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
    starts: int = option(
        1,
        "stages that begin with minimal networks: the best champion of these goes on in the rest",
        low=1,
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


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like ``word``."""
    return max(known, key=lambda k: difflib.SequenceMatcher(None, word, k).ratio())


def nearest_key(key: str) -> str:
    """Return the key of the configuration most like this one, by its whole name or its last part:
    ``search.population`` for ``population``.
    """

    def likeness(known: str) -> tuple[bool, float]:
        names = (key, known), (key.rpartition(".")[2], known.rpartition(".")[2])
        ratios = (difflib.SequenceMatcher(None, *pair).ratio() for pair in names)
        return names[1][0] == names[1][1], max(ratios)

    keys = list(flat(to_table(Config())))
    tables = {known.rpartition(".")[0] for known in keys} - {""}
    return max((*keys, *sorted(tables)), key=likeness)


def quoted(value: Any) -> str:
    """Return a value of a table as a message shows it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, tables thousands deep
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _checked_number(
    key: str, value: Any, kind: type, low: float | None, high: float | None
) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else int):
        raise WannError(
            f"{key} = {quoted(value)}: must be {'a number' if kind is float else 'a whole number'}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise WannError(f"{key} = {value!r}: must be finite")
    if low is not None and value < low:
        raise WannError(f"{key} = {quoted(value)}: must be at least {low}")
    if high is not None and value > high:
        raise WannError(f"{key} = {quoted(value)}: must be at most {high}")
    return float(value) if kind is float else int(value)


def _checked(key: str, value: Any, kind: Any, low: float | None, high: float | None) -> Any:
    """Return the value as the annotated type, or raise WannError."""
    if kind in (int, float):
        return _checked_number(key, value, kind, low, high)
    if kind is bool:
        if not isinstance(value, bool):
            raise WannError(f"{key} = {quoted(value)}: must be true or false")
        return value
    if kind is str:
        if not isinstance(value, str) or (not value and key != "start"):
            raise WannError(f"{key} = {quoted(value)}: must be text in quotes")
        return value
    if get_origin(kind) is tuple:
        element = get_args(kind)[0]
        if not isinstance(value, list | tuple) or not value:
            raise WannError(f"{key} = {quoted(value)}: must be a list with at least one value")
        if len(value) > MOST_WEIGHTS:
            raise WannError(f"{key} has {len(value)} values: must have at most {MOST_WEIGHTS}")
        return tuple(_checked(f"{key}[{i}]", v, element, low, high) for i, v in enumerate(value))
    raise TypeError(f"{key}: no rule for {kind}")


def _build(cls: type, table: Any, prefix: str = "") -> Any:
    """Return the dataclass ``cls`` filled from a TOML table."""
    if not isinstance(table, Mapping):
        raise WannError(
            f"{prefix[:-1]} = {quoted(table)}: must be a table of"
            f" {', '.join(f.name for f in fields(cls))}"
        )
    known = {f.name: f for f in fields(cls)}
    kinds, values = get_type_hints(cls), {}
    for name, value in table.items():
        if name not in known:
            key = f"{prefix}{quoted(name)[1:-1]}"
            raise WannError(f"unknown key {key}: did you mean {nearest_key(key)}?")
        if is_dataclass(kinds[name]):
            values[name] = _build(kinds[name], value, f"{prefix}{name}.")
        else:
            limits = known[name].metadata
            values[name] = _checked(
                f"{prefix}{name}", value, kinds[name], limits["low"], limits["high"]
            )
            if limits["choices"] and value not in limits["choices"]:
                raise WannError(
                    f"{prefix}{name} = {quoted(value)}: must be one of"
                    f" {', '.join(limits['choices'])}"
                )
    return cls(**values)


def make_config(table: Mapping[str, Any]) -> Config:
    """Return the configuration that a (nested) table describes.

    Raises:
        WannError: unknown key, wrong type or a value out of bounds; the message names the key.
    """
    config: Config = _build(Config, table)
    if not TASK_NAME.fullmatch(config.task):
        raise WannError(
            f"task = {quoted(config.task)}: must be the name of a task, gym:ID, envpool:ID or"
            " module:NAME"
        )
    if not re.fullmatch("([0-9a-f]{64})?", config.start):
        raise WannError(
            f"start = {quoted(config.start)}: must be empty or a SHA-256; --start CHAMPION sets it"
        )
    for name in config.search.activations:
        if name not in ACTIVATION_IDS:
            raise WannError(
                f"search.activations has {quoted(name)}: did you mean"
                f" {nearest(name, ACTIVATION_IDS)!r}? Known are {', '.join(ACTIVATION_IDS)}"
            )
    for key, values in (
        ("search.activations", config.search.activations),
        ("weights", config.weights),
    ):
        if len(set(values)) < len(values):
            raise WannError(
                f"{key} = {quoted(list(values))}: a value is there twice; list each once"
            )
    mutation = config.search.mutation
    if mutation.add_node + mutation.add_connection == 0:
        raise WannError(
            "search.mutation: add_node and add_connection are both 0; one must be above 0 to grow"
            " networks"
        )
    if config.search.parents == "lexicase" and len(config.weights) < 2:
        raise WannError(
            f"search.parents = 'lexicase' with the one weight {config.weights[0]:g}: it takes who"
            " is best at one weight after another: give several weights, or 'tournament'"
        )
    n_scores = config.search.population * len(config.weights) * config.trials
    if n_scores > MOST_SCORES:
        raise WannError(
            f"population x weights x trials = {n_scores}: must be at most {MOST_SCORES} rollouts"
        )
    return config


def check_config(config: Config) -> Config:
    """Return a configuration as it is, or raise WannError: for one that was made in Python."""
    make_config(to_table(config))
    return config


def check_search(config: SearchConfig) -> SearchConfig:
    """Return it as it is, or raise WannError; likewise."""
    make_config({"search": asdict(config)})
    return config


def configure(base: "str | Path | Config" = "swingup", **keys: Any) -> Config:
    """Return a configuration with some of its keys changed.

    >>> configure("swingup", seed=3, generations=50, search={"population": 64}).search.population
    64

    Args:
        base: name of a shipped configuration, ``FILE.toml``, ``gym:ID``, ``envpool:ID`` or
            ``module:NAME`` for the defaults with this task, or a configuration.
        keys: of ``Config``; tables, such as ``search``, as dictionaries of what differs.

    Raises:
        WannError: unknown name or key, wrong type or a value out of bounds.
    """
    if isinstance(base, Config):
        table = to_table(base)
    elif isinstance(base, str | Path):
        table = find_table(str(base))
    else:
        raise WannError(
            f"configuration {quoted(base)}: must be the name of one, a file or a wann.Config"
        )
    _update(table, keys)
    play_at_hand(str(base), table)
    return make_config(table)


def _update(table: dict[str, Any], keys: Mapping[str, Any]) -> None:
    """Change some keys of a nested table; values of NumPy become Python's own."""
    for name, value in keys.items():
        if is_dataclass(value) and not isinstance(value, type):
            value = asdict(value)
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, Mapping) and isinstance(table.setdefault(name, {}), dict):
            _update(table[name], value)
        else:
            table[name] = value


def to_table(config: Config) -> dict[str, Any]:
    """Return the configuration as a table of plain values: what make_config takes and JSON
    holds.
    """
    table: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return table


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested table with keys as ``--set`` takes them: ``search.population``."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def to_toml(config: Config) -> str:
    """Return the whole configuration as TOML, each key with its meaning."""

    def lines(part: Any, path: str) -> Iterable[str]:
        nested = [f for f in fields(part) if is_dataclass(getattr(part, f.name))]
        for f in fields(part):
            if f not in nested:  # a JSON number, string or list is TOML too
                value = json.dumps(getattr(part, f.name), ensure_ascii=False)
                yield f"{f.name} = {value}  # {f.metadata['meaning']}"
        for f in nested:
            yield f"\n[{path}{f.name}]"
            yield from lines(getattr(part, f.name), f"{path}{f.name}.")

    return "\n".join(lines(config, "")) + "\n"


def read_toml(path: Path) -> dict[str, Any]:
    """Return the table of a TOML file that describes a configuration, or raise WannError naming the
    file.
    """
    try:
        table = tomllib.loads(read_file(path, LARGEST_TOML).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WannError(f"{path}: not valid TOML ({error})") from None
    try:
        make_config(table)
    except WannError as error:
        raise WannError(f"{path}: {error}") from None
    return table


def shipped() -> list[str]:
    """Return the names of the shipped configurations."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def find_table(name: str) -> dict[str, Any]:
    """Return the table of a shipped configuration, a TOML file, or the defaults for a name with a
    colon: ``module:NAME``, ``gym:ID`` and ``envpool:ID``.
    """
    if name.endswith(".toml"):
        return read_toml(Path(name))
    if ":" in name:
        return {"task": name}
    names = shipped()
    if name not in names:
        close = f"did you mean {nearest(name, names)}? " if names else ""
        raise WannError(
            f"unknown configuration {name!r}: {close}Give one of {', '.join(names)}, a file"
            " ending in .toml, a file of samples such as .csv or .npz, gym:ID of Gymnasium, or a"
            " task of your own as module:NAME"
        )
    return read_toml(SHIPPED / f"{name}.toml")


def play_at_hand(name: str, table: dict[str, Any]) -> None:
    """Put Gymnasium's own environment in place of EnvPool's into the table of a shipped
    configuration where EnvPool is not installed: another task, which the run then names.
    """
    task = str(table.get("task"))
    at_hand = name not in shipped() or importlib.util.find_spec("envpool") is not None
    if at_hand or not task.startswith(POOLED):
        return
    other = f"gym:{task.removeprefix(POOLED)}"
    warn(
        f"{name}: EnvPool is not installed, so the task is {other} in place of {task}: slower, and"
        ' with other episodes, so that the champion is another one; pip install "wann[envpool]"',
        stacklevel=3,
    )
    table["task"] = other


def override(table: dict[str, Any], assignment: str) -> None:
    """Apply one ``a.b=value`` to a table; the value is TOML, or else plain text."""
    key, equals, text = assignment.partition("=")
    *path, name = key.strip().split(".")
    if not equals or not all((*path, name)):
        raise WannError(f"--set {assignment}: must be KEY=VALUE, as in search.population=64")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise WannError(f"--set {assignment}: {part} is no table")
    table[name] = value
