"""Activations in other languages, from the one expression that each has in its row of the table.

An expression (``wann.numeric.activations``) has numbers, LOG2E, x, + - * / and >, and the
elementary functions that every language here has, with the same bits: exp2, sin_pi, cos_pi, tanh,
abs and where.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from wann.numeric.mathfun import LOG2E

OPERATORS: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Gt: (">", operator.gt),
}


def evaluated(expression: str, x: Any, functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Return what an expression is of x, of any type that has the operators.

    Args:
        expression: of the table.
        x: its argument.
        functions: the elementary functions, by name.
    """

    def value(node: Any) -> Any:
        if isinstance(node, ast.Expression):
            return value(node.body)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            return {"x": x, "LOG2E": LOG2E}[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)][1](value(node.left), value(node.right))
        if isinstance(node, ast.Compare):
            return OPERATORS[type(node.ops[0])][1](value(node.left), value(node.comparators[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return functions[node.func.id](*map(value, node.args))
        raise ValueError(f"{expression!r}: has {ast.dump(node)}, which is no part of expressions")

    return value(ast.parse(expression, mode="eval"))


def written(expression: str, calls: Mapping[str, str]) -> str:
    """Return an expression as source code of a language with infix operators.

    Args:
        expression: of the table.
        calls: what a call of each elementary function looks like, its arguments in braces.
    """
    functions = {
        name: lambda *arguments, call=call: Written(call.format(*map(_bare, arguments)))
        for name, call in calls.items()
    }
    return _bare(evaluated(expression, Written("x"), functions))


def called(expression: str) -> set[str]:
    """Return the names of the elementary functions that an expression calls."""
    return {
        node.func.id
        for node in ast.walk(ast.parse(expression, mode="eval"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _bare(value: Any) -> str:
    """Return the source code of a number."""
    return value.text if isinstance(value, Written) else repr(value)


def _part(value: Any) -> str:
    """Return the source code of a number as a part of another."""
    text = _bare(value)
    return f"({text})" if isinstance(value, Written) and value.has_operator else text


def _infix(sign: str, swapped: bool = False) -> Callable[["Written", Any], "Written"]:
    """Return the method of an operator."""

    def method(self: "Written", other: Any) -> "Written":
        left, right = (other, self) if swapped else (self, other)
        return Written(f"{_part(left)} {sign} {_part(right)}", True)

    return method


class Written:
    """Source code of a number; arithmetic with it gives more source code."""

    def __init__(self, text: str, has_operator: bool = False):
        """Take the text, and whether it needs parentheses as a part of another."""
        self.text, self.has_operator = text, has_operator

    def __neg__(self) -> "Written":
        """Return its opposite."""
        return Written(f"-{_part(self)}", True)

    __add__, __radd__ = _infix("+"), _infix("+", swapped=True)
    __sub__, __rsub__ = _infix("-"), _infix("-", swapped=True)
    __mul__, __rmul__ = _infix("*"), _infix("*", swapped=True)
    __truediv__, __rtruediv__ = _infix("/"), _infix("/", swapped=True)
    __gt__ = _infix(">")
