"""Saliencies of one's own: what they may give, and that one line says what they may not."""

import csv
import sys

import pytest

from wann.errors import WannError
from wann.pruning.comparison import compare
from wann.pruning.prune import find_method

# 24 weights
SMALL = (
    "support.rings_task:TASK",
    "--hidden",
    "6",
    "--epochs",
    "1",
    "--seeds",
    "0",
    "--compressions",
    "2",
)


def main(folder, *methods, backend="serial"):
    own = [f"support.own_saliencies:{method}" for method in methods]
    compare.main([*SMALL, "--methods", *own, "--out", str(folder), "--backend", backend])


def cells(folder):
    """Return of each cell of a saliency of one's own the weights left and the bytes of its
    network.
    """
    with open(folder / "results.csv") as file:
        left = {
            row["method"].partition(":")[2]: int(row["remaining"]) for row in csv.DictReader(file)
        }
    files = {
        path.name.removeprefix("support.own_saliencies-"): path.read_bytes()
        for path in folder.glob("cells/support*.npz")
    }
    return {name: (left[name], files[f"{name}-c2-s0.npz"]) for name in left if name}


def test_what_a_saliency_may_give(tmp_path):
    names = ("as_array", "as_list", "whole", "truth", "infinite", "pries")
    main(tmp_path / "serial", *names)
    found = cells(tmp_path / "serial")
    assert {name: left for name, (left, _) in found.items()} == dict.fromkeys(names, 12)
    for name in ("as_list", "whole", "pries"):
        assert found[name] == found["as_array"]
    assert found["truth"] == found["infinite"] != found["as_array"]


def test_controls_and_threads(tmp_path):
    for backend in ("serial", "threads"):
        main(tmp_path / backend, "as_array", "as_list+shuffled", "as_list+reinit", backend=backend)
    found = cells(tmp_path / "threads")
    assert found == cells(tmp_path / "serial") and set(found) == {
        "as_array",
        "as_list",
        "as_list+shuffled",
        "as_list+reinit",
    }
    assert {left for left, _ in found.values()} == {12}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing",
        r"gave NoneType, as an array of shape \(\) and type object: must give real numbers"),
        ("scalar", r"gave float, as an array of shape \(\) and type float64"),
        ("short", r"gave ndarray, as an array of shape \(3,\)"),
        ("column", r"gave ndarray, as an array of shape \(24, 1\)"),
        ("layers", "failed .ValueError: setting an array element"),
        ("imaginary", "gave ndarray, as an array of .* type complex64"),
        ("fractions", "gave list, as an array of .* type object"),
        ("text", "gave ndarray, as an array of .* type <U"),
        ("one_nan", "gave nan for a weight that is left"),
        ("writes_parameters",
        "failed .ValueError: assignment destination is read-only.: must be a function"),
        ("writes_weights", "failed .ValueError: output array is read-only"),
        ("writes_inputs", "failed .ValueError: assignment destination is read-only"),
        ("writes_targets", "failed .ValueError: sort array is read-only"),
        ("takes_two", "failed .TypeError: takes_two.. missing 1 required"),
        ("exits", "failed .SystemExit: 0"),
        ("raises", "failed .KeyError: 'two"),
        ("Kind", "gave Kind, as an array"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["serial", "threads"])
def test_what_it_may_not(name, message, backend, tmp_path):
    with pytest.raises(WannError, match=f"^saliency 'support.own_saliencies:{name}': {message}"):
        main(tmp_path / "out", name, backend=backend)
    assert not list(tmp_path.glob("out/cells/own*"))


def test_a_function_that_is_no_saliency(tmp_path):
    with pytest.raises(WannError, match=r"saliency 'os:system': failed \(TypeError: expected str"):
        compare.main([*SMALL, "--methods", "os:system+shuffled", "--out", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("f = 3", "is not a function"),
        ("", "AttributeError: module 'own_broken' has no attribute 'f'"),
    ],
)
def test_a_module_that_cannot_be_imported(text, message, tmp_path, monkeypatch):
    (tmp_path / "own_broken.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_broken", raising=False)
    with pytest.raises(WannError, match=f"saliency 'own_broken:f': .*{message}"):
        find_method("own_broken:f")
    for name in (".own_broken:f", ":f", "own_broken:", "no_such_module:f"):
        with pytest.raises(WannError, match="cannot be imported"):
            find_method(name)
