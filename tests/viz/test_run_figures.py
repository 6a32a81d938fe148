"""Learning curves, Pareto front, weight sweep and report."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from support.figure_samples import TOY, grow, make_run

from viz import curves, pareto, seeds, weight_sweep
from viz.report import __main__ as report
from viz.report.figures import FILMS, MOST_STAGES, Subject
from wann.assess import assess
from wann.champion.champion import load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY
from wann.tasks import find_task


def texts(ax) -> set[str]:
    """Return the labels of a legend."""
    return {text.get_text() for text in ax.get_legend().get_texts()}


def line(ax, label: str):
    return next(line for line in ax.lines if line.get_label() == label)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run directory of 20 generations."""
    return make_run(tmp_path / "run")


# ------------------------------------------------------------------------------------------ curves
def test_curves_show_the_history(run):
    history = RunDirectory.open(run).history()
    scores, sizes = curves.draw(history, title="swingup")
    assert {"best", "median", "mean", "best at one weight", "champion, confirmed"} == texts(scores)
    assert {"best", "median", "champion"} == texts(sizes)
    np.testing.assert_array_equal(line(scores, "median").get_ydata(), history["median"])
    np.testing.assert_array_equal(
        line(sizes, "champion").get_ydata(), history["champion_connections"]
    )
    assert scores.get_title("left") == "swingup"


def test_curves_count_environment_steps_at_the_top(run):
    scores, _ = curves.draw(RunDirectory.open(run).history())
    upper = next(ax for ax in scores.figure.axes if ax.get_xlabel() == "environment steps")
    labels = [label.get_text() for label in upper.get_xticklabels()]
    assert "4\N{THIN SPACE}k" in labels
    assert upper.get_xticks()[labels.index("4\N{THIN SPACE}k")] == pytest.approx(4)


def test_curves_of_a_single_generation(run):
    history = {name: values[:1] for name, values in RunDirectory.open(run).history().items()}
    scores, _ = curves.draw(history)
    scores.figure.draw_without_rendering()
    assert line(scores, "best").get_marker() == "o"


def test_curves_in_axes_of_the_caller(run):
    axes = Figure().subplots(2)
    assert curves.draw(RunDirectory.open(run).history(), axes) is axes


@pytest.mark.filterwarnings("ignore:loadtxt")
def test_curves_of_a_run_that_has_just_begun_are_an_error(run):
    (run / "history.csv").write_text(",".join(HISTORY) + "\n")
    with pytest.raises(WannError, match="no generation"):
        curves.main([str(run)])


# ------------------------------------------------------------------------------------------ pareto
def test_pareto_front_keeps_the_best_of_each_size_that_nothing_smaller_beats():
    size, mean = np.array([4, 3, 4, 5, 6, 7, 3]), np.array([2.0, 1.0, 3.0, 3.0, 2.5, 4.0, 0.5])
    front_size, front_mean = pareto.pareto_front(size, mean)
    assert front_size.tolist() == [3, 4, 7] and front_mean.tolist() == [1.0, 3.0, 4.0]


def test_pareto_shows_population_front_and_champion(run):
    directory = RunDirectory.open(run)
    population = directory.front()["population"]
    ax = pareto.draw(population, directory.champion())
    points, star = ax.collections
    shown = sorted(map(tuple, points.get_offsets().tolist()))
    assert shown == sorted(zip(population["connections"], population["mean"], strict=True))
    assert sorted(points.get_array().tolist()) == sorted(population["best_weight"])
    assert star.get_offsets().tolist() == [[12, 60.0]]


