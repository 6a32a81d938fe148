"""``python -m wann.pruning``."""

from wann.pruning.comparison.compare import command, main
from wann.pruning.comparison.options import parser

__all__ = ["command", "main", "parser"]

if __name__ == "__main__":
    command()
