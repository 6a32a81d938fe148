"""``python -m wann.pruning``."""

from wann.pruning.compare import command, main
from wann.pruning.options import parser

__all__ = ["command", "main", "parser"]

if __name__ == "__main__":
    command()