# ------------------------------------------------------------------------------------ weight sweep
def test_weight_sweep_is_dense_and_marks_the_weights_of_the_search(run):
    champion = load(run)
    data = weight_sweep.sweep(champion, task_of(champion, TOY), trials=7, seed=5)
    assert (
        data.mean.shape == data.std.shape == data.weights.shape
        and data.trials == 7
        and data.weights[[0, -1]].tolist() == [-3, 3]
    )
    ax = weight_sweep.draw(data)
    marks = line(ax, "weights of the sweep")
    assert marks.get_xdata().tolist() == [-2, -1, -0.5, 0.5, 1, 2]
    expected = np.square(marks.get_xdata()) + np.random.default_rng(5).normal(size=7).mean()
    np.testing.assert_allclose(marks.get_ydata(), expected)


def test_weight_sweep_needs_a_task_that_fits(tmp_path):
    champion = grow(5, 1, task=None)
    file = tmp_path / "unknown.json"
    champion.save(file)
    with pytest.raises(WannError, match="--task"):
        weight_sweep.main([str(file)])
    weight_sweep.main([str(file), "--task", TOY, "--trials", "3"])
    assert (tmp_path / "unknown.weight_sweep.png").exists()
    grow(5, 1, inputs=("x", "y")).save(file)
    with pytest.raises(WannError, match="2 inputs"):
        weight_sweep.main([str(file), "--task", TOY])


@pytest.mark.parametrize("option", [("--trials", "0"), ("--seed", "-1"), ("--trials", str(10**30))])
def test_weight_sweep_refuses_senseless_numbers(run, option):
    with pytest.raises(WannError, match=r"must be at (least|most)"):
        weight_sweep.main([str(run), "--task", TOY, *option])


def test_weight_sweep_of_an_assessment_is_what_was_assessed(run):
    champion = load(run)
    result = assess(champion, TOY, trials=5)
    data = weight_sweep.Sweep.of(result)
    own = weight_sweep.sweep(champion, task_of(champion, TOY), trials=5)
    np.testing.assert_array_equal(data.weights, own.weights)
    assert data.searched.tolist() == list(champion.sweep) and data.trials == 5
    means = dict(zip(data.weights.tolist(), data.mean.tolist(), strict=True))
    assert [means[weight] for weight in champion.sweep] == [
        row.mean for row in result.per_weight.values()
    ]
    assert means[0.3] == result.profile.mean[result.profile.weights.tolist().index(0.3)]


# ---------------------------------------------------------------------------------------- commands
@pytest.mark.parametrize("module", [curves, pareto, report])
def test_a_folder_that_is_no_run_is_an_error(module, tmp_path):
    with pytest.raises(WannError, match="not a run directory"):
        module.main([str(tmp_path)])


@pytest.mark.parametrize(
    ("module", "options"), [(curves, []), (pareto, []), (weight_sweep, ["--task", TOY])]
)
def test_figures_are_the_same_bytes_again(module, options, run, tmp_path, capsys):
    for name in ("first.svg", "second.svg"):
        module.main([str(run), *options, "-o", str(tmp_path / name)])
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "first.svg"),
        str(tmp_path / "second.svg"),
    ]
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


FIGURES = [
    "weight_sweep.png",
    "conditions.png",
    "importance.png",
    "importance.svg",
    "curves.png",
    "pareto.png",
    "explorer.html",
    "assess.json",
    "report.html",
]


def test_report_makes_all_figures_and_names_them(run, capsys):
    report.main([str(run), "--task", TOY])
    assert capsys.readouterr().out.split() == [str(run / "figures" / name) for name in FIGURES]
    assert sorted(path.name for path in (run / "figures").iterdir()) == sorted(FIGURES)


def test_report_does_not_run_code_that_only_a_file_names(run):
    with pytest.raises(WannError, match=f"code: if you trust it, add --task {TOY}"):
        report.main([str(run)])
    assert not (run / "figures").exists()


def test_report_adds_a_film_where_the_task_can_be_drawn(run, monkeypatch, tmp_path):
    filmed, champion = [], load(run)
    monkeypatch.setattr("viz.watch.film", lambda *arguments: filmed.append(arguments))
    path = tmp_path / "watch.gif"

    def subject(task):
        return Subject(RunDirectory.open(run), champion, None, task, None, None)

    assert FILMS["watch"].write(subject(find_task("swingup")), path)
    ((acting, *others),) = filmed
    words = [player.label.split()[0] for player in acting]
    assert words == ["best", "typical", "worst", "random"]
    assert others == [find_task("swingup"), path]
    assert not FILMS["watch"].write(subject(find_task(TOY)), path)


