"""The explorer's page in a real browser: the same bits as Python, and everything on it can be
used.
"""

from dataclasses import replace

import numpy as np
import pytest
from support import browser as chromium
from support import own_envs  # noqa: F401 - registers them
from support.browser import press, read, wait
from support.explorer_samples import balancer, champion_of, hostile

from viz.explorer import __main__ as explorer
from viz.explorer.content import content, entry
from viz.explorer.given import Given
from viz.explorer.html import page
from wann.network.forward import outputs_of
from wann.numeric.activations import ACTIVATIONS, activate
from wann.tasks import find_task
from wann.tasks.classification.ensemble import ballot, probabilities
from wann.tasks.control.rollout import kernel, observation, reset_state, step_state
from wann.tasks.task import scaled

WEIGHTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
CONTROL = ("cartpole", "cartpole_far", "swingup", "swingup_hard")
SEEDS = (0, 1, 2, 3)
WALK_SCALE = ((0.7,), (0.3,))
MINUS = "\N{MINUS SIGN}"
SEVERAL = ("good", "random", "tuned")
NO_HISTORY = {"generation": [0], "best": [0], "champion": [0]}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Return a browser, one for all tests."""
    driver = chromium.start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory, finished):
    """Return a function that writes a page once, and gives its address."""
    folder, made = tmp_path_factory.mktemp("pages"), {}

    def give(name):
        if name not in made:
            made[name] = folder / f"{name}.html"
            if name == "run":
                explorer.main([str(finished), "--trials", "2", "-o", str(made[name])])
            else:
                made[name].write_text(page(PAGES[name]()))
        return made[name].as_uri()

    return give


def control_page(name):
    """Return a page with several random networks for a task, the first with individual weights,
    too.
    """
    champion, task = champion_of(name, 40)
    weights = np.random.default_rng(0).normal(size=len(champion.genome.conns))
    data = content([Given(replace(champion, weights=weights), task)], name, trials=2)
    data["networks"][0]["tuned"] = False  # it opens with a shared weight
    data["run"] = {"champion": 0, "population": [], "history": NO_HISTORY}
    for seed in SEEDS[1:]:
        other = Given(champion_of(name, 40 * seed, seed)[0], task)
        data["networks"].append(entry("front", other, 2))
    return data


def digits_page():
    pytest.importorskip("sklearn")
    champion, task = champion_of("digits", 200)
    return content([Given(champion, task)], "digits")


def walk_page():
    champion, task = champion_of("gym:support.own_envs:Walk-v0", 6, observation_scale=WALK_SCALE)
    return content(
        [Given(champion, scaled(task, WALK_SCALE))], "gym:support.own_envs:Walk-v0", trials=1
    )


def hostile_page():
    champion, task, name = hostile()
    return content([Given(champion, task)], name)


def several_page():
    """Return a page with a good network, a random one, and one with its own weights."""
    task, networks = find_task("cartpole_far"), [balancer()]
    networks += [champion_of("cartpole_far", 40, seed)[0] for seed in (1, 2)]
    weights = np.linspace(-2, 2, len(networks[2].genome.conns))
    networks[2] = replace(networks[2], weights=weights)
    given = [Given(one, task, name) for one, name in zip(networks, SEVERAL, strict=True)]
    return content(given, "cartpole_far", trials=4)


def walks_page():
    name = "gym:support.own_envs:Walk-v0"
    return content(
        [Given(*champion_of(name, 6, seed), f"{seed}") for seed in (0, 1)], name, trials=1
    )


PAGES = {
    **{name: lambda name=name: control_page(name) for name in CONTROL},
    "digits": digits_page,
    "walk": walk_page,
    "hostile": hostile_page,
    "walks": walks_page,
    "several": several_page,
}


@pytest.fixture
def visit(driver, pages):
    """Return a function that opens a page, which then makes no complaint until the end of the
    test.
    """

    def visit(name):
        chromium.complaints(driver)
        driver.get(pages(name))
        return driver

    chromium.prefer(driver)
    chromium.resize(driver, chromium.DESKTOP)
    yield visit
    assert chromium.complaints(driver) == []


def element(driver, css):
    return driver.find_element("css selector", css)


def drag(driver, css, *points):
    """Press the button at the first of these points of an element, from its middle, and let it go
    at the last.
    """
    from selenium.webdriver import ActionChains

    target, actions = element(driver, css), ActionChains(driver, duration=20)
    actions.move_to_element_with_offset(target, *map(round, points[0])).click_and_hold()
    for point in points[1:]:
        actions.move_to_element_with_offset(target, *map(round, point))
    actions.release().perform()


# ---------------------------------------------------------------------------------------- same bits
def test_activations_have_the_bits_of_python(visit):
    rng = np.random.default_rng(0)
    xs = [
        *rng.normal(size=200),
        *rng.normal(scale=30, size=200),
        *(10.0 ** rng.uniform(-300, 9, 200)),
    ]
    xs += [0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 1e15, -(2.0**51) - 1, 40.0, -40.0, 745.5, -800.0, 1e300]
    found = visit("cartpole").execute_script(
        "return arguments[0].map((code) => arguments[1].map((x) => activate(code, x)));",
        list(ACTIVATIONS),
        xs,
    )
    for code, row in zip(ACTIVATIONS, found, strict=True):
        expected = [float(activate(code, x)) for x in xs]
        finite = np.isfinite(expected)
        assert np.array_equal(np.array(row, float)[finite], np.array(expected)[finite]), (
            ACTIVATIONS[code].name
        )


TRAJECTORY = """
const [index, weight, start, steps] = arguments;
const net = openNetwork(DATA.networks[index]), episode = new Episode(DATA.view), result = [];
episode.restart(start);
for (let t = 0; t < steps && episode.alive; t++) {
  episode.advance(net, weight);
  result.push([...net.outputs, ...episode.state, episode.score, episode.alive ? 1 : 0]);
}
return result;
"""


def trajectory(champion, task, weights, start, steps):
    physics, total, rows = task.physics, 0.0, []
    state = kernel(reset_state, physics)(physics, tuple(start))
    for _ in range(steps):
        seen = kernel(observation, physics)(physics, state)
        outputs = outputs_of(champion.network, weights, np.array([seen]))[0, 0]
        state, reward, alive = kernel(step_state, physics)(physics, state, tuple(outputs.tolist()))
        total += reward
        rows.append([*outputs, *state, total, float(alive)])
        if not alive:
            break
    return np.array(rows)


@pytest.mark.parametrize("name", CONTROL)
def test_rollouts_have_the_bits_of_python(visit, name):
    driver, lengths = visit(name), []
    for index, seed in enumerate(SEEDS):
        champion, task = champion_of(name, 40 * seed or 40, seed)
        for weight in (*WEIGHTS, *([None] if index == 0 else [])):
            start = read(driver, f"DATA.view.starts[{seed}]")
            weights = np.array([weight])
            if weight is None:
                weights = np.random.default_rng(0).normal(size=(1, len(champion.genome.conns)))
            expected = trajectory(champion, task, weights, start, 100)
            found = np.array(driver.execute_script(TRAJECTORY, index, weight, seed, 100), float)
            assert found.shape == expected.shape and found.tobytes() == expected.tobytes(), (
                index,
                weight,
            )
            lengths.append(len(found))
    assert max(lengths) > 50


def test_a_whole_episode_has_the_return_of_the_search(visit):
    driver = visit("swingup")
    champion, task = champion_of("swingup", 40)
    from wann.network.network import decode_all

    start = task.trials(1, np.random.default_rng(5))
    expected = task.score(decode_all([champion.genome]), np.array(WEIGHTS), start)[0][
        0, :, 0
    ].tolist()
    found = [driver.execute_script(TRAJECTORY, 0, weight, 5, 1000)[-1][-2] for weight in WEIGHTS]
    assert found == expected


def test_classes_and_votes_are_those_of_python(visit):
    driver = visit("digits")
    champion, task = champion_of("digits", 200)
    samples = task.test.inputs[:20].astype(float)
    expected = probabilities(champion.network, np.array(champion.sweep), samples)
    script = """
    const net = openNetwork(DATA.networks[0]);
    return arguments[0].map((inputs) => {
      const members = net.table.sweep.map((weight) => softmax(forward(net, weight, inputs)));
      return [members, vote(members).winner];
    });"""
    found = driver.execute_script(script, samples.tolist())
    np.testing.assert_allclose(
        [members for members, _ in found], expected.swapaxes(0, 1), rtol=1e-12, atol=1e-300
    )
    assert [winner for _, winner in found] == ballot(expected).argmax(axis=1).tolist()


# ----------------------------------------------------------------------------------- self-contained
@pytest.mark.parametrize("name", ["run", "digits", "walk"])
def test_page_asks_for_nothing(visit, driver, name):
    chromium.requests(driver)
    visit(name)
    wait(driver, "app.net !== null && graph.painted > 0")
    asked = chromium.requests(driver)
    assert asked == [driver.current_url]
    entries = read(driver, "performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(entry.startswith("data:") for entry in entries)


def test_hostile_names_are_shown_and_do_nothing(visit):
    driver = visit("hostile")
    assert driver.title.startswith("]]>--!><!--") and not read(
        driver, "document.querySelector('img[src=x]')"
    )
    shown = read(
        driver, "[...document.querySelectorAll('#graph text')].map((text) => text.textContent)"
    )
    assert any(name.startswith("</script><script>") for name in shown) and any(
        n.startswith("<img src") for n in shown
    )
    assert read(driver, "byId('task').hidden")


def test_policy_stops_scripts_of_others(driver, pages):
    driver.get(pages("hostile"))
    script = (
        "const s = document.createElement('script'); s.textContent = 'window.owned = 1';"
        " document.body.append(s)"
    )
    driver.execute_script(script)
    assert read(driver, "window.owned") is None
    assert any("Content Security Policy" in message for message in chromium.complaints(driver))


# ---------------------------------------------------------------------------------------------- use
def test_slider_changes_what_the_network_does(visit):
    driver = visit("swingup")
    element(driver, "#play").click()
    before = read(driver, "[...app.net.values]")
    driver.execute_script(
        "const s = byId('weight'); s.value = -2.5; s.dispatchEvent(new Event('input'))"
    )
    assert (
        read(driver, "app.weight") == -2.5
        and read(driver, "byId('weight-value').value") == "\u22122.5"
    )
    after = read(driver, "[...app.net.values]")
    champion, _ = champion_of("swingup", 40)
    expected = outputs_of(
        champion.network, np.array([-2.5]), np.array([read(driver, "[...app.inputs]")])
    )
    assert after != before and after[-1] == expected[0, 0, 0]


def test_a_click_into_the_profile_sets_the_weight(visit):
    driver = visit("cartpole")
    width = read(driver, "byId('profile').clientWidth")
    drag(driver, "#profile", ((52 - 48) / 2, 0))  # the middle of the plot
    assert abs(read(driver, "app.weight")) < 0.05
    drag(driver, "#profile", (0, 0), (width / 2 - 50, 0))
    assert read(driver, "app.weight") > 2.9


def test_marks_and_individual_weights(visit):
    driver = visit("cartpole")
    element(driver, "#marks button[data-weight='-0.5']").click()
    assert read(driver, "activeWeight()") == -0.5
    element(driver, "#mode input[value=individual] + span").click()
    assert (
        read(driver, "activeWeight()") is None
        and read(driver, "byId('weight-value').value") == "tuned"
    )
    driver.execute_script("openEntry(1)")  # it has none
    assert read(driver, "activeWeight()") == -0.5 and read(driver, "byId('mode').hidden")


def test_time_runs_pauses_and_steps(visit):
    driver = visit("swingup")
    wait(driver, "app.view.episode.steps > 3")
    element(driver, "#play").click()
    steps = read(driver, "app.view.episode.steps")
    element(driver, "#step").click()
    assert (
        read(driver, "app.view.episode.steps") == steps + 1
        and element(driver, "#play").text == "Play"
    )
    element(driver, "#fresh").click()
    assert read(driver, "[app.view.episode.steps, app.view.episode.seed]") == [0, 1]
    assert read(driver, "app.view.episode.state.slice(0, 4)") == read(driver, "DATA.view.starts[1]")
    element(driver, "#restart").click()
    assert read(driver, "app.view.episode.seed") == 1


def test_an_episode_that_ends_says_so_and_starts_anew(visit):
    driver = visit("cartpole")
    driver.execute_script("app.view.run(true); app.view.episode.disturb(2, 0.3)")
    wait(driver, "byId('verdict').textContent.startsWith('Lost after')")
    wait(driver, "app.view.episode.seed === 1")


def test_hands_push_pole_and_cart(visit):
    driver = visit("swingup")
    driver.execute_script("app.view.run(false); app.view.restart(0)")
    start = read(driver, "app.view.episode.state")
    element(driver, "#push-right").click()
    assert read(driver, "app.view.episode.state[1]") == start[1] + 1.2
    assert read(driver, "app.view.episode.free")  # it goes on for as long as the pole may be up
    drag(driver, "#scene", (0, 60), (80, -30))  # time stands still: the pole is turned
    theta = read(driver, "app.view.episode.state[2]")
    assert theta != start[2] and read(driver, "app.view.episode.state[5]") == pytest.approx(
        np.cos(theta)
    )
    cart = read(driver, "app.view.scale * app.view.episode.state[0]")
    drag(driver, "#scene", (cart, 0), (cart + 60, 0))
    assert read(driver, "app.view.episode.state[0]") > start[0] + 0.5
    driver.execute_script("app.view.restart(0); byId('scene').focus()")
    press(driver, "\ue012")  # left arrow
    assert read(driver, "app.view.episode.state[1]") == start[1] - 1.2
    before = read(driver, "app.view.episode.state[3]")
    drag(driver, "#scene", (30, 60))  # a tap
    assert read(driver, "app.view.episode.state[3]") == before - 2.5


def test_a_running_pole_follows_the_hand(visit):
    driver = visit("swingup")
    from selenium.webdriver import ActionChains

    driver.execute_script("app.view.run(true)")
    scene = element(driver, "#scene")
    actions = (
        ActionChains(driver, duration=20)
        .move_to_element_with_offset(scene, 10, 60)
        .click_and_hold()
    )
    actions.move_to_element_with_offset(scene, 20, -60).perform()
    wait(driver, "Math.cos(app.view.episode.state[2]) > 0.6")
    ActionChains(driver, duration=0).release().perform()


def test_nodes_tell_what_they_do(visit):
    driver = visit("swingup")
    driver.execute_script("app.view.run(false)")
    row = read(driver, "app.net.firstComputed")
    element(driver, f".node[data-row='{row}'] .body").click()
    assert read(driver, "app.selected") == row
    name, about = (
        read(driver, "rowName(app.net, app.selected)"),
        element(driver, "#details .head").text,
    )
    assert name in about and read(driver, "rowActivation(app.net, app.selected).formula") in about
    assert (
        f"{read(driver, 'app.net.values[app.selected].toFixed(3)')}".lstrip("-")
        in element(driver, ".numbers").text
    )
    incoming = read(driver, "[...app.net.targets].filter((row) => row === app.selected).length")
    assert f"INCOMING ({incoming})" in element(driver, "#details").text.upper()
    assert read(driver, "document.querySelectorAll('.edge.touching').length") >= incoming
    assert read(driver, "document.querySelectorAll('.edge.dim').length") > 0
    element(driver, ".ends button").click()
    assert read(driver, "app.selected") not in (row, None)
    element(driver, ".close").click()
    assert (
        read(driver, "app.selected") is None
        and read(driver, "document.querySelectorAll('.dim').length") == 0
    )


def test_lineage_is_that_of_the_graph(visit):
    driver = visit("swingup")
    import networkx

    from viz.network.drawing import effective

    champion, _ = champion_of("swingup", 40)
    graph = effective(champion.graph())
    ids = read(driver, "app.net.table.ids")
    for row in (1, len(ids) // 2, len(ids) - 2):
        script = (
            "const kin = lineage(app.net, arguments[0]); return [[...kin.before], [...kin.after]]"
        )
        before, after = driver.execute_script(script, row)
        assert {ids[r] for r in before} == {ids[row], *networkx.ancestors(graph, ids[row])}
        assert {ids[r] for r in after} == {ids[row], *networkx.descendants(graph, ids[row])}


def test_networks_of_a_run_open(visit):
    driver = visit("run")
    for chart, group in (("population", "front"), ("history", "earlier")):
        index = read(driver, f"indices('{group}')[0]")
        element(driver, f"#{chart} .point[data-index='{index}'] .body").click()
        assert read(driver, "app.index") == index and read(driver, "byId('picker').value") == str(
            index
        )
        ids = read(driver, "DATA.networks[app.index].ids.length")
        assert len(driver.find_elements("css selector", "#graph .node")) == ids
        assert element(driver, ".point.open").get_attribute("data-index") == str(index)
    driver.execute_script(
        "byId('picker').value = 0; byId('picker').dispatchEvent(new Event('change'))"
    )
    assert read(driver, "app.index") == 0


def test_a_drawn_digit_changes_the_vote(visit):
    driver = visit("digits")
    wait(driver, "document.querySelector('tr.winner') !== null && app.view.side > 0")
    probabilities_of = "[...document.querySelectorAll('.share')].map((share) => share.textContent)"
    element(driver, "#samples button:last-child").click()
    wait(driver, "byId('answer-true').textContent.startsWith('9')")
    before, inputs = read(driver, probabilities_of), read(driver, "[...app.inputs]")
    drag(driver, "#pad", (0, -60), (0, 0), (5, 60))
    wait(driver, "!app.view.waiting")
    drawn = read(driver, "[...app.inputs]")
    assert read(driver, probabilities_of) != before and drawn != inputs
    assert read(driver, "byId('answer-true').textContent").startswith("?")
    image = np.array(drawn).reshape(8, 8)
    # a line from top to bottom, as the data has it
    assert image.max() <= 1 and (image.max(axis=1) > 0.3).all()
    assert image[:, (0, 1, 6, 7)].max() < 0.3 < image[:, 3:5].mean()
    champion, _ = champion_of("digits", 200)
    shares = probabilities(
        champion.network, np.array([read(driver, "app.weight")]), image.reshape(1, 64)
    )[0, 0]
    assert read(driver, probabilities_of) == [f"{100 * share:.0f} %" for share in shares]
    element(driver, "#clear").click()
    assert max(read(driver, "[...app.inputs]")) == 0


def test_fingers_draw_and_push(visit):
    def touch(kind, *points):
        event = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)

    for name, css in (("digits", "#pad"), ("swingup", "#scene")):
        driver = visit(name)
        chromium.resize(driver, chromium.PHONE, mobile=True)
        driver.execute_script(
            "app.view.run?.(false); document.querySelector(arguments[0]).scrollIntoView()", css
        )
        wait(driver, "innerWidth === 390 && (app.view.side || app.view.width) < 390")
        state = "app.view.strokes ? app.view.strokes.flat().length : app.view.episode.state[2]"
        before = read(driver, state)
        box = driver.execute_script(
            "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [r.left + r.width / 2, r.top + r.height / 2]",
            css,
        )
        touch("touchStart", (box[0], box[1] + 50))
        touch("touchMove", (box[0] + 30, box[1] - 20))
        touch("touchMove", (box[0] + 40, box[1] - 50))
        touch("touchEnd")
        assert read(driver, state) != before and read(driver, "scrollX") == 0


def test_scans_do_what_python_does_to_mnist(visit):
    from envs.mnist import small

    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10:14], image[4:8, 10:22] = 255, 200
    image = np.array([np.roll(row, 10 - i // 2) for i, row in enumerate(image)])
    script = "return [...shrink(deskew(arguments[0], 28), 28, 16)]"
    found = visit("digits").execute_script(script, (image / 255).ravel().tolist())
    np.testing.assert_allclose(found, small(image[None])[0].ravel(), atol=1e-6)


def test_recorded_episodes_play(visit):
    driver = visit("walk")
    wait(driver, "app.view.index > 1 || app.view.episode.steps < 3")
    element(driver, "#play").click()
    element(driver, "#marks button[data-weight='-2']").click()
    assert read(driver, "app.view.episode.weight") == -2
    element(driver, "#restart").click()
    element(driver, "#step").click()
    assert read(driver, "[...app.inputs]") == read(driver, "app.view.episode.observations[1]")
    assert element(driver, "#stat-step").text == f"1 / {read(driver, 'app.view.episode.steps')}"


# --------------------------------------------------------------------------------- hands and pushes
def frozen(driver, up=True):
    """Open the balancing page at a still state: upright at the centre, or hanging there."""
    driver.execute_script(
        "app.view.run(false); app.view.restart(0);"
        "app.view.episode.state = app.view.episode.physics.reset([0, 0, arguments[0], 0]);"
        "app.view.look()",
        0.0 if up else np.pi,
    )


def test_a_dragged_pole_is_held_and_then_recovers(visit):
    """The hand takes the pole from the network, which has it up again once it is let go."""
    from selenium.webdriver import ActionChains

    driver = visit("several")
    frozen(driver)
    driver.execute_script("app.view.run(true)")
    scene, scale = element(driver, "#scene"), read(driver, "app.view.scale")
    assert scale > 40
    actions = ActionChains(driver, duration=30).move_to_element_with_offset(scene, 0, -60)
    actions.click_and_hold().move_to_element_with_offset(scene, 40, -60).perform()
    wait(driver, "app.view.hands.drags && app.view.hands.holding.part === 'pole'")
    wait(driver, "Math.abs(app.view.episode.state[2]) > 0.3")
    wait(driver, "Math.abs(app.view.hands.turn()) < 0.1")  # it points to the hand
    wait(driver, "Math.abs(app.view.episode.state[3]) < 0.1")  # which rests
    assert element(driver, "#badge").text == "held"
    assert read(driver, "app.view.episode.survived") == 0
    ActionChains(driver, duration=0).release().perform()
    assert read(driver, "app.view.hands.holding") is None
    assert read(driver, "app.view.episode.pushes") == 1
    wait(driver, "app.view.episode.survived === 1")
    # in one look: it may swing through on its way
    badge = "byId('badge').classList.contains('up') && byId('badge').textContent === 'stays up'"
    wait(driver, badge)
    assert element(driver, "#survived").text == "survived 1 push"
    assert read(driver, "app.view.episode.secondsUp") >= 1


def test_a_released_pole_has_the_speed_of_the_hand(visit):
    driver = visit("several")
    frozen(driver)
    let_go = """
    const { hands, episode } = app.view;
    hands.holding = { part: "pole", x: 0, y: 1, moved: true };
    for (let t = 0; t < 60; t++) {
      const angle = arguments[0] * t * DATA.view.parameters.dt; // of the hand, at this many rad/s
      [hands.holding.x, hands.holding.y] =
        [episode.state[0] + Math.sin(angle), Math.cos(angle)];
      hands.hold();
    }
    hands.release(false);
    return [episode.state[2], episode.state[3]];"""
    theta, speed = driver.execute_script(let_go, 2.0)
    assert speed == pytest.approx(2.0, rel=0.02)
    assert theta == pytest.approx(2.0 * (59 * 0.02 - 0.03), abs=0.03)  # a moment behind the hand
    frozen(driver)
    assert driver.execute_script(let_go, 0.0) == [0, 0]


def test_a_dragged_cart_stays_on_its_rail_and_shakes_the_pole(visit):
    driver = visit("swingup")
    frozen(driver, up=False)
    state = driver.execute_script("""
    const { hands, episode } = app.view;
    hands.holding = { part: "cart", x: 9, y: 0, moved: true };
    hands.hold();
    const shaken = episode.state[3];
    for (let t = 0; t < 100; t++) hands.hold();
    return [shaken, ...episode.state];""")
    assert state[1] == pytest.approx(2.4) and state[2] == pytest.approx(0, abs=0.01)
    # to the right: a hanging pole stays behind, at the left
    assert state[0] < 0 and read(driver, "app.view.episode.alive")
    assert (
        driver.execute_script(
            "const e = app.view.episode; e.state = e.physics.reset([0, 0, Math.PI - 0.1, 0]);"
            "return app.view.tip()[0]"
        )
        < 0
    )


def test_swing_up_poles_lag_behind_the_cart(visit):
    """Where nothing pushes, the momentum of the drawn cart and pole is constant."""
    momenta = visit("swingup").execute_script("""
    const { parameters } = app.view.view, p = { ...parameters, friction: 0, dt: 1e-4 };
    const physics = PHYSICS.swingup(p), middle = p.pole / 2;
    let state = physics.reset([0, 0.3, 0.7, 1]);
    const tip = physics.side * p.pole_mass * middle, mass = p.cart_mass + p.pole_mass;
    const momentum = ([, v, theta, omega]) => mass * v + tip * omega * Math.cos(theta);
    const before = momentum(state);
    for (let t = 0; t < 5000; t++) [state] = physics.step(state, [0]);
    return [before, momentum(state)];""")
    assert momenta[1] == pytest.approx(momenta[0], abs=2e-3)


def test_pushes_are_counted_once_the_pole_has_been_up_for_a_second(visit):
    driver = visit("several")
    frozen(driver)
    driver.execute_script("byId('scene').focus()")
    press(driver, "\ue014")  # right arrow: the cart
    assert read(driver, "app.view.episode.state[1]") == 1.2
    from selenium.webdriver import ActionChains

    ActionChains(driver, duration=0).key_down("\ue008").send_keys("\ue012").key_up(
        "\ue008"
    ).perform()
    assert read(driver, "app.view.tip()[0]") == 0  # with Shift the pole's tip, to the left
    assert read(driver, "app.view.episode.state[3] * app.view.episode.physics.side") == -1.8
    assert element(driver, "#survived").text == "survived 0 pushes"
    assert (
        element(driver, "#stat-step").text == "0 / ∞" and element(driver, "#stat-score").text == "–"
    )
    counted = driver.execute_script("""
    const { episode } = app.view, found = [];
    for (let t = 0; t < 3000 && !episode.survived; t++) {
      episode.advance(app.net, activeWeight());
      found.push([Math.cos(episode.state[2]) >= 0.5, episode.survived]);
    }
    app.view.look();
    return found;""")
    assert counted[-1] == [True, 2] and all(up for up, _ in counted[-50:])
    assert len(counted) == 50 or not counted[-51][0]
    assert element(driver, "#survived").text == "survived 2 pushes"
    element(driver, "#restart").click()
    assert read(driver, "app.view.episode.survived") == 0
    assert not element(driver, "#survived").is_displayed()


def test_a_disturbed_episode_goes_on_until_it_is_lost(visit):
    driver = visit("several")
    frozen(driver)
    driver.execute_script("""
    const { episode, view } = app.view;
    episode.steps = view.max_steps - 1;
    episode.advance(app.net, activeWeight());""")
    assert read(driver, "app.view.episode.over")
    driver.execute_script("app.view.hands.push(1)")
    assert not read(driver, "app.view.episode.over")
    driver.execute_script(
        "app.view.episode.survived = 3; app.view.episode.disturb(0, 2.39);"
        "app.view.episode.disturb(1, 5); app.view.singleStep()"
    )
    assert element(driver, "#verdict").text == "Lost after 501 steps: survived 3 pushes"
    assert not element(driver, "#badge").is_displayed()
    driver.execute_script("app.view.hands.push(1)")  # nothing is left to be pushed
    assert read(driver, "app.view.episode.over")
    element(driver, "#step").click()
    assert read(driver, "[app.view.episode.survived, app.view.episode.free]") == [0, False]


def test_a_leaning_pole_of_cart_pole_is_lost_when_it_lies(visit):
    """Beyond 12 degrees the episode of the task is over, but one who plays may see it caught."""
    driver = visit("cartpole")
    driver.execute_script("app.view.run(false); app.view.restart(0)")
    step = "app.view.episode.disturb(2, arguments[0]); app.view.episode.disturb(3, 0);"
    step += "app.view.singleStep(); return [app.view.episode.over, app.view.episode.upright]"
    assert driver.execute_script(step, 0.1) == [False, 1]
    assert driver.execute_script(step, 0.5) == [False, 0]
    assert driver.execute_script(step, 1.6) == [True, 0]


# -------------------------------------------------------------------------------- several champions
def table(driver):
    """Return the texts of the table of champions, by rows."""
    return read(
        driver,
        "[...document.querySelectorAll('#champions tr')].map((row) => [...row.children]"
        ".map((cell) => cell.innerText.trim().replace(/\\s+/g, ' ')))",
    )


def test_table_compares_the_champions(visit):
    driver = visit("several")
    heads, *rows = table(driver)
    assert heads[:6] == [
        "champion",
        "connections",
        "mean score",
        "best weight",
        "score there",
        "tuned",
    ]
    assert [row[0] for row in rows] == list(SEVERAL)

    def cell(text):
        return [float(part) for part in text.replace(MINUS, "-").replace("%", "").split()]

    for row, one in zip(rows, read(driver, "DATA.networks"), strict=True):
        weights, scores, shares = (
            np.array(one["profile"][key]) for key in ("weights", "mean", "success")
        )
        swept, top = np.isin(weights, WEIGHTS), int(scores.argmax())
        assert row[1] == str(one["size"]) and swept.sum() == 6
        means = [scores[swept].mean(), 100 * shares[swept].mean()]
        assert cell(row[2]) == pytest.approx(means, abs=0.51)
        assert cell(row[3])[0] in weights[scores == scores.max()]
        assert cell(row[4]) == pytest.approx([scores[top], 100 * shares[top]], abs=0.51)
    assert [row[5] == "–" for row in rows] == [True, True, False]
    lines = read(
        driver,
        "[...document.querySelectorAll('.spark .line')].map((line) => line.getAttribute('d'))",
    )
    assert len(set(lines)) == 3


def test_another_champion_is_opened_from_the_list(visit):
    driver = visit("several")
    wait(driver, "graph.painted > 0 && document.querySelector('#profile .line')")
    look = (
        "[document.querySelectorAll('#graph .node').length, app.weight,"
        " document.querySelector('#profile .line').getAttribute('d'),"
        " byId('weight-score').textContent, byId('facts').textContent.split(':')[0]]"
    )
    first = read(driver, look)
    assert first[4] == "good" and "score" in first[3] and "stays up in" in first[3]
    run = "const episode = new Episode(DATA.view);"
    run += "for (let t = 0; t < 50; t++) episode.advance(app.net, activeWeight());"
    run += "return episode.state"
    moved = driver.execute_script(run)
    element(driver, "#champions tr[data-index='1'] button").click()
    second = read(driver, look)
    assert all(a != b for a, b in zip(first, second, strict=True)) and second[4] == "random"
    assert driver.execute_script(run) != moved
    assert read(driver, "document.querySelector('tr.open').dataset.index") == "1"
    assert element(driver, "tr.open button").get_attribute("aria-pressed") == "true"
    driver.execute_script(
        "byId('picker').value = 2; byId('picker').dispatchEvent(new Event('change'))"
    )
    assert read(driver, "[app.index, activeWeight(), byId('weight-value').value]") == [
        2,
        None,
        "tuned",
    ]
    assert read(driver, "document.querySelectorAll('tr.open').length") == 1
    tuned = read(driver, "DATA.networks[2].profile")
    share = f"{100 * tuned['individual_success']:.0f} %"
    assert element(driver, "#weight-score").text == (
        f"score {tuned['individual']:.1f} · stays up in {share} of the starts"
    )
    # a weight that the user has set stays
    element(driver, "#marks button[data-weight='-0.5']").click()
    element(driver, "#champions tr[data-index='0'] td").click()
    assert read(driver, "[app.index, activeWeight()]") == [0, -0.5]


def test_address_remembers_what_is_shown(visit):
    driver = visit("several")
    element(driver, "#champions tr[data-index='1'] button").click()
    wait(driver, "location.hash === '#network=2'")
    driver.execute_script("setWeight(1.3)")
    wait(driver, "location.hash === '#network=2&weight=1.3'")
    driver.refresh()
    assert read(driver, "[app.index, app.weight, app.individual]") == [1, 1.3, False]
    driver.execute_script("location.hash = 'network=3&weight=tuned'")
    wait(driver, "app.index === 2 && app.individual")
    driver.refresh()
    assert read(driver, "[app.index, activeWeight()]") == [2, None]
    driver.execute_script("location.hash = 'network=1&weight=tuned'")  # it has none
    wait(driver, "app.index === 0 && !app.individual")
    for nonsense in (
        "network=99&weight=x",
        "network=-1",
        "network=1.5&weight=",
        "weight=1e999",
        "%",
    ):
        driver.execute_script("location.hash = arguments[0]", nonsense)
        wait(driver, "location.hash.length < 12 || app.index === 0")
        assert read(driver, "[app.index, app.chosen]") == [0, False], nonsense
    driver.execute_script("location.hash = 'weight=-99'")
    wait(driver, "app.weight === -3")


def test_hosted_page_says_what_it_is(visit):
    driver = visit("several")
    meta = lambda name: element(driver, f"meta[{name}]").get_attribute("content")  # noqa: E731
    about = meta("name=description")
    assert about.startswith("3 networks evolved for cartpole_far") and "Push and drag" in about
    assert meta("property='og:description'") == about
    assert meta("property='og:title'") == driver.title == "cartpole_far – wann"
    assert element(driver, "link[rel=icon]").get_attribute("href").startswith("data:image/svg+xml,")
    assert read(driver, "document.documentElement.lang") == "en"
    drawn = driver.execute_async_script(
        "const [done] = arguments, i = new Image(); i.onload = () => done(i.width > 0);"
        "i.onerror = () => done(false); i.src = document.querySelector('link[rel=icon]').href"
    )
    assert drawn


@pytest.mark.slow
def test_episodes_of_each_network_are_recorded(visit):
    driver = visit("walks")
    recorded = "DATA.view.episodes.map((of) => of.includes(app.view.episode))"
    assert read(driver, recorded) == [True, False]
    element(driver, "#champions tr[data-index='1'] button").click()
    assert read(driver, recorded) == [False, True]
    assert read(driver, "byId('verdict').textContent") == ""


# ------------------------------------------------------------------------------------- for everyone
def test_observations_are_scaled_as_the_policy_does(visit):
    driver = visit("walk")
    champion, _ = champion_of("gym:support.own_envs:Walk-v0", 6, observation_scale=WALK_SCALE)
    for x in (-2.3, 0.0, 0.123456789, 1.7):
        got = read(driver, f"Array.from(forward(app.net, 0.6, [{x!r}]))")
        assert got == champion.policy(0.6)(np.array([x])).tolist()


def test_keys_do_everything(visit):
    driver = visit("run")
    right, down, enter = "\ue014", "\ue015", "\ue007"
    driver.execute_script("setWeight(1); byId('weight').focus()")
    press(driver, right)
    assert read(driver, "app.weight") == 1.01
    press(driver, "]")
    assert read(driver, "app.weight") == 1.11
    driver.execute_script("byId('theme').blur(); document.activeElement.blur(); app.view.run(true)")
    press(driver, " ")
    assert not read(driver, "app.view.running")
    steps = read(driver, "app.view.episode.steps")
    press(driver, ".")
    assert read(driver, "app.view.episode.steps") == steps + 1
    press(driver, "n")
    assert read(driver, "app.view.episode.seed") == 1
    press(driver, "l")
    assert read(driver, "app.view.episode.state[1] - DATA.view.starts[1][1]") == pytest.approx(1.2)

    stops = read(driver, "document.querySelectorAll('#graph [tabindex=\"0\"]').length")
    assert stops == 1
    driver.execute_script("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    first = read(driver, "Number(document.activeElement.dataset.row)")
    press(driver, "\ue012")  # left, towards the inputs
    assert read(driver, "Number(document.activeElement.dataset.row)") != first
    press(driver, enter)
    assert read(driver, "app.selected === Number(document.activeElement.dataset.row)")
    press(driver, "\ue00c")
    assert read(driver, "app.selected") is None
    driver.execute_script("document.querySelector('#history .point').focus()")
    press(driver, right, enter)
    assert read(driver, "app.index") == read(driver, "indices('earlier')[1]")
    press(driver, down, enter)
    assert read(driver, "app.index") == read(driver, "indices('earlier')[0]")


def test_everything_has_a_name(visit):
    for name in ("run", "digits", "walk", "several"):
        driver = visit(name)
        nameless = read(
            driver,
            """[...document.querySelectorAll('button, select, input, [role=button], canvas, img')]
            .filter((e) => e.checkVisibility() && !(e.textContent.trim()
              || e.getAttribute('aria-label') || e.alt || (e.labels && e.labels.length)
              || e.closest('[aria-hidden=true]')))
            .map((e) => e.outerHTML)""",
        )
        assert nameless == []


@pytest.mark.parametrize("name", ["run", "digits", "walk", "several"])
def test_phone_needs_no_sideways_scrolling(visit, name):
    driver = visit(name)
    chromium.resize(driver, chromium.PHONE, mobile=True)
    wait(driver, "innerWidth === 390")
    row = read(driver, "app.net.firstComputed")
    driver.execute_script("select(arguments[0])", row)
    wait(driver, "document.documentElement.scrollWidth <= 390")
    wide = (
        "[...document.querySelectorAll('button, input, canvas')].filter((e) => e.checkVisibility()"
    )
    wide += (
        " && !e.closest('.scroll, #samples') && e.getBoundingClientRect().right > 391).map((e) =>"
        " e.outerHTML)"
    )
    wait(driver, f"{wide}.length === 0")


@pytest.mark.slow
def test_themes_and_motion_follow_the_user(visit, driver):
    chromium.prefer(driver, color_scheme="dark", reduced_motion="reduce")
    visit("swingup")
    assert read(driver, "document.documentElement.dataset.theme") == "dark"
    assert not read(driver, "app.view.running") and read(driver, "app.view.episode.steps") == 0
    background = "getComputedStyle(document.body).backgroundColor"
    dark = read(driver, background)
    element(driver, "#theme").click()
    assert read(driver, background) != dark
