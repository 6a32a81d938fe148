"""Python: the network as one file that needs NumPy alone, with the bits of wann."""

from wann.champion.champion import Champion
from wann.export.program import (
    BEFORE,
    BIAS,
    Program,
    describe,
    functions,
    make_program,
    statements,
)
from wann.numeric import mathfun
from wann.numeric.expression import written


def python_source(champion: Champion, weight: float | None = None) -> str:
    """Return the content of the file.

    Args:
        champion: the network; its individual weights count if ``weight`` is None.
        weight: default of the shared weight; with None, the function has to be given it.
    """
    program = make_program(champion, weight)
    argument = (
        ""
        if not program.shared
        else ", weight"
        if program.weight is None
        else f", weight={program.weight!r}"
    )
    about = (
        "    weight: the weight of all connections, or an array of them that broadcasts with the"
        " leading axes.\n"
    )
    state, n_state = program.remembered, len(program.remembered)
    outputs = _stacked(program.outputs)
    returns = "the raw outputs of the network, (..., number of outputs)"
    if state:
        argument += ", state=None"
        returns += f",\n    and the state of the next step, (..., {n_state})"
        about = (about if program.shared else "") + (
            f"    state: (..., {n_state}), what the step before returned; None where an episode"
            " begins.\n"
        )
    return f'''\
"""{chr(10).join(describe(champion, program))}
"""

import numpy as np

INPUTS = ({_literals(champion.inputs)})
OUTPUTS = ({_literals(champion.outputs)})


{"".join(_functions(program))}\
@np.errstate(over="ignore", invalid="ignore")
def act(observations{argument}):
    """Return {returns}; any number of leading axes.

    observations: (..., number of inputs), in the order of INPUTS, without the bias.
{about if program.shared or state else ""}\
    """
    observations = np.asarray(observations, np.float64)
    if observations.shape[-1:] != (len(INPUTS),):
        raise ValueError(
            f"observations have the shape {{observations.shape}}: "
            f"the last axis must be {{len(INPUTS)}}"
        )
{_scaling(program)}    [{", ".join(program.inputs)}] = np.moveaxis(observations, -1, 0)
{_state(program)}\
    {BIAS} = np.ones(observations.shape[:-1])
    {f"{chr(10)}    ".join(statements(program))}
    return {outputs}{f", {_stacked(state)}" if state else ""}
'''


def _stacked(names: tuple[str, ...]) -> str:
    """Return the expression of an array of values."""
    return f"np.stack(np.broadcast_arrays({', '.join(names)}), axis=-1)"


def _state(program: Program) -> str:
    """Return the statements that take the state apart, if there is one."""
    if not program.remembered:
        return ""
    names = ", ".join(BEFORE + name for name in program.remembered)
    n = len(program.remembered)
    return (
        f"    state = np.zeros({n}) if state is None else np.asarray(state, np.float64)\n"
        f"    if state.shape[-1:] != ({n},):\n"
        f'        raise ValueError(f"state has the shape {{state.shape}}: the last axis must be'
        f' {n}")\n'
        f"    [{names}] = np.moveaxis(state, -1, 0)\n"
    )


def _functions(program: Program) -> list[str]:
    """Return the text of each function that the program calls."""
    elementary, activations = functions(program)
    return [
        *(FUNCTIONS[name] for name in elementary),
        *(
            f'def f_{a.name}(x):\n    """{a.formula}."""\n'
            f"    return {written(a.expression, IN_NUMPY)}\n\n\n"
            for a in activations
        ),
    ]


def _scaling(program: Program) -> str:
    """Return the statement that scales the observations, if they are."""
    if program.scale is None:
        return ""
    mean, deviation = program.scale
    return f"    observations = (observations - {list(mean)}) / {list(deviation)}\n"


def _literals(names: tuple[str, ...]) -> str:
    """Return the items of a tuple of texts, in ASCII."""
    return ", ".join(map(ascii, names)) + ","


#: How the elementary functions of ``wann.numeric.expression`` are called.
IN_NUMPY = {
    "exp2": "two_to({})",
    "sin_pi": "sin_pi({})",
    "cos_pi": "cos_pi({})",
    "tanh": "tanh({})",
    "abs": "np.abs({})",
    "where": "np.where({}, {}, {})",
}
#: Text of each by name; ``wann.export.program.CALLS`` says which need which.
FUNCTIONS = {
    "polynomial": (
        '''\
def horner(u, c):
    """Sum of c[i] * u**i."""
    r = c[-1]
    for value in c[-2::-1]:
        r = r * u + value
    return r


def polynomial(u, c):
    """Sum of c[i] * u**i, odd and even powers apart."""
    odd, even = horner(u * u, c[1::2]), horner(u * u, c[2::2])
    return (even * u + odd) * u + c[0]


'''
    ),
    "flip_odd": (
        '''\
def flip_odd(n, v):
    """-v for odd integers n, else v: the lowest bit of n + 1.5 * 2**52 is its parity."""
    odd = np.asarray(n + 6755399441055744.0).view(np.int64) & 1
    return np.where(odd, -v, v)


'''
    ),
    "exp2": (
        f'''\
def two_to(y):
    """2**y."""
    y = np.fmin(1020.0, np.fmax(-1020.0, y))
    n = np.rint(y)
    return np.ldexp(polynomial(y - n, EXP2), n.astype(np.int32))


EXP2 = {mathfun.EXP2}


'''
    ),
    "sin_pi": (
        f'''\
def sin_pi(x):
    """sin(pi x)."""
    n = np.rint(x)
    r = x - n
    return flip_odd(n, r * polynomial(r * r, SIN_PI))


SIN_PI = {mathfun.SIN_PI}


'''
    ),
    "cos_pi": (
        f'''\
def cos_pi(x):
    """cos(pi x)."""
    n = np.rint(x)
    r = x - n
    return flip_odd(n, polynomial(r * r, COS_PI))


COS_PI = {mathfun.COS_PI}


'''
    ),
    "tanh": (
        f'''\
def tanh(x):
    """tanh(x)."""
    e = two_to(np.abs(x) * {-2.0 * mathfun.LOG2E!r})
    return np.copysign((1.0 - e) / (1.0 + e), x)


'''
    ),
}
