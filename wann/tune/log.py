"""The settings of a tuning that was stopped must be those with which it goes on."""

import json
import zlib
from typing import Any

import wann
from wann.champion.champion import Champion


def log_settings(
    champion: Champion,
    seed: int,
    rounds: int,
    trials: int | None = None,
    data: str | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """Return what must be equal for a log to be continued.

    Args:
        champion: the network to be tuned.
        seed: of the tuning.
        rounds: generations or epochs of it.
        trials: where the searches depend on it, as in environments.
        data: digest of the task's data, if it has any.
        quick: whether it takes seconds.
    """
    return {
        **({} if trials is None else {"trials": trials}),
        **({} if data is None else {"data": data}),
        **({"quick": True} if quick else {}),
        "format": "wann-tune-log",
        "wann": wann.__version__,
        "champion": zlib.crc32(json.dumps(champion.to_json()).encode()),
        "seed": seed,
        "rounds": rounds,
    }
