"""Medians and quartiles of groups of runs."""

import numpy as np
import pytest
from support.figure_samples import TOY, make_run

from viz.compare import COLOURS, MOST_GROUPS, STYLES, curve_of, draw, draw_runs, main, quartiles
from wann.compare import compare
from wann.errors import WannError
from wann.runs.directory import RunDirectory


@pytest.fixture
def runs(tmp_path):
    """Return three runs, two of them equal but for their seeds."""
    for seed, population in ((3, 192), (4, 192), (5, 64)):
        config = make_run(tmp_path / f"s{seed}") / "config.toml"
        text = config.read_text().replace("seed = 3 ", f"seed = {seed} ")
        config.write_text(text.replace("population = 192 ", f"population = {population} "))
    return tmp_path


def slow_quartiles(curves):
    """Return the same by looking at each place and run by itself."""
    rows, n = [], len(curves)
    for place in sorted({float(p) for x, _ in curves for p in x}):
        begun = [(x, y) for x, y in curves if x[0] <= place]
        going = [1 for x, _ in curves if x[-1] >= place]
        if 2 * len(begun) >= n and 2 * len(going) >= n:
            scores = [[s for p, s in zip(x, y, strict=True) if p <= place][-1] for x, y in begun]
            rows.append((place, *np.quantile(scores, (0.25, 0.5, 0.75))))
    return np.array(rows).T


@pytest.mark.parametrize("lengths", [(5,), (3, 8), (4, 4, 9), (2, 5, 7, 9), (6, 6, 6, 6, 1)])
def test_quartiles(lengths):
    rng = np.random.default_rng(len(lengths))
    curves = [(np.cumsum(rng.integers(1, 4, n)).astype(float), rng.normal(size=n)) for n in lengths]
    np.testing.assert_allclose(quartiles(curves), slow_quartiles(curves))


def test_quartiles_of_many_places_are_fewer():
    x = np.arange(10_000.0)
    places, low, median, high = quartiles([(x, x), (x + 0.5, x + 1)])
    assert len(places) == 2000 and places[-1] == x[-1] + 0.5
    assert (low <= median).all() and (median <= high).all()


def test_runs_that_do_not_overlap_have_a_point():
    one, other = (np.array([1.0, 2.0]), np.ones(2)), (np.array([5.0, 6.0]), np.ones(2))
    places, *_ = quartiles([one, other])
    assert np.isin([1, 2, 5, 6], places).all()
    draw({"a": [one, other]}).figure.draw_without_rendering()


def test_each_group_has_a_look_of_its_own():
    curve = np.arange(3.0), np.arange(3.0)
    ax = draw({f"{k}": [curve] for k in range(MOST_GROUPS)})
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == MOST_GROUPS == len(COLOURS) * len(STYLES)
    with pytest.raises(WannError, match="29 groups: at most 28 can be drawn"):
        draw({f"{k}": [curve] for k in range(MOST_GROUPS + 1)})


def test_a_line_and_a_band_for_each_group(runs):
    ax = draw_runs([runs])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["search.population=192 (2 runs)", "search.population=64 (1 run)"]
    history = RunDirectory.open(runs / "s5").history()
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), history["champion"])
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), history["generation"])
    assert len(ax.collections) == 2 and ax.get_xlabel() == "generation"
    steps = draw_runs({"a": runs / "s3", "b": runs / "s5"}, "steps")
    np.testing.assert_array_equal(steps.lines[0].get_xdata(), history["steps"])
    assert steps.get_xlabel() == "environment steps"


def test_against_seconds(runs):
    with pytest.raises(WannError, match=r"timing.csv: not there, or too short: use --against st"):
        main([str(runs), "--against", "seconds", "-o", str(runs / "a.png")])
    rows = "".join(f"{g},0.25\n" for g in range(20))
    for seed in (3, 4, 5):
        (runs / f"s{seed}" / "timing.csv").write_text("generation,seconds\n" + rows)
    run = compare([runs]).groups[0].runs[0]
    assert curve_of(run, "seconds")[0].tolist() == [0.25 * (g + 1) for g in range(20)]
    assert draw_runs([runs], "seconds").get_xlabel() == "seconds (wall time)"


def test_the_command(runs, capsys):
    main([str(runs)])
    assert capsys.readouterr().out.strip() == str(runs / "figures" / "compare.png")
    assert (runs / "figures" / "compare.png").stat().st_size > 10_000
    for name in ("a.svg", "b.svg"):
        main([str(runs), "-o", str(runs / name)])
    assert (runs / "a.svg").read_bytes() == (runs / "b.svg").read_bytes()
    with pytest.raises(WannError, match="one run alone"):
        main([str(runs / "s3"), "-o", str(runs / "c.png")])
    config = runs / "s3" / "config.toml"
    config.write_text(config.read_text().replace(TOY, "swingup"))
    with pytest.raises(WannError, match="scores of different tasks cannot be compared"):
        main([str(runs)])
