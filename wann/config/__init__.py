"""The configuration of an evolution.

A TOML file says only what differs from the defaults; ``key=value`` overrides come on top.
"""

from wann.config.check import (
    MOST_WEIGHTS,
    TASK_NAME,
    check_config,
    check_search,
    flat,
    make_config,
    nearest,
    quoted,
    to_table,
)
from wann.config.settings import (
    LARGEST_SEED,
    MANY,
    MOST_GENERATIONS,
    Config,
    MutationConfig,
    SearchConfig,
    SimplifyConfig,
)
from wann.config.source import (
    SHIPPED,
    configure,
    find_table,
    override,
    play_at_hand,
    read_toml,
    shipped,
    to_toml,
)

__all__ = [
    "LARGEST_SEED",
    "MANY",
    "MOST_GENERATIONS",
    "MOST_WEIGHTS",
    "SHIPPED",
    "TASK_NAME",
    "Config",
    "MutationConfig",
    "SearchConfig",
    "SimplifyConfig",
    "check_config",
    "check_search",
    "configure",
    "find_table",
    "flat",
    "make_config",
    "nearest",
    "override",
    "play_at_hand",
    "quoted",
    "read_toml",
    "shipped",
    "to_table",
    "to_toml",
]
