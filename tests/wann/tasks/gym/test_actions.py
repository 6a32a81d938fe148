"""A champion in any Gymnasium loop."""

import inspect
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from support.genomes import grow

import envs  # noqa: F401 - registers its environments
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.network.network import decode_all
from wann.tasks.gym.actions import action_function, outputs_for
from wann.tasks.gym.observations import flattener
from wann.tasks.gym.policy import Actor

MOST = np.finfo(np.float64).max

SPACES = [
    (spaces.Box(-1.0, 1.0, (3,), np.float64), 3),
    (spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 1.0], np.float32)), 2),
    (spaces.Box(-np.inf, np.inf, (2, 2), np.float32), 4),
    (spaces.Box(np.array([0.0, -np.inf]), np.array([np.inf, 3.0]), dtype=np.float64), 2),
    (spaces.Box(0, 255, (3,), np.uint8), 3),
    (spaces.MultiDiscrete([3, 2], start=[1, -4]), 5),
    (spaces.MultiDiscrete([[2, 2], [1, 3]]), 8),
    (spaces.Discrete(2), 1),
    (spaces.Discrete(2, start=5), 1),
    (spaces.Discrete(4), 4),
    (spaces.Discrete(3, start=-1), 3),
    (spaces.Discrete(1), 1),
    (spaces.MultiBinary(3), 3),
    (spaces.MultiBinary((2, 2)), 4),
    *(
        (spaces.Box(np.iinfo(kind).min, np.iinfo(kind).max, (2,), kind), 2)
        for kind in (np.int64, np.uint64, np.int32)
    ),
    (spaces.Box(-np.finfo(np.float64).max, np.finfo(np.float64).max, (2,), np.float64), 2),
]


@pytest.mark.parametrize(("space", "n_outputs"), SPACES)
def test_actions_belong_to_the_space(space, n_outputs):
    to_action = action_function(space, n_outputs)
    sent = pickle.loads(pickle.dumps(to_action))
    outputs = np.random.default_rng(0).normal(0, 2, (50, n_outputs))
    batched = to_action(outputs)
    assert batched.dtype == space.dtype and np.array_equal(sent(outputs), batched)
    for one, row in zip(batched, outputs, strict=True):
        assert space.contains(to_action(row)) and type(to_action(row)) is type(sent(row)) is type(
            one
        )
        assert np.array_equal(to_action(row), one) and np.array_equal(sent(row), one)


def test_what_the_actions_are():
    clip = action_function(
        spaces.Box(np.array([-1.0, -3.0]), np.array([1.0, 3.0]), dtype=np.float64), 2
    )
    assert clip(np.array([-2.0, 0.5])).tolist() == [-1.0, 1.5]
    assert clip(np.array([-0.25, 2.0])).tolist() == [-0.25, 3.0]
    shifted = action_function(spaces.Box(2.0, 4.0, (3,), np.float64), 3)
    assert shifted(np.array([-9.0, 0.0, 0.5])).tolist() == [2.0, 3.0, 3.5]
    half_bounded = action_function(
        spaces.Box(np.array([0.0]), np.array([np.inf]), dtype=np.float64), 1
    )
    assert [half_bounded(np.array([x])).tolist() for x in (-1.0, 7.5)] == [[0.0], [7.5]]
    each = action_function(spaces.MultiDiscrete([3, 2], start=[1, 0]), 5)
    assert each(np.array([0.0, 2.0, 1.0, 1.0, 1.0])).tolist() == [2, 0]
    sign = action_function(spaces.Discrete(2, start=5), 1)
    assert sign(np.array([[-1.0], [0.0], [1e-300]])).tolist() == [5, 5, 6]
    largest = action_function(spaces.Discrete(3), 3)
    assert largest(np.array([[0.0, 2.0, 1.0], [1.0, 1.0, 0.0]])).tolist() == [1, 0]


PARTS = spaces.Dict(
    {
        "turn": spaces.Discrete(2, start=3),
        "arm": spaces.Box(0.0, 1.0, (2, 2), np.float32),
        "more": spaces.Tuple(
            [spaces.MultiBinary(2), spaces.Dict({"one": spaces.Discrete(1)}), spaces.Discrete(3)]
        ),
    }
)


