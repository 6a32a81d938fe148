"""The tables of results, made of the files in ``docs/results/data``, which benchmarks write.

    python docs/tables.py     put them into the pages, once a file has been written anew

A page says which table it has by a comment such as ``<!-- table: swingup -->`` before it; TABLES
has the functions that write them. Sphinx reads the pages with the tables of the files, and
``tests/docs/test_tables.py`` misses it where a page has others.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import gymnasium
import numpy as np
from parts.options import table
from parts.pruned import pruned, tickets
from parts.racing import drivers, drivers_in_gymnasium
from parts.rows import Rows, bold, column, groups, interval, read, span, text

import envs  # noqa: F401 - registers the environments
from wann.compare.statistics import advantage, holm, rank_test
from wann.config import find_table

DOCS = Path(__file__).resolve().parent
PLACE = re.compile(r"(<!-- table: ([\w-]+) -->\n)(?:\|.*\n)*")


def control(name: str) -> str:
    """Return the seeds of a control task, their medians, and the intervals of these."""
    rows, ups = read(name), ("sweep_up", "random_up", "best_up")
    figures = [column(rows, name) for name in ("sweep", "random", "best")]
    shares, sizes = [column(rows, name) for name in ups], column(rows, "connections")
    head = (
        "", "mean of the six weights", "random shared weight, U(−2, 2)", "best shared weight",
        "stays up: at the six, at a random one, at the best", "connections",
    )  # fmt: skip
    each = [
        (
            f"seed {row['seed']}",
            text(f"{row['sweep']} ± {row['sweep_std']}"),
            text(f"{row['random']} ± {row['random_std']}"),
            text(f"{row['best']} ± {row['best_std']} ({row['best_weight']})"),
            ", ".join(row[name] for name in ups) + " %",
            row["connections"],
        )
        for row in rows
    ]
    middle = (
        f"median of the {len(rows)}",
        *(text(np.median(values)) for values in figures),
        ", ".join(text(np.median(values)) for values in shares) + " %",
        text(np.median(sizes)),
    )
    sure = (
        "95 % interval of the median",
        *map(interval, figures),
        ", ".join(map(interval, shares)) + " %",
        interval(sizes),
    )
    return table(head, [*each, bold(middle), sure])


def double_pole() -> str:
    """Return what the champions of each seed do in the published tests, and the medians."""
    rows, lines = read("doublepole"), []
    tested = np.array([[int(n) for n in row["tested"].split()] for row in rows])
    own, sizes = column(rows, "tuned_tested"), column(rows, "connections")
    for row, counts in zip(rows, tested, strict=True):
        tuned = f"{row['tuned_tested']}, {sure(row['tuned_long'])}"
        shown = ", ".join(map(str, counts))
        weights = f"{row['start']}, {row['long']}"
        lines.append((f"seed {row['seed']}", weights, shown, tuned, row["connections"]))
    middle = (
        f"median of the {len(rows)}",
        ", ".join(text(np.median(column(rows, name))) for name in ("start", "long")),
        ", ".join(text(value) for value in np.median(tested, axis=0)),
        text(np.median(own)),
        text(np.median(sizes)),
    )
    head = (
        "", "from the published start, at so many of six weights: 1000, 100,000 steps",
        "of 625 starts, at −2, −1, −0.5, 0.5, 1, 2", "tuned: of 625 starts, 100,000 steps",
        "connections",
    )  # fmt: skip
    return table(head, [*lines, bold(middle)])


def hidden_velocities() -> str:
    """Return what the champions without velocities do in the published tests at one weight."""
    rows = read("doublepole_hidden")
    lines = [
        (
            f"seed {row['seed']}",
            text(row["good"]),
            row["good_tested"],
            sure(row["good_long"]),
            row["start"],
            row["tuned_tested"],
            sure(row["tuned_long"]),
            row["connections"],
        )
        for row in rows
    ]
    names = ("good_tested", "start", "tuned_tested", "connections")
    found = {name: text(np.median(column(rows, name))) for name in names}
    middle = (
        f"median of the {len(rows)}", "", found["good_tested"], "", found["start"],
        found["tuned_tested"], "", found["connections"],
    )  # fmt: skip
    head = (
        "", "good shared weight", "there: of 625 starts", "100,000 steps",
        "of the six weights, 1000 steps at", "tuned: of 625 starts", "100,000 steps",
        "connections",
    )  # fmt: skip
    return table(head, [*lines, tuple(f"**{cell}**" if cell else "" for cell in middle)])


def sure(flag: str) -> str:
    """Return a flag of a file as a word."""
    return "yes" if flag == "1" else "no"


def digits() -> str:
    """Return the seeds of the digits, their medians and ranges."""
    rows, names = read("digits"), ("vote", "probability", "random", "best")
    figures, sizes = [column(rows, name) for name in names], column(rows, "connections")
    head = (
        "", "ensemble, vote", "ensemble, mean probability", "random shared weight",
        "best shared weight", "connections",
    )  # fmt: skip
    each = [
        (
            f"seed {row['seed']}",
            f"{row['vote']} %",
            f"{row['probability']} %",
            f"{row['random']} ± {row['random_std']} %",
            f"{row['best']} % ({text(row['best_weight'])})",
            row["connections"],
        )
        for row in rows
    ]
    middle = [f"{text(np.median(values), 1)} %" for values in figures]
    ends = [f"{span(values, 1)} %" for values in figures]
    return table(
        head,
        [
            *each,
            bold((f"median of the {len(rows)}", *middle, text(np.median(sizes)))),
            ("range", *ends, span(sizes)),
        ],
    )


def samples() -> str:
    """Return the medians of small tables, with stages and without."""
    names = {
        "iris": "irises",
        "wine": "wines",
        "breast cancer": "tumours (breast cancer)",
        "iris as it is": "irises, inputs as they are",
    }
    variants = groups(read("samples"), "variant")
    found = {variant: groups(rows, "data") for variant, rows in variants.items()}
    lines = []
    for name, shown in names.items():
        own, without = (found[variant][name] for variant in ("", "simplify.every=0"))
        right = [f"{np.median(column(rows, 'random weight')):.1f} %" for rows in (own, without)]
        sizes = [f"{np.median(column(rows, 'connections')):.0f}" for rows in (own, without)]
        lines.append((shown, right[0], sizes[0], f"{right[1]}, {sizes[1]}"))
    return table(("", "accuracy", "connections", "without stages"), lines)


def environments() -> str:
    """Return the runs of each configuration, in the order of their seeds."""
    lines = []
    for name, rows in groups(read("gymnasium"), "run").items():
        cells = {key: " ".join(text(row[key]) for row in rows) for key in rows[0]}
        best = f"{cells['best']} (at {cells['best_weight']})"
        if len(rows) == 1 and rows[0]["best_std"]:
            best = f"{cells['best']} ± {cells['best_std']} (at {cells['best_weight']})"
        lines.append((f"`{name}`", cells["first"], cells["sweep"], best, cells["connections"]))
    head = (
        "configuration", "first generation, mean of all", "mean over the six weights",
        "best shared weight", "connections",
    )  # fmt: skip
    return table(head, lines)


def environment_medians() -> str:
    """Return the medians and ranges of configurations with several seeds."""
    lines = []
    for name, rows in groups(read("gymnasium"), "run").items():
        if len(rows) > 1:
            places = max(len(row["sweep"].partition(".")[2]) for row in rows)
            known = [[row[key] for row in rows] for key in ("sweep", "random", "best")]
            figures = [np.array(v, float) if all(v) else None for v in known]
            cells = [
                "" if v is None else f"{text(np.median(v), places)} ({span(v, places)})"
                for v in figures
            ]
            lines.append((f"`{name}`", *cells, threshold(name)))
    head = (
        "median over the seeds (range)", "mean over the six weights",
        "random shared weight, U(−2, 2)", "best shared weight", "solved, says Gymnasium, from",
    )  # fmt: skip
    return table(head, lines)


def threshold(config: str) -> str:
    """Return the score from which Gymnasium takes the environment of a configuration for solved."""
    task = str(find_table(config)["task"])
    ids = {spec.kwargs.get("task"): id for id, spec in gymnasium.registry.items()}  # of our physics
    made = ids.get(task, task.rpartition(":")[2].partition(",")[0])
    least = gymnasium.spec(made).reward_threshold
    return "" if least is None else text(least)


def ablation() -> str:
    """Return the groups of the ablation beside the first; ``path`` says which a run is of."""
    found: dict[str, Rows] = {}
    for row in read("ablation"):
        found.setdefault(Path(row["path"]).parent.name, []).append(row)
    scores = [column(rows, "score") for rows in found.values()]
    chances = holm([rank_test(values, scores[0]) for values in scores[1:]])
    best, lines = max(range(len(scores)), key=lambda k: np.median(scores[k])), []
    for k, (name, rows) in enumerate(found.items()):
        parents, objective, *stages = name.split("-")
        cells = (
            parents,
            {"mean": "mean", "lower": "lower half"}[objective],
            "yes" if stages else "no",
            f"{np.median(scores[k]):.0f} ({interval(scores[k])})",
            f"{advantage(scores[k], scores[0]):.2f}" if k else "",
            f"{chances[k - 1]:.2g}" if k else "",
            f"{100 * np.median(column(rows, 'success')):.0f} %",
            f"{np.median(column(rows, 'connections')):.0f}",
        )
        lines.append(bold(cells) if k == best else cells)
    head = (
        "parents", "objective", "stages of 36 generations",
        "mean of the six weights: median, 95 % interval", "A", "p", "stays up", "connections",
    )  # fmt: skip
    return table(head, lines)


#: name in a page -> what writes the table, mostly of the file of the first part of the name
TABLES: dict[str, Callable[[], str]] = {
    "swingup": partial(control, "swingup"),
    "swingup-best": partial(control, "swingup_best"),
    "cartpole_far": partial(control, "cartpole_far"),
    "doublepole": double_pole,
    "doublepole-hidden": hidden_velocities,
    "digits": digits,
    "samples": samples,
    "gymnasium": environments,
    "gymnasium-medians": environment_medians,
    "carracing": drivers,
    "carracing-gym": drivers_in_gymnasium,
    "ablation": ablation,
    "lenet5": partial(pruned, "lenet5"),
    "lenet5-tickets": partial(tickets, "lenet5"),
    "resnet8": partial(pruned, "resnet8"),
    "resnet8-tickets": partial(tickets, "resnet8"),
}


def with_tables(page: str) -> str:
    """Return the text of a page with the tables of the files; what a number is followed by stays
    on its line.
    """

    def write(match: re.Match[str]) -> str:
        made = re.sub(r"(?<=\d) (?=[±%(])|(?<=±) ", "\N{NO-BREAK SPACE}", TABLES[match[2]]())
        return f"{match[1]}{made}\n"

    return PLACE.sub(write, page)


def main() -> None:
    """Put the tables into the pages."""
    for file in DOCS.rglob("*.md"):
        before = file.read_text()
        after = with_tables(before)
        if after != before:
            file.write_text(after)
            print(file.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
