"""The code of the kernels, compiled without a GPU: nothing is contracted, so the bits are right."""
# ruff: noqa: E402 - what needs the extra gpu is imported after it was looked for

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

WHY = "numba-cuda (extra gpu) is not installed"
pytest.importorskip("wann.gpu.compiler", reason=WHY, exc_type=ImportError)

from numba import cuda, types
from numba.core.errors import NumbaError
from numba.cuda import dispatcher

from envs.cartpole import CartPole
from envs.swingup import SwingUp
from wann.errors import WannError
from wann.gpu.compiler import check_uncontracted, uncontracted
from wann.gpu.rollouts import plain_kernel, rollouts_kernel
from wann.gpu.samples import losses_kernel, plain_samples_kernel, samples_kernel
from wann.tasks.control.physics import Judged, Scaled

HOPPER = (9, 0)


class Absent:
    """Stands for a GPU of which no more is asked than what it can run."""

    compute_capability = HOPPER


@pytest.fixture(autouse=True)
def _no_gpu_needed(monkeypatch) -> Iterator[None]:
    try:
        cuda.cudadrv.nvvm.NVVM()
    except Exception as error:
        pytest.skip(f"NVVM, of the extra gpu, cannot be loaded: {error}")
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: Absent)
    yield


def ptx_of(kernel, signature, contracted=False):
    """Return the code of a kernel."""
    if contracted:
        return cuda.compile_ptx(kernel, signature, cc=HOPPER)[0]
    with uncontracted():
        return cuda.compile_ptx(kernel, signature, cc=HOPPER)[0]


ELEMS = [types.float64, types.float32]


def kernels(elem):
    """Yield all kernels for a type of numbers."""
    for physics in (SwingUp(), CartPole(), Judged(SwingUp(), 200.0), Judged(CartPole(), 500.0)):
        yield rollouts_kernel(physics, elem)
    yield rollouts_kernel(Scaled(SwingUp()), elem)
    yield losses_kernel(elem)
    for individual in (False, True):
        yield plain_kernel(SwingUp(), elem, individual)
        yield plain_kernel(Judged(SwingUp(), 200.0), elem, individual)
        yield plain_samples_kernel(elem, individual)
    yield samples_kernel(elem, 1)
    yield samples_kernel(elem, 6)


@pytest.mark.slow
@pytest.mark.parametrize("elem", ELEMS, ids=str)
def test_no_kernel_has_a_contracted_operation(elem):
    suffix = "f64" if elem == types.float64 else "f32"
    for kernel, signature in kernels(elem):
        ptx = ptx_of(kernel, signature)
        check_uncontracted(kernel.__name__, ptx)
        assert f"mul.rn.{suffix}" in ptx or kernel.__name__ == "losses"
        assert f"add.rn.{suffix}" in ptx or kernel.__name__ == "losses"
        assert ".approx" not in ptx and ".ftz" not in ptx  # divisions and subnormals, too


@pytest.mark.slow
def test_what_contracts_is_found():
    kernel, signature = rollouts_kernel(SwingUp(), types.float64)
    with pytest.raises(WannError, match="contracted operations"):
        check_uncontracted("rollouts", ptx_of(kernel, signature, contracted=True))


@pytest.mark.slow
def test_float32_is_not_promoted():
    kernel, signature = rollouts_kernel(CartPole(), types.float32)
    assert ".f64" not in ptx_of(kernel, signature)


class Shaken(NamedTuple):
    """Physics that the C library has a part in: it rounds as it likes, and not as a GPU does."""

    state_names = observation_names = ("x",)
    action_names = ("a",)

    def start_states(self, n, rng):
        return np.zeros((n, 1))

    def reset(self, start):
        return start

    def observe(self, state):
        return state

    def step(self, state, action):
        return (math.sin(state[0] + action[0]),), 1.0, True


def test_physics_that_would_give_other_bits_is_refused():
    kernel, signature = rollouts_kernel(Shaken(), types.float64)
    with pytest.raises(NumbaError):
        ptx_of(kernel, signature)
