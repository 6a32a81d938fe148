"""The tables of car racing: the champions of each seed here, and in Gymnasium's own environment."""

import numpy as np
from parts.options import table
from parts.rows import bold, column, groups, read, text

PAPER = {"random": "375 ± 177", "best": "608 ± 161", "tuned": "893 ± 74", "connections": "245"}
KINDS = {
    "random": "random shared weight, U(−2, 2)",
    "best": "best shared weight",
    "tuned": "tuned weights",
}


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
    six, random, best, size = (text(np.median(column(rows, name))) for name in names)
    middle = bold((f"median of the {len(rows)}", six, random, best, "", size))
    paper = "the paper", "", PAPER["random"], PAPER["best"], "", PAPER["connections"]
    head = "", "mean of the six weights", *list(KINDS.values())[:2], "reaches 900 there", names[3]
    return table(head, [*lines, middle, paper])


def drivers_in_gymnasium() -> str:
    """Return what they score on the same tracks here and in ``CarRacing-v3``."""
    rows, lines = read("carracing_gym"), []
    for seed, own in groups(rows, "seed").items():
        for way, shown in (("own", "`carracing`"), ("gym", "`CarRacing-v3`")):
            found = {row["weights"]: text(f"{row[way]} ± {row[f'{way}_std']}") for row in own}
            (up,) = (row[f"{way}_up"] for row in own if row["weights"] == "tuned")
            lines.append((f"seed {seed}", shown, *(found[kind] for kind in KINDS), f"{up} %"))
    medians = [
        text(np.median(column([row for row in rows if row["weights"] == kind], "gym")))
        for kind in KINDS
    ]
    middle = "**median**", "`CarRacing-v3`", *bold(medians), ""
    paper = "the paper", "", *(PAPER[kind] for kind in KINDS), ""
    head = "", "in", *KINDS.values(), "tuned: reaches 900"
    return table(head, [*lines, middle, paper])
