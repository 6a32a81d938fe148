"""EnvPool's C++ environments as tasks: ``envpool:ID``, many episodes at once, in slots.

An episode is one slot of a pool, made for its seed: EnvPool seeds slots where they are made, and
not again. All slots make their steps together, those whose episode is over none, and one compiled
call computes the networks of all that are left. What an episode gives depends on its own seed and
network only, not on who else is in the pool.
"""

import types
import warnings
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import numpy as np

from wann.errors import WannError
from wann.network.network import Networks
from wann.tasks.envpool.slots import act, alike, rows_of
from wann.tasks.gym.actions import action_function, outputs_for
from wann.tasks.gym.env import check_interrupt, close, draws, reason
from wann.tasks.gym.kept import Kept, kept
from wann.tasks.gym.named import Named, parsed
from wann.tasks.gym.names import names_of
from wann.tasks.gym.observations import observed
from wann.tasks.gym.settled import Settled
from wann.tasks.gym.task import LONGEST_EPISODE, GymTask
from wann.tasks.task import LARGEST_SCORE, Capabilities

SLOTS = 256  # of a pool, at most
ENDLESS = 2**31 - 1  # steps: EnvPool's word for no limit
#: what EnvPool takes beside an environment's own arguments
POOLS = (
    "num_envs", "batch_size", "num_threads", "max_num_players", "thread_affinity_offset",
    "base_path", "seed", "env_seed", "gym_reset_return_info", "reward_threshold", "from_pixels",
    "render_env_id", "render_width", "render_height", "render_camera_id",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class EnvPoolTask(GymTask):
    """An environment of EnvPool as a task: a ``GymTask`` that is played in C++.

    Its random numbers, and the rounding of its rewards, are EnvPool's: an episode of a seed is
    another one than Gymnasium's. It is watched in Gymnasium's environment of the same ID.

    Attributes:
        env_id: of EnvPool.
        options: further arguments of the environment.
        observation_space: of one environment.
        action_space: of one environment.
        slots: episodes that are played at once, at most; the scores do not depend on it.
    """

    env_id: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    observation_space: Any = field(default=None, repr=False)
    action_space: Any = field(default=None, repr=False)
    slots: int = SLOTS

    @property
    def capabilities(self) -> Capabilities:
        """Its episodes are compiled, and take milliseconds."""
        return Capabilities(
            episodes=True,
            scalable=True,
            recurrent=True,
            settles=True,
            success=self.threshold is not None,
            costly=True,
            draws=self._draws,
        )

    def _draws(self) -> bool:
        """Return whether Gymnasium has the environment, and makes pictures of it."""
        try:
            with kept():
                return draws(self.make())
        except WannError:
            return False

    def _episodes(
        self,
        networks: Networks,
        weights: np.ndarray,
        seeds: list[int],
        scale: np.ndarray | None,
        settle_steps: int,
        seen: list[np.ndarray] | None,
        before: Kept,
    ) -> tuple[np.ndarray, int, str | None]:
        shape = networks.size, len(weights), len(seeds)
        returns, steps, failures = np.empty(shape), 0, dict[int, str]()
        for episodes in np.array_split(
            np.arange(returns.size), max(1, -(-returns.size // self.slots))
        ):
            which, at, trial = np.unravel_index(episodes, shape)
            pool = _Pool(self, [seeds[t] for t in trial.tolist()])
            totals, made, failed = pool.play(
                networks, weights, which, at, scale, settle_steps, seen
            )
            returns.flat[episodes], steps = totals, steps + made
            failures |= {int(episodes[slot]): text for slot, text in failed.items()}
        if not failures:
            return returns, steps, None
        first = min(failures)
        _, w, t = np.unravel_index(first, shape)
        at_weight = f"weight {weights[w]:g}" if weights.ndim == 1 else "the individual weights"
        return returns, steps, f"seed {seeds[int(t)]} at {at_weight}: {failures[first]}"


class _Pool:
    """Slots with an episode each."""

    def __init__(self, task: EnvPoolTask, seeds: list[int]) -> None:
        """Make a slot for each seed; the thread that plays has them made in one other."""
        self.task, self.size = task, len(seeds)
        self.pool: Any = None
        if seeds:
            self.pool = _envpool(task.name, task.env_id).make_gymnasium(
                task.env_id, num_envs=len(seeds), num_threads=1, seed=seeds, **dict(task.options)
            )
            # or each pool would make it anew, and warn of bounds that are rounded
            self.pool._gym_observation_space = task.observation_space

    def play(
        self,
        networks: Networks,
        weights: np.ndarray,
        which: np.ndarray,
        at: np.ndarray,
        scale: np.ndarray | None,
        settle_steps: int,
        seen: list[np.ndarray] | None,
    ) -> tuple[np.ndarray, int, dict[int, str]]:
        """Play the episodes.

        Args:
            networks: packed networks.
            weights: ``(W,)`` shared, or ``(W, C)`` individual ones.
            which: of each slot, which network plays in it.
            at: of each slot, which of the weights.
            scale: ``(2, I)`` means and standard deviations of what is observed, or None.
            settle_steps: without a change, after which what is left of an episode is not played;
                0: all of it is.
            seen: takes what is observed, ``(I,)`` each and not scaled, one episode after another.

        Returns: of each slot the sum of the rewards, NaN where the episode failed; the steps made;
        and why, by slot, episodes failed.
        """
        totals, steps, failed = np.zeros(self.size), 0, dict[int, str]()
        if not self.size:
            return totals, steps, failed
        task, n_outputs = self.task, networks.n_outputs
        to_action = action_function(task.action_space, n_outputs)
        rooms = np.diff(networks.start) + np.diff(networks.memory_start)
        values = np.zeros((self.size, 1 + networks.n_inputs + int(rooms.max())))
        outputs = np.empty((self.size, n_outputs))
        observed_by: list[tuple[np.ndarray, np.ndarray]] = []
        observations, info = self.pool.reset()
        slots = info["env_id"].astype(np.int32)
        rows = rows_of(task.observation_space, observations)
        settled = Settled(self.size, networks.n_inputs, settle_steps) if settle_steps else None
        for step in range(task.max_steps):
            if seen is not None:
                observed_by.append((slots, rows))
            inputs = rows if scale is None else (rows - scale[0]) / scale[1]
            finite = np.isfinite(inputs).all(axis=1)
            for k in np.flatnonzero(~finite).tolist():
                failed[int(slots[k])] = (
                    f"FloatingPointError: an observation is not finite: {rows[k]}"
                )
            slots, inputs = slots[finite], inputs[finite]
            if not slots.size:
                break
            act(networks, weights, slots, which, at, inputs, values, outputs[: slots.size])
            actions = to_action(outputs[: slots.size])
            observations, rewards, terminated, truncated, info = self.pool.step(actions, slots)
            slots = info["env_id"].astype(np.int32)
            totals[slots] += rewards
            steps += slots.size
            left = ~(terminated | truncated)
            slots, rows = slots[left], rows_of(task.observation_space, observations)[left]
            if settled is not None:
                rates = settled.rate(slots, rows, totals[slots])
                still = ~np.isnan(rates)
                totals[slots[still]] += rates[still] * (task.max_steps - 1 - step)
                slots, rows = slots[~still], rows[~still]
            if not slots.size:
                break
        self.pool.close()
        with np.errstate(invalid="ignore"):
            beyond = ~(np.abs(totals) <= LARGEST_SCORE)
        for slot in np.flatnonzero(beyond).tolist():
            failed.setdefault(
                slot,
                f"FloatingPointError: the sum of the rewards is {totals[slot]}: must be a number"
                f" within ±{LARGEST_SCORE:g}",
            )
        totals[list(failed)] = np.nan
        if seen is not None and observed_by:
            of = np.concatenate([slots for slots, _ in observed_by])
            seen.extend(np.concatenate([r for _, r in observed_by])[np.argsort(of, kind="stable")])
        return totals, steps, failed


def envpool_task(name: str) -> EnvPoolTask:
    """Return the task of a name ``envpool:ID``, perhaps with ``,KEY=VALUE`` and more of these.

    Raises:
        WannError: EnvPool is missing or has no such environment, a network cannot play it, or
            Gymnasium's environment of this ID has other spaces.
    """
    env_id, options = parsed(name, POOLS)
    envpool = _envpool(name, env_id)
    if env_id not in envpool.list_all_envs():
        raise WannError(
            f"task {name!r}: EnvPool {envpool.__version__} has no environment of this ID;"
            " envpool.list_all_envs() has them"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bounds that are rounded
            spec = envpool.make_spec(env_id, **options)
            spaces = spec.observation_space, spec.action_space
    except BaseException as error:
        check_interrupt(error)
        raise WannError(f"task {name!r}: cannot make this environment: {reason(error)}") from None
    try:
        if spec.config.max_num_players > 1:
            raise WannError("several players act in it, but a network is one of them")
        n_inputs, n_outputs = observed(spaces[0]), outputs_for(spaces[1])
    except WannError as error:
        raise WannError(f"task {name!r}: {error}") from None
    made = Named(name, env_id, tuple(options.items()))
    env = _gymnasium_twin(made)
    if env is not None:
        for kind, ours, bounds in zip(
            ("observation", "action"), spaces, (False, True), strict=True
        ):
            theirs = getattr(env, f"{kind}_space")
            if not alike(ours, theirs, bounds):
                raise WannError(
                    f"task {name!r}: the {kind} space is {ours} in EnvPool, {theirs} in Gymnasium:"
                    f" champions could not be watched there; take gym:{env_id}"
                )
    nothing = types.SimpleNamespace(unwrapped=None)
    inputs, outputs = names_of(env_id, env or nothing, n_inputs, n_outputs)
    if env is not None:
        close(env)
    limit = spec.config.max_episode_steps
    return EnvPoolTask(
        name,
        made,
        inputs,
        outputs,
        LONGEST_EPISODE if limit >= ENDLESS else limit,
        fresh=True,
        threshold=spec.reward_threshold,
        env_id=env_id,
        options=tuple(options.items()),
        observation_space=spaces[0],
        action_space=spaces[1],
    )


def _envpool(name: str, env_id: str) -> Any:
    """Return the module."""
    try:
        import envpool
    except ImportError as error:
        raise WannError(
            f'task {name!r} needs EnvPool ({error}): pip install "wann[envpool]"; gym:{env_id}'
            " plays Gymnasium's own"
        ) from None
    return envpool


def _gymnasium_twin(made: Named) -> gymnasium.Env | None:
    """Return Gymnasium's environment of the same ID, None if it cannot be made here."""
    if made.env_id not in gymnasium.registry:
        return None
    try:
        return made(None)
    except WannError:  # what it needs is not installed, or it is a version of old
        return None
