"""ONNX: the network as a graph of standard operators.

    observations  (batch, n_inputs)    the bias is not one of them
    weight        scalar               only with a shared weight that is not fixed
    outputs       (batch, n_outputs)   raw, as Champion.policy gives them

and of a recurrent network, which remembers M values of the step before,

    state         (batch, M)           zero where an episode begins
    next_state    (batch, M)           for the next step

Each node of the network is a Sum, a Mul by the weight and its activation, and gives its name to its
value. The activations are composed of IEEE operations, those of ``wann.numeric.mathfun`` in the
same order: a runtime's own sine differs in the last bit, and a deep network can make any difference
out of that. Only for sine and cosine of numbers beyond 2**51 (2**22 in float32), whose sign wann
leaves open, does the model have one of its own.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import wann
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.export.program import BEFORE, BIAS, Program, describe, make_program
from wann.numeric import mathfun
from wann.numeric.activations import ACTIVATIONS
from wann.numeric.expression import evaluated

EXPRESSIONS = {activation.name: activation.expression for activation in ACTIVATIONS.values()}
OPSET, IR_VERSION = 17, 8  # of 2022, for old runtimes too


def onnx_model(
    champion: Champion, weight: float | None = None, precision: str = "float64"
) -> bytes:
    """Return the model as the content of a file.

    Args:
        champion: the network; its individual weights become constants if ``weight`` is None.
        weight: the shared weight, to be a constant, too; with None it is an input.
        precision: float64, or float32, which computes what the search does with
            ``precision = "float32"``.

    Raises:
        WannError: the package onnx is missing.
    """
    try:
        import onnx
    except ImportError:
        raise WannError("an ONNX file needs the package onnx: pip install onnx") from None
    program = make_program(champion, weight)
    free, n_state = program.shared and program.weight is None, len(program.remembered)
    graph = Graph(onnx.helper, np.dtype(precision))
    write_network(graph, program)

    def tensor(name: str, *shape: str | int) -> Any:
        return onnx.helper.make_tensor_value_info(name, graph.element_type, shape)

    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "wann",
            [
                tensor("observations", "batch", len(program.inputs)),
                *([tensor("weight")] if free else []),
                *([tensor("state", "batch", n_state)] if n_state else []),
            ],
            [
                tensor("outputs", "batch", len(program.outputs)),
                *([tensor("next_state", "batch", n_state)] if n_state else []),
            ],
            [onnx.numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="wann",
        producer_version=wann.__version__,
        doc_string="\n".join(describe(champion, program)),
    )
    onnx.helper.set_model_props(model, metadata(champion))
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def metadata(champion: Champion) -> dict[str, str]:
    """Return the metadata of a model: the names of inputs and outputs as JSON.

    Task and best shared weight if known.
    """
    facts = {"inputs": json.dumps(champion.inputs), "outputs": json.dumps(champion.outputs)}
    if champion.task is not None:
        # JSON may hold what is no Unicode text
        facts["task"] = champion.task.encode(errors="replace").decode()
    if champion.shared_weight is not None:
        facts["shared_weight"] = repr(float(champion.shared_weight))
    return facts


def write_network(graph: "Graph", program: Program) -> None:
    """Add the operators of a network."""
    observations = Value(graph, "observations")
    weight = Value(graph, "weight") if program.weight is None else program.weight
    scaled = observations
    if program.scale is not None:
        mean, deviation = (graph.array(np.array(values, graph.dtype)) for values in program.scale)
        scaled = (observations - mean) / deviation
    graph.op("Split", scaled, results=program.inputs, axis=1)
    if program.remembered:
        before = [BEFORE + name for name in program.remembered]
        graph.op("Split", Value(graph, "state"), results=before, axis=1)
    batch = graph.op("Shape", observations, start=0, end=1)
    shape = graph.op("Concat", batch, graph.array(np.ones(1, np.int64)), axis=0)
    bias = graph.op("Expand", graph.array(np.ones((1, 1), graph.dtype)), shape, results=(BIAS,))
    for node in program.nodes:
        terms = [Value(graph, name) for name in node.sources]
        if node.weights is not None:
            terms = [value * factor for value, factor in zip(terms, node.weights, strict=True)]
        total = graph.op("Sum", *terms) if terms else bias * 0.0
        total = total * weight if program.shared else total
        if node.activation != "linear":
            evaluated(EXPRESSIONS[node.activation], total, FUNCTIONS)
        graph.name_last(node.name)
    for result, names in (("outputs", program.outputs), ("next_state", program.remembered)):
        if names:
            graph.op("Concat", *(Value(graph, name) for name in names), results=(result,), axis=1)


class Graph:
    """A model that is being written.

    Attributes:
        dtype: its precision.
        element_type: the same as ONNX calls it.
        nodes: the operators so far.
        constants: arrays by name.
    """

    def __init__(self, helper: Any, dtype: np.dtype):
        self.dtype, self.element_type = dtype, helper.np_dtype_to_tensor_dtype(dtype)
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self._make_node = helper.make_node
        self._numbers: dict[float, Value] = {}

    def op(
        self, kind: str, *inputs: "Value | float", results: Sequence[str] = (), **attributes: Any
    ) -> "Value":
        """Add an operator and return its result, or the first of them."""
        names = [
            value.name if isinstance(value, Value) else self._number(value).name for value in inputs
        ]
        results = results or [f"{kind}_{len(self.nodes)}"]
        self.nodes.append(self._make_node(kind, names, results, results[0], **attributes))
        return Value(self, results[0])

    def array(self, value: np.ndarray) -> "Value":
        """Add a constant."""
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return Value(self, name)

    def name_last(self, name: str) -> None:
        """Give the last operator and its result this name."""
        self.nodes[-1].name = self.nodes[-1].output[0] = name

    def _number(self, value: float) -> "Value":
        if value not in self._numbers:
            self._numbers[value] = self.array(np.array(value, self.dtype))
        return self._numbers[value]


def _operator(kind: str, swapped: bool = False) -> Callable[["Value", "Value | float"], "Value"]:
    return lambda a, b: a.graph.op(kind, *((b, a) if swapped else (a, b)))


class Value:
    """A tensor of a model, to write formulas with."""

    def __init__(self, graph: Graph, name: str):
        self.graph, self.name = graph, name

    __add__, __radd__ = _operator("Add"), _operator("Add", swapped=True)
    __sub__, __rsub__ = _operator("Sub"), _operator("Sub", swapped=True)
    __mul__, __truediv__, __gt__ = _operator("Mul"), _operator("Div"), _operator("Greater")

    def __rtruediv__(self, constant: float) -> "Value":
        """Return a constant divided by this.

        The bias makes it no constant, or onnxruntime makes (1 / y) * weight a single division.
        """
        one = Value(self.graph, BIAS)
        return (one if constant == 1.0 else one * constant) / self

    def __neg__(self) -> "Value":
        """Return its opposite."""
        return self.Neg()

    def __getattr__(self, kind: str) -> Callable[..., "Value"]:
        """Return the operator ``kind`` with this as its first input."""
        return lambda *others, **attributes: self.graph.op(kind, self, *others, **attributes)


# ------------------------------------ the functions of wann.numeric.mathfun, operation by operation
def _precision(x: Value, name: str) -> Any:
    return getattr(mathfun, name if x.graph.dtype == np.float64 else f"{name}_32")


def _polynomial(u: Value, c: tuple[float, ...]) -> Value:
    square = u * u
    odd, even = _horner(square, c[1::2]), _horner(square, c[2::2])
    return (even * u + odd) * u + c[0]


def _horner(u: Value, c: tuple[float, ...]) -> Value:
    r = u * c[-1] + c[-2]
    for value in c[-3::-1]:
        r = r * u + value
    return r


def _flip_odd(n: Value, v: Value) -> Value:
    half = n * 0.5
    return v * (1.0 - (half - half.Round()).Abs() * 4.0)


def _sin_pi(x: Value) -> Value:
    n = x.Round()
    r = x - n
    return _flip_odd(n, r * _polynomial(r * r, _precision(x, "SIN_PI")))


def _cos_pi(x: Value) -> Value:
    n = x.Round()
    r = x - n
    return _flip_odd(n, _polynomial(r * r, _precision(x, "COS_PI")))


def _exp2(y: Value) -> Value:
    least, greatest = (-1020.0, 1020.0) if y.graph.dtype == np.float64 else (-125.0, 126.0)
    y = y.Max(least).Min(greatest)
    n = y.Round()
    return _polynomial(y - n, _precision(y, "EXP2")) * y.graph.op("Pow", 2.0, n)


def _tanh(x: Value) -> Value:
    e = _exp2(x.Abs() * (-2.0 * mathfun.LOG2E))
    return (1.0 - e) / (1.0 + e) * x.Sign()


#: The elementary functions of ``wann.numeric.expression``.
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "exp2": _exp2,
    "sin_pi": _sin_pi,
    "cos_pi": _cos_pi,
    "tanh": _tanh,
    "abs": lambda x: x.Abs(),
    "where": lambda condition, a, b: condition.Where(a, b),
}
