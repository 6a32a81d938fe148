"""Films and the watching window, without a display."""

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageSequence
from support import own_envs
from support.genomes import grow

from viz import film, watch
from viz.scene.environment import can_draw
from viz.scene.panel import CAPTION, players
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.network.network import decode_all
from wann.tasks import find_task


@pytest.fixture
def champion():
    """Return a network that balances a while at positive weights and not at negative ones."""
    genome = minimal_genome(4, 1, 1.0, np.random.default_rng(0))
    genome.conns["enabled"][0] = False  # the bias
    task = find_task("cartpole")
    return Champion(genome, "cartpole", task.inputs, task.outputs)


@pytest.fixture
def file(champion, tmp_path):
    champion.save(tmp_path / "champion.json")
    return tmp_path / "champion.json"


def run(*arguments):
    watch.main([str(argument) for argument in arguments])


def test_film_plays_the_episodes_of_the_search(champion, tmp_path):
    task = find_task("cartpole")
    panels = watch.film(players(champion, (-1.0, 0.5)), task, tmp_path / "a.gif", seed=3)
    start = task.trials(1, np.random.default_rng(3))
    returns, steps = task.score(decode_all([champion.genome]), np.array([-1.0, 0.5]), start)
    assert [panel.score for panel in panels] == returns[0, :, 0].tolist()
    assert sum(panel.steps for panel in panels) == steps and panels[0].failed
    assert list(tmp_path.iterdir()) == [tmp_path / "a.gif"]  # no temporary file is left


def test_gif_is_in_real_time(tmp_path):
    task = find_task("swingup")
    # no connection is enabled: it does nothing
    genome = minimal_genome(5, 1, 0.0, np.random.default_rng(0))
    champion = Champion(genome, None, task.inputs, task.outputs)
    watch.film(players(champion, (1.0,)), task, tmp_path / "a.gif", max_steps=60)
    gif = Image.open(tmp_path / "a.gif")
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert gif.n_frames == 16 and gif.info["loop"] == 0  # 0.6 s at 25 fps, both ends
    assert durations[:-1] == [40] * 15 and durations[-1] == 1040  # the last one stays for a second
    assert gif.size == (624, 252 + 34 + 204 + 24)


def test_gif_shows_what_was_drawn(champion):
    task = find_task("cartpole")
    make = lambda: watch.make_panels(players(champion, watch.WEIGHTS), task, max_steps=30)  # noqa: E731
    true = list(watch.play(make(), film.GIF_FPS))
    data = film.gif(iter(true), list(watch.play(make(), 1)))
    gif = Image.open(io.BytesIO(data))
    for k in (0, 7, gif.n_frames - 1):
        gif.seek(k)
        difference = np.abs(np.asarray(gif.convert("RGB"), int) - np.asarray(true[k], int))
        assert difference.max() < 60 and difference.mean() < 2.5


def test_panels_of_one_size_fill_rows_of_three_at_most():
    card = Image.new("RGB", (100, 50), "red")
    sizes = [watch.sheet([card] * n).size for n in (1, 2, 3, 4, 6)]
    assert sizes == [(124, 74), (236, 74), (348, 74), (236, 136), (348, 136)]


def test_ended_panel_pales_and_stands_still(champion):
    (panel,) = watch.make_panels(players(champion, (-1.0,)), find_task("cartpole"))
    before = np.asarray(panel.picture()).min()
    panel.advance(500)
    steps, picture = panel.steps, np.asarray(panel.picture())
    panel.advance(600)
    assert panel.over and panel.steps == steps < 20
    np.testing.assert_array_equal(np.asarray(panel.picture()), picture)
    scene = picture[CAPTION : CAPTION + panel.size[1] - 30]
    assert before < 60 < 120 < scene.min()


def test_command_writes_a_gif(file, tmp_path, capsys):
    out = tmp_path / "film.gif"
    run(file, "--gif", out, "--weight", "-1", "1", "--steps", "20")
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed[:2]] == ["weight -1", "weight 1"]
    assert printed[1] == "weight 1: return 20.0 in 20 steps" and printed[2] == f"wrote {out}"
    assert Image.open(out).n_frames == 11


def test_command_writes_an_mp4(file, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="an MP4 needs imageio-ffmpeg")
    out = tmp_path / "film.mp4"
    run(file, "--mp4", out, "--weight", "1", "--steps", "25")
    reader = ffmpeg.read_frames(str(out))
    facts = next(reader)
    frames = list(reader)
    assert facts["size"] == (624, 514) and facts["fps"] == film.FPS and len(frames) == 26 + film.FPS


