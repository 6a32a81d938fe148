"""The recipes of CONTRIBUTING.md: what they name is there, and their examples work as they are."""

import importlib
import json
import re
from collections import Counter

import gymnasium
import numpy as np
import pytest
from numba import njit
from support.blocks import blocks_in, pages
from support.command import call
from support.exported import run_c, run_onnx, run_python
from support.figure_samples import TOY, make, make_run
from support.genomes import grow
from support.places import ROOT

import envs
import wann
from viz.explorer.html import activations_script
from viz.report import __main__ as report
from viz.report import figures
from viz.report import page as report_page
from wann.champion.champion import SCHEMA
from wann.errors import WannError
from wann.export import FORMATS, export, formats, onnx
from wann.export.__main__ import main as export_main
from wann.genome.change import changed
from wann.network.network import decode_all
from wann.numeric import activations, mathfun
from wann.numeric.activations import ACTIVATIONS, activate
from wann.numeric.expression import evaluated, written
from wann.pruning import prune, saliency
from wann.pruning.comparison import compare
from wann.tasks import find_task
from wann.workers import evaluator
from wann.workers.evaluator import BACKENDS, Evaluator

CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text()


def examples(heading, text=CONTRIBUTING):
    """Return the Python of the section with this heading, a text for each block."""
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#+ [A-Z]|\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"```python\n(.*?)```", section[1], re.DOTALL)


def example_with(words):
    """Return the block with these words, of the documentation or of the README."""
    return next(block.text for file in pages() for block in blocks_in(file) if words in block.text)


def row(block, names):
    """Return the key and the value of a row of a table."""
    [(key, value)] = eval(f"{{{block}}}", dict(names)).items()
    return key, value


def defined(block, module):
    """Return the names of a module, and what a block defines beside them."""
    names = dict(vars(module))
    exec(block, names)
    return names


# ---------------------------------------------------------------------------------- what is named
def test_every_file_and_name_that_is_mentioned_is_there():
    words = set(re.findall(r"`([^`\n]+)`", CONTRIBUTING))
    paths = {w for w in words if re.fullmatch(r"[\w.]+/[\w./]*", w) and "NAME" not in w}
    assert len(paths) > 50
    assert not [path for path in paths if not (ROOT / path).exists()]
    for name in re.findall(r"`(wann\.[\w.]+)", CONTRIBUTING):
        module, _, attribute = name.rpartition(".")
        found = importlib.import_module(module)
        assert hasattr(found, attribute) or importlib.util.find_spec(name), name


@pytest.mark.parametrize(
    ("name", "path"), re.findall(r"`([A-Za-z]+)` (?:of|in) `([\w/]+\.py)`", CONTRIBUTING)
)
def test_every_table_is_where_it_is_said_to_be(name, path):
    begins = rf"^(?:(?:class|def) )?{name}\b(?:$|[:( ])"
    assert re.search(begins, (ROOT / path).read_text(), re.MULTILINE)


def test_all_tables_are_mentioned():
    tables = {name for name, _ in re.findall(r"`([A-Z]{5,})` (?:of|in) `([\w/]+)", CONTRIBUTING)}
    assert tables >= {
        "ACTIVATIONS", "MUTATIONS", "TASKS", "MODELS", "PREFIXES", "SALIENCIES", "METHODS",
        "FORMATS", "FIGURES", "COMMANDS", "BACKENDS",
    }  # fmt: skip


# ------------------------------------------------------------------------------------- activations
@pytest.fixture
def activation(monkeypatch):
    """Add the activation of the example to the table; return its name, and its kernel."""
    line, kernel = examples("An activation")
    code, added = row(line, vars(activations))
    assert code == max(ACTIVATIONS) + 1
    monkeypatch.setitem(ACTIVATIONS, code, added)
    monkeypatch.setitem(onnx.EXPRESSIONS, added.name, added.expression)
    names = {}
    exec(f"def kernel(x):\n    {kernel}", names)
    return code, added, njit(error_model="numpy")(names["kernel"])


