"""The figures of classifiers show what was measured, and every command draws them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from support.bars_task import NAME, NAMES, OPTIONS, TASK
from support.figure_samples import TOY, grow, make

from viz import accuracy, assess, confusion, curves, pareto, pixels, weight_sweep
from viz.classifier import choices
from viz.report import __main__ as report
from viz.style import ACCENT, LOSS, SECOND
from viz.watch import __main__ as watch
from wann.assess import assess as measure_all
from wann.champion.champion import load
from wann.errors import WannError
from wann.evolve.__main__ import main as evolve
from wann.network.gradient import cross_entropy
from wann.runs.directory import RunDirectory
from wann.tasks.classification.ensemble import accuracies


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a run of a classifier."""
    path = tmp_path_factory.mktemp("figures") / "run"
    evolve([NAME, *OPTIONS, "--set", "generations=30", "--out", str(path)])
    return path


@pytest.fixture(scope="module")
def champion(run):
    return load(run)


@pytest.fixture(scope="module")
def tuned(champion):
    rng = np.random.default_rng(0)
    return replace(champion, weights=rng.normal(1, 0.2, len(champion.genome.conns)))


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label)


def shown(ax):
    return {text.get_text() for text in ax.texts}


# ---------------------------------------------------------------------------------------- accuracy
def test_accuracy_has_a_line_for_each_class_and_for_the_ensemble(champion, tuned):
    data = accuracy.measure(champion, TASK)
    ax = accuracy.draw(data, title="bars")
    right = accuracies(champion.network, data.weights, TASK.test)["per_weight"]
    np.testing.assert_allclose(line(ax, "all samples").get_ydata(), 100 * np.array(right))
    of_class = np.bincount(TASK.test.labels)
    means = (
        sum(n * line(ax, name).get_ydata() for n, name in zip(of_class, TASK.outputs, strict=True))
        / 103
    )
    np.testing.assert_allclose(means, line(ax, "all samples").get_ydata())
    share = champion.scores["accuracy"]["test"]["mean_probability"]
    assert set(line(ax, "ensemble of these").get_ydata()) == {100 * share}
    marks = line(ax, "weights of the sweep")
    expected = champion.scores["accuracy"]["test"]["per_weight"]
    assert dict(zip(map(str, map(float, marks.get_xdata())), marks.get_ydata(), strict=True)) == {
        weight: 100 * value for weight, value in expected.items()
    }
    assert "tuned weights" not in {text.get_text() for text in ax.get_legend().get_texts()}
    own = accuracy.measure(tuned, TASK)
    share = cross_entropy(tuned.network, tuned.weights, *TASK.test)[2]
    assert set(line(accuracy.draw(own), "tuned weights").get_ydata()) == {100 * share}


def test_accuracy_of_many_classes_names_none_of_them():
    rows = {f"class {k}": np.linspace(0, 1, 5) for k in range(40)}
    ax = accuracy.draw(
        accuracy.Accuracy(np.linspace(-3, 3, 5), np.ones(5), rows, {1.0: 0.5}, 0.5, None)
    )
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["each class", "all samples", "weights of the sweep", "ensemble of these"]


def test_accuracy_of_an_assessment_is_what_was_measured(champion, tuned):
    for one in (champion, tuned):
        own, other = (
            accuracy.measure(one, TASK),
            accuracy.Accuracy.of(measure_all(one, NAME, trials=2)),
        )
        for field in ("weights", "mean"):
            np.testing.assert_allclose(getattr(own, field), getattr(other, field))
        assert own.searched == pytest.approx(other.searched) and own.ensemble == pytest.approx(
            other.ensemble
        )
        assert own.tuned == pytest.approx(other.tuned) and set(own.per_class) == set(
            other.per_class
        )
        for name in own.per_class:
            np.testing.assert_allclose(own.per_class[name], other.per_class[name])


