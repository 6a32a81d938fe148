"""How weight-agnostic classifiers of one's own samples are: variants of ``configs/samples.toml`` in
stratified 5-fold cross-validation. ``python tests/benchmarks/samples.py [VARIANT ...]``

A variant is a text such as ``"simplify.every=0 generations=512"`` of what differs from the file;
``""`` is the file itself. Data are scikit-learn's, each input scaled to a mean of 0 and a standard
deviation of 1 on the folds that are trained on, and the iris as it is, too. A seed decides folds
and search; its figures are means over the folds, and the rows have the median over the seeds with
its bootstrap interval. ``random weight``: accuracy on the held-out fold at a shared weight of
U(-2, 2), the mean over a fine grid; ``sweep``: of the mean probability over the six weights.
``-o docs/results/data/samples.csv`` writes the figures of each seed, too.
"""

import argparse
import csv
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from wann.config import Config, find_table, make_config, override
from wann.evolve.evolution import Evolution
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask

DATA = {"iris": load_iris, "iris as it is": load_iris, "wine": load_wine,
        "breast cancer": load_breast_cancer}  # fmt: skip
RANDOM = np.linspace(-2, 2, 202)[1:-1]
COLUMNS = ("random weight", "its deviation", "sweep", "connections", "seconds")


def one_run(name: str, variant: str, seed: int) -> list[float]:
    """Return the means over five folds of COLUMNS."""
    rows = []
    x, y = DATA[name](return_X_y=True)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y):
        scaler = StandardScaler(with_mean="as it is" not in name, with_std="as it is" not in name)
        scaled = scaler.fit(x[train]).transform(x).astype(np.float32)
        held = Samples(scaled[test], y[test].astype(np.int64))
        known = Samples(scaled[train], y[train].astype(np.int64))
        inputs = tuple(f"x{i}" for i in range(x.shape[1]))
        classes = tuple(str(k) for k in range(y.max() + 1))
        task = ClassificationTask(inputs, classes, known, held, held, min(1000, len(train)))
        table = find_table("samples") | {"seed": seed}
        for assignment in variant.split():
            override(table, assignment)
        began = time.process_time()
        champion = Evolution(make_config(table), task=task, backend="serial").run()
        seconds = time.process_time() - began
        random = accuracies(champion.network, RANDOM, held)["per_weight"]
        sweep = accuracies(champion.network, np.array(Config.weights), held)["mean_probability"]
        right = [100 * np.mean(random), 100 * np.std(random), 100 * sweep]
        rows.append([*right, champion.genome.size, seconds])
    return np.mean(rows, axis=0).tolist()


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variants", nargs="*", metavar="VARIANT", default=[""])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", choices=DATA, nargs="+", default=list(DATA))
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.csv")
    return parser


def main() -> None:
    """Print a row for each data set and variant."""
    args = parser().parse_args()
    print("| data | variant |", " | ".join(COLUMNS), "|\n" + "|---" * (2 + len(COLUMNS)) + "|")
    cases = list(product(args.variants, args.data))
    rng, rows = np.random.default_rng(0), []
    with ProcessPoolExecutor() as pool:
        runs = {
            case: [pool.submit(one_run, case[1], case[0], seed) for seed in range(args.seeds)]
            for case in cases
        }
        for (variant, name), futures in runs.items():
            found = np.array([future.result() for future in futures])
            rows += [[name, variant, k, *map("{:.2f}".format, row)] for k, row in enumerate(found)]
            drawn = found[rng.integers(len(found), size=(2000, len(found)))]
            low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975), axis=0)
            cells = [
                f"{middle:.1f} ({a:.1f} to {b:.1f})"
                for middle, a, b in zip(np.median(found, axis=0), low, high, strict=True)
            ]
            print(f"| {name} | {variant or 'samples.toml'} |", " | ".join(cells), "|", flush=True)
    if args.output:
        with args.output.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([["data", "variant", "seed", *COLUMNS], *rows])


if __name__ == "__main__":
    main()