def test_an_activation_is_a_row_for_all_formats(activation, tmp_path):
    _, added, kernel = activation
    champion = make({4: added.name}, [(1, 4), (4, 3)], inputs=("x", "z"))
    x = np.concatenate((np.random.default_rng(0).normal(0, 9, 200), [0.0, -1.0, 1e300, -1e-300]))
    inputs, want = np.stack((x, x), axis=1), np.array([[kernel(v)] for v in x])
    for name in ("c", "python", "onnx"):
        (tmp_path / name).mkdir()
    for suffix in (".py", ".c", ".graph.json"):
        export(champion, tmp_path / f"network{suffix}", weight=1.0)
    source = (tmp_path / "network.py").read_text()
    assert added.formula in source
    got = run_python(source, tmp_path / "python", "act(arrays['x'])", x=inputs)
    assert np.array_equal(got, want)
    got = run_c((tmp_path / "network.c").read_text(), tmp_path / "c", inputs, 1)
    assert np.array_equal(got, want)
    pytest.importorskip("onnx")
    assert np.array_equal(run_onnx(onnx.onnx_model(champion, 1.0), inputs), want)
    assert added.name in (tmp_path / "network.graph.json").read_text()


def test_an_activation_is_a_row_for_the_explorer(activation):
    code, _, kernel = activation
    [script] = re.findall(rf"case {code}: return (.*);", activations_script())
    as_python = script.replace("Math.abs", "abs")
    for x in (-2.5, 0.0, 0.3):
        assert eval(as_python, {"x": x}) == kernel(x)


def test_an_expression_is_what_the_kernel_computes():
    own = {"abs": abs, "where": lambda mask, a, b: a if mask else b}
    own |= {name: getattr(mathfun, name) for name in ("exp2", "sin_pi", "cos_pi", "tanh")}
    for code, known in ACTIVATIONS.items():
        for x in (-3.0, -0.25, 0.0, 0.7, 12.5):
            assert evaluated(known.expression, x, own) == activate(code, x), known.name


def test_expressions_have_no_other_parts():
    assert written("1 / (1 + exp2(x * -2))", {"exp2": "e({})"}) == "1.0 / (1.0 + e(x * -2.0))"
    assert written("-(x + 1) * (x - 2)", {}) == "(-(x + 1.0)) * (x - 2.0)"
    for text in ("__import__('os')", "x.real", "x ** 2", "[x]", "lambda: x", "open(x)"):
        with pytest.raises((ValueError, KeyError)):
            evaluated(text, 1.0, {})
    enum = json.loads(SCHEMA.read_text())["properties"]["nodes"]["items"]["properties"]
    assert enum["activation"]["enum"] == [activation.name for activation in ACTIVATIONS.values()]


# --------------------------------------------------------------------------------------- mutations
def test_a_mutation_is_an_operator(tmp_path, monkeypatch):
    [operator] = examples("A mutation")
    head = "from wann.genome.mutation import Change, compiled, pick\n"
    (tmp_path / "own_mutation.py").write_text(head + operator)
    monkeypatch.syspath_prepend(tmp_path)
    disable = importlib.import_module("own_mutation").disable_connection
    genome, seen = grow(3, 1, 30, 0), Counter()
    for seed in range(20):
        possible, change = disable(genome, genome.size, np.random.default_rng(seed))
        child = changed(genome, change)
        assert possible and child.size == genome.size - 1
        assert np.array_equal(child.nodes, genome.nodes)
        seen[np.flatnonzero(child.conns["enabled"] != genome.conns["enabled"]).item()] += 1
    assert len(seen) > 5
    genome.conns["enabled"][:] = False
    assert not disable(genome, 0, np.random.default_rng(0))[0]


# ------------------------------------------------------------------------------------------- tasks
def test_a_physics_is_a_file_a_row_and_a_registration(tmp_path, monkeypatch):
    line, registration = examples("A physics, shipped as a task")
    (tmp_path / "balloon.py").write_text(example_with("class Balloon(NamedTuple)"))
    monkeypatch.setattr(envs, "__path__", [*envs.__path__, str(tmp_path)])
    monkeypatch.setitem(envs.TASKS, *row(line, {}))
    task = find_task("balloon")
    assert task.inputs == ("height", "speed") and wann.configure(task="balloon").task == "balloon"
    before = dict(gymnasium.registry)
    try:
        name, values = row(registration, {})
        envs.register_control(name, *values)
        [name] = gymnasium.registry.keys() - before.keys()
        env = gymnasium.make(name)
        env.reset(seed=0)
        assert env.unwrapped.task is task
        assert env.spec.max_episode_steps == task.max_steps
        assert env.step(np.ones(1))[0].shape == (2,)
    finally:
        for name in gymnasium.registry.keys() - before.keys():
            del gymnasium.registry[name]


