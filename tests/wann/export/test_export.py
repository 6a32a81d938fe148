"""The export command."""

import importlib.util
import json
import sys
import zipfile

import networkx
import numpy as np
import pytest
from support.command import call
from support.exported import run_c, run_onnx, run_python
from support.genomes import grow

import wann
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.export.__main__ import main
from wann.export.formats import FORMATS
from wann.pruning.comparison.compare import main as prune
from wann.tasks import find_task

INPUTS = np.random.default_rng(0).normal(size=(9, 4))
HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")


@pytest.fixture
def champion(tmp_path, monkeypatch):
    """A champion file and a tuned one in the current folder, and a run."""
    monkeypatch.chdir(tmp_path)
    task = find_task("cartpole")
    one = Champion(grow(4, 1, 40, 2), "cartpole", task.inputs, task.outputs, shared_weight=0.7)
    weights = np.random.default_rng(1).normal(size=len(one.genome.conns))
    one.save("best.json")
    Champion(one.genome, "cartpole", task.inputs, task.outputs, weights).save("tuned.json")
    (tmp_path / "run").mkdir()
    one.save("run/champion.json")
    return one


def command(*args):
    """Run the command in this process."""
    return call(*args, main=main)


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=[needs_torch] * (form == "torch")) for form in FORMATS]
)
def test_a_run_is_exported_beside_its_champion(champion, tmp_path, form):
    done = command("run", "--to", form)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "run" / f"champion{FORMATS[form].suffix}"
    assert done.stdout == f"run/{path.name}\n" and not done.stderr and path.exists()
    assert wann.load("run").genome.size == champion.genome.size


def test_what_is_written_is_the_network(champion, tmp_path):
    for form in FORMATS.keys() - {"torch"}:
        main(["best.json", "--to", form])
    want = champion.policy(-1.5)(INPUTS)
    (tmp_path / "c").mkdir()
    assert np.array_equal(
        run_c((tmp_path / "best.c").read_text(), tmp_path / "c", INPUTS, 1, [-1.5])[0], want
    )
    assert np.array_equal(
        run_python(
            (tmp_path / "best.py").read_text(), tmp_path, "act(arrays['x'], -1.5)", x=INPUTS
        ),
        want,
    )
    assert np.array_equal(run_onnx((tmp_path / "best.onnx").read_bytes(), INPUTS, [-1.5])[0], want)
    out = wann.load("best.out", stored_weights=True)
    assert set(out.weights[out.genome.conns["enabled"]]) == {0.7}  # what policy() takes
    assert networkx.is_isomorphic(
        networkx.read_graphml("best.graphml", node_type=int), champion.graph()
    )
    graph = networkx.node_link_graph(
        json.loads((tmp_path / "best.graph.json").read_text()), edges="edges"
    )
    assert dict(graph.nodes(data=True)) == dict(champion.graph().nodes(data=True))


@pytest.mark.slow
@needs_torch
def test_a_program_for_pytorch_is_the_network(champion, tmp_path):
    import torch

    inputs = torch.from_numpy(INPUTS)
    for name, weight in (("best.json", -1.5), ("best.json", None), ("tuned.json", None)):
        more = [] if weight is None else ["--weight", str(weight)]
        done = command(name, "--to", "torch", "-o", "x.pt2", "--force", *more)
        assert done.returncode == 0 and not done.stderr
        module = torch.export.load("x.pt2").module()
        want = wann.load(name).policy(weight)
        assert np.array_equal(module(inputs).detach().numpy(), want(INPUTS))
        with torch.no_grad():
            [(_, parameter)] = module.named_parameters()
            parameter.fill_(0.25)
        assert np.array_equal(module(inputs).detach().numpy(), wann.load(name).policy(0.25)(INPUTS))
    with zipfile.ZipFile("x.pt2") as archive:
        [pickled] = [name for name in archive.namelist() if "sample_inputs" in name]
        assert not archive.read(pickled)
        [graph] = [name for name in archive.namelist() if name.endswith("models/model.json")]
        assert b".py" not in archive.read(graph)  # no path of this machine


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed")
def test_pytorch_may_be_missing(champion):
    with pytest.raises(WannError, match=r"needs PyTorch: pip install \"wann\[torch\]\""):
        main(["best.json", "--to", "torch"])
    with pytest.raises(WannError, match=r"to_torch\(\) needs PyTorch .*wann\[torch\]"):
        champion.to_torch()
    with pytest.raises(WannError, match=r"--network lenet5: wann\.pruning\.torch needs PyTorch"):
        prune(["support.rings_task:TASK", "--network", "lenet5"])
    with pytest.raises(ImportError, match=r"wann.pruning.torch needs PyTorch .*wann\[torch\]"):
        importlib.import_module("wann.pruning.torch")


