"""The command: what it writes, that it goes on after a stop, and that it does not matter who does
the work.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from support.genomes import grow
from support.rings_task import TASK

import wann
from wann.assess import assess as find_assess
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.export.__main__ import main as export
from wann.pruning.comparison import compare, workers
from wann.pruning.comparison.cells import COLUMNS, plan, run_cell
from wann.pruning.comparison.subject import Subject, evolved_rows
from wann.pruning.mlp import MLP
from wann.pruning.training import Recipe
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask


def assess(*args, **options):
    """Return what is found as the command prints it."""
    return find_assess(*args, **options).to_json()


RINGS = "support.rings_task:TASK"
SMALL = (
    RINGS,
    "--hidden",
    "24",
    "12",
    "--epochs",
    "20",
    "--rate",
    "0.02",
    "--seeds",
    "0",
    "--compressions",
    "4",
    "10",
)
METHODS = ("--methods", "random", "synflow+shuffled", "magnitude", "imp+reinit", "obd")


def main(*args):
    compare.main([str(arg) for arg in args])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the folder of a small comparison that was never interrupted."""
    folder = tmp_path_factory.mktemp("compare") / "finished"
    main(*SMALL, *METHODS, "--out", folder, "--backend", "serial", "--networks")
    return folder


def content(folder):
    """Return the rows but for their seconds, and the bytes of the networks."""
    rows = {
        path.name: json.loads(path.read_text()) | {"seconds": 0}
        for path in (folder / "cells").glob("*.json")
    }
    return rows, {path.name: path.read_bytes() for path in (folder / "cells").glob("*.npz")}


def table(folder):
    with open(folder / "results.csv") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------------------------- what it writes
def test_every_network_is_a_row_with_every_column(finished):
    rows = table(finished)
    assert set(rows[0]) == set(COLUMNS)
    of_method = {
        method: [row for row in rows if row["method"] == method]
        for method in {row["method"] for row in rows}
    }
    n_imp = 11  # 0.8 ** 11 < 1 / 10
    sizes = {
        "dense": 1,
        "random": 2,
        "synflow": 2,
        "synflow+shuffled": 2,
        "magnitude": 2,
        "imp": n_imp,
        "imp+reinit": n_imp,
        "obd": 4,
    }
    assert {method: len(found) for method, found in of_method.items()} == sizes
    for row in rows:
        assert (
            row["total"] == "360"
            and 0 <= float(row["accuracy"]) <= 1
            and row["diverged"] == "False"
        )
        assert (
            sum(map(int, row["per_layer"].split()))
            == int(row["remaining"])
            >= int(row["effective"])
        )
    steps = 20 * 6  # epochs, batches of 128 of the 700 samples
    assert {row["gradient_steps"] for row in of_method["random"]} == {str(steps)}
    assert {row["gradient_steps"] for row in of_method["magnitude"]} == {str(2 * steps)}
    assert [int(row["gradient_steps"]) for row in of_method["imp"]] == [
        steps * (k + 2) for k in range(n_imp)
    ]
    for name in ("remaining", "per_layer"):
        assert [row[name] for row in of_method["synflow"]] == [
            row[name] for row in of_method["synflow+shuffled"]
        ]
    assert {row["initialisation"] for row in of_method["imp+reinit"]} == {
        "glorot normal, drawn again"
    }
    stored = json.loads((finished / "results.json").read_text())
    assert stored["format"] == "wann-pruning" and len(stored["rows"]) == len(rows)


