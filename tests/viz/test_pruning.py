"""The figure of pruned and evolved networks."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from viz.pruning import draw, draw_beside, main
from wann.errors import WannError
from wann.pruning.comparison.cells import COLUMNS
from wann.pruning.comparison.results import read_table, to_csv


def row(method, seed, effective, accuracy, remaining=None):
    known = {
        "method": method,
        "seed": seed,
        "remaining": remaining or effective,
        "effective": effective,
    }
    return {**dict.fromkeys(COLUMNS), **known, "accuracy": accuracy}


ROWS = [
    row("dense", 0, 1000, 0.97),
    row("dense", 1, 1000, 0.99),
    *[
        row("imp", seed, size - seed, 0.9 + size / 10000 - seed / 100, size)
        for seed in (0, 1)
        for size in (400, 100)
    ],
    row("imp+reinit", 0, 100, 0.6),
    row("my-own", 0, 300, 1.0),
    row("random", 0, 90, 0.5, 100),
    row("random", 0, 0, 0.1, 10),
    row("wann shared weight", "", 200, 0.8),
    row("wann tuned", "", 200, 0.92),
]
POLICIES = [
    {"method": "dense", "remaining": 60, "connections": 71, "return": 930.0},
    {"method": "synflow", "remaining": 20, "connections": 27, "return": 800.0},
    {"method": "wann tuned", "remaining": 51, "connections": 51, "return": 931.0},
]


@pytest.fixture
def folder(tmp_path):
    """The folder of a comparison."""
    (tmp_path / "results.csv").write_text(to_csv(ROWS))
    return tmp_path


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def test_a_method_is_a_line_of_means_over_seeds_at_effective_weights(folder):
    ax = draw(read_table(folder), title="digits")
    imp = line(ax, "imp")
    np.testing.assert_allclose(imp.get_xdata(), [99.5, 399.5])
    np.testing.assert_allclose(imp.get_ydata(), [0.905, 0.935])
    band = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose([band[:, 1].min(), band[:, 1].max()], [0.9, 0.94])
    assert ax.get_xscale() == "log" and ax.get_title("left") == "digits"
    assert line(ax, "random").get_xdata().tolist() == [90], (
        "a network without a path has no place on the axis"
    )
    assert (
        line(ax, "imp+reinit").get_linestyle() == "--"
        and line(ax, "imp+reinit").get_color() == imp.get_color()
    )
    assert set(line(ax, "dense").get_ydata()) == {0.98}
    assert [text.get_text() for text in ax.texts] == ["dense: 1\N{THIN SPACE}000"]


def test_an_ensemble_does_not_hide_what_is_as_good():
    rows = [row("wann shared weight", "", 200, 0.914), row("wann ensemble", "", 200, 0.916)]
    ax = draw(rows)
    star, ring = line(ax, "WANN, shared weight"), line(ax, "WANN, ensemble")
    assert ring.get_markerfacecolor() == "none" and star.get_markerfacecolor() != "none"
    assert ring.get_markersize() > star.get_markersize()


def test_evolved_networks_are_points_at_their_connections(folder):
    ax = draw(read_table(folder))
    for label, accuracy in (("WANN, shared weight", 0.8), ("WANN, tuned", 0.92)):
        point = line(ax, label)
        assert (point.get_xdata().tolist(), point.get_ydata().tolist()) == ([200], [accuracy])
        assert point.get_linestyle() == "None"
    ax.figure.draw_without_rendering()
    labels = {text.get_text() for text in ax.figure.legends[0].get_texts()}
    assert {"imp", "imp+reinit", "random", "my-own", "WANN, tuned"} < labels


def test_policies_have_returns_and_connections():
    ax = draw(POLICIES, Figure().add_subplot())
    assert ax.get_yscale() == "linear" and ax.get_xlabel() == "connections"
    assert line(ax, "synflow").get_xdata().tolist() == [27] and line(
        ax, "WANN, tuned"
    ).get_ydata().tolist() == [931]


def test_rounds_of_a_small_network_that_leave_as_many_weights_are_dots_of_their_own():
    rows = [
        {**row("imp", seed, 2, accuracy), "rounds": k}
        for seed in (0, 1)
        for k, accuracy in ((3, 0.9), (4, 0.8))
    ]
    ax = draw([row("dense", 0, 4, 0.9), *rows])
    assert line(ax, "imp").get_ydata().tolist() == [0.9, 0.8]
    draw([row("dense", 0, 3, 0.9)]).figure.draw_without_rendering()


def test_results_side_by_side_share_scale_and_legend(folder):
    left, right = draw_beside([read_table(folder), [row("snip", 0, 50, 0.999)]], ["a", "b"])
    assert left.get_ylim() == right.get_ylim() and left.get_ylim()[1] > 0.999
    labels = [text.get_text() for text in left.figure.legends[0].get_texts()]
    assert "imp" in labels and labels[-1] == "snip" and len(labels) == len(set(labels))
    with pytest.raises(WannError, match="--title has 1 texts: must have 2"):
        main([str(folder), str(folder), "--title", "one"])


def test_the_command_writes_the_same_bytes_again(folder, capsys):
    for name in ("a.svg", "b.svg"):
        main([str(folder), "-o", str(folder / name), "--title", "digits"])
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()
    main([str(folder / "results.csv")])
    assert capsys.readouterr().out.split()[-1] == str(folder / "pruning.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a table of results: has no rows"),
        ("method,remaining,effective,accuracy\nimp,10\n", "rows of another length"),
        (
            "method,remaining,effective,accuracy\nimp,10,ten,0.5\n",
            "effective is 'ten': must be a number",
        ),
        (
            "method,remaining,effective,accuracy\nimp,10,10,nan\n",
            "accuracy is nan: must be a finite number",
        ),
        ("a,b\n1,2\n", "has no column method and no remaining"),
    ],
)
def test_a_file_that_is_no_such_table(text, message, tmp_path):
    (tmp_path / "results.csv").write_text(text)
    with pytest.raises(WannError, match=message):
        main([str(tmp_path)])