def test_weight_and_individual_weights(champion, tmp_path, capsys):
    tuned = wann.load("tuned.json")
    for arguments, policy in (([], tuned.policy()), (["--weight", "-1.5"], tuned.policy(-1.5))):
        for form in ("c", "python", "onnx", "out"):
            main(["tuned.json", "--to", form, "-o", f"x.{form}", "--force", *arguments])
        assert ("--stored-weights" in capsys.readouterr().out) == (not arguments)
        (tmp_path / f"c{len(arguments)}").mkdir()
        got = [
            run_c((tmp_path / "x.c").read_text(), tmp_path / f"c{len(arguments)}", INPUTS, 1),
            run_python((tmp_path / "x.python").read_text(), tmp_path, "act(arrays['x'])", x=INPUTS),
            run_onnx((tmp_path / "x.onnx").read_bytes(), INPUTS),
        ]
        for outputs in got:
            assert np.array_equal(outputs, policy(INPUTS))
        # sums are in another order, since hidden nodes have other ids
        assert np.allclose(
            wann.load("x.out", stored_weights=True).policy()(INPUTS), policy(INPUTS), rtol=1e-9
        )


def test_from_an_out_file_with_stored_weights_and_without(champion, tmp_path):
    main(["tuned.json", "--to", "out"])
    stored = wann.load("tuned.out", stored_weights=True)
    main(["tuned.out", "--to", "c", "--stored-weights", "-o", "own.c"])
    main(["tuned.out", "--to", "c"])
    for name, weights, want in (
        ("own", None, stored.policy()),
        ("tuned", [1.0], stored.policy(1.0)),
    ):
        (tmp_path / name).mkdir()
        got = run_c((tmp_path / f"{name}.c").read_text(), tmp_path / name, INPUTS, 1, weights)
        assert np.array_equal(got.reshape(9, 1), want(INPUTS))


def test_float32(champion, tmp_path):
    main(["best.json", "--to", "onnx", "--precision", "float32", "--weight", "0.5"])
    got = run_onnx((tmp_path / "best.onnx").read_bytes(), INPUTS.astype(np.float32))
    assert got.dtype == np.float32 and np.allclose(got, champion.policy(0.5)(INPUTS), atol=1e-3)


def test_nothing_is_overwritten_unless_asked(champion, tmp_path):
    (tmp_path / "best.c").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WannError, match="folder: is a folder: give a file with -o"):
        main(["best.json", "--to", "c", "-o", "folder"])
    with pytest.raises(WannError, match=r"best\.c: exists already: .* --force"):
        main(["best.json", "--to", "c"])
    assert (tmp_path / "best.c").read_text() == "mine"
    main(["best.json", "--to", "c", "--force"])
    assert "wann_forward" in (tmp_path / "best.c").read_text()
    before = (tmp_path / "best.json").read_bytes()
    for arguments in (["best.json", "-o", "best.json"], ["run", "-o", "./run/champion.json"]):
        with pytest.raises(WannError, match=r"json: is the network itself"):
            main([*arguments, "--to", "json", "--force"])
    assert (tmp_path / "best.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json", "--to", "c"], "missing.json: no such file"),
        ([".", "--to", "c"], "no champion.json"),
        (["broken.json", "--to", "c"], "broken.json: not valid JSON"),
        (["best.json", "--to", "c", "--weight", "nan"], "--weight nan: must be a finite number"),
        (["best.json", "--to", "c", "--weight", "inf"], "--weight inf: must be a finite number"),
        (["best.json", "--to", "out", "--weight", "0"], "has the weight 0.0"),
        (["zero.json", "--to", "out"], "has the weight 0.0"),
        (["best.json", "--to", "c", "--precision", "float32"], "the format c has float64 alone"),
        (["best.json", "--to", "c", "-o", "nowhere/x.c"], "nowhere/x.c: No such file"),
        (["best.json", "--to", "c", "-o", "run", "--force"], "run: is a folder: give a file"),
    ],
)
def test_mistakes(champion, tmp_path, arguments, message):
    (tmp_path / "broken.json").write_text("{")
    weights = np.zeros(len(champion.genome.conns))
    Champion(champion.genome, "cartpole", champion.inputs, champion.outputs, weights).save(
        "zero.json"
    )
    done = command(*arguments)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.tmp")) and not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "arguments", [["best.json"], ["best.json", "--to", "pdf"], ["best.json", "--weight", "x"]]
)
def test_the_command_line_is_checked(champion, arguments):
    done = command(*arguments)
    assert done.returncode == 2 and "usage: python -m wann.export" in done.stderr


def test_onnx_missing(champion, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(WannError, match="pip install onnx"):
        main(["best.json", "--to", "onnx"])


def test_the_published_champion(published, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for form in FORMATS.keys() - (set() if HAS_TORCH else {"torch"}):
        main([str(published), "--to", form, "-o", f"swing.{form}"])
    inputs, want = np.random.default_rng(0).normal(size=(50, 5)), wann.load(published).policy(0.8)
    assert np.array_equal(
        run_onnx((tmp_path / "swing.onnx").read_bytes(), inputs, [0.8])[0], want(inputs)
    )
    again = wann.load("swing.out")
    assert again.genome.size == 52 and np.array_equal(again.policy(0.8)(inputs), want(inputs))
