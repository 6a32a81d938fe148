"""Films and the watching window, without a display."""

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageSequence
from support import own_envs
from support.genomes import grow

from envs.render import NoWindow
from viz import film, watch
from viz.names import distinct
from viz.scene.environment import about, can_draw
from viz.scene.panel import CAPTION, FELL, STRIP, players
from viz.style import REACHED
from viz.watch import __main__ as command
from viz.watch import page, pictures, window
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.network.network import decode_all
from wann.tasks import find_task

SIX = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)


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
    command.main([str(argument) for argument in arguments])


def test_film_plays_the_episodes_of_the_search(tmp_path):
    task = find_task("swingup")
    champion = Champion(grow(5, 1, 15, 3), "swingup", task.inputs, task.outputs)
    panels = watch.film(
        players(champion, (-1.0, 0.5)), task, tmp_path / "a.gif", seed=3, max_steps=300
    )
    start = task.trials(1, np.random.default_rng(3))
    short = replace(task, max_steps=300)
    returns, steps = short.score(decode_all([champion.genome]), np.array([-1.0, 0.5]), start)
    assert [panel.score for panel in panels] == returns[0, :, 0].tolist()
    assert sum(panel.steps for panel in panels) == steps > 250
    assert list(tmp_path.iterdir()) == [tmp_path / "a.gif"]  # no temporary file is left


def test_cartpole_is_watched_from_a_start_of_its_own(champion):
    task = find_task("cartpole")
    (panel,) = watch.make_panels(players(champion, (-1.0,)), task, seed=3)
    start = task.physics.watch_states(1, np.random.default_rng(3))
    np.testing.assert_array_equal(panel.observation, start[0])
    returns, _ = task.score(decode_all([champion.genome]), np.array([-1.0]), start)
    panel.advance(500)
    assert panel.score == returns[0, 0, 0] and panel.failed
    assert "farther off" in about(task) and "farther" not in about(find_task("cartpole_far"))


def test_gif_is_in_real_time(tmp_path):
    task = find_task("swingup")
    # no connection is enabled: it does nothing
    genome = minimal_genome(5, 1, 0.0, np.random.default_rng(0))
    champion = Champion(genome, None, task.inputs, task.outputs)
    watch.film(players(champion, (1.0,)), task, tmp_path / "a.gif", max_steps=60)
    gif = Image.open(tmp_path / "a.gif")
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert gif.n_frames == 16 and gif.info["loop"] == 0  # 0.6 s at 25 fps, both ends
    # the last one stays
    assert durations[:-1] == [40] * 15 and durations[-1] == 2520
    assert gif.size == (744, 302 + CAPTION + STRIP + 244 + 2 * pictures.GAP + pictures.LINE)


def test_gif_shows_what_was_drawn(champion):
    task = find_task("cartpole")
    make = lambda: watch.make_panels(players(champion, SIX), task, max_steps=30)  # noqa: E731
    true = list(watch.play(make(), film.GIF_FPS))
    data = film.gif(iter(true), list(watch.play(make(), 1)))
    gif = Image.open(io.BytesIO(data))
    for k in (0, 3, gif.n_frames - 1):
        gif.seek(k)
        difference = np.abs(np.asarray(gif.convert("RGB"), int) - np.asarray(true[k], int))
        assert difference.max() < 60 and difference.mean() < 2.5


def test_panels_of_one_size_fill_rows_of_three_at_most():
    card = Image.new("RGB", (100, 50), "red")
    sizes = [pictures.sheet([card] * n).size for n in (1, 2, 3, 4, 6)]
    assert sizes == [(124, 74), (236, 74), (348, 74), (236, 136), (348, 136)]
    between = pictures.sheet([card] * 2, "what there is to do", "what a hand can do")
    assert between.size == (236, 74 + 2 * pictures.LINE)
    left, top = pictures.place_of(1, 2, card.size, "title")
    assert np.asarray(between)[top : top + 50, left : left + 100].tolist() == (
        np.asarray(card).tolist()
    )


def test_ended_panel_pales_and_stands_still(champion):
    (panel,) = watch.make_panels(players(champion, (-1.0,)), find_task("cartpole"))
    before = np.asarray(panel.picture()).min()
    panel.advance(500)
    steps, picture = panel.steps, np.asarray(panel.picture())
    panel.advance(600)
    assert panel.over and panel.steps == steps < 20
    np.testing.assert_array_equal(np.asarray(panel.picture()), picture)
    scene = picture[CAPTION : CAPTION + panel.size[1]]
    assert before < 60 < 120 < scene.min()


