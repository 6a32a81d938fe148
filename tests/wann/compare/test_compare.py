"""Which runs are compared, how they are grouped, and what is refused."""

import csv
import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from support.command import call
from support.figure_samples import grow

import wann
from wann.compare import compare
from wann.compare.__main__ import main
from wann.compare.measures import MEASURES
from wann.compare.statistics import advantage, rank_test
from wann.compare.table import WIDTH, table
from wann.config import make_config
from wann.errors import WannError
from wann.files import write_file
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY


def run_at(path, seed, score, generations=3, made=3, data=None, **settings):
    """Write a run by hand."""
    table = {"task": "swingup", "seed": seed, "generations": generations, **settings}
    RunDirectory.create(path, make_config(table), data).close()
    scores = {"mean": score, "best_weight": {"weight": 1.0, "mean": score + 1, "std": 0.0}}
    success = {"meaning": "stays up", "share": 0.25, "per_weight": {}}
    grow(8 + seed, seed, scores={**scores, "success": success}).save(path / "champion.json")
    rows = [
        ",".join(["0"] * 5 + [f"{score - made + g + 1}", "1", "1", "1", f"{1000 * (g + 1)}"])
        for g in range(made)
    ]
    rows = [f"{g}{row[1:]}" for g, row in enumerate(rows)]
    write_file(path / "history.csv", "\n".join((",".join(HISTORY), *rows)) + "\n")
    seconds = [f"{g},0.5" for g in range(made)]
    write_file(path / "timing.csv", "\n".join(("generation,seconds", *seconds)) + "\n")
    return path


@pytest.fixture
def runs(tmp_path):
    """Return a folder of two folders: small populations score 0 to 5, large ones 4 to 9."""
    for seed in range(6):
        run_at(tmp_path / "small" / f"s{seed}", seed, float(seed), search={"population": 16})
        run_at(tmp_path / "large" / f"s{seed}", seed, 4.0 + seed, search={"population": 32})
    return tmp_path


def test_runs_are_grouped_by_what_differs(runs):
    result = compare([runs / "small", runs / "large"])
    assert result.task == "swingup" and result.keys == ("search.population",)
    first, second = result.groups
    assert (first.name, second.name) == ("search.population=16", "search.population=32")
    assert first.settings == {"search.population": 16}
    assert [run.seed for run in second.runs] == list(range(6))
    scores = [np.arange(6.0), np.arange(4.0, 10)]
    assert first.measures["score"].median == 2.5 and first.measures["score"].p_value is None
    assert second.measures["score"].quartiles == (5.25, 7.75)
    assert second.measures["score"].advantage == advantage(scores[1], scores[0])
    assert second.measures["score"].p_value == rank_test(scores[1], scores[0])
    assert set(first.measures) == set(MEASURES) - {"accuracy"}
    assert first.measures["best_weight"].median == 3.5
    assert first.measures["success"].median == 0.25
    assert first.measures["connections"].median == 10.5
    assert first.measures["steps"].median == 3000 and first.measures["seconds"].median == 1.5
    assert compare([runs / "small", runs / "large"]) == result, "no chance without a seed"


def test_the_order_of_what_is_given_is_that_of_the_groups(runs):
    one_by_one = [runs / "large" / f"s{seed}" for seed in range(6)] + [runs / "small"]
    result = compare(map(str, one_by_one))
    assert [group.name for group in result.groups] == [
        "search.population=32",
        "search.population=16",
    ]


def test_groups_of_ones_own(runs):
    result = compare(
        {"few": runs / "small", "many": [runs / "large" / "s0", runs / "large" / "s3"]}
    )
    assert [(group.name, len(group.runs)) for group in result.groups] == [("few", 6), ("many", 2)]
    mixed = compare({"all": [runs / "small", runs / "large"]}).groups[0]
    assert len(mixed.runs) == 12 and mixed.settings == {"search.population": None}
    assert any(
        "the runs of all differ in search.population" in n
        for n in compare({"all": [runs / "small", runs / "large"]}).notes
    )
    for wrong, message in (({"a": []}, "'a' has no runs"), ({3: runs}, "must have a name")):
        with pytest.raises(WannError, match=message):
            compare(wrong)


