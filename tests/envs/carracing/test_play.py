"""Networks at the wheel: the kernel, its task on every backend, and the environments."""

import copy

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from support.genomes import grow
from support.racing import encoder, follow

import envs  # noqa: F401 - registers the environment
from envs.carracing import task as racing
from envs.carracing.environment import RacingEnv
from envs.carracing.original import OriginalRacing
from envs.carracing.physics.track import track_of
from envs.carracing.play import controls
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, ROWS
from envs.carracing.sight.stored import write_encoder
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.network.network import decode, decode_all
from wann.tasks import capabilities_of, find_task
from wann.tasks.policy import Policy
from wann.workers.evaluator import Evaluator

WEIGHTS = np.array([-2.0, -0.5, 1.0])
STEPS = 120


@pytest.fixture(name="task", scope="module")
def _task():
    return racing.RacingTask(encoder(), max_steps=STEPS)


@pytest.fixture(name="genomes", scope="module")
def _genomes():
    return [grow(16, 3, 5 * k, k, recurrent=k == 8) for k in range(9)]


def episode(env, policy, seed, steps):
    """Return the return and the length of an episode."""
    observation, _ = env.reset(seed=seed)
    total, made = 0.0, 0
    for _ in range(steps):
        action = env.unwrapped.action(policy(observation.astype(np.float64)))
        observation, reward, over, _, _ = env.step(action)
        total, made = total + reward, made + 1
        if over:
            break
    return total, made


def test_the_environment_has_the_bits_of_the_kernel(task, genomes):
    trials = task.trials(2, np.random.default_rng(0))
    scores, steps = task.score(decode_all(genomes), WEIGHTS, trials)
    env, made = task.make(), 0
    assert len(decode(genomes[8]).memory)
    for i, genome in enumerate(genomes[::4]):
        for w in range(len(WEIGHTS)):
            policy = Policy(decode(genome), WEIGHTS[w : w + 1])
            for t, seed in enumerate(trials[:, 0].tolist()):
                policy.reset()
                total, n = episode(env, policy, seed, STEPS)
                assert total == scores[4 * i, w, t]
                made += n
    assert steps == 9 * 3 * 2 * STEPS and made == 3 * 3 * 2 * STEPS
    assert len(np.unique(scores)) > 5


@pytest.mark.slow
def test_individual_weights_and_single_precision(task, genomes):
    network, trials = decode(genomes[4]), np.array([[3]])
    one = decode_all(genomes[4:5])
    shared, _ = task.score(one, np.array([1.5, -0.5]), trials)
    rows = np.repeat([[1.5], [-0.5]], len(genomes[4].conns), axis=1)
    assert network.gene.size <= rows.shape[1]
    own, _ = task.score(one, rows, trials)
    assert np.allclose(own, shared, atol=1.0)  # sums are rounded otherwise
    single, _ = task.score(one, np.array([1.5, -0.5], np.float32), trials)
    assert single.dtype == np.float64 and np.array_equal(single, shared)


@pytest.mark.parametrize(
    "backend", ["threads", "processes", pytest.param("ray", marks=pytest.mark.slow)]
)
def test_every_backend_gives_the_same_bits(task, genomes, backend):
    trials = task.trials(2, np.random.default_rng(1))
    expected = Evaluator(task, "serial")(genomes, WEIGHTS, trials)
    with Evaluator(task, backend, workers=2) as evaluator:
        assert np.array_equal(evaluator(genomes, WEIGHTS, trials), expected)
        assert np.array_equal(evaluator(genomes[::-1], WEIGHTS, trials), expected[::-1])


def test_outputs_that_are_no_numbers_have_no_score(task, genomes):
    network = decode_all(genomes[:1])
    scores, steps = task.score(network, np.array([np.nan, 1.0]), np.array([[3]]))
    assert np.isnan(scores[0, 0, 0]) and np.isfinite(scores[0, 1, 0]) and steps == STEPS