@pytest.mark.parametrize(
    ("space", "n_outputs"), [(PARTS, 12), (spaces.Tuple([PARTS, spaces.MultiDiscrete([2, 1])]), 15)]
)
def test_actions_in_parts_belong_to_the_space(space, n_outputs):
    assert outputs_for(space) == n_outputs
    to_action = action_function(space, n_outputs)
    outputs = np.random.default_rng(0).normal(0, 2, (50, n_outputs))
    sent = pickle.loads(pickle.dumps(to_action))
    batched = spaces.utils.flatten(space, to_action(outputs[0]))
    assert np.array_equal(batched, spaces.utils.flatten(space, sent(outputs[0])))
    for row in outputs:
        assert space.contains(to_action(row))
    assert len({spaces.utils.flatten(space, to_action(row)).tobytes() for row in outputs}) > 20


def test_what_the_actions_in_parts_are():
    outputs = np.array([0.5, 0.4, -1.0, 1.0, 0.0, 9.0, -9.0, 0.0, 1e-9, -1.0, 2.0, 2.0])
    # keys in the order of the space, which sorts them
    assert list(PARTS) == ["arm", "more", "turn"]
    action = action_function(PARTS, 12)(outputs)
    assert action["arm"].tolist() == [[0.75, pytest.approx(0.7)], [0.0, 1.0]]
    bits, only, chosen = action["more"]
    assert bits.tolist() == [0, 1] and only == {"one": 0} and chosen == 1
    assert action["turn"] == 3  # the first of equals
    many = action_function(PARTS, 12)(np.stack((outputs, -outputs)))
    assert many["arm"].shape == (2, 2, 2) and many["more"][0].tolist() == [[0, 1], [0, 0]]
    assert many["turn"].tolist() == [3, 3]


@pytest.mark.parametrize("space", [PARTS, spaces.MultiBinary((2, 2)), spaces.Box(-1, 1, (2, 3))])
@pytest.mark.parametrize("recurrent", [False, True])
def test_an_actor_acts_as_the_policy_does(space, recurrent):
    n, seen = outputs_for(space), spaces.Box(-np.inf, np.inf, (2, 2), np.float32)
    genome = grow(4, n, 40, 1, recurrent=recurrent)
    champion = Champion(genome, None, tuple("abcd"), tuple(map(str, range(n))))
    assert bool(len(champion.network.memory)) == recurrent
    actor = Actor(seen, space)
    actor.take(decode_all([champion.genome]))
    actor.reset()
    act, policy = actor.policy(np.array([-1.5])), champion.policy(-1.5, space)
    flat, rng = flattener(seen), np.random.default_rng(0)
    for _ in range(20):
        observation = rng.normal(size=(2, 2)).astype(np.float32)
        expected = spaces.utils.flatten(space, policy(flat(observation)))
        assert np.array_equal(spaces.utils.flatten(space, act(observation)), expected)
    with pytest.raises(ValueError, match=r"must have numbers of shape \(2, 2\)"):
        act(np.zeros(4))
    with pytest.raises(FloatingPointError, match="an observation is not finite"):
        act(np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    ("low", "high", "kind", "actions"),
    [
        (-(2**63), 2**63 - 1, np.int64, [-(2**63), -512, 2**63 - 1024]),
        (0, 2**64 - 1, np.uint64, [0, 2**63 - 1024, 2**64 - 2048]),
        (-(2**31), 2**31 - 1, np.int32, [-(2**31), 0, 2**31 - 1]),
        (-MOST, MOST, np.float64, [-MOST, 0.0, MOST]),
        (MOST / 2, MOST, np.float64, [MOST / 2, 0.75 * MOST, MOST]),
    ],
)
def test_the_widest_bounds_are_reached(low, high, kind, actions):
    space = spaces.Box(low, high, (1,), kind)
    to_action, actor = action_function(space, 1), Actor(spaces.Box(-9, 9, (1,)), space)
    assert [to_action(np.array([x])).item() for x in (-1.0, 0.0, 1.0)] == actions
    assert [to_action(np.array([x])).item() for x in (-1e300, 1e300)] == [actions[0], actions[-1]]
    actor.take(decode_all([minimal_genome(1, 1, 1.0, np.random.default_rng(0))]))
    act = actor.policy(np.array([[0.0, 1.0]]))  # bias and input
    assert [act(np.array([x])).item() for x in (-1.0, 0.0, 1.0)] == actions


