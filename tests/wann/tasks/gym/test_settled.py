"""Episodes that have settled: what is left of them is not played, and they count the same."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from support.command import call
from support.genomes import grow

import wann
from wann.network.network import decode_all
from wann.tasks import find_task
from wann.tasks.gym.settled import TOLERANCE, Settled, settling
from wann.workers.evaluator import Evaluator

STEPS, LIMIT = 7, 60
SETS = ("population=6", "tournament=2")
SMALL = [part for text in SETS for part in ("--set", f"search.{text}")] + ["--generations", "2"]


class Fading(gymnasium.Env):
    """What is observed, and the reward, halves in each step; after some steps it is 1 once more."""

    observation_space = spaces.Box(-2.0, 2.0, (2,), np.float64)
    action_space = spaces.Discrete(2)

    def __init__(self, again: int = 1000, moves: bool = False) -> None:
        self.again, self.moves = again, moves

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.steps = 1.0 + self.np_random.random(), 0
        return self._seen(), {}

    def step(self, action):
        self.steps += 1
        self.x = 1.0 if self.steps == self.again else self.x / 2
        return self._seen(), self.x - 0.25, False, False, {}

    def _seen(self):
        return np.array([self.x, np.sin(self.steps) if self.moves else 0.0])


gymnasium.register("Fading-v0", Fading, max_episode_steps=LIMIT)


def played(name, steps, seed=3):
    """Return the score of an episode and its steps, which end where it has settled."""
    task = find_task(name)
    trials = settling(np.array([[seed]]), steps) if steps else np.array([[seed]])
    scores, made = task.score(decode_all([grow(2, 2, 9, 0)]), np.ones(1), trials)
    return scores[0, 0, 0], made


def test_it_ends_after_so_many_steps_without_a_change_and_counts_as_if_it_did_not():
    whole, all_steps = played("gym:Fading-v0", 0)
    start = find_task("gym:Fading-v0").make().reset(seed=3)[0][0]
    seen = start / 2.0 ** np.arange(1, LIMIT + 1)  # after each step
    first = 0  # from where nothing has moved away
    for step, value in enumerate(seen):
        first = step if seen[first] - value > TOLERANCE else first
        if step - first == STEPS:
            break
    ended, steps = played("gym:Fading-v0", STEPS)
    assert (all_steps, steps) == (LIMIT, step + 1) and STEPS < steps < LIMIT / 2
    assert ended == pytest.approx(whole, abs=TOLERANCE * LIMIT) and ended != whole


def test_it_goes_on_while_any_number_changes_and_if_it_moves_again_in_time():
    assert played("gym:Fading-v0,moves=1", STEPS) == played("gym:Fading-v0,moves=1", 0)
    soon, late = "gym:Fading-v0,again=13", "gym:Fading-v0,again=40"
    assert played(soon, STEPS)[0] == pytest.approx(played(soon, 0)[0], abs=TOLERANCE * LIMIT)
    assert played(late, STEPS)[0] == pytest.approx(played(late, 0)[0] - 2, abs=0.2)


def test_an_episode_is_watched_by_itself():
    watch, alone = Settled(3, 1, 2), Settled(1, 1, 2)
    seen = np.array([0.0, 0.0, 1e-3, 5e-4, 0.0, 2e-3, 2e-3])
    for step, value in enumerate(seen):
        rates = watch.rate(np.array([2, 0]), np.array([[value], [step]]), np.array([step, 1.0]))
        one = alone.rate(np.zeros(1, int), np.array([[value]]), np.array([1.0 * step]))
        assert np.array_equal(rates, [one[0], np.nan], equal_nan=True)
        assert np.isnan(one[0]) == (step in (0, 1, 5, 6)) and (np.isnan(one[0]) or one[0] == 1.0)
    # no number is there, or all creep away
    for values in (np.full(9, np.nan), 4e-4 * np.arange(9)):
        never = Settled(1, 1, 3)
        for value in values:
            assert np.isnan(never.rate(np.zeros(1, int), np.array([[value]]), np.zeros(1)))


def test_scaled_observations_and_workers():
    task = find_task("gym:Fading-v0").scaled(((1.0, 0.0), (0.5, 1.0)))
    genomes = [grow(2, 2, 3 * k, k) for k in range(6)]
    trials = task.trials(2, np.random.default_rng(0))
    with Evaluator(task, "serial") as one, Evaluator(task, "threads", 2) as two:
        scores = one(genomes, [1.0, 2.0], settling(trials, STEPS))
        assert np.array_equal(two(genomes, [1.0, 2.0], settling(trials, STEPS)), scores)
        assert one.steps < 0.5 * LIMIT * scores.size
        assert one(genomes, [1.0, 2.0], trials) == pytest.approx(scores, abs=TOLERANCE * LIMIT)
    with pytest.raises(ValueError, match="and one column more where episodes settle"):
        task.score(decode_all(genomes), np.ones(1), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"the last column is \[7 0\]: must be after how many"):
        task.score(decode_all(genomes), np.ones(1), np.array([[1, 7], [2, 0]]))


def test_champions_are_scored_by_whole_episodes():
    settings = {"generations": 2, "trials": 1, "confirm_trials": 1, "report_trials": 2}
    searched = {"search": {"population": 6, "tournament": 2}, "settle_steps": STEPS}
    config = wann.configure("gym:Fading-v0,again=40", **settings, **searched)
    with wann.Evolution(config) as evolution:
        first = next(iter(evolution))
        champion = evolution.champion
    whole = played("gym:Fading-v0,again=40", 0)[0]
    assert champion.scores["mean"] == pytest.approx(whole, abs=1.0)  # seeds differ by less
    assert first.scores.mean() < whole - 1.5


@pytest.mark.parametrize(
    ("task", "sets", "message"),
    [
        ("cartpole", (), "settle_steps = 9: only episodes of gym:ID and envpool:ID settle;"),
        ("gym:CartPole-v1", ("search.recurrent=true",), "settle_steps = 9 with search.recurrent"),
        ("gym:CartPole-v1", ("settle_steps=-1",), "settle_steps = -1: must be at least 0"),
    ],
)
def test_what_cannot_settle_is_told(tmp_path, task, sets, message):
    given = [part for text in ("settle_steps=9", *sets) for part in ("--set", text)]
    done = call(task, *SMALL, *given, "--out", tmp_path / "run")
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_slots_of_envpool_settle_each_for_itself():
    pytest.importorskip("envpool", reason='EnvPool is not installed: pip install "wann[envpool]"')
    task = replace(find_task("envpool:BipedalWalker-v3"), max_steps=300)
    networks = decode_all([grow(24, 4, 4 * k, k) for k in range(12)])
    trials, weights = np.array([[5], [6]]), np.array([-1.0, 0.5])
    whole, all_steps = task.score(networks, weights, trials)
    ended, steps = task.score(networks, weights, settling(trials, 50))
    assert steps < all_steps and ended == pytest.approx(whole, abs=1.0)
    for slots in (1, 7):
        again = replace(task, slots=slots).score(networks, weights, settling(trials, 50))
        assert np.array_equal(again[0], ended) and again[1] == steps