def test_evolutions_are_given_as_they_are(tmp_path):
    evolutions = []
    for seed in (0, 1):
        config = wann.configure(
            "cartpole", seed=seed, generations=2, search={"population": 16}, report_trials=5
        )
        evolutions.append(wann.Evolution(config, out=tmp_path / f"{seed}", backend="serial"))
        evolutions[-1].run()
    (group,) = compare(evolutions).groups
    assert [run.path for run in group.runs] == [tmp_path / "0", tmp_path / "1"]
    assert group.runs[0].figures["score"] == evolutions[0].champion.scores["mean"]
    with pytest.raises(WannError, match="has no run directory: give it one by out="):
        compare([SimpleNamespace(path=None)])
    with pytest.raises(WannError, match="3: must be a run directory"):
        compare([3])


def test_three_groups_are_corrected(runs):
    for seed in range(6):
        run_at(runs / "third" / f"s{seed}", seed, 5.0 + seed, search={"population": 64})
    result = compare([runs / "small", runs / "large", runs / "third"])
    own = [group.measures["score"] for group in result.groups[1:]]
    assert own[0].p_holm == max(own[0].p_value, 2 * own[1].p_value)
    assert own[1].p_holm == 2 * own[1].p_value
    assert any("corrected by Holm for 2 comparisons" in note for note in result.notes)


def test_notes(tmp_path, runs):
    result = compare([runs / "small"])
    assert result.notes == () and result.groups[0].name == "swingup"
    run_at(tmp_path / "short", 9, 3.0, made=2, search={"population": 16})
    notes = compare([runs / "small", tmp_path / "short"]).notes
    assert any("1 run has not made all generations" in note and "2 of 3" in note for note in notes)
    assert any("the runs made 2 to 3 generations" in note for note in notes)
    run_at(tmp_path / "other", 9, 3.0, search={"population": 16}, weights=[1.0, 2.0])
    notes = compare([runs / "small", tmp_path / "other"]).notes
    assert any("fewer than 5 runs in weights=[1,2]" in note for note in notes)
    assert any("own sweep, which differ" in note for note in notes)


def test_names_of_groups_tell_settings_apart(tmp_path):
    shares = (0.1, 0.1 + 1e-12, 0.2)
    paths = [run_at(tmp_path / f"{k}", k, 1.0, search={"cull": s}) for k, s in enumerate(shares)]
    names = [group.name for group in compare(paths).groups]
    assert names == ["search.cull=0.1", f"search.cull={shares[1]!r}", "search.cull=0.2"]
    paths = [run_at(tmp_path / f"x{s[:1]}", 0, 1.0, start=s) for s in ("", "a" * 64)]
    assert [group.name for group in compare(paths).groups] == ["start=none", f"start={'a' * 12}…"]


def test_names_say_no_more_keys_than_tell_groups_apart(tmp_path):
    kinds = ("tournament", 4, 0.2), ("lexicase", 32, 0.75)  # what follows from one is not said
    for k, (parents, size, cull) in enumerate(kinds):
        for every in (0, 7):
            settings = {"parents": parents, "tournament": size, "cull": cull}
            for seed in (0, 1):
                run_at(tmp_path / f"{k}-{every}-{seed}", seed, 1.0, search=settings,
                       simplify={"every": every})  # fmt: skip
    result = compare(sorted(tmp_path.iterdir()))
    assert [group.name for group in result.groups] == [
        "parents=tournament, every=0", "parents=tournament, every=7",
        "parents=lexicase, every=0", "parents=lexicase, every=7",
    ]  # fmt: skip
    keys = ("search.parents", "search.tournament", "search.cull", "simplify.every")
    assert sorted(result.keys) == sorted(keys)
    assert result.groups[2].settings["search.tournament"] == 32
    assert [len(group.runs) for group in result.groups] == [2] * 4
    told = " ".join(table(result).split())
    for part in ("3 search.parents=lexicase,", "search.tournament=32", "simplify.every=7"):
        assert part in told
    named = compare({"a": [tmp_path / "0-0-0"], "b": [tmp_path / "1-7-0"]})
    assert "1 a: 1 run" in " ".join(table(named).split())


