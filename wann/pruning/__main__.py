"""``python -m wann.pruning``."""

from wann.pruning.compare import command, main

__all__ = ["command", "main"]

if __name__ == "__main__":
    command()
