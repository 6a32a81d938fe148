"""The tables of pruning: the accuracy of each method by the weights that are left."""

from parts.options import table
from parts.rows import Rows, column, groups, read


def pruned(name: str) -> str:
    """Return the accuracy of each method by the weights left; rounds may leave a weight fewer."""
    rows = [row for row in read(name) if row["method"] not in ("dense", "imp")]
    asked = sorted({int(row["remaining"]) for row in rows if row["method"] == "random"})[::-1]
    lines = []
    for method, own in groups(rows, "method").items():
        cells = ([r for r in own if 0 <= left - int(r["remaining"]) <= 1] for left in asked)
        lines.append((f"`{method}`", *map(accuracy, cells)))
    return table(("", *(f"{left:,}" for left in asked)), lines)


def tickets(name: str) -> str:
    """Return the accuracy of iterative magnitude pruning after every third round."""
    rounds = groups([row for row in read(name) if row["method"] == "imp"], "rounds")
    some = [rounds[k] for k in list(rounds)[2::3]]
    return table(
        ("weights left", *(f"{int(rows[0]['remaining']):,}" for rows in some)),
        [("accuracy in %", *map(accuracy, some))],
    )


def accuracy(rows: Rows) -> str:
    """Return mean and standard deviation of the accuracy in percent, of one seed the value."""
    values = 100 * column(rows, "accuracy")
    return f"{values.mean():.1f}" + (f" ± {values.std():.1f}" if len(rows) > 1 else "")