# --------------------------------------------------------------------------------------- confusion
def test_confusion_counts_every_sample_and_marks_mistakes(tuned):
    counts = np.array([[9, 1, 0], [0, 4, 0], [2, 0, 3]])
    ax = confusion.draw(counts, ("a", "b", "c"), title="bars")
    assert shown(ax) == {"9", "1", "4", "2", "3", "90 %", "100 %", "60 %"}
    assert ax.get_title("left") == "bars\n84.2 % of 19 test samples right"
    colours = ax.images[0].get_array()
    blue = colours[..., 2] > colours[..., 0]
    assert blue[np.eye(3, dtype=bool)].all() and not blue[counts * (1 - np.eye(3)) > 0].any()
    many = confusion.draw(np.eye(30, dtype=int), [str(i) for i in range(30)])
    assert not many.texts
    chosen = choices(tuned, TASK)  # with its own weights
    share = cross_entropy(tuned.network, tuned.weights, *TASK.test)[2]
    assert (chosen == TASK.test.labels).mean() == pytest.approx(share)


@pytest.mark.parametrize(
    "classes", [("0", "1"), ("setosa", "versicolor", "virginica"), ("w" * 60, "m" * 60)]
)
def test_the_title_of_a_small_confusion_matrix_is_not_cut(classes):
    counts = 40 * np.eye(len(classes), dtype=int)
    ax = confusion.draw(counts, classes, title="a file of a very long na.csv")
    ax.figure.draw_without_rendering()
    whole = ax.figure.bbox
    for text in (ax._left_title, *ax.get_xticklabels(), *ax.get_yticklabels()):
        box = text.get_window_extent()
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1, text.get_text()
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1, text.get_text()


# ------------------------------------------------------------------------------------------ pixels
def test_pixels_are_used_where_connections_lead_from_them_to_the_class():
    # pixels are nodes 1 to 25, classes 26 to 28
    links = [(1, 29), (2, 29), (29, 30), (30, 26), (30, 27), (3, 27), (4, 31), (5, 28, False)]
    one = make({29: "tanh", 30: "sin", 31: "abs"}, links, NAMES, TASK.outputs)
    data = pixels.measure(one, TASK)
    used = [np.flatnonzero(image.ravel()).tolist() for image in data.used]
    assert used == [[0, 1], [0, 1, 2], []]
    ax = pixels.draw(data, title="bars")
    assert ax.get_title("left") == "bars: 22 of 25 pixels unused"
    assert {"lying", "standing", "both", "2 pixels", "3 pixels", "0 pixels"} <= shown(ax)
    (squares,) = (part for part in ax.collections if isinstance(part, PatchCollection))
    assert len(squares.get_paths()) == 5
    for k in range(3):
        expected = TASK.test.inputs[TASK.test.labels == k].mean(axis=0).reshape(5, 5)
        np.testing.assert_allclose(data.mean[k], expected, rtol=1e-6)


def test_the_effect_of_a_pixel_is_what_more_ink_does_to_the_probability(champion):
    data = pixels.measure(champion, TASK)
    net, (inputs, labels) = champion.network, TASK.test
    brighter = inputs.astype(float)
    k, row, column = np.unravel_index(np.abs(data.effect).argmax(), data.effect.shape)
    step = 1e-5 * (np.arange(25) == 5 * row + column)
    losses = [
        [cross_entropy(net, np.full(len(champion.genome.conns), weight), x[labels == k],
        labels[labels == k])[0]
         for x in (brighter - step, brighter + step)]
        for weight in champion.sweep
    ]  # fmt: skip
    numeric = np.mean([(before - after) / 2e-5 for before, after in losses])
    assert data.effect[k, row, column] == pytest.approx(numeric, rel=1e-3)
    (squares,) = (
        part for part in pixels.draw(data).collections if isinstance(part, PatchCollection)
    )
    colours = [to_hex(colour) for colour in squares.get_facecolor()]
    shown_effects = [data.effect[k][data.used[k]] for k in range(3)]  # in the order of drawing
    signs = np.sign(np.concatenate(shown_effects))
    assert [{1: ACCENT, -1: SECOND}.get(sign) for sign in signs] == [
        colour if colour in (ACCENT, SECOND) else None for colour in colours
    ]


def test_a_network_that_uses_no_pixel_can_be_drawn():
    ax = pixels.draw(pixels.measure(make({}, [(1, 26, False)], NAMES, TASK.outputs), TASK))
    ax.figure.draw_without_rendering()
    assert ax.get_title("left") == "25 of 25 pixels unused"


