"""The explorer's page holds what it shows, and nothing in it loads or runs anything else."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from support import (
    bars_task,
    own_envs,  # noqa: F401 - registers them
)
from support.explorer_samples import HOSTILE, champion_of, hostile
from support.genomes import grow

from envs.cartpole import CartPole
from viz.explorer import __main__ as explorer
from viz.explorer import html
from viz.explorer.content import content, parts_of
from viz.explorer.given import Given, read_given
from viz.explorer.html import activations_script, as_json, page, read
from viz.explorer.task import MOST_FRAMES, MOST_VALUES, play, start_states, task_view
from viz.names import in_text
from viz.network.drawing import columns_of, effective
from viz.network.layered import arrange_layered
from viz.network.layout import WayPoint
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.tasks import find_task


def data_in(text):
    """Return what the page's scripts read."""
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    )


def run(*arguments):
    explorer.main([str(argument) for argument in arguments])


def shown(champion, task, name="task", **options):
    """Return the content of the page of one network."""
    return content([Given(champion, task)], name, **options)


@pytest.fixture(scope="module")
def cartpole_page():
    return page(shown(*champion_of("cartpole"), "cartpole", trials=4))


# ----------------------------------------------------------------------------------- self-contained
def test_page_refers_to_nothing_else(cartpole_page):
    addresses = re.findall(r"\w+://[^\s\"'`<>]*", cartpole_page)
    assert set(addresses) == {"http://www.w3.org/2000/svg"}  # the name of a kind of element
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts)\b", cartpole_page
    )
    assert not re.search(r"@import|url\(|<(iframe|object|embed|base|form)\b|\bsrc=", cartpole_page)
    assert not re.search(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write",
        cartpole_page,
    )


