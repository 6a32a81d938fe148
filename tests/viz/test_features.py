"""What features of car racing see and are worth."""

import numpy as np
import pytest
from support.figure_samples import grow
from support.genomes import grow as grow_genome

from envs.carracing.features import SPREAD
from envs.carracing.task import RacingTask, carracing, own_encoder
from viz import features
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.explain import explain
from wann.tasks import Data, find_task


def champion(task):
    return Champion(
        grow_genome(16, 3, 4, 0), "carracing", task.inputs, task.outputs,
        provenance={"data": task.digest, "config": {"weights": [1.0]}},
    )  # fmt: skip


@pytest.fixture(name="data", scope="module")
def _data():
    task = RacingTask(own_encoder(), max_steps=60)
    return features.measure(task.encoder, explain(champion(task), task, trials=2))


def test_pictures_are_those_at_which_a_feature_is_far_from_0(data):
    for pictures, sign in ((data.low, -1), (data.high, 1)):  # clipped to what a picture can have
        seen = own_encoder().features(255 * pictures)
        for k, name in enumerate(data.names):
            own = int(name.split()[1]) - 1
            assert seen[k, own] == pytest.approx(sign * features.BY * SPREAD, rel=0.2)
            assert abs(seen[k]).argmax() == own


def test_the_most_important_comes_first(data):
    assert sorted(data.names) == sorted(carracing(Data()).inputs)
    assert (np.diff(data.losses) <= 0).all() and set(data.needed) <= {"yes", "no", "unclear"}
    ax = features.draw(data, title="carracing")
    assert len(ax.get_images()) == 32
    assert [text.get_text() for text in ax.texts[::2]] == list(data.names)


def test_the_command_draws_them_or_says_that_there_are_none(tmp_path, monkeypatch):
    task = RacingTask(own_encoder(), max_steps=20)
    monkeypatch.setattr(features, "task_of", lambda champion, name, data: task)
    champion(task).save(tmp_path / "racer.json")
    picture = tmp_path / "features.png"
    features.main([str(tmp_path / "racer.json"), "--trials", "2", "-o", str(picture)])
    assert picture.stat().st_size > 10_000
    monkeypatch.setattr(features, "task_of", lambda champion, name, data: find_task("swingup"))
    grow(5, 1).save(tmp_path / "other.json")
    with pytest.raises(WannError, match="for the task 'swingup': this figure is of networks for"):
        features.main([str(tmp_path / "other.json")])