def test_report_adds_a_film_of_growth_where_there_is_some(run, monkeypatch, tmp_path):
    path, filmed = tmp_path / "growth.gif", []
    subject = Subject(RunDirectory.open(run), load(run), None, None, None, None)
    monkeypatch.setattr("viz.report.figures.animate", lambda *given: filmed.append(given))
    (run / "champions").mkdir()
    grow(5, 1, task=TOY).save(run / "champions" / "0000.json")
    assert not FILMS["growth"].write(subject, path) and not filmed
    grow(9, 2, task=TOY).save(run / "champions" / "0003.json")
    assert FILMS["growth"].write(subject, path)
    assert filmed == [(subject.run, path, MOST_STAGES)]

    def fail(*given):
        raise WannError("too many to draw")

    monkeypatch.setattr("viz.report.figures.animate", fail)
    with pytest.warns(UserWarning, match="no film of growth: too many to draw"):
        assert not FILMS["growth"].write(subject, path)


@pytest.mark.slow
def test_figures_work_without_pyplot_and_a_display():
    code = "import sys, viz.report.__main__, viz.topology;"
    code += "assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------------------------- seeds
def test_runs_of_one_task_share_a_panel(run, tmp_path):
    history = RunDirectory.open(run).history()
    later = {**history, "champion": history["champion"] + 1}
    ax = seeds.draw([history, later], title="toy", names=["seed 3", "seed 4"])
    assert set(ax.get_legend_handles_labels()[1]) == {
        "best at one weight",
        "best mean over the weights",
        "champion",
    }
    lines = [line for line in ax.lines if len(line.get_xdata())]
    assert len(lines) == 6 and ax.get_title("left") == "toy"
    first, second = (line for line in lines if line.get_drawstyle() == "steps-post")
    np.testing.assert_array_equal(first.get_ydata(), history["champion"])
    np.testing.assert_array_equal(first.get_xdata(), history["steps"])
    # each run has a colour of its own, and its name has it
    colours = {text.get_text(): text.get_color() for text in ax.texts}
    assert colours == {"seed 3": first.get_color(), "seed 4": second.get_color()}
    assert first.get_color() != second.get_color()
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not boxes[0].overlaps(boxes[1])
    other = Figure().add_subplot()
    assert seeds.draw([history], other) is other


def test_the_running_median_drops_single_values_and_keeps_the_length():
    values = np.zeros(60)
    values[30] = 9.0
    assert not seeds.running_median(values).any()
    np.testing.assert_array_equal(seeds.running_median(np.arange(60.0))[2:-2], np.arange(2.0, 58))
    np.testing.assert_array_equal(seeds.running_median(np.arange(3)), [0, 1, 2])


def test_the_command_draws_a_panel_for_each_task(run, tmp_path):
    other = make_run(tmp_path / "other")
    config = other / "config.toml"
    config.write_text(
        config.read_text().replace(RunDirectory.open(run).config().task, "gym:Acrobot-v1")
    )
    seeds.main(
        [
            str(run),
            str(run),
            str(other),
            "-o",
            str(tmp_path / "seeds.png"),
            "-o",
            str(tmp_path / "seeds.svg"),
        ]
    )
    text = (tmp_path / "seeds.svg").read_text()
    assert (
        (tmp_path / "seeds.png").stat().st_size > 10_000
        and "Acrobot-v1, 1 run" in text
        and ", 2 runs" in text
        and len(re.findall("<!-- seed [0-9]+ -->", text)) == 3
    )
    with pytest.raises(WannError, match="not a run directory"):
        seeds.main([str(tmp_path), "-o", str(tmp_path / "x.png")])