# ---------------------------------------------------------------------------------------- command
def test_the_table_fits_into_100_columns(runs):
    done = call(runs / "small", runs / "large", main=main)
    assert done.returncode == 0, done.stderr
    assert "2  search.population=32" in done.stdout and "A (Vargha-Delaney)" in done.stdout
    assert "seeds 0-5" in done.stdout and "p is not corrected" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    for k, activations in enumerate((["linear", "step"], ["sin", "gaussian", "tanh", "inverse"])):
        settings = {"population": 16, "activations": activations, "cull": 0.01 * k}
        run_at(runs / "long" / f"{k}", k, -1e12 * k, search=settings, trials=2 + k)
    done = call(runs / "long", main=main)
    assert max(map(len, done.stdout.splitlines())) <= WIDTH and "\n2  trials=3, " in done.stdout


def test_json_and_csv(runs):
    done = call(runs / "small", runs / "large", "--json", "--csv", runs / "a.csv", main=main)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content == compare([runs / "small", runs / "large"]).to_json()
    assert content["groups"][1]["measures"]["score"]["median"] == 6.5
    assert content["groups"][0]["runs"][2]["finished"]
    rows = list(csv.DictReader(io.StringIO((runs / "a.csv").read_text())))
    assert len(rows) == 12 and list(rows[0])[:4] == ["group", "path", "seed", "generations"]
    assert [float(row["score"]) for row in rows] == [*range(6), *range(4, 10)]
    assert rows[7]["path"] == str(runs / "large" / "s1") and rows[0]["accuracy"] == ""
    again = call(runs / "small", "--csv", runs / "a.csv", main=main)
    assert again.returncode == 2 and "another file with --csv, or --force" in again.stderr
    assert call(runs / "small", "--csv", runs / "a.csv", "--force", main=main).returncode == 0


def spoilt(runs):
    """Yield arguments that are refused, and what is said."""
    small = runs / "small"
    yield [small / "s0"], "one run alone: give several, or evolve some that differ in their seeds"
    yield [small, small / "s1"], "s1: is given twice: name each run once"
    yield [runs / "nowhere"], "nowhere: no such folder: give what python -m wann.evolve made"
    yield [small / "s0" / "champion.json"], "champion.json: neither a run directory nor a folder"
    (runs / "empty").mkdir()
    yield [runs / "empty"], "empty: neither a run directory nor a folder of runs"
    shutil.copytree(small / "s0", runs / "copy")
    yield [small, runs / "copy"], "have the same configuration and seed (0), so the same result"
    run_at(runs / "other", 0, 1.0, task="cartpole")
    yield [small, runs / "other"], "other is for cartpole, "
    run_at(runs / "data", 7, 1.0, data="digest")
    yield [small, runs / "data"], "data was made with other data than"
    run_at(runs / "begun", 7, 1.0)
    (runs / "begun" / "champion.json").unlink()
    yield [small, runs / "begun"], "begun: has no champion yet: let it evolve a generation"
    for name, content, message in (
        ("champion.json", "{", "champion.json: "),
        ("history.csv", "a\n1,x\n", "history.csv: not the log of a run"),
        ("timing.csv", "a\n1,x\n", "timing.csv: not the timing of a run"),
        ("config.toml", "task = ", "config.toml: not valid TOML"),
    ):
        shutil.copytree(small / "s0", runs / f"bad-{name}")
        (runs / f"bad-{name}" / name).write_text(content)
        yield [small / "s1", runs / f"bad-{name}"], message
    scores = json.loads((small / "s0" / "champion.json").read_text())
    scores["scores"]["accuracy"] = {"test": {"mean_probability": "x\x1b[31m"}}
    shutil.copytree(small / "s0", runs / "odd")
    (runs / "odd" / "champion.json").write_text(json.dumps(scores))
    yield [small / "s1", runs / "odd"], "odd: scores.accuracy.test.mean_probability is"


@pytest.mark.filterwarnings("ignore:loadtxt")
def test_what_is_refused_is_one_line(runs):
    for arguments, message in spoilt(runs):
        done = call(*arguments, main=main)
        assert done.returncode == 2 and not done.stdout, (message, done)
        assert done.stderr.count("\n") == 1 and message in done.stderr, (message, done.stderr)
        assert "\x1b" not in done.stderr


def test_s10_comes_after_s2(tmp_path):
    for seed in (10, 2, 1):
        run_at(tmp_path / f"s{seed}", seed, 1.0)
    assert [run.seed for run in compare([tmp_path]).groups[0].runs] == [1, 2, 10]
