"""The settings of a tuning that was stopped must be those with which it goes on."""

import json
import zlib
from typing import Any

import wann
from wann.champion.champion import Champion


def log_settings(champion: Champion, seed: int, rounds: int, trials: int | None = None) -> dict[str, Any]:
    """Return what must be equal for a log to be continued; ``trials`` where the searches depend on it, else None."""
    return {
        **({} if trials is None else {"trials": trials}),
        "format": "wann-tune-log",
        "wann": wann.__version__,
        "champion": zlib.crc32(json.dumps(champion.to_json()).encode()),
        "seed": seed,
        "rounds": rounds,
    }