def test_policy_allows_the_page_s_own_parts_only(cartpole_page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', cartpole_page)[1]
    style = re.search(r"<style>(.*?)</style>", cartpole_page, re.DOTALL)[1]
    script = re.findall(r"<script>(.*?)</script>", cartpole_page, re.DOTALL)
    assert len(script) == 1
    assert policy.startswith("default-src 'none'; img-src data:;") and "unsafe" not in policy
    assert html.digest(style) in policy and html.digest(script[0]) in policy


def test_sources_are_all_in_the_page():
    files = {file.stem for file in html.PAGE.glob("*.js")}
    assert files == set(html.SCRIPTS)


def test_hostile_names_stay_data():
    text = page(shown(*hostile()))
    assert text.count("<script") == text.count("</script") == 2 and "<img src" not in text
    assert data_in(text)["inputs"] == [in_text(name) for name in HOSTILE[:2]]
    assert data_in(text)["task"] == HOSTILE[3]


def test_json_of_any_string_ends_no_element():
    strings = [*HOSTILE, "&lt;", "\u2028\u2029", "\\u003c", "\0"]
    text = as_json({"strings": strings})
    assert not set(text) & set("<>&\u2028") and json.loads(text)["strings"] == strings


def test_names_for_people():
    names = [
        "x",
        "x_dot",
        "theta",
        "theta_dot",
        "cos_theta",
        "left foot",
        "cost_theta",
        "a_b",
        "cos_",
        "$x$",
    ]
    expected = ["x", "ẋ", "θ", "θ̇", "cos θ", "left foot", "cost theta", "a b", "cos ", "$x$"]
    assert [in_text(name) for name in names] == [
        text if text != "cos " else "cos" for text in expected
    ]
    assert len(in_text("y" * 500)) < 40


# ----------------------------------------------------------------------------------------- networks
def test_rows_are_those_of_the_decoded_network():
    for seed in range(8):
        champion, task = champion_of("swingup", 60, seed)
        table = shown(champion, task, "swingup", trials=1)["networks"][0]
        codes = dict(champion.genome.nodes.tolist())
        first = 1 + len(champion.inputs)
        assert [codes[node] for node in table["ids"][first:]] == table["activations"]
        ends = np.repeat(table["ids"][first:], np.diff(table["indptr"])).tolist()
        starts = [table["ids"][row] for row in table["sources"]]
        graph = effective(champion.graph())
        assert (
            set(zip(starts, ends, strict=True)) == set(graph.edges)
            and len(starts) == graph.number_of_edges()
        )


STEPS = """
const net = openNetwork(DATA.networks[0]), result = [];
let memory = null;
for (const inputs of INPUTS) {
  result.push(Array.from(forward(net, WEIGHT, inputs, memory)));
  memory = remembered(net);
}
console.log(JSON.stringify([result, [...lineage(net, net.rows - 1).before]]));
"""


def recurrent_of_swingup(seed=1):
    """Return a recurrent network for the swing-up, and the task."""
    task, genome = find_task("swingup"), grow(5, 1, 80, seed, (2, 3, 4, 5, 6, 10), recurrent=True)
    return Champion(genome, "swingup", task.inputs, task.outputs, shared_weight=0.5), task


def test_recurrent_networks_are_drawn_with_arcs():
    for seed in range(1, 5):
        champion, task = recurrent_of_swingup(seed)
        table = shown(champion, task, "swingup", trials=1)["networks"][0]
        net, graph = champion.network, effective(champion.graph())
        assert table["memory"] == net.memory.tolist() and len(net.memory)
        rows, arcs = len(table["ids"]), table["drawing"]["arcs"]
        again = [k for k, source in enumerate(table["sources"]) if source >= rows]
        assert list(arcs) == again and len(again) == len(graph.graph["recurrent"]) > 0
        assert graph.number_of_edges() + len(again) == len(table["sources"])
        place = dict(zip(table["ids"], table["drawing"]["y"], strict=True))
        for k, points in arcs.items():
            source = table["ids"][table["memory"][table["sources"][k] - rows]]
            assert len(points) == 4 and points[0][1] <= place[source]
            assert table["drawing"]["box"][1] <= min(place.values())


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
@pytest.mark.parametrize("individual", [False, True])
def test_steps_of_recurrent_networks_have_the_bits_of_python(individual):
    champion, task = recurrent_of_swingup()
    if individual:
        weights = np.random.default_rng(0).normal(size=len(champion.genome.conns))
        champion = replace(champion, weights=weights)
    data = shown(champion, task, "swingup", trials=1)
    inputs, policy = np.random.default_rng(0).normal(size=(9, 5)), champion.policy()
    weight = "null" if individual else "0.5"
    script = [
        f"const DATA = {json.dumps(data)}, INPUTS = {inputs.tolist()}, WEIGHT = {weight};",
        "const MATHFUN = DATA.mathfun;",
        read(("mathfun.js",)), activations_script(), read(("network.js",)), STEPS,
    ]  # fmt: skip
    done = subprocess.run(
        ["node", "-"], input="\n".join(script), capture_output=True, text=True, check=True
    )
    found, before = json.loads(done.stdout)
    assert found == [policy(observation).tolist() for observation in inputs]
    # all rows that are used act on the output, sooner or later
    sources = set(champion.network.source.tolist())
    used = {*range(6, 6 + len(champion.network.activation)), *(sources & set(range(6)))}
    assert set(before) == used


def test_episodes_are_recorded_with_what_the_network_remembers():
    task = find_task("gym:Pendulum-v1,max_episode_steps=12")
    genome = grow(3, 1, 60, 2, (2, 4, 5, 6), recurrent=True)
    champion = Champion(genome, task.name, task.inputs, task.outputs, shared_weight=0.5)
    episode = play(champion, task, 0.5, False)
    assert len(episode["memory"]) == 12 and not episode["memory"][0].any()
    for seen, memory, action in zip(
        episode["observations"], episode["memory"], episode["actions"], strict=True
    ):
        values = champion.values(seen, 0.5, memory)
        assert 2 * np.clip(values[4], -1, 1) == pytest.approx(action[0])
    assert any(memory.any() for memory in episode["memory"])


def test_drawing_is_that_of_the_figure():
    champion, task = champion_of("swingup", 50, 3)
    table = shown(champion, task, "swingup", trials=1)["networks"][0]
    drawing = table["drawing"]
    graph = effective(champion.graph())
    layout, position = arrange_layered(graph, columns_of(graph))
    where = {
        node: (x, y) for node, x, y in zip(table["ids"], drawing["x"], drawing["y"], strict=True)
    }
    narrow = max(x for x, _ in where.values()) / max(x for x, _ in position.values()) / 100
    assert 0.6 < narrow <= 1 and not drawing["dense"]
    for node, (x, y) in where.items():
        assert x == pytest.approx(100 * narrow * position[node][0], abs=1)
        assert y == pytest.approx(-100 * position[node][1], abs=1)
    passed = sum(isinstance(vertex, WayPoint) for way in layout.ways.values() for vertex in way)
    assert sum(map(len, drawing["ways"])) == passed > 0


def test_individual_weights_belong_to_their_connections():
    champion, task = champion_of("cartpole", 30)
    champion = replace(champion, weights=np.arange(len(champion.genome.conns), dtype=float))
    table = shown(champion, task, "cartpole", trials=2)["networks"][0]
    ends = np.repeat(table["ids"][5:], np.diff(table["indptr"])).tolist()
    of = {
        (source, target): k for k, (source, target, _) in enumerate(champion.genome.conns.tolist())
    }
    for source, target, weight in zip(table["sources"], ends, table["weights"], strict=True):
        assert weight == of[table["ids"][source], target]
    score, _ = task.score(
        decode_all([champion.genome]),
        champion.weights[None],
        task.trials(2, np.random.default_rng(0)),
    )
    assert table["profile"]["individual"] == score.mean()
    assert table["profile"]["individual_success"] == (score[0, 0] == 500).mean()


def test_profile_is_the_mean_score_at_each_weight():
    champion, task = champion_of("cartpole", 30, 5)
    profile = shown(champion, task, "cartpole", trials=7)["networks"][0]["profile"]
    trials = task.trials(7, np.random.default_rng(0))
    scores = task.score(decode_all([champion.genome]), np.array(profile["weights"]), trials)[0][0]
    np.testing.assert_allclose(profile["mean"], scores.mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(profile["std"], scores.std(axis=1), rtol=1e-4)
    assert len(set(profile["mean"])) > 1 and set(champion.sweep) <= set(profile["weights"])
    assert (profile["weights"][0], profile["weights"][-1]) == (-3, 3)


def test_starts_are_those_of_the_seeds():
    champion, task = champion_of("swingup", 3)
    view = shown(champion, task, "swingup", trials=1)["view"]
    for seed in (0, 7, 99):
        assert view["starts"][seed] == task.trials(1, np.random.default_rng(seed))[0].tolist()


def test_physics_may_have_start_states_to_be_watched():
    class Far(CartPole):
        def watch_states(self, n, rng):
            return np.array([[rng.integers(100), 0.0, 0.1, 0.0]] * n)

    task = find_task("cartpole")
    drawn = start_states(replace(task, physics=Far()))
    assert [start[2] for start in drawn] == [0.1] * len(drawn) and drawn[0] != drawn[1]


# -------------------------------------------------------------------------------------------- tasks
@pytest.mark.slow
def test_episodes_are_those_of_the_environment():
    champion, task = champion_of("gym:support.own_envs:Walk-v0", 6)
    view = shown(champion, task, "gym:support.own_envs:Walk-v0", trials=1)["view"]
    assert view["kind"] == "episodes" and [
        episode["weight"] for episode in view["episodes"][0]
    ] == list(champion.sweep)
    returns = task.score(decode_all([champion.genome]), np.array(champion.sweep), np.array([[0]]))[
        0
    ][0, :, 0]
    for episode, expected in zip(view["episodes"][0], returns.tolist(), strict=True):
        assert episode["score"] == sum(episode["rewards"]) == expected
        assert (
            len(episode["observations"]) == len(episode["actions"]) == episode["steps"]
            and not episode["frames"]
        )


@pytest.mark.slow
def test_frames_and_long_episodes_are_thinned(monkeypatch):
    pytest.importorskip("pygame")
    champion, task = champion_of("gym:MountainCar-v0", 3)
    monkeypatch.setattr("viz.explorer.task.MOST_VALUES", 900)
    view = shown(
        replace(champion, weights=np.ones(len(champion.genome.conns))),
        task,
        "gym:MountainCar-v0",
        trials=1,
    )["view"]
    assert view["episodes"][0][-1]["weight"] is None and MOST_VALUES > 900
    for episode in view["episodes"][0]:
        assert episode["stride"] > 1 and len(episode["observations"]) == -(
            -episode["steps"] // episode["stride"]
        )
        assert 10 < len(episode["frames"]) <= MOST_FRAMES
        assert all(
            picture.startswith("data:image/jpeg;base64,") for _, picture in episode["frames"]
        )
        assert [step for step, _ in episode["frames"]] == sorted(
            {step for step, _ in episode["frames"]}
        )


@pytest.mark.filterwarnings("ignore:.*failed with seed")
def test_failing_environment_is_one_line():
    task = find_task("gym:support.own_envs:Walk-v0,trouble=raise")
    champion = Champion(grow(1, 2, 10, 2), None, task.inputs, task.outputs)
    with pytest.raises(
        WannError,
        match=r"failed with seed 0 at weight .*, step \d+: ValueError: a stone in the way",
    ):
        shown(champion, task, "walk", trials=1)


def test_image_classifier_has_samples_of_each_class():
    task = bars_task.TASK
    champion = Champion(grow(25, 3, 20, 0), bars_task.NAME, task.inputs, task.outputs)
    data = shown(champion, task, bars_task.NAME)
    view = data["view"]
    assert view["labels"] == [0, 0, 0, 1, 1, 1, 2, 2, 2] and "scan" not in view
    assert view["image"] == {"rows": 5, "columns": 5, "order": list(range(25))}
    assert any(np.allclose(view["samples"][0], row, atol=1e-4) for row in task.test.inputs)
    accuracy = task.accuracy(champion.network, np.array(champion.sweep))["test"]
    profile = data["networks"][0]["profile"]
    at = [profile["mean"][profile["weights"].index(weight)] for weight in champion.sweep]
    np.testing.assert_allclose(at, 100 * np.array(list(accuracy["per_weight"].values())), rtol=1e-4)
    assert profile["vote"] == pytest.approx(100 * accuracy["vote"])


def test_large_network_makes_a_small_page():
    names = tuple(f"pixel {row},{column}" for row in range(16) for column in range(16))
    rng = np.random.default_rng(0)
    task = bars_task.ClassificationTask(
        names, tuple("0123456789"),
        *(bars_task.Samples(rng.random((60, 256), np.float32),
        np.arange(60) % 10) for _ in range(3)), batch=10,
    )  # fmt: skip
    genome = grow(256, 10, 60, 0)
    genome.conns["enabled"] = True
    champion = Champion(genome, None, task.inputs, task.outputs)
    assert genome.size > 2000
    assert len(page(shown(champion, task, "mnist"))) < 400_000


# ------------------------------------------------------------------------------------------ several
@pytest.fixture
def files(tmp_path):
    """Return a function that saves random networks for a task, and gives their paths."""

    def save(*names, task="cartpole", **facts):
        paths = [tmp_path / f"{name}.json" for name in names]
        for seed, path in enumerate(paths):
            path.parent.mkdir(exist_ok=True)
            replace(champion_of(task, 20, seed)[0], **facts).save(path)
        return paths

    return save


def test_several_champions_are_in_one_page(finished, files, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    shutil.copytree(finished, folder)
    task = load(folder).task
    [tuned] = files("tuned", task=task)
    random = load(tuned)
    weights = np.linspace(-1, 1, len(random.genome.conns))
    replace(random, weights=weights, shared_weight=0.5).save(tuned)
    run(tuned, folder, "--trials", "2")
    assert capsys.readouterr().out.strip() == "explorer.html"
    data = data_in((tmp_path / "explorer.html").read_text())
    first, second, *others = data["networks"]
    assert [first["name"], second["name"]] == ["tuned", "mine"]
    assert first["tuned"] and first["weights"] and not second["tuned"]
    assert (first["shared_weight"], first["seed"]) == (0.5, None)
    config = RunDirectory.open(folder).config()
    assert second["seed"] == config.seed and second["sweep"] == list(config.weights)
    assert second["ids"] != first["ids"] and second["profile"] != first["profile"]
    # the only run has its history
    assert data["run"]["champion"] == 1
    assert {other["group"] for other in others} == {"front", "earlier"}
    assert second["ids"] in [other["ids"] for other in others]


def test_several_runs_have_no_history(finished, tmp_path):
    for name in "ab":
        shutil.copytree(finished, tmp_path / name)
    run(tmp_path / "a", tmp_path / "b", "--trials", "1", "-o", tmp_path / "c.html")
    data = data_in((tmp_path / "c.html").read_text())
    assert "run" not in data and [one["name"] for one in data["networks"]] == ["a", "b"]


def test_names_are_given_or_the_last_parts_of_paths(files):
    paths = files("a/best", "b/best", "c")
    assert [one.name for one in read_given(paths)[0]] == ["a/best", "b/best", "c"]
    assert [one.name for one in read_given(paths, ["<i>", "two\nlines", "3"])[0]] == [
        "<i>",
        "two lines",
        "3",
    ]
    assert read_given(paths[:1])[0][0].name is None
    assert read_given(paths[:1], ["only"])[0][0].name == "only"


def test_a_published_champion_plays_what_the_others_do(published, files):
    given, task = read_given([published, *files("mine", task="swingup")])
    assert task == "swingup" and given[0].champion.inputs == given[1].champion.inputs


def test_episodes_of_several_networks_fit(monkeypatch):
    def play(champion, task, weight, draws):
        numbers = [[1.0]] * 5
        frames = [(step, "x" * 1000) for step in range(40)]
        return {
            **dict.fromkeys(("observations", "actions", "rewards"), numbers),
            **{"weight": weight, "steps": 5, "frames": frames},
        }

    monkeypatch.setattr("viz.explorer.task.play", play)
    name = "gym:support.own_envs:Walk-v0"
    given = [Given(*champion_of(name, 3, seed), str(seed)) for seed in (0, 1)]
    # of 12 episodes; at last one frame of each remains
    for most, kept in ((900_000, 40), (300_000, 20), (50_000, 3), (1, 1)):
        monkeypatch.setattr("viz.explorer.task.MOST_BYTES", most)
        recordings = task_view(given, name)["episodes"]
        assert [len(episodes) for episodes in recordings] == [6, 6]
        assert {len(episode["frames"]) for of in recordings for episode in of} == {kept}


def test_progress_of_several_networks_is_that_of_all():
    told = []
    first, second = parts_of(lambda *figures: told.append(figures), 2)
    first(5, 10, 50)
    first(10, 10, 100)
    second(5, 10, 60)
    assert told == [(5, 20, 50), (10, 20, 100), (15, 20, 160)]


def test_mistakes_with_several_are_one_line(files, tmp_path, monkeypatch):
    a, b = files("a", "b")
    [other] = files("other", task="swingup")
    with pytest.raises(
        WannError, match=r"a.json is for cartpole and .*other.json for swingup: give"
    ):
        run(a, other)
    with pytest.raises(WannError, match=r"b.json is given twice: give each champion once"):
        run(a, b, tmp_path / "x" / ".." / "b.json")
    with pytest.raises(WannError, match="13 champions: a page shows at most 12"):
        run(*files(*map(str, range(13))))
    with pytest.raises(WannError, match="--names: 1 for 2 champions: give one for each"):
        run(a, b, "--names", "one")
    with pytest.raises(WannError, match="two champions would be called one: give each its own"):
        run(a, b, "--names", "one", "one")
    with pytest.raises(WannError, match="--names: one is empty"):
        run(a, b, "--names", "one", " ")
    [turned] = files("turned", inputs=("theta", "x", "x_dot", "theta_dot"))
    with pytest.raises(WannError, match=r"a.json and .*turned.json have other inputs"):
        run(a, turned)
    with pytest.raises(WannError, match=r"a.json: the network has 4 inputs and 1 outputs, but"):
        run(a, other, "--task", "swingup")
    monkeypatch.setattr("viz.explorer.network.MOST_DRAWN", load(a).genome.size)
    with pytest.raises(WannError, match=r"a.json: \d+ connections and 1 outputs: too many"):
        run(b, a)
    monkeypatch.undo()
    code = tmp_path / "code.json"
    replace(load(a), task="support.bars_task:NAME").save(code)
    replace(load(a), task=None).save(tmp_path / "unknown.json")
    with pytest.raises(WannError, match="a task that is code: if you trust it"):
        run(tmp_path / "unknown.json", code)


# ------------------------------------------------------------------------------------------ command
def test_command_writes_the_page_of_a_run(finished, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    (folder / "champions" / "²³.json").write_text("not one of them")
    run(folder, "--trials", "3")
    file = folder / "figures" / "explorer.html"
    assert capsys.readouterr().out.strip() == str(file) and file.stat().st_size < 1_000_000
    data = data_in(file.read_text())
    groups = [network["group"] for network in data["networks"]]
    assert groups[0] == "champion" and {"front", "earlier"} <= set(groups)
    last = [network for network in data["networks"] if network["group"] == "earlier"][-1]
    assert last["ids"] == data["networks"][0]["ids"] and last["generation"] == max(
        RunDirectory.open(folder).champions()
    )
    history = data["run"]["history"]
    assert len(history["generation"]) == len(history["champion"]) == 40
    assert len(data["run"]["population"]) > 5


def test_tuned_weights_of_a_run_join_its_champion(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    champion = load(folder)
    weights = np.linspace(-1, 1, len(champion.genome.conns))
    replace(champion, weights=weights, shared_weight=0.25).save(folder / "tuned.json")
    run(folder, "--trials", "2", "-o", tmp_path / "a.html")
    data = data_in((tmp_path / "a.html").read_text())
    assert (
        data["networks"][0]["weights"] == weights[champion.network.gene].tolist()
        and data["networks"][0]["shared_weight"] == 0.25
    )
    assert data["networks"][1]["weights"] is None


def test_page_of_a_champion_file_is_beside_it(finished, tmp_path):
    shutil.copy(finished / "champion.json", tmp_path / "best.json")
    run(tmp_path / "best.json", "--trials", "2")
    assert "run" not in data_in((tmp_path / "best.explorer.html").read_text())


def test_published_file_gets_the_names_of_the_task(published, tmp_path):
    run(
        published,
        "--task",
        "swingup",
        "--stored-weights",
        "--trials",
        "2",
        "-o",
        tmp_path / "published.html",
    )
    data = data_in((tmp_path / "published.html").read_text())
    assert data["networks"][0]["weights"] and data["inputs"] == ["x", "ẋ", "cos θ", "sin θ", "θ̇"]


def test_mistakes_are_one_line(finished, tmp_path):
    with pytest.raises(WannError, match="a file name that ends in"):
        run(finished, "-o", tmp_path / "a.png")
    with pytest.raises(WannError, match="--trials 0: must be at least 1"):
        run(finished, "--trials", "0")
    with pytest.raises(WannError, match=r"--trials 10+: must be at most 1000000"):
        run(finished, "--trials", "1" + "0" * 30)
    champion = Champion(
        grow(25, 3, 5, 0), bars_task.NAME, bars_task.TASK.inputs, bars_task.TASK.outputs
    )
    replace(champion, task=None).save(tmp_path / "unknown.json")
    with pytest.raises(WannError, match="give it with --task NAME"):
        run(tmp_path / "unknown.json")
    with pytest.raises(WannError, match="no such file"):
        run(tmp_path / "nothing.json")
    champion.save(tmp_path / "bars.json")
    with pytest.raises(WannError, match="a task that is code: if you trust it, add --task"):
        run(tmp_path / "bars.json")
