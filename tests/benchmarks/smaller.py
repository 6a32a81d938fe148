"""How much smaller champions of several runs become by ``wann simplify``, and what that costs:
``python tests/benchmarks/smaller.py RUNS [--loss L] [--price P]``.

A line for each run, connections and mean score over the weights of the sweep before and after, on
fresh trials; then their medians.
"""

import argparse
from pathlib import Path

import numpy as np

import wann
from wann.simplify.simplify import simplify


def main() -> None:
    """Simplify what the command line names."""
    parser = argparse.ArgumentParser(description="Simplify the champions of runs.")
    parser.add_argument("runs", type=Path, help="folder of wann evolve --seeds")
    parser.add_argument("--loss", type=float, default=0.02)
    parser.add_argument("--price", type=float, default=0.003)
    args = parser.parse_args()
    rows = []
    for path in sorted(args.runs.glob("s*/champion.json")):
        champion = simplify(wann.load(path), loss=args.loss, price=args.price)
        said = champion.provenance["simplified"]
        ends = said["before"], said["after"]
        rows.append([end[key] for end in ends for key in ("connections", "mean")])
        print(path.parent.name, *(f"{value:.0f}" for value in rows[-1]), flush=True)
    print("median", *(f"{value:.0f}" for value in np.median(rows, axis=0)))


if __name__ == "__main__":
    main()
