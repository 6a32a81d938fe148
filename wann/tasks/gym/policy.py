"""A network at the controls of a Gymnasium environment: observations in, actions out, with little
in between.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces

from wann.jit import compiled
from wann.network.forward import forward, remember
from wann.network.network import Network, Networks
from wann.tasks.gym.actions import action_function, box_limits, outputs_for
from wann.tasks.gym.observations import REAL, flattener, numbers_of, observed


class Actor:
    """Turns observations of one environment into actions.

    Of the same bits as ``Champion.policy``.
    """

    def __init__(
        self, observation_space: spaces.Space, action_space: Any, scale: np.ndarray | None = None
    ):
        """Act in an environment with these spaces.

        Scale is ``(2, I)``, means and standard deviations.
        """
        self.observation_space, self.action_space, self.scale = (
            observation_space,
            action_space,
            scale,
        )
        self._n_inputs = observed(observation_space)
        self._n_outputs = outputs_for(action_space)
        self._limits = box_limits(action_space) if isinstance(action_space, spaces.Box) else None

    def take(self, networks: Networks) -> None:
        """Act as the first of these networks."""
        first, last = networks.start[:2]
        indptr, activation = networks.indptr[first : last + 1], networks.activation[first:last]
        memory = networks.memory[slice(*networks.memory_start[:2])]
        edges = slice(indptr[0], indptr[-1])
        sizes = np.array((self._n_inputs, self._n_outputs, len(activation), indptr[-1] - indptr[0]))
        tables = (
            indptr - indptr[0],
            networks.source[edges],
            networks.gene[edges],
            activation,
            memory,
        )
        self._plan = np.concatenate((sizes, *tables))
        self._values = np.ones(1 + self._n_inputs + len(activation) + len(memory))
        self._memory = self._values[len(self._values) - len(memory) :]

    def reset(self) -> None:
        """Forget what was: an episode begins."""
        self._memory[:] = 0.0

    def policy(
        self, weights: np.ndarray, seen: list[np.ndarray] | None = None
    ) -> Callable[[Any], Any]:
        """Return the function from an observation to an action.

        Args:
            weights: ``(1,)`` a shared weight, or ``(1, C)`` individual ones.
            seen: takes what is observed, ``(I,)`` each, flattened and not scaled.

        A recurrent network goes on from what it remembers: see ``reset``.  The function raises
        FloatingPointError where an observation is not finite, and ValueError or
        TypeError where it is none of the space.
        """
        plan, values, space, scale = self._plan, self._values, self.action_space, self.scale
        inputs, seen_space = values[1 : 1 + self._n_inputs], self.observation_space
        is_box = isinstance(seen_space, spaces.Box)
        numbers = numbers_of if is_box else flattener(seen_space)
        shape = (seen_space.shape if is_box else None) or inputs.shape
        room = inputs.reshape(shape)  # the same numbers

        def see(observation: Any) -> None:
            plain = is_box and type(observation) is np.ndarray
            # as it should be
            if plain and observation.shape == shape and observation.dtype.kind in REAL:
                room[...] = observation
            else:
                room[...] = _fitting(numbers(observation), observation, shape)
            if seen is not None:
                seen.append(inputs.copy())
            if scale is not None:
                np.divide(np.subtract(inputs, scale[0], out=inputs), scale[1], out=inputs)

        if isinstance(space, spaces.Box):
            limits, dtype, box, action = (
                self._limits,
                space.dtype,
                space.shape,
                np.empty(self._n_outputs),
            )
            flat = len(box) == 1

            def drive(observation: Any) -> np.ndarray:
                see(observation)
                if not scaled(plan, weights, values, limits, action):
                    raise FloatingPointError(f"an observation is not finite: {observation}")
                return action.astype(dtype) if flat else action.astype(dtype).reshape(box)

            return drive
        is_discrete = isinstance(space, spaces.Discrete)
        if not is_discrete and not isinstance(space, spaces.MultiDiscrete):
            last = 1 + self._n_inputs + int(plan[2])  # behind the outputs
            outputs = values[last - self._n_outputs : last]
            to_action = action_function(space, self._n_outputs)

            def act(observation: Any) -> Any:
                see(observation)
                if not compute(plan, weights, values):
                    raise FloatingPointError(f"an observation is not finite: {observation}")
                return to_action(outputs)

            return act
        nvec = np.array([space.n]) if is_discrete else space.nvec.ravel().astype(np.int64)
        chosen = np.empty(len(nvec), np.int64)
        start, dtype, grid = space.start, space.dtype, space.shape
        # as space.sample() has them
        actions = [dtype.type(start + k) for k in range(space.n)] if is_discrete else []

        def choose(observation: Any) -> Any:
            see(observation)
            if not largest(plan, weights, values, nvec, chosen):
                raise FloatingPointError(f"an observation is not finite: {observation}")
            if is_discrete:
                return actions[chosen[0]]
            return (chosen.reshape(grid) + start).astype(dtype)

        return choose


def _fitting(numbers: Any, observation: Any, shape: tuple[int, ...]) -> Any:
    """Return the numbers of an observation in their shape if they are as many as there are inputs:
    NumPy would repeat a single one.
    """
    if numbers.size == math.prod(shape) and numbers.shape[-len(shape) :] in (shape, ()):
        return numbers.reshape(shape)
    what = f"a {type(observation).__name__} with numbers of shape {numbers.shape}"
    must = f"{shape[0]} numbers, in one row" if len(shape) == 1 else f"numbers of shape {shape}"
    raise ValueError(f"an observation is {what}: must have {must}")


@compiled
def compute(plan, weights, values):
    """Compute a step of the network of a plan, and return whether its inputs are finite.

    A call costs a tenth of a microsecond for each array, so that a network comes as one of them:
    four sizes (inputs, outputs, computed nodes K, edges E), indptr, source, gene, activation and
    memory, as in ``Network``.
    """
    for i in range(1, 1 + plan[0]):
        if not np.isfinite(values[i]):
            return False
    at_source = 4 + plan[2] + 1
    at_gene = at_source + plan[3]
    at_activation = at_gene + plan[3]
    at_memory = at_activation + plan[2]
    net = Network(
        plan[4:at_source],
        plan[at_source:at_gene],
        plan[at_gene:at_activation],
        plan[at_activation:at_memory],
        plan[0],
        plan[1],
        plan[at_memory:],
    )
    forward(net, weights, weights.reshape(weights.size), 0, 1, values, 1, 0.0)
    remember(net, values, 1, 0.0)
    return True


@compiled
def scaled(plan, weights, values, limits, action):
    """Fill action with the outputs, scaled by ``box_limits``.

    Return False if an input is not finite.
    """
    finite = compute(plan, weights, values)
    row = 1 + plan[0] + plan[2] - plan[1]
    for i in range(action.size):
        most = limits[4, i]
        x = min(max(values[row + i], -most), most) * limits[3, i] + limits[2, i]
        action[i] = min(max(x, limits[0, i]), limits[1, i])
    return finite


@compiled
def largest(plan, weights, values, nvec, chosen):
    """Fill chosen with the first largest of each group of outputs.

    Return False if an input is not finite.
    """
    finite = compute(plan, weights, values)
    row = 1 + plan[0] + plan[2] - plan[1]
    for i in range(nvec.size):
        best = 0
        for k in range(1, nvec[i]):
            if values[row + k] > values[row + best]:
                best = k
        chosen[i] = best
        row += nvec[i]
    return finite