def test_command_writes_a_gif(file, tmp_path, capsys):
    out = tmp_path / "film.gif"
    run(file, "--gif", out, "--weight", "-1", "1", "--steps", "8")
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed[:2]] == ["weight -1", "weight 1"]
    assert printed[1] == "weight 1: return 8.0 in 8 steps" and printed[2] == f"wrote {out}"
    assert Image.open(out).n_frames == 5


def test_command_writes_an_mp4(file, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="an MP4 needs imageio-ffmpeg")
    out = tmp_path / "film.mp4"
    run(file, "--mp4", out, "--weight", "1", "--steps", "8")
    reader = ffmpeg.read_frames(str(out))
    facts = next(reader)
    frames = list(reader)
    assert (
        facts["size"] == (744, 656)
        and facts["fps"] == film.FPS
        and len(frames) == 9 + 2.5 * film.FPS
    )


def test_command_takes_a_published_file(published, tmp_path, capsys):
    with pytest.raises(WannError, match="--task"):
        run(published, "--gif", tmp_path / "a.gif")
    run(published, "--task", "swingup", "--gif", tmp_path / "a.gif", "--steps", "8")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "best",
        "typical",
        "worst",
        "random",
        "wrote",
    ]


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
    monkeypatch.setattr("viz.watch.hand.HOLD", 0.01)
    seeds = []
    make = pictures.make_panels

    def noted(acting, task, seed, max_steps, network):
        seeds.append(seed)
        if len(seeds) == 2:  # the same start again
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_r))
        if seed == 6:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return make(acting, task, seed, max_steps, network)

    monkeypatch.setattr(window, "make_panels", noted)
    watch.watch(players(champion, (1.0,)), find_task("cartpole"), seed=4, max_steps=3)
    assert seeds == [4, 5, 5, 6] and not pygame.display.get_init()


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
        (["--weight", "tuned", "--gif", "a.gif"], "python -m wann.tune finds them"),
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
    ("name", "size"), [("CartPole-v1", (344, 410)), ("Pendulum-v1", (344, 516))]
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
    assert pictures.sheet([panel.picture()]).size == size
    assert len(np.unique(np.asarray(panel.picture())[CAPTION:, :, 0])) > 3


def test_environments_that_fail_or_cannot_be_drawn_say_so(tmp_path, monkeypatch):
    walk = find_task("gym:support.own_envs:Walk-v0,trouble=raise")
    champion = Champion(grow(1, 2, 9, 0), None, walk.inputs, walk.outputs)
    assert not can_draw(walk)
    with pytest.raises(
        WannError, match=r"support.own_envs:Walk-v0.* cannot be drawn.*viz.explorer"
    ):
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


def cast(paths, weights=None, task_name=None):
    champions, task = command.subjects(paths, task_name)
    return command.cast(paths, champions, task, weights)


def test_several_champions_are_watched_at_their_own_weights_or_at_given_ones(file, tuned):
    champion = replace(load(file), shared_weight=0.7)
    champion.save(file)
    acting = cast([file, tuned])
    assert [player.label for player in acting] == [
        "champion, best weight, 0.7",
        "tuned, tuned weights",
    ]
    assert [player.weight for player in acting] == [0.7, None]
    acting = cast([file, tuned], [-1.0, 2.0])
    assert [player.label for player in acting] == [
        f"{name}, weight {weight}" for name in ("champion", "tuned") for weight in (-1, 2)
    ]
    acting = cast([tuned], ["tuned", 1.0])
    assert [player.label for player in acting] == ["tuned weights", "weight 1"]
    assert acting[0].weight is None


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
    assert distinct(paths[1:]) == ["champion", "run"]
    assert distinct(paths) == ["a/champion", "b/champion", "run"]
    assert distinct([paths[0], paths[0]]) == ["champion", "champion"]


def test_what_cannot_be_compared_is_one_clear_error(file, champion, tmp_path):
    task = find_task("swingup")
    other = tmp_path / "swing.json"
    Champion(
        minimal_genome(5, 1, 1.0, np.random.default_rng(0)), "swingup", task.inputs, task.outputs
    ).save(other)
    for paths, weights, name, message in (
        ([file, other], None, None, f"{file} is for cartpole and {other} for swingup"),
        ([file, other], None, "cartpole", "5 inputs"),
        ([file], ["tuned"], None, "has no individual weights"),
        ([file, file, file], SIX, None, "3 champions at 6 weights: at most 12 panels"),
    ):
        with pytest.raises(WannError) as error:
            cast(paths, weights, name)
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
    assert panel.picture().size == panel.picture_size
    assert panel.picture_size[1] == panel.size[1] + CAPTION + STRIP + panel.board


