"""The table of car racing: what the champions of each seed are worth."""

import numpy as np
from parts.options import table
from parts.rows import bold, column, read, text

PAPER = "the paper", "", "375 ± 177", "608 ± 161", "", "245"


def drivers() -> str:
    """Return what the champions of each seed score at shared weights, and the medians."""
    rows, names = read("carracing"), ("sweep", "random", "best", "connections")
    lines = [
        (
            f"seed {row['seed']}",
            text(f"{row['sweep']} ± {row['sweep_std']}"),
            text(f"{row['random']} ± {row['random_std']}"),
            text(f"{row['best']} ± {row['best_std']} ({row['best_weight']})"),
            f"{row['best_up']} %",
            row["connections"],
        )
        for row in rows
    ]
    six, random, best, size = bold([text(np.median(column(rows, name))) for name in names])
    middle = f"**median of the {len(rows)}**", six, random, best, "", size
    head = (
        "", "mean of the six weights", "random shared weight, U(−2, 2)", "best shared weight",
        "reaches 900 there", "connections",
    )  # fmt: skip
    return table(head, [*lines, middle, PAPER])
