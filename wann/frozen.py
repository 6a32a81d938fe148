"""What compiled code takes over from around a function: values of other names, which are frozen
into it.

A kernel that is kept is good for the same values only. They may come from anywhere: another module,
the environment.
"""

import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

#: of files whose text does not change by itself: ours, Python's and what is installed
SETTLED = tuple(
    {
        str(Path(__file__).parent),
        *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    }
)
PLAIN = (bool, int, float, complex, str, bytes, type(None))


def frozen_in(cls: type) -> tuple[str, ...]:
    """Return the names and values that the methods of a class take over, those of functions that
    they call included.
    """
    seen: set[int] = set()
    parts = [part for base in cls.__mro__ for part in vars(base).values()]
    functions = (getattr(part, "__func__", getattr(part, "fget", part)) for part in parts)
    return tuple(sorted({line for function in functions for line in _of_function(function, seen)}))


def _of_function(function: Any, seen: set[int]) -> Iterator[str]:
    function = getattr(function, "py_func", function)
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    if function.__code__.co_filename.startswith(SETTLED):
        return
    seen.add(id(function))
    yield f"{function.__qualname__} {_text(function.__code__)} {function.__defaults__!r}"
    names = set(_names(function.__code__))
    for name in names & function.__globals__.keys():
        yield from _of_value(name, function.__globals__[name], names, seen)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # it has no value yet
            yield from _of_value(name, cell.cell_contents, names, seen)


def _of_value(name: str, value: Any, names: set[str], seen: set[int]) -> Iterator[str]:
    """Yield what a name stands for; of a module what may be meant by the names that are used."""
    if isinstance(value, ModuleType):
        if not str(getattr(value, "__file__", None) or "").startswith(SETTLED):
            for attribute in names & vars(value).keys():
                yield from _of_value(f"{name}.{attribute}", vars(value)[attribute], names, seen)
    elif isinstance(value, PLAIN) or (
        isinstance(value, tuple) and all(isinstance(item, PLAIN) for item in value)
    ):
        yield f"{name} = {value!r}"
    elif isinstance(value, np.ndarray):
        yield f"{name} = {value.dtype} {value.shape} {value.tobytes().hex()}"
    else:
        yield from _of_function(value, seen)


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that code uses, functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _text(code: CodeType) -> str:
    """Return what tells code apart; that of other modules is in no file that the cache knows."""
    constants = [
        _text(item) if isinstance(item, CodeType) else repr(item) for item in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {constants}"
