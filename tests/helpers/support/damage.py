"""Hypothesis strategies that start from what is valid and damage it."""

import copy
import io
import json
import zipfile
from typing import Any

import numpy as np
from hypothesis import strategies as st

from wann.files import arrays_to_bytes

CODE = "canary_of_wann:TASK"  # a task that is code
TEXTS = (
    "",
    "linear",
    "square",
    "hidden",
    "output",
    "swingup",
    "swing-up",
    CODE,
    "os:system",
    "../../x",
    "a/b:C",
    "a\0b",
    "\x1b[31m",
    "\ud800",
    "x" * 2000,
    "float32",
    "$(touch imported)",
    "\u202egnp",
)
NUMBERS = (
    0,
    1,
    2,
    7,
    -1,
    2**31 - 1,
    2**31,
    2**63,
    10**30,
    10**400,
    0.5,
    -0.0,
    5e-324,
    1e299,
    1e308,
    float("nan"),
    float("inf"),
)
OTHERS = (None, True, False, [], {}, [[]], {"a": {}}, [0] * 300, [1, 1])
VALUES = (
    st.sampled_from((*TEXTS, *NUMBERS, *OTHERS)).map(copy.deepcopy)
    | st.integers(0, 12)
    | st.floats()
    | st.text(max_size=8)
)
PIECES = st.binary(max_size=8) | st.sampled_from((
    b"1e999", b"NaN", b"-1", b"-", b"2147483648", b"null", b"[", b"]", b"{", b'"', b",", b"\n",
    b"\xff\xfe",
    b"\\ud800", b"\x1b[31m", b"0x1", b"1" * 5000, b"0x" + b"f" * 5000, b"[" * 3000, CODE.encode(),
    b"#", b"a.b.c",
    b"[a.b]\n", b"nan", b"1_0", b"2020-02-30", b"'''", b"PK\5\6", b"\0" * 8, b"\xff" * 8,
))  # fmt: skip
BYTES = st.sampled_from((0, 1, 2, 3, 7, 127, 128, 255)) | st.integers(0, 255)


@st.composite
def damaged(draw: Any, good: bytes) -> bytes:
    """Return bytes of which a few pieces are replaced, left out or put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 6))] = draw(PIECES)
    return bytes(data)


def places(content: Any) -> list[tuple[Any, Any]]:
    """Return each (container, key) in a JSON structure."""
    found = []
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        found.append((content, key))
        if isinstance(value, dict | list):
            found += places(value)
    return found


@st.composite
def changed(draw: Any, *good: Any) -> Any:
    """Return a structure of which a few values, anywhere, are replaced, removed, repeated,
    exchanged or added.
    """
    content = copy.deepcopy(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 3))):
        all_places = places(content)
        if not all_places:
            break
        holder, key = draw(st.sampled_from(all_places))
        match draw(st.sampled_from(("replace", "remove", "repeat", "exchange", "add"))):
            case "replace":
                holder[key] = draw(VALUES)
            case "remove":
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.insert(draw(st.integers(0, len(holder))), copy.deepcopy(holder[key]))
            case "exchange":
                other, place = draw(st.sampled_from(all_places))
                holder[key] = copy.deepcopy(other[place])
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from((*TEXTS, "weight", "config", "mean")))] = draw(VALUES)
    return content


def as_json(content: Any) -> bytes:
    """Return it as JSON, with numbers that JSON does not know, too."""
    return json.dumps(content).encode()


@st.composite
def lying(
    draw: Any,
    good: dict[str, np.ndarray],
    champions: st.SearchStrategy,
    write: Any = arrays_to_bytes,
) -> bytes:
    """Return an ``.npz`` file of arrays of which a few are other than they should be, with
    checksums that fit.
    """
    data = dict(good)
    for name in draw(st.lists(st.sampled_from(sorted(good)), min_size=1, max_size=3, unique=True)):
        array = data[name]
        match draw(
            st.sampled_from(
                ("byte", "word", "word", "shape", "dtype", "part", "repeat", "champion", "none")
            )
        ):
            case "byte" | "word" as kind:
                raw, width = bytearray(array.tobytes()), 1 if kind == "byte" else 4
                if at := len(raw) // width:
                    at = width * draw(st.integers(0, at - 1))
                    raw[at : at + width] = bytes([draw(BYTES), 0, 0, 0])[:width]
                array = np.frombuffer(bytes(raw), array.dtype).reshape(array.shape)
            case "shape":
                array = array.reshape(draw(st.sampled_from(((-1,), (1, -1), (-1, 1)))))
            case "dtype" if array.dtype.kind not in "VU":
                array = array.astype(draw(st.sampled_from(("i4", "u8", ">i8", "f8", "U4", "S2"))))
            case "part":
                array = np.atleast_1d(array)[: draw(st.integers(0, 3))]
            case "repeat":
                array = np.repeat(np.atleast_1d(array), draw(st.integers(2, 40)), axis=0)
            case "champion" if name == "champion":
                array = np.frombuffer(as_json(draw(champions)), np.uint8)
            case "none":
                del data[name]
                continue
        data[name] = array
    return write(data)


@st.composite
def packed(draw: Any, good: dict[str, np.ndarray]) -> bytes:
    """Return an ``.npz`` file in which the header of an array is damaged, with checksums that
    fit.
    """
    buffer, wrong = io.BytesIO(), draw(st.sampled_from(sorted(good)))
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in good.items():
            member = io.BytesIO()
            np.save(member, array)
            data = member.getvalue()
            archive.writestr(
                f"{name}.npy", draw(damaged(data[:128])) + data[128:] if name == wrong else data
            )
    return buffer.getvalue()