def test_mistakes_are_named(task, genomes):
    networks = decode_all(genomes)
    with pytest.raises(ValueError, match=r"trials has shape \(3,\)"):
        task.score(networks, WEIGHTS, np.arange(3))
    with pytest.raises(ValueError, match="individual weights belong to one network; 9"):
        task.score(networks, np.ones((1, 200)), np.array([[1]]))
    with pytest.raises(WannError, match="5 inputs and 1 outputs: must have 16 and 3"):
        task.score(decode_all([grow(5, 1, 3, 0)]), WEIGHTS, np.array([[1]]))
    with pytest.raises(WannError, match="render_mode = 'ascii'"):
        RacingEnv(render_mode="ascii")
    env = RacingEnv()
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(np.zeros(3))
    env.reset(seed=0)
    for action in (np.zeros(2), np.array([0.0, np.nan, 0.0])):
        with pytest.raises(ValueError, match="must be three finite numbers"):
            env.step(action)


def test_what_the_task_declares(task):
    can = capabilities_of(task)
    assert can.compiled and can.episodes and can.drawable and not can.scalable
    assert can.costly and not can.cheap  # so that commands play few episodes
    assert can.success and task.success == "reaches 900"
    scores = np.array([[[899.9, 900.0]]])
    assert task.successes(None, None, None, scores).tolist() == [[[False, True]]]
    assert task.inputs[0] == "feature 1" and len(task.inputs) == 16
    assert task.outputs == ("steer", "gas", "brake")
    trials = task.trials(100, np.random.default_rng(0))
    assert trials.shape == (100, 1) and len(np.unique(trials)) == 100


def test_few_tracks_are_kept():
    racing._kept.clear()
    first = racing.prepared(0)
    assert racing.prepared(0) is first
    for seed in range(1, racing.KEPT + 1):
        racing.prepared(seed)
    assert len(racing._kept) == racing.KEPT and 0 not in racing._kept
    again = racing.prepared(0)
    assert again is not first and np.array_equal(again[1].texels, first[1].texels)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((0.0, 0.0, 0.0), (0.0, 0.5, 0.0)),
        ((-3.0, -3.0, -3.0), (-1.0, 0.0, 0.0)),
        ((3.0, 3.0, 3.0), (1.0, 1.0, 1.0)),
        ((0.25, 0.5, 0.75), (0.25, 0.75, 0.75)),
    ],
)
def test_outputs_become_controls(outputs, expected):
    assert controls(*outputs) == expected


# --------------------------------------------------------------------------------- the environments
@pytest.mark.filterwarnings("ignore:.*observation space minimum and maximum")
@pytest.mark.filterwarnings("ignore:.*infinity")
@pytest.mark.parametrize(
    ("name", "shape"), [("CarRacing-v0", (ROWS, COLUMNS, 3)), ("CarRacingFeatures-v0", (16,))]
)
def test_gymnasium_accepts_it(name, shape):
    env = gymnasium.make(f"wann/{name}")
    check_env(env.unwrapped, skip_render_check=True)
    observation, _ = env.reset(seed=3)
    assert observation.shape == shape


def test_features_are_those_of_the_task_or_of_an_encoder_of_ones_own(tmp_path):
    task = find_task("carracing")
    champion = Champion(grow(16, 3, 12, 0), "carracing", task.inputs, task.outputs)
    played = champion.rollout("wann/CarRacingFeatures-v0", 0.7, seed=5)
    scores, steps = task.score(decode_all([champion.genome]), np.array([0.7]), np.array([[5]]))
    assert played.rewards.sum() == pytest.approx(scores[0, 0, 0]) and len(played.rewards) == steps
    file = tmp_path / "few.npz"
    write_encoder(file, Encoder.of(task.encoder.mean, task.encoder.components[:5]))
    env = gymnasium.make("wann/CarRacingFeatures-v0", encoder=str(file), size=(480, 320))
    few, _ = env.reset(seed=5)
    np.testing.assert_allclose(few, played.observations[0][:5], atol=1e-3)
    with pytest.raises(WannError, match="must be an encoder of car racing"):
        (tmp_path / "other.npz").write_bytes(b"PK")
        gymnasium.make("wann/CarRacingFeatures-v0", encoder=tmp_path / "other.npz")
    with pytest.raises(WannError, match="must be an Encoder; wann/CarRacingFeatures-v0 takes a"):
        gymnasium.make("wann/CarRacing-v0", encoder=str(file))


