"""What holds for every figure: it draws into axes of the caller or a figure of its own, and shows
nothing.
"""

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from support.figure_samples import TOY, grow, make_run

import viz
from viz.accuracy import Accuracy
from viz.features import Features
from viz.pixels import Pixels
from viz.weight_sweep import Sweep
from wann.assess import assess
from wann.champion.champion import load
from wann.runs.directory import RunDirectory

IMAGES = np.ones((3, 8, 8))
PICTURES = np.full((5, 28, 32, 3), 0.5)
LINE = np.linspace(-3, 3, 7)
PRUNED = [
    {
        "method": "obd",
        "remaining": n,
        "effective": n,
        "connections": n,
        "accuracy": 0.5 + n / 999,
        "seed": 0,
    }
    for n in (50, 100, 200)
]

#: Something to draw for each module: its path of a run -> the first arguments of draw.
DATA = {
    "accuracy": lambda run: (
        Accuracy(LINE, LINE / 9 + 0.4, {"a": LINE / 9 + 0.4}, {1.0: 0.5}, 0.6, None),
    ),
    "assess": lambda run: (assess(load(run), TOY, trials=2),),
    "compare": lambda run: ({"a": [(LINE, LINE)], "b": [(LINE, LINE), (LINE[1:], LINE[1:])]},),
    "confusion": lambda run: (np.array([[8, 2], [1, 9]]), ("a", "b")),
    "curves": lambda run: (RunDirectory.open(run).history(),),
    "features": lambda run: (
        Features("abcde", PICTURES, PICTURES, LINE[:5], LINE[2:], ("yes", "no", "no", "yes", "?")),
    ),
    "pareto": lambda run: (RunDirectory.open(run).front()["population"],),
    "pixels": lambda run: (Pixels(tuple("abc"), IMAGES, IMAGES, IMAGES > 0),),
    "pruning": lambda run: (PRUNED,),
    "seeds": lambda run: ([RunDirectory.open(run).history()],),
    "topology": lambda run: (grow(12, 1),),
    "weight_sweep": lambda run: (Sweep(LINE, LINE, np.ones(7), 3, LINE[[1, 5]]),),
}
SEVERAL = {"assess": 3, "curves": 2}  # figures of more than one axes
MODULES = [module.name for module in pkgutil.iter_modules(viz.__path__)]
FIGURES = [
    name
    for name in MODULES
    if inspect.isfunction(getattr(import_module(f"viz.{name}"), "draw", None))
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "run")


def test_every_figure_is_checked_here():
    assert sorted(DATA) == FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_it_makes_a_figure_or_draws_into_that_of_the_caller(name, run):
    draw, data = import_module(f"viz.{name}").draw, DATA[name](run)
    several = SEVERAL.get(name, 0)
    parameter = "axes" if several else "ax"
    assert inspect.signature(draw).parameters[parameter].default is None

    made = draw(*data)
    first = made[0] if several else made
    assert isinstance(first, Axes)
    first.get_figure(root=True).draw_without_rendering()

    figure = Figure(figsize=(5, 4))
    given = figure.subplots(several) if several else figure.subplots()
    drawn = draw(*data, **{parameter: given})
    assert drawn is given and tuple(figure.get_size_inches()) == (5, 4)
    figure.draw_without_rendering()
    assert all(ax.has_data() for ax in (given if several else [given]))


@pytest.mark.parametrize("name", MODULES)
def test_it_needs_no_display(name):
    source = Path(viz.__path__[0], name + ".py")
    if source.exists():
        assert "pyplot" not in source.read_text().replace("without touching pyplot", "")
        assert "plt." not in source.read_text()