@pytest.mark.parametrize(
    ("space", "n_outputs"),
    [
        (spaces.Box(-1, 1, (2,)), 1),
        (spaces.Discrete(3), 1),
        (spaces.Discrete(3), 4),
        (spaces.MultiBinary(2), 1),
        (spaces.Dict({"a": spaces.Discrete(2)}), 1),
        (spaces.Dict({"a": spaces.Discrete(2), "b": spaces.Text(3)}), 2),
        (spaces.Sequence(spaces.Discrete(2)), 2),
    ],
)
def test_other_spaces_are_refused(space, n_outputs):
    with pytest.raises(
        WannError, match=rf"has {n_outputs} outputs, but the action space is {type(space).__name__}"
    ):
        action_function(space, n_outputs)


@pytest.mark.parametrize(
    ("name", "n_inputs", "n_outputs"),
    [
        ("wann/CartPoleSwingUp-v0", 5, 1),
        ("wann/CartPole-v0", 4, 1),
        ("CartPole-v1", 4, 2),
        ("Pendulum-v1", 3, 1),
        ("MountainCarContinuous-v0", 2, 1),
        ("Acrobot-v1", 6, 3),
    ],
)
def test_any_loop(name, n_inputs, n_outputs):
    champion = Champion(
        grow(n_inputs, n_outputs, 30, 1),
        None,
        tuple(map(str, range(n_inputs))),
        tuple(map(str, range(n_outputs))),
    )
    env = gymnasium.make(name)
    policy = champion.policy(weight=-1.5, action_space=env.action_space)
    observation, _ = env.reset(seed=0)
    for _ in range(20):
        action = policy(observation)
        assert env.action_space.contains(action)
        if name.startswith("wann/"):
            assert np.array_equal(
                action, env.unwrapped.action(champion.policy(weight=-1.5)(observation))
            )
        observation, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            observation, _ = env.reset()
    env.close()


def test_a_vector_of_environments():
    champion = Champion(grow(4, 1, 30, 1), None, tuple("abcd"), ("push",))
    many = gymnasium.make_vec("CartPole-v1", 3)
    policy = champion.policy(action_space=many.single_action_space)
    observations, _ = many.reset(seed=0)
    for _ in range(5):
        actions = policy(observations)
        assert many.action_space.contains(actions)
        observations, *_ = many.step(actions)
    many.close()


@pytest.mark.parametrize(
    "space", [None, spaces.Discrete(2), spaces.Box(-3.0, 1.0, (2,), np.float32)]
)
@pytest.mark.parametrize("kind", ["shared", "individual", "scaled"])
@pytest.mark.parametrize("pickler", ["pickle", "cloudpickle"])
def test_a_policy_can_be_sent_to_another_process(pickler, kind, space):
    genome, rng = grow(4, 2, 40, 1), np.random.default_rng(0)
    weights = rng.normal(size=len(genome.conns)) if kind == "individual" else None
    scale = ((1.0, 2.0, 3.0, 4.0), (0.1, 1.0, 5.0, 2.0)) if kind == "scaled" else None
    policy = Champion(genome, None, tuple("abcd"), ("l", "r"), weights, 0.7, scale).policy(
        action_space=space
    )
    sent = pickle.loads(pytest.importorskip(pickler).dumps(policy))
    observations = rng.normal(size=(20, 4))
    np.testing.assert_array_equal(sent(observations), policy(observations))
    np.testing.assert_array_equal(sent(observations[3]), policy(observations)[3])
    assert list(inspect.signature(sent).parameters) == ["observation"]