def test_seeds_make_tracks_and_time_ends_episodes():
    env = gymnasium.make("wann/CarRacing-v0", max_episode_steps=30)
    env.reset(seed=12)
    assert np.array_equal(env.unwrapped.track.points, track_of(12).points)
    ends = [env.step(np.zeros(3))[2:4] for _ in range(30)]
    assert ends[-2] == (False, False) and ends[-1] == (False, True)
    env.reset()
    assert not np.array_equal(env.unwrapped.track.points[:9], track_of(12).points[:9])
    assert gymnasium.spec("wann/CarRacing-v0").max_episode_steps == racing.MAX_STEPS


def test_steps_after_the_end_pay_nothing():
    env = RacingEnv()
    env.reset(seed=2)
    for _ in range(1000):
        _, reward, over, _, _ = env.step(np.array([0.0, 0.0, 0.0]))
        if over:
            break
    assert over and reward == -100
    with pytest.warns(UserWarning, match="call reset"):
        _, reward, over, _, _ = env.step(np.zeros(3))
    assert over and reward == 0


def test_copies_go_their_own_way():
    env = RacingEnv(encoder())
    env.reset(seed=1)
    other = copy.deepcopy(env)
    before = env.picture()
    for _ in range(60):
        other.step(np.array([0.2, 1.0, 0.0]))
    assert np.array_equal(env.picture(), before) and not np.array_equal(other.picture(), before)


def test_pictures_for_people():
    env = RacingEnv(render_mode="rgb_array", size=(480, 320))
    env.reset(seed=3)
    first = env.render()
    assert first.shape == (320, 480, 3) and first.dtype == np.uint8
    for _ in range(60):
        hull = env._race.car.bodies[0]
        steer, gas, brake = follow(env.track, hull)
        env.step(np.array([steer, 2 * gas - 1, brake]))
    later = env.render()
    assert (first != later).any(axis=-1).mean() > 0.1
    car = later[200:250, 140:200]  # at the same place, red
    assert ((car[..., 0] > 180) & (car[..., 1] < 100)).sum() > 30
    with pytest.warns(UserWarning, match="without a render_mode"):
        quiet = RacingEnv()
        quiet.reset(seed=0)
        assert quiet.render() is None


def test_a_window_shows_it():
    pytest.importorskip("pygame", reason="a window needs pygame")
    env = RacingEnv(render_mode="human")
    env.reset(seed=3)
    env.step(np.zeros(3))
    env.close()
    env.close()


def test_gymnasiums_own_pays_the_same():
    pytest.importorskip("Box2D", reason='Box2D is not installed: pip install "wann[box2d]"')
    own, original = RacingEnv(encoder()), OriginalRacing(encoder())
    assert original.action_space == own.action_space
    assert original.observation_space == own.observation_space
    rng = np.random.default_rng(0)
    pairs = [(own.reset(seed=5)[0], original.reset(seed=5)[0])]
    for _ in range(100):
        action = rng.uniform(-1.5, 1.5, 3)
        (seen, *paid), (there, *there_paid) = own.step(action), original.step(action)
        assert paid[:2] == there_paid[:2]
        pairs.append((seen, there))
    seen, there = np.array(pairs).swapaxes(0, 1)
    assert seen.dtype == there.dtype == np.float32
    assert np.corrcoef(seen.ravel(), there.ravel())[0, 1] > 0.99
    frames = OriginalRacing().reset(seed=5)[0]
    assert frames.shape == (ROWS, COLUMNS, 3) and frames.dtype == np.uint8