def test_command_takes_a_published_file(published, tmp_path, capsys):
    with pytest.raises(WannError, match="--task"):
        run(published, "--gif", tmp_path / "a.gif")
    run(published, "--task", "swingup", "--gif", tmp_path / "a.gif", "--steps", "8")
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_published_champion_swings_up(published):
    (panel,) = watch.make_panels(players(load(published), (0.8,)), find_task("swingup"))
    upright = []
    for step in range(1, 1001):
        panel.advance(step)
        upright.append(panel.observation[2] > 0.95)
    assert not any(upright[:100]) and sum(upright[100:]) > 250
    assert panel.score > 650


def test_window_shows_new_episodes_until_it_is_closed(champion, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame = pytest.importorskip("pygame", reason="a window needs pygame")
    monkeypatch.setattr(watch, "HOLD", 0.0)
    monkeypatch.setattr(watch, "FPS", 500)
    seeds = []
    make = watch.make_panels

    def noted(acting, task, seed, max_steps, network):
        seeds.append(seed)
        if seed == 6:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return make(acting, task, seed, max_steps, network)

    monkeypatch.setattr(watch, "make_panels", noted)
    watch.watch(players(champion, (1.0,)), find_task("cartpole"), seed=4, max_steps=3)
    assert seeds == [4, 5, 6] and not pygame.display.get_init()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--weight", "nan", "--gif", "a.gif"], "--weight nan: must be finite"),
        (["--weight=-inf"], "--weight -inf: must be finite"),
        (["--seed", "-1"], "--seed -1: must be at least 0"),
        (["--steps", "0"], "--steps 0: must be at least 1"),
        (["--steps", str(10**30)], "must be at most 1000000"),
        (["--seed", str(10**30)], "must be at most 9223372036854775807"),
        (["--gif", "a.mp4"], "--gif a.mp4: the file's name must end in .gif"),
        (["--mp4", "film"], "--mp4 film: the file's name must end in .mp4"),
        (["--gif", "/nosuchfolder/a.gif"], "/nosuchfolder/a.gif: cannot be written"),
        (["--task", "swingup", "--gif", "a.gif"], "4 inputs"),
    ],
)
def test_mistakes_are_named(file, arguments, message):
    with pytest.raises(WannError) as error:
        run(file, *arguments)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_missing_imageio_says_what_to_install(file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(WannError, match="pip install imageio-ffmpeg"):
        run(file, "--mp4", tmp_path / "a.mp4", "--steps", "2")
    assert not list(tmp_path.glob("*.mp4"))


def test_task_that_is_no_control_task_is_named(tmp_path):
    class Samples:
        inputs, outputs = ("a", "b"), ("c",)

    champion = Champion(grow(2, 1, 3, 0), None, ("a", "b"), ("c",))
    with pytest.raises(WannError, match="not a control task"):
        watch.film(players(champion, (1.0,)), Samples(), tmp_path / "a.gif")


@pytest.mark.parametrize(
    ("name", "size"), [("CartPole-v1", (344, 380)), ("Pendulum-v1", (344, 486))]
)
def test_any_gymnasium_environment_is_filmed_as_it_is_scored(name, size, tmp_path):
    pytest.importorskip("pygame", reason="Gymnasium draws by pygame")
    task = find_task(f"gym:{name}")
    champion = Champion(
        grow(len(task.inputs), len(task.outputs), 9, 0), task.name, task.inputs, task.outputs
    )
    panels = watch.film(
        players(champion, (-1.0, 0.5, 1.0)), task, tmp_path / "a.gif", seed=3, max_steps=40
    )
    task = replace(task, max_steps=40)
    scores, steps = task.score(
        decode_all([champion.genome]), np.array([-1.0, 0.5, 1.0]), np.array([[3]])
    )
    assert [panel.score for panel in panels] == scores[0, :, 0].tolist()
    assert sum(panel.steps for panel in panels) == steps
    (panel,) = watch.make_panels(players(champion, [1.0] * 3), task)[:1]
    assert watch.sheet([panel.picture()]).size == size
    assert len(np.unique(np.asarray(panel.picture())[CAPTION:, :, 0])) > 3


def test_environments_that_fail_or_cannot_be_drawn_say_so(tmp_path, monkeypatch):
    walk = find_task("gym:support.own_envs:Walk-v0,trouble=raise")
    champion = Champion(grow(1, 2, 9, 0), None, walk.inputs, walk.outputs)
    assert not can_draw(walk)
    with pytest.raises(WannError, match=r"support.own_envs:Walk-v0.* cannot be drawn"):
        watch.film(players(champion, (1.0,)), walk, tmp_path / "a.gif")
    monkeypatch.setattr(own_envs.Walk, "render", lambda self: np.zeros((9, 9, 3), np.uint8))
    monkeypatch.setattr(own_envs.Walk, "step", lambda self, action: [][action])
    monkeypatch.setattr("viz.scene.panel.environment_of", lambda task, width: task.make())
    with pytest.raises(WannError, match="failed with seed 5 at weight 1, step 1: IndexError"):
        watch.film(players(champion, (1.0,)), walk, tmp_path / "a.gif", seed=5)


# ------------------------------------------------------------------------------- several champions
@pytest.fixture
def tuned(champion, tmp_path):
    """Return the file of the same network with weights of its own."""
    (tmp_path / "other").mkdir()
    path = tmp_path / "other" / "tuned.json"
    replace(champion, weights=np.full(len(champion.genome.conns), 0.5)).save(path)
    return path


def test_several_champions_are_watched_at_their_own_weights_or_at_given_ones(file, tuned):
    acting, task = watch.cast([file, tuned], None)
    assert [player.label for player in acting] == ["champion, weight 1", "tuned, tuned weights"]
    panels = watch.make_panels(acting, task, max_steps=5)
    assert all(panel.task == find_task("cartpole") for panel in panels)
    acting, _ = watch.cast([file, tuned], [-1.0, 2.0])
    assert [player.label for player in acting] == [
        f"{name}, weight {weight}" for name in ("champion", "tuned") for weight in (-1, 2)
    ]
    acting, _ = watch.cast([file], None)
    assert [player.weight for player in acting] == list(watch.WEIGHTS) and acting[
        0
    ].label == "weight -2"
    acting, _ = watch.cast([tuned], [None, 1.0])
    assert [player.label for player in acting] == ["tuned weights", "weight 1"]
    assert watch.cast([tuned], None)[0][0].weight is None


def test_panels_of_champions_are_their_episodes(file, tuned, tmp_path, capsys):
    run(file, tuned, "--weight", "0.5", "--seed", "2", "--steps", "60", "--gif", tmp_path / "a.gif")
    first, second, _ = capsys.readouterr().out.splitlines()
    assert (
        first.partition(":")[0] == "champion, weight 0.5"
        and second.partition(":")[0] == "tuned, weight 0.5"
    )
    assert first.partition(":")[2] == second.partition(":")[2]
    run(tuned, "--weight", "tuned", "--seed", "2", "--steps", "60", "--gif", tmp_path / "a.gif")
    # all are 0.5
    assert capsys.readouterr().out.splitlines()[0].partition(":")[2] == first.partition(":")[2]


def test_names_tell_champions_apart(tmp_path):
    paths = [tmp_path / "a" / "champion.json", tmp_path / "b" / "champion.json", tmp_path / "run"]
    assert watch.distinct(paths[1:]) == ["champion", "run"]
    assert watch.distinct(paths)[:2] == ["a/champion", "b/champion"]
    assert watch.distinct([paths[0], paths[0]]) == ["champion", "champion"]


def test_what_cannot_be_compared_is_one_clear_error(file, champion, tmp_path):
    task = find_task("swingup")
    other = tmp_path / "swing.json"
    Champion(
        minimal_genome(5, 1, 1.0, np.random.default_rng(0)), "swingup", task.inputs, task.outputs
    ).save(other)
    for paths, weights, name, message in (
        ([file, other], None, None, f"{file} is for cartpole and {other} for swingup"),
        ([file, other], None, "cartpole", "5 inputs"),
        ([file], [None], None, "has no individual weights"),
        ([file, file, file], watch.WEIGHTS, None, "at most 12 panels"),
    ):
        with pytest.raises(WannError) as error:
            watch.cast(paths, weights, name)
        assert message in str(error.value) and "\n" not in str(error.value)


def test_the_board_shows_what_led_to_the_last_action(champion):
    task = find_task("cartpole")
    (panel,) = watch.make_panels(players(champion, (1.0,)), task, seed=1)
    assert panel.action == panel.policy(panel.seen)
    panel.advance(7)
    before = panel.observation
    panel.advance(8)
    np.testing.assert_array_equal(panel.seen, before)
    assert panel.action == panel.policy(before)
    assert panel.picture().height == panel.size[1] + CAPTION + panel.board


def test_the_network_can_be_left_out(file, tmp_path):
    run(file, "--weight", "1", "--steps", "2", "--no-network", "--gif", tmp_path / "a.gif")
    assert Image.open(tmp_path / "a.gif").size == (624, 252 + 34 + 24)
