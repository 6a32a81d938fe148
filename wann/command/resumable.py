"""Commands that make another network of one, and go on where they were stopped: evaluations are in
a log.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wann.command.options import check_output
from wann.errors import NothingPlayed, StopRequested, WannError, describe
from wann.output import say
from wann.runs.score_log import ScoreLog


def result_file(
    args: argparse.Namespace,
    name: str,
    kept: str,
    gives_way: Callable[[Path], bool] = lambda path: False,
) -> Path:
    """Return the file that a command writes: that of ``-o``, else one beside the network.

    Args:
        args: with ``champion``, None where none is read, ``output`` and ``force``.
        name: of the result: ``RUN/NAME.json``, or ``CHAMPION.NAME.json`` beside a file.
        kept: what the network that is read is called.
        gives_way: whether a file that is there may be overwritten without ``force``.

    Raises:
        WannError: it would be written over that network, or over another file without ``force``, or
            its name says that it is of another format.
    """
    path: Path | None = args.output
    if args.champion is not None:
        is_run = args.champion.is_dir()
        source = args.champion / "champion.json" if is_run else args.champion
        beside = source.with_name(f"{name}.json") if is_run else source.with_suffix(f".{name}.json")
        path = path or beside
        if path.resolve() == source.resolve():
            raise WannError(f"{path}: is the {kept}, which is kept: give another file with -o")
    assert path is not None
    if path.suffix == ".out":  # which is read as the published format
        raise WannError(
            f"{path}: a {name} network is written as JSON: give a file name that ends in .json"
        )
    check_output(path, args.force or gives_way(path))
    return path


@contextmanager
def resumable(log: ScoreLog) -> Iterator[None]:
    """Compute and save with a log, which is removed when all is done.

    Where it is stopped the log is kept, and the command ends.

    Raises:
        WannError: the system failed: a full disk, say.
        NothingPlayed: every episode failed; the log, which holds nothing, is gone.
    """
    try:
        yield
        log.remove()
    except OSError as error:
        raise WannError(
            f"{describe(error)}; when this is solved, the same command goes on"
        ) from None
    except NothingPlayed:
        log.remove()  # another task may be tried
        raise
    except StopRequested:
        stopped = (
            f"stopped early; the same command goes on where it was: {log.path} holds the scores"
            " so far"
        )
        say(stopped, sys.stderr)
        sys.exit(130)
