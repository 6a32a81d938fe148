"""The figure of how much the weights matter."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from support.figure_samples import TOY, grow, make_run

from viz.assess import draw, draw_conditions, main
from wann.assess import assess
from wann.errors import WannError


@pytest.fixture(scope="module")
def results():
    """What was measured of a shared-weight network, and of the same network tuned."""
    champion = grow(12, 1)
    tuned = replace(champion, weights=np.full(len(champion.genome.conns), 3.0))
    return [assess(each, TOY, trials=9) for each in (champion, tuned)]


def lines(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


def test_the_profile_marks_the_weights_of_the_search(results):
    profile, _, _ = draw(results[0])
    (mean,) = lines(profile, "mean")
    assert mean.get_xdata().tolist() == results[0].profile.weights.tolist()
    assert mean.get_ydata().tolist() == results[0].profile.mean.tolist()
    (marks,) = lines(profile, "weights of the sweep")
    assert marks.get_xdata().tolist() == [-2, -1, -0.5, 0.5, 1, 2]
    assert marks.get_ydata().tolist() == [row.mean for row in results[0].per_weight.values()]


@pytest.mark.parametrize(("which", "names"), [(0, 4), (1, 5)])
def test_each_condition_has_its_mean_and_interval(results, which, names):
    _, conditions, _ = draw(results[which])
    labels = [label.get_text() for label in conditions.get_yticklabels()]
    assert len(labels) == names and ("tuned weights" in labels) == (which == 1)
    drawn = [np.atleast_1d(line.get_xdata()).tolist() for line in conditions.lines]
    assert list(results[which].random_shared.score.interval) in drawn
    assert [results[which].sweep.mean] in drawn


def test_noise_is_a_curve_for_each_kind_of_weights(results):
    for result, labels in zip(results, (1, 2), strict=True):
        _, _, changed = draw(result)
        assert len(changed.get_legend().get_texts()) == labels
        assert [label.get_text() for label in changed.get_xticklabels()][:3] == [
            "none",
            "5 %",
            "10 %",
        ]
    curve = lines(changed, "tuned weights")[0]
    rows = results[1].perturbed["tuned"].noise.values()
    assert list(curve.get_ydata()) == [results[1].tuned.mean, *(row.mean for row in rows)]


def test_conditions_and_changes_can_be_drawn_without_the_profile(results):
    alone = draw_conditions(results[1])
    _, whole, changed = draw(results[1])
    axes = alone.figure.axes
    assert len(axes) == 2 and axes[0] is alone
    for own, other in zip(axes, (whole, changed), strict=True):
        for line, expected in zip(own.lines, other.lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), expected.get_xydata())
    assert "12 connections" in alone.figure.get_suptitle()


def test_no_text_overlaps_another(results):
    axes = draw(results[1])
    axes[0].figure.draw_without_rendering()
    for ax in axes:
        boxes = [
            label.get_window_extent() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())
        ]
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_it_draws_into_axes_of_the_caller(results):
    axes = Figure().subplots(3)
    assert draw(results[0], axes) is axes


@pytest.mark.slow
def test_the_command_writes_the_same_bytes_again(tmp_path, capsys):
    run = make_run(tmp_path / "run")
    for name in ("a.svg", "b.svg"):
        main([str(run), "--task", TOY, "--trials", "3", "-o", str(tmp_path / name)])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    main([str(run), "--task", TOY, "--trials", "3"])
    assert capsys.readouterr().out.split()[-1] == str(run / "figures" / "assess.png")


def test_mistakes_are_one_clear_error(tmp_path):
    run = make_run(tmp_path / "run")
    with pytest.raises(WannError, match="trials = 1: must be at least 2"):
        main([str(run), "--task", TOY, "--trials", "1"])
    with pytest.raises(WannError, match="if you trust it"):
        main([str(run)])
