"""What a configuration may say: names, types and bounds of a table's values."""

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from wann.config.settings import Config, SearchConfig
from wann.errors import WannError
from wann.numeric.activations import ACTIVATION_IDS

LONGEST_VALUE = 100  # characters of a value in a message
MOST_WEIGHTS = 256  # of a sweep
MOST_SCORES = 10**9  # of a generation
#: a name, module:NAME, or gym:ID or envpool:ID with an id as Gymnasium has them
#: ([module:][namespace/]name; EnvPool has no modules) and arguments (,KEY=VALUE); nothing that a
#: terminal or a shell would take for something else
TASK_NAME = re.compile(
    r"(gym:([\w.]{1,100}:)?|envpool:)([\w-]{1,100}/)?[\w.-]{1,100}(,\w{1,100}=[\w.+-]{1,100}){0,20}"
    r"|[\w.-]{1,100}(:[\w.]{1,100})?"
)


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
    if config.settle_steps and config.search.recurrent:
        raise WannError(
            f"settle_steps = {config.settle_steps} with search.recurrent = true: a network that"
            " remembers may move again after steps without a change; set one of them to 0 or false"
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