# ----------------------------------------------------------------------------------------- pruning
def test_a_saliency_is_a_function_and_a_row_and_a_method_another(tmp_path, monkeypatch):
    function, saliency_row, method_row = examples("A saliency or a pruning method")
    monkeypatch.setitem(saliency.SALIENCIES, *row(saliency_row, defined(function, saliency)))
    monkeypatch.setitem(prune.METHODS, *row(method_row, vars(prune)))
    small = ["support.rings_task:TASK", "--hidden", 6, "--epochs", 1, "--seeds", 0]
    done = call(*small, "--compressions", 2, "--methods", "taylor", "taylor+shuffled",
                "support.own_saliencies:as_array", "--backend", "serial",
                "--out", tmp_path / "out", main=compare.main)  # fmt: skip
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "out" / "results.csv").read_text()
    for name in ("taylor,", "taylor+shuffled,", "support.own_saliencies:as_array,"):
        assert name in table


# ----------------------------------------------------------------------------------------- formats
def test_a_format_is_a_function_and_a_row(tmp_path, monkeypatch):
    function, line = examples("An export format")
    name, added = row(line, defined(function, formats))
    monkeypatch.setitem(FORMATS, name, added)
    champion = make({4: "tanh"}, [(1, 4), (4, 3), (2, 3, False)])
    export(champion, tmp_path / "network.edges")
    assert (tmp_path / "network.edges").read_text() == "4 3\n1 4\n"
    with pytest.raises(WannError, match=r"no format has this ending: give one of .*\.edges"):
        export(champion, tmp_path / "network.pdf")
    assert f"{name}: {added.meaning}" in " ".join(call("--help", main=export_main).stdout.split())
    champion.save(tmp_path / "best.json")
    assert call(tmp_path / "best.json", "--to", name, main=export_main).returncode == 0
    assert (tmp_path / "best.edges").read_bytes() == (tmp_path / "network.edges").read_bytes()


# ----------------------------------------------------------------------------------------- figures
def test_a_figure_of_the_report_is_a_row(tmp_path, monkeypatch):
    name, added = row(*examples("A figure and its command"), vars(figures))
    rows = {"curves": figures.FIGURES["curves"], name: added}
    rows["never"] = added._replace(draw=lambda of: None)
    for module in (report, report_page):  # not in the table itself: its order would be lost
        monkeypatch.setattr(module, "FIGURES", rows)
    path = make_run(tmp_path / "run") / "figures"
    done = call(path.parent, "--task", TOY, main=report.main)
    assert done.returncode == 0, done.stderr
    assert str(path / f"{name}.png") in done.stdout.split() and (path / f"{name}.png").exists()
    page = (path / "report.html").read_text()
    assert page.count(f"<figcaption>{added.caption}</figcaption>") == 1
    assert "<h2>How it came about</h2>" in page and "never" not in done.stdout


# ---------------------------------------------------------------------------------------- backends
def test_a_backend_is_a_row(monkeypatch):
    name, added = row(*examples("A backend"), vars(evaluator))
    monkeypatch.setitem(BACKENDS, name, added)
    task = find_task("swingup_hard")
    genomes, weights = [grow(5, 1, 9, k) for k in range(20)], np.array([-1.0, 2.0])
    trials = task.trials(3, np.random.default_rng(0))
    with Evaluator(task, "serial") as serial, Evaluator(task, name, 4) as own:
        assert own._workers.workers == 2
        want = serial.score(decode_all(genomes), weights, trials)
        assert np.array_equal(own.score(decode_all(genomes), weights, trials), want)
    assert name in call("--help").stdout
    config = wann.configure("swingup_hard", generations=1, trials=2, report_trials=2,
                            confirm_trials=2, search={"population": 8})  # fmt: skip
    assert wann.Evolution(config, backend=name).run().task == "swingup_hard"
