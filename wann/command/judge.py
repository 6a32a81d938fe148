"""The commands that judge a champion: options, a progress line, and a table or JSON."""

import argparse
from collections.abc import Callable
from typing import Any, Protocol

from wann.champion.champion import Champion, load
from wann.command.options import add_backend_option, add_options, add_subject
from wann.command.progress import EpisodeProgress
from wann.output import Parser, own_stdout, say, say_json
from wann.tasks.data import data_of_args


class Result(Protocol):
    """What is found."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        ...


def judge_parser(module: str, description: str) -> argparse.ArgumentParser:
    """Return the command line of ``python -m MODULE CHAMPION``."""
    parser = Parser(prog=f"python -m {module}", description=description)
    add_subject(parser)
    add_options(parser)
    add_backend_option(parser)
    return parser


@own_stdout()
def judge(
    args: argparse.Namespace,
    find: Callable[..., Any],
    table: Callable[[Any], str],
    change: Callable[[Champion], Champion] = lambda champion: champion,
) -> None:
    """Judge the champion that the command line names, and say what was found.

    Args:
        args: of ``judge_parser``.
        find: ``find(champion, task, trials, seed, progress, data, backend)``.
        table: the result as text.
        change: what is done to the champion first.
    """
    champion = change(load(args.champion, args.stored_weights))
    with EpisodeProgress() as progress:
        asked = args.task, args.trials, args.seed
        result = find(champion, *asked, progress.show, data_of_args(args), args.backend)
    if args.json:
        say_json(result.to_json())
    else:
        say(table(result))