def test_each_network_is_a_champion_that_scores_what_its_row_says(finished, tmp_path):
    for name in ("dense-s0", "imp-r05-s0", "magnitude-c10-s0"):
        champion = wann.load(finished / "networks" / f"{name}.json")
        row = json.loads((finished / "cells" / f"{name}.json").read_text())
        outputs = champion.policy()(TASK.test.inputs)
        assert np.mean(outputs.argmax(axis=1) == TASK.test.labels) == pytest.approx(
            row["accuracy"], abs=0.011
        )
        assert champion.genome.size == pytest.approx(row["connections"], abs=2)
        assert champion.provenance["pruning"]["method"] == row["method"]
        export(
            [
                str(finished / "networks" / f"{name}.json"),
                "--to",
                "graphml",
                "-o",
                str(tmp_path / f"{name}.graphml"),
            ]
        )
    assessed = assess(champion, RINGS, trials=2)["tuned"]["accuracy"]["mean"]
    assert assessed == pytest.approx(row["accuracy"], abs=0.011)


def test_a_lottery_ticket_beats_random_weights_of_the_same_number(finished):
    found = {}
    for row in table(finished):
        found.setdefault((row["method"], row["remaining"]), []).append(float(row["accuracy"]))
    assert np.mean(found["dense", "360"]) > 0.85
    assert np.mean(found["imp", "37"]) > np.mean(found["random", "36"]) + 0.05


# ----------------------------------------------------------------------- who does it, and resuming
@pytest.mark.slow
def test_threads_and_a_kill_give_the_same_networks(finished, tmp_path):
    folder = tmp_path / "killed"
    command = [
        sys.executable,
        "-m",
        "wann.pruning",
        *SMALL,
        *METHODS,
        "--out",
        str(folder),
        "--workers",
        "2",
    ]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
    while len(list(folder.glob("cells/*.json"))) < 6:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    known = {path: path.stat().st_mtime_ns for path in folder.glob("cells/*.json")}
    assert 6 <= len(known) < 30
    main(*SMALL, *METHODS, "--out", folder, "--workers", "3")
    assert all(path.stat().st_mtime_ns == changed for path, changed in known.items()), (
        "a finished cell ran again"
    )
    assert content(folder) == content(finished)


def test_a_stop_starts_no_more_cells():
    cells, asked, saved = plan(MLP((2, 8, 2)), ["random"], [2, 3, 4], [0]), [], []
    setup = Subject(RINGS).setup(MLP((2, 8, 2)), Recipe(epochs=1), np.float32)
    pool = workers.workers_for(setup, "serial", None, None)

    def stopped():
        asked.append(None)
        return len(saved) >= 2

    done = workers.run_cells(
        cells,
        pool,
        lambda cell: None,
        lambda name: name in saved,
        lambda cell, result: saved.append(cell.name),
        stopped,
    )
    pool.close()
    assert not done and saved == [cell.name for cell in cells[:2]]


def test_more_methods_and_seeds_can_be_added_but_nothing_else_changed(finished, capsys):
    main(*SMALL, "--methods", "grasp", "--out", finished, "--json")
    out, err = capsys.readouterr()
    rows = json.loads(out)["rows"]
    assert {row["method"] for row in rows} == {
        "dense",
        "grasp",
    } and "3 cells, 1 of them finished" in err
    with pytest.raises(
        WannError, match="holds a comparison with another recipe: give the same options"
    ):
        main(*SMALL, "--methods", "grasp", "--rate", "0.1", "--out", finished)
    main(*SMALL, *METHODS, "--out", finished)  # the tables are of what was asked for last
    with pytest.raises(WannError, match="exists already and is no comparison"):
        main(*SMALL, "--out", finished / "cells")


def test_no_file_is_written_for_a_network_that_has_diverged(tmp_path):
    options = (
        *SMALL,
        "--methods",
        "dense",
        "--optimizer",
        "sgd",
        "--rate",
        "1e38",
        "--out",
        tmp_path,
    )
    with pytest.warns(
        UserWarning, match="dense-s0: no file is written for this network: it has diverged"
    ):
        main(*options, "--networks")
    assert table(tmp_path)[0]["diverged"] == "True" and not list((tmp_path / "networks").iterdir())


