"""C99: the network as one file that needs libm alone, with the bits of wann."""

import textwrap

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

USE = """\
Give the inputs in this order, without the bias; the outputs are raw, as the network computes them.
Nothing is allocated or kept between calls; inputs and outputs may be the same array.
{state}
    cc -std=c99 -O2 -c FILE.c      (link with -lm)

The results have the bits that wann computes, unless the compiler fuses products and sums: gcc needs
-std=c99 or -ffp-contract=off for that, and no compiler may have -ffast-math."""


STATE = """\
The state, of WANN_STATE values, is the caller's, and becomes that of the next step: set it to zero
where an episode begins.
"""


def c_source(champion: Champion, weight: float | None = None) -> str:
    """Return the content of the file.

    Args:
        champion: the network; its individual weights count if ``weight`` is None.
        weight: the shared weight; with None, it is an argument of the function.
    """
    program = make_program(champion, weight)
    read = {source for node in program.nodes for source in node.sources or [BIAS]}
    argument = "double weight, " if program.shared and program.weight is None else ""
    n_state = len(program.remembered)
    argument += "double *state, " if n_state else ""
    signature = f"void wann_forward(const double *inputs, {argument}double *outputs)"
    sizes = f"WANN_INPUTS = {len(program.inputs)}, WANN_OUTPUTS = {len(program.outputs)}"
    sizes += f", WANN_STATE = {n_state}" if n_state else ""
    body = [
        *([f"const double {BIAS} = 1.0;"] if BIAS in read else []),
        *(["(void)inputs;"] if read.isdisjoint(program.inputs) else []),
        *(
            f"const double {name} = {_input(program, i)};"
            for i, name in enumerate(program.inputs)
            if name in read
        ),
        *(
            f"const double {BEFORE}{name} = state[{m}];"
            for m, name in enumerate(program.remembered)
        ),
        *([] if program.weight is None else [f"const double weight = {program.weight!r};"]),
        *statements(program, "double ", "const double ", ";"),
        *(f"state[{m}] = {name};" for m, name in enumerate(program.remembered)),
        *(f"outputs[{i}] = {name};" for i, name in enumerate(program.outputs)),
    ]
    use = USE.format(state=STATE if n_state else "").splitlines()
    comment = "\n".join(f" * {line}".rstrip() for line in (*describe(champion, program), "", *use))
    lines = "\n".join(f"    {line}" for line in body)
    return f"""\
/*
{comment}
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__clang__) || !defined(__GNUC__)
#pragma STDC FP_CONTRACT OFF
#endif

enum {{ {sizes} }};

{signature};

{"".join(f"{part}{chr(10)}" for part in _functions(program))}\
{signature}
{{
{lines}
}}
"""


def _functions(program: Program) -> list[str]:
    """Return the text of each function that the program calls."""
    elementary, activations = functions(program)
    return [
        *(FUNCTIONS[name] for name in elementary),
        *(
            f"/* {a.formula} */\n"
            f"static double f_{a.name}(double x) {{ return {written(a.expression, IN_C)}; }}\n"
            for a in activations
        ),
    ]


def _input(program: Program, i: int) -> str:
    """Return the expression of an input as it enters the network."""
    if program.scale is None:
        return f"inputs[{i}]"
    mean, deviation = program.scale
    return f"(inputs[{i}] - {mean[i]!r}) / {deviation[i]!r}"


def _table(name: str) -> str:
    """Return the coefficients of a polynomial of wann.numeric.mathfun as an array."""
    numbers = getattr(mathfun, name)
    lines = textwrap.indent(textwrap.fill(", ".join(map(repr, numbers)), 100), "    ")
    return f"static const double {name}[{len(numbers)}] = {{\n{lines}\n}};"


#: How the elementary functions of ``wann.numeric.expression`` are called.
IN_C = {
    "exp2": "two_to({})",
    "sin_pi": "sin_pi({})",
    "cos_pi": "cos_pi({})",
    "tanh": "tanh_of({})",
    "abs": "fabs({})",
    "where": "({} ? {} : {})",
}
#: Text of each by name; ``wann.export.program.CALLS`` says which need which.
FUNCTIONS = {
    "polynomial": (
        """\
/* the terms c[last] u^last + c[last - 2] u^(last - 2) + ... without the power they all have */
static double horner(double u, const double *c, int last)
{
    double r = c[last];
    for (int i = last - 2; i > 0; i -= 2)
        r = r * u + c[i];
    return r;
}

/* c[0] + c[1] u + ... + c[n - 1] u^(n - 1) */
static double polynomial(double u, const double *c, int n)
{
    const double odd = horner(u * u, c, (n - 2) | 1), even = horner(u * u, c, (n - 1) & ~1);
    return (even * u + odd) * u + c[0];
}
"""
    ),
    "flip_odd": (
        """\
/* -v for an odd integer n, else v: the lowest bit of n + 1.5 * 2^52 is its parity */
static double flip_odd(double n, double v)
{
    const double shifted = n + 6755399441055744.0;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits & 1 ? -v : v;
}
"""
    ),
    "exp2": (
        f"""\
{_table("EXP2")}

/* 2^y */
static double two_to(double y)
{{
    y = y > -1020.0 ? y : -1020.0;
    y = y < 1020.0 ? y : 1020.0;
    const double n = rint(y);
    return ldexp(polynomial(y - n, EXP2, {len(mathfun.EXP2)}), (int)n);
}}
"""
    ),
    "sin_pi": (
        f"""\
{_table("SIN_PI")}

/* sin(pi x) */
static double sin_pi(double x)
{{
    const double n = rint(x), r = x - n;
    return flip_odd(n, r * polynomial(r * r, SIN_PI, {len(mathfun.SIN_PI)}));
}}
"""
    ),
    "cos_pi": (
        f"""\
{_table("COS_PI")}

/* cos(pi x) */
static double cos_pi(double x)
{{
    const double n = rint(x), r = x - n;
    return flip_odd(n, polynomial(r * r, COS_PI, {len(mathfun.COS_PI)}));
}}
"""
    ),
    "tanh": (
        f"""\
static double tanh_of(double x)
{{
    const double e = two_to(fabs(x) * {-2.0 * mathfun.LOG2E!r});
    return copysign((1.0 - e) / (1.0 + e), x);
}}
"""
    ),
}