def test_the_network_can_be_left_out(file, tmp_path):
    run(file, "--weight", "1", "--steps", "2", "--no-network", "--gif", tmp_path / "a.gif")
    assert Image.open(tmp_path / "a.gif").size == (744, 302 + CAPTION + STRIP + 46)


# ------------------------------------------------------------------------------------ what is shown
def test_badge_and_clock_say_what_has_come_of_an_episode(champion):
    pole, swing = find_task("cartpole"), find_task("swingup_hard")
    (panel,) = watch.make_panels(players(champion, (-1.0,)), pole)
    assert panel.badge.text == "balances" and panel.clock == "upright 0.0 s of 0.0 s"
    panel.advance(500)
    steps = panel.steps
    assert panel.badge == ("fell", FELL) and 5 < steps < 50
    assert panel.clock == f"upright {0.02 * (steps - 1):.1f} s of {0.02 * steps:.1f} s"
    still = Champion(
        minimal_genome(5, 1, 0.0, np.random.default_rng(0)), None, swing.inputs, swing.outputs
    )
    (panel,) = watch.make_panels(players(still, (1.0,)), swing)
    panel.place((0.0, 0.0, 0.001, 0.0))  # nothing acts on it: it falls after a while
    seen = []
    for step in range(1, 201):
        panel.advance(step)
        seen.append(panel.badge)
    texts = [badge.text for badge in seen]
    assert texts[48:51] == ["swings", "stays up", "stays up"] and seen[50].colour == REACHED
    assert texts[-1] == "swings" and panel.outcome == "does not stay up"
    assert 60 < panel.well < 190
    assert panel.clock == f"upright {0.01 * panel.well:.1f} s of 2.0 s"


def test_tasks_say_what_there_is_to_do():
    assert about(find_task("swingup")).endswith("“stays up”: upright through the last 2 s of 10 s")
    assert about(find_task("swingup_hard")).endswith("upright through the last 0.5 s of 2 s")
    assert about(find_task("cartpole_far")).endswith("“stays up”: upright through all 10 s")
    assert about(find_task("gym:CartPole-v1")) == ""


def test_in_turn_they_come_one_after_another_in_one_large_scene(tuned, tmp_path, capsys):
    run(tuned, "--weight", "random", "1", "tuned", "--in-turn", "--steps", "8",
        "--gif", tmp_path / "a.gif")  # fmt: skip
    labels = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert labels == [
        "every connection a random weight",
        "weight 1",
        "every connection its tuned weight",
        f"wrote {tmp_path / 'a.gif'}",
    ]
    gif = Image.open(tmp_path / "a.gif")
    assert gif.size == (744, 656)
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    long = [duration for duration in durations if duration > 40]
    assert long == [1240, 1240, 2520] and long[-1] == durations[-1]
    acting = cast([tuned], [1.0])
    (panel,) = pictures.in_turn(acting, find_task("cartpole"))
    assert panel.max_steps == pictures.TURN * 50


# ------------------------------------------------------------------ without pygame or a display
@pytest.fixture
def no_window(monkeypatch):
    """Return what is opened in a browser."""
    opened = []
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(page.webbrowser, "open", opened.append)
    monkeypatch.setattr(page.sys, "platform", "linux")
    return opened


def test_without_a_window_the_page_is_written_and_named(file, no_window, capsys):
    run(file)
    reason, path = capsys.readouterr().out.splitlines()
    assert 'pip install "wann[window]"' in reason and path == str(
        file.with_name("champion.explorer.html")
    )
    assert "<html" in file.with_name("champion.explorer.html").read_text() and not no_window


def test_with_a_display_the_page_is_opened(file, no_window, monkeypatch, capsys):
    monkeypatch.setenv("DISPLAY", ":77")

    def broken(*arguments):
        raise NoWindow("cannot open a window")

    monkeypatch.setattr(command, "has_window", lambda: True)
    monkeypatch.setattr(command, "watch", broken)
    run(file)
    assert no_window == [file.with_name("champion.explorer.html").as_uri()]


def test_what_cannot_be_drawn_is_shown_without_pictures(tmp_path, no_window, capsys):
    walk = "gym:support.own_envs:Walk-v0"
    task = find_task(walk)
    path = tmp_path / "walk.json"
    Champion(grow(1, 2, 9, 0), None, task.inputs, task.outputs).save(path)
    run(path, "--task", walk)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("the task cannot be drawn") and lines[1].endswith(".explorer.html")
    with pytest.raises(WannError, match=r"cannot be drawn: .*python -m viz.explorer shows"):
        run(path, "--task", walk, "--gif", tmp_path / "a.gif")