def test_networks_that_no_file_can_hold_are_refused_before_they_are_made(tmp_path):
    with pytest.raises(WannError, match=r"--networks: 2-999-999-2 has 1003997 weights and biases"):
        main(*SMALL, "--hidden", 999, 999, "--networks", "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_damaged_cell_is_named(finished, tmp_path):
    net = MLP((2, 24, 12, 2))
    results = compare.Results(tmp_path / "copy", {})
    (results.path / "cells").mkdir()
    for suffix in ("json", "npz"):
        data = (finished / "cells" / f"dense-s0.{suffix}").read_bytes()
        (results.path / "cells" / f"dense-s0.{suffix}").write_bytes(data)
    assert results.result("dense-s0", net, np.float32).mask.all()
    with pytest.raises(WannError, match=r"dense-s0\.npz: damaged"):
        results.result("dense-s0", MLP((2, 24, 13, 2)), np.float32)
    (results.path / "cells" / "dense-s0.json").write_text("{}")
    results = compare.Results(results.path, {})
    with pytest.raises(
        WannError, match=r"dense-s0\.json: damaged \(it has other columns\): remove it"
    ):
        results.row("dense-s0")


# -------------------------------------------------------------------------------- evolved networks
def test_evolved_networks_stand_beside(tmp_path, capsys):
    genome, file = grow(2, 2, 30, 4), tmp_path / "c.json"
    champion = Champion(
        genome, RINGS, TASK.inputs, TASK.outputs, np.linspace(-1, 1, len(genome.conns))
    )
    champion.save(file)
    main(*SMALL, "--methods", "dense", "--champion", file, "--out", tmp_path / "out", "--json")
    rows = json.loads(capsys.readouterr().out)["rows"][1:]
    of_test = accuracies(champion.network, np.array(champion.sweep), TASK.test)
    assert [row["method"] for row in rows] == ["wann shared weight", "wann ensemble", "wann tuned"]
    assert rows[0]["accuracy"] in of_test["per_weight"] and rows[1]["accuracy"] == of_test["vote"]
    assert (
        rows[2]["connections"] == len(champion.network.gene) == rows[2]["effective"] <= genome.size
    )
    assert [row["method"] for row in table(tmp_path / "out")] == [
        "dense",
        *[row["method"] for row in rows],
    ]
    assert len(evolved_rows(replace(champion, weights=None), file, RINGS)) == 2
    with pytest.raises(
        WannError,
        match=r"c\.json: evolved for support.rings_task:TASK, not for the samples of mnist28",
    ):
        evolved_rows(champion, file, "mnist28")


# ------------------------------------------------------------------------------------------- data
def test_inputs_are_standardised_together_and_those_of_a_table_each_by_itself(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("WANN_DATA", raising=False)
    rows = [f"{3 * i % 7},{1000 * i},5,{'ab'[i % 2]}" for i in range(60)]
    (tmp_path / "t.csv").write_text("x,y,z,class\n" + "\n".join(rows))
    subject = Subject(str(tmp_path / "t.csv"))
    setup = subject.setup(MLP((3, 4, 2)), Recipe(), np.float64)
    np.testing.assert_allclose(setup.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(setup.inputs.std(axis=0), [1, 1, 0], atol=1e-12)
    together = Subject(RINGS).setup(MLP((2, 4, 2)), Recipe(), np.float32)
    assert len(together.inputs) == 700 and together.inputs.dtype == np.float32
    assert abs(together.inputs.mean()) < 1e-6 and abs(together.inputs.std() - 1) < 1e-6
    assert together.inputs.mean(axis=0).any()


@pytest.mark.slow
def test_lenet_on_mnist_is_that_of_the_paper(mnist, monkeypatch):
    monkeypatch.setenv("WANN_DATA", str(mnist))
    subject, net = Subject("mnist"), MLP((784, 300, 100, 10))
    setup = subject.setup(net, Recipe(epochs=1), np.float32)
    assert (
        net.n_weights == 266200 and len(setup.inputs) == 60000 and len(setup.test_inputs) == 10000
    )
    assert (round(float(subject.shift), 4), round(float(subject.scale), 4)) == (0.1307, 0.3081)
    cell = plan(net, ["synflow"], [100], [0])[1]
    row = run_cell(cell, setup, None).row
    assert row["remaining"] == 2662 and row["gradient_steps"] == 469 and row["accuracy"] > 0.85


# --------------------------------------------------------------------------------- small networks
@pytest.mark.parametrize(
    ("hidden", "left"),
    [(1, [4, 2]), (6, [24, 8, 3]), (40, [160, 51, 16, 6, 2])],
)
def test_compressions_that_a_small_network_cannot_have_are_left_out(hidden, left, tmp_path):
    options = (
        "--epochs",
        "0",
        "--seeds",
        "0",
        "--methods",
        "random",
        "magnitude+shuffled",
        "--batch",
        "5000",
    )
    main(RINGS, "--hidden", hidden, *options, "--out", tmp_path / "out")
    found = [
        int(row["remaining"])
        for row in table(tmp_path / "out")
        if row["method"] in ("dense", "random")
    ]
    assert found == left


def test_rounds_that_leave_as_many_weights_are_lines_of_their_own(tmp_path, capsys):
    main(RINGS, "--hidden", "1", "--epochs", "1", "--methods", "imp", "--out", tmp_path / "out")
    lines = [
        line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("imp ")
    ]
    # weights, seeds
    assert [(line[1], line[-1]) for line in lines] == [(left, "2") for left in "432222"]


# -------------------------------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--methods", "synfow"], "unknown method 'synfow': did you mean synflow"),
        (["--compressions", "0.5"], "compression 0.5: must be from 1 to 360"),
        (["--compressions", "361"], "compression 361: must be from 1 to 360"),
        (
            ["--compressions", "2.0001", "3", "2.00012"],
            r"compressions 2\.0001, 2\.00012: those that are equal in four",
        ),
        (["--seeds", "-1"], "--seeds -1: must be at least 0"),
        (
            ["--seeds", "0", str(2**63)],
            "--seeds 9223372036854775808: must be at most 9223372036854775807",
        ),
        (["--batch", str(10**30)], "batch = 10*: must be at most 1000000"),
        (["--epochs", str(10**30)], "epochs = 10*: must be at most 1000000"),
        (["--hidden", "10000", "10000"], "have 100040000 weights: must have at most 10000000"),
        (["--hidden", "0"], r"layers of \[2, 0, 2\] units"),
        (["--epochs", "-1"], "epochs = -1"),
        (["--workers", "0"], "workers = 0: must be at least 1"),
        (["--address", "auto"], "only the backend ray has one"),
    ],
)
def test_options_that_are_not_allowed(options, message, tmp_path):
    with pytest.raises(WannError, match=message):
        main(*SMALL, *options, "--out", tmp_path / "out")
    assert not list(tmp_path.glob("out/cells/*"))


def test_data_that_cannot_be_learnt_from(tmp_path, monkeypatch):
    monkeypatch.delenv("WANN_DATA", raising=False)
    with pytest.raises(WannError, match=r"for control there is python -m wann\.pruning\.control"):
        main("swingup")
    x, y = np.zeros((20, 3)), np.arange(20) % 2
    x[7, 1] = np.nan
    np.savez(tmp_path / "bad.npz", X=x, y=y)
    with pytest.raises(WannError, match="must be a finite number"):
        main(tmp_path / "bad.npz")
    with pytest.raises(WannError, match="labels go from 0 to 2"):
        ClassificationTask(
            ("x",), ("a", "b"), *[Samples(np.ones((3, 1), np.float32), np.arange(3))] * 3, batch=1
        )


def test_a_training_that_diverges_is_flagged(tmp_path, capsys):
    main(
        *SMALL,
        "--methods",
        "dense",
        "--optimizer",
        "sgd",
        "--rate",
        "1e30",
        "--out",
        tmp_path / "out",
    )
    assert "diverged" in capsys.readouterr().out
    assert [row["diverged"] for row in table(tmp_path / "out")] == ["True"]