# -------------------------------------------------------------------- the figures of other networks
def test_assess_shows_accuracies_in_percent(tuned):
    result = measure_all(tuned, NAME, trials=4)
    profile, conditions, changed = assess.draw(result)
    assert profile.get_ylabel() == "accuracy [%]" and changed.get_ylabel().startswith(
        "accuracy [%]"
    )
    np.testing.assert_allclose(line(profile, "mean").get_ydata(), 100 * result.profile.mean)
    labels = [label.get_text() for label in conditions.get_yticklabels()]
    assert {"vote of these", "mean probability\nof these", "tuned weights", "random weights"} < set(
        labels
    )
    spots = [part.get_xdata() for part in conditions.lines if part.get_marker() == "o"]
    assert spots[labels.index("tuned weights")] == pytest.approx(100 * result.tuned.mean)
    assert profile.figure.get_suptitle().endswith("103 test samples")
    rows = result.perturbed["tuned"].noise.values()
    means = [result.tuned.mean, *(row.mean for row in rows)]
    np.testing.assert_allclose(line(changed, "tuned weights").get_ydata(), 100 * np.array(means))


def test_scores_are_called_what_they_are(run, champion):
    history = RunDirectory.open(run).history()
    scores, shares, sizes = curves.draw(history)
    assert scores.get_ylabel().startswith(LOSS) and sizes.get_ylabel() == "connections"
    (votes,) = shares.lines
    np.testing.assert_allclose(votes.get_ydata(), 100 * history["accuracy"])
    assert "samples scored" in {ax.get_xlabel() for ax in scores.figure.axes}
    sweep = weight_sweep.draw(weight_sweep.sweep(champion, TASK, trials=3))
    assert sweep.get_ylabel() == LOSS and sweep.get_legend().get_texts()[1].get_text().endswith(
        "training samples"
    )
    front = RunDirectory.open(run).front()["population"]
    assert pareto.draw(front, champion).get_ylabel().startswith(LOSS)


def test_they_draw_into_axes_of_the_caller(champion):
    axes = Figure().subplots(3)
    assert accuracy.draw(accuracy.measure(champion, TASK), axes[0]) is axes[0]
    assert confusion.draw(np.eye(3, dtype=int), TASK.outputs, axes[1]) is axes[1]
    assert pixels.draw(pixels.measure(champion, TASK), axes[2]) is axes[2]


# ---------------------------------------------------------------------------------------- commands
@pytest.mark.slow
def test_report_makes_all_figures_of_a_classifier(run, capsys, monkeypatch):
    monkeypatch.setattr("viz.style.DPI", 30)  # to save time
    report.main([str(run), "--task", NAME])
    names = [path.rpartition("/")[2] for path in capsys.readouterr().out.split()]
    figures = {"accuracy", "confusion", "pixels", "conditions", "curves", "importance"}
    assert {f"{name}.png" for name in figures} | {"assess.json", "report.html"} < set(names)
    page = (run / "figures" / "report.html").read_text()
    result = measure_all(load(run), NAME)
    assert json.loads((run / "figures" / "assess.json").read_text()) == json.loads(
        json.dumps(result.to_json())
    )
    share = result.ensemble["mean_probability"].mean
    assert f"{100 * share:.1f} %" in page and page.count("data:image/svg+xml;base64,") == 7
    assert all(f"<td>{name}</td>" in page for name in TASK.outputs)
    assert sorted(names) == sorted(path.name for path in (run / "figures").iterdir())


@pytest.mark.parametrize("module", [accuracy, confusion, pixels])
def test_commands_write_the_same_bytes_again_and_refuse_other_networks(module, run, tmp_path):
    for name in ("a.svg", "b.svg"):
        module.main([str(run), "--task", NAME, "-o", str(tmp_path / name)])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    grow(5, 1).save(tmp_path / "c.json")
    with pytest.raises(WannError, match="has no classes: this figure is of classifiers"):
        module.main([str(tmp_path / "c.json"), "--task", TOY])


def test_what_cannot_be_drawn_is_one_clear_error(run, tmp_path):
    with pytest.raises(WannError, match="makes no moves to watch"):
        watch.main([str(run), "--task", NAME, "--gif", str(tmp_path / "a.gif")])
    grow(5, 1, ("x", "y"), ("out", "in")).save(tmp_path / "c.json")
    with pytest.raises(WannError, match="the inputs are not the pixels of an image: x, …"):
        pixels.main([str(tmp_path / "c.json"), "--task", "support.rings_task:TASK"])
