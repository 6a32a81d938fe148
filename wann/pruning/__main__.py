"""``python -m wann.pruning``."""

from wann.pruning.compare import command

if __name__ == "__main__":
    command()
