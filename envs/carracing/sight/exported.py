"""An encoder in C and as an ONNX model, to drive with an exported network where ``wann`` is not:
from ``(96, 96, 3)`` frames of uint8, as Gymnasium's CarRacing-v3 gives them, to features.
"""

import textwrap
from collections.abc import Callable, Iterable

import numpy as np

import wann
from envs.carracing.sight.encoder import CHAINS, Encoder
from envs.carracing.sight.picture import COLUMNS, MERGED, PIXELS, ROWS
from wann.errors import WannError

OPSET, IR_VERSION = 17, 8  # those of ``wann.export.onnx``
SIDE = COLUMNS * MERGED  # pixels of a frame, of Gymnasium's


def encoder_in_c(encoder: Encoder) -> str:
    """Return a C99 file with the functions ``wann_picture`` and ``wann_features``.

    They have the bits of ``picture.reduced`` and ``Encoder.features``: each sum is in one order.
    """
    chains = ", ".join(f"s{k} = 0.0f" for k in range(CHAINS))
    sums = "\n".join(f"            s{k} += m[i + {k}] * picture[i + {k}];" for k in range(CHAINS))
    return f"""\
/*
 * The features of a picture in car racing, written by wann {wann.__version__}.
 *
 * SHA-256 of the encoder's numbers: {encoder.digest}
 *
 * wann_picture reduces a frame of CarRacing-v3: {SIDE} x {SIDE} x 3 bytes, row by row from the top.
 * wann_features gives the inputs of a network.
 *
 *     cc -std=c99 -O2 -c FILE.c
 *
 * The results have the bits that wann computes, unless the compiler fuses products and sums: gcc
 * needs -std=c99 or -ffp-contract=off for that, and no compiler may have -ffast-math.
 */
#if defined(__clang__) || !defined(__GNUC__)
#pragma STDC FP_CONTRACT OFF
#endif

enum {{ WANN_FEATURES = {encoder.size}, WANN_PICTURE = {3 * PIXELS} }};

void wann_picture(const unsigned char *frame, float *picture);
void wann_features(const float *picture, double *features);

static const float COMPONENTS[WANN_FEATURES][WANN_PICTURE] = {{
{_rows(encoder.components)}
}};

static const float OFFSETS[WANN_FEATURES] = {{
{_numbers(encoder.offset[: encoder.size])}
}};

void wann_picture(const unsigned char *frame, float *picture)
{{
    for (int row = 0; row < {ROWS}; row++)
        for (int column = 0; column < {COLUMNS}; column++)
            for (int colour = 0; colour < 3; colour++) {{
                int sum = 0;
                for (int y = {MERGED} * row; y < {MERGED} * (row + 1); y++)
                    for (int x = {MERGED} * column; x < {MERGED} * (column + 1); x++)
                        sum += frame[({SIDE} * y + x) * 3 + colour];
                *picture++ = (float)sum / {MERGED**2}.0f;
            }}
}}

void wann_features(const float *picture, double *features)
{{
    for (int k = 0; k < WANN_FEATURES; k++) {{
        const float *m = COMPONENTS[k];
        float {chains};
        for (int i = 0; i < WANN_PICTURE; i += {CHAINS}) {{
{sums}
        }}
        features[k] = ((s0 + s1) + (s2 + s3)) + (s4 + s5) - OFFSETS[k];
    }}
}}
"""


def encoder_in_onnx(encoder: Encoder) -> bytes:
    """Return a model that makes ``features`` ``(batch, K)`` float64 of ``frames``
    ``(batch, 96, 96, 3)`` uint8.

    Runtimes sum in an order of their own: features are those of ``Encoder.features`` within some
    1e-6.

    Raises:
        WannError: the package onnx is missing.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise WannError("an ONNX file needs the package onnx: pip install onnx") from None
    blocks = [0, ROWS, MERGED, COLUMNS, MERGED, 3]  # 0: as it is
    arrays = {
        "top": np.array([0]),
        "bottom": np.array([ROWS * MERGED]),
        "axis": np.array([1]),
        "blocks": np.array(blocks),
        "flat": np.array([0, 3 * PIXELS]),
        "components": encoder.components.T,
        "offsets": encoder.offset[: encoder.size],
    }
    nodes = [
        helper.make_node("Cast", ["frames"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Slice", ["numbers", "top", "bottom", "axis"], ["above"]),
        helper.make_node("Reshape", ["above", "blocks"], ["apart"]),
        helper.make_node("ReduceMean", ["apart"], ["picture"], axes=[2, 4], keepdims=0),
        helper.make_node("Reshape", ["picture", "flat"], ["row"]),
        helper.make_node("MatMul", ["row", "components"], ["sums"]),
        helper.make_node("Sub", ["sums", "offsets"], ["single"]),
        helper.make_node("Cast", ["single"], ["features"], to=TensorProto.DOUBLE),
    ]
    tensor = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "wann_encoder",
            [tensor("frames", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])],
            [tensor("features", TensorProto.DOUBLE, ["batch", encoder.size])],
            [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in arrays.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="wann",
        producer_version=wann.__version__,
        doc_string=f"Features of car racing; SHA-256 of the encoder's numbers: {encoder.digest}",
    )
    checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


#: What ``--to`` of ``python -m envs.carracing.features`` gives, and the ending of its file.
FORMATS: dict[str, tuple[str, Callable[[Encoder], str | bytes]]] = {
    "c": (".c", encoder_in_c),
    "onnx": (".onnx", encoder_in_onnx),
}


def _rows(matrix: np.ndarray) -> str:
    """Return the rows of an array of C."""
    return ",\n".join(f"  {{\n{_numbers(row)}\n  }}" for row in matrix)


def _numbers(values: Iterable[np.float32]) -> str:
    """Return float32 numbers as C reads them, to the bit."""
    written = ", ".join(f"{np.format_float_scientific(value, unique=True)}f" for value in values)
    return textwrap.indent(textwrap.fill(written, 96, break_on_hyphens=False), "    ")
