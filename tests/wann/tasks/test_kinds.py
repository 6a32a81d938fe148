"""A new kind of task is a class that declares what it can, and a row in a table."""

import pytest
from support.command import call

import wann
from viz.explorer.given import Given
from viz.explorer.task import task_view
from viz.scene.environment import can_draw
from wann.assess.__main__ import main as assess
from wann.champion.task import task_of
from wann.tasks import Capabilities, find_task, is_code, registry


class Walker:
    """A kind of its own: episodes of an environment, played as those of another kind."""

    capabilities = Capabilities(compiled=False, episodes=True)
    max_steps = 12

    def __init__(self, name):
        self.name, self.own = name, find_task("gym:support.own_envs:Walk-v0")
        self.inputs, self.outputs = self.own.inputs, self.own.outputs
        self.trials, self.score, self.make = self.own.trials, self.own.score, self.own.make


@pytest.fixture
def _walkers(monkeypatch):
    monkeypatch.setitem(registry.PREFIXES, "walk:", lambda name, data: Walker(name))


@pytest.mark.slow
@pytest.mark.usefixtures("_walkers")
def test_a_new_kind_is_a_row(tmp_path):
    settings = "search.population=8 search.tournament=2 trials=1 report_trials=2 generations=1"
    given = [part for setting in settings.split() for part in ("--set", setting)]
    done = call("walk:far", *given, "--backend", "serial", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    champion = wann.load(tmp_path / "run")
    task = task_of(champion)
    assert champion.task == "walk:far" and type(task) is Walker
    assert call(tmp_path / "run", "--trials", 2, main=assess).returncode == 0
    view = task_view([Given(champion, task)], "walk:far")
    assert view["kind"] == "episodes" and view["episodes"][0][0]["steps"] <= 12
    assert not can_draw(task) and not is_code("walk:far") and is_code("walk:own:far")
