"""In how many of the starts a network succeeds, as champions, commands and figures say it."""

import json
import re

import numpy as np
import pytest
from support.command import call
from support.output_task import NAME

import wann
from viz.watch.__main__ import main as watch
from viz.weight_sweep import Sweep, draw
from wann.assess import assess
from wann.assess.__main__ import main as assess_main
from wann.champion.champion import Champion
from wann.champion.figures import success_summary
from wann.champion.json_file import parse_champion
from wann.errors import WannError
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.checks import trials_of
from wann.tune.__main__ import main as tune_main

SETTINGS = ["generations=2", "search.population=32", "report_trials=20", "confirm_trials=4"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the directory of a short run of cart-pole, and what the command printed."""
    path = tmp_path_factory.mktemp("success") / "run"
    given = [part for setting in SETTINGS for part in ("--set", setting)]
    done = call("cartpole", *given, "--out", path)
    assert done.returncode == 0, done.stderr
    return path, done.stdout


def test_a_champion_says_it_of_its_report_trials(run):
    path, printed = run
    champion = wann.load(path)
    success, task = champion.scores["success"], find_task("cartpole")
    generation, config = champion.provenance["generation"], wann.configure("cartpole")
    trials = trials_of(task, 20, rng_for(config.seed, generation, "report"))
    networks, weights = decode_all([champion.genome]), np.array(champion.sweep)
    scores, _ = task.score(networks, weights, trials)
    expected = task.successes(networks, weights, trials, scores)[0]
    assert success == success_summary(expected, weights, "stays up")
    assert success["share"] == expected.mean() and list(success["per_weight"]) == [
        str(weight) for weight in champion.sweep
    ]
    counts = "  ".join(
        f"{weight}: {n}" for weight, n in zip(champion.sweep, expected.sum(axis=1), strict=True)
    )
    total = f"stays up in {expected.sum()} of 120 starts; of 20 at each weight: {counts}"
    assert total in printed
    assert "stays up" in champion._repr_html_()


def test_files_without_it_load_and_resume_as_before(run, tmp_path):
    path, _ = run
    content = json.loads((path / "champion.json").read_text())
    del content["scores"]["success"]
    champion = Champion(**parse_champion(content))
    assert "success" not in champion.scores and "stays up" not in champion._repr_html_()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": 1.5}, "scores.success has 1.5: must be from 0 to 1"),
        ({"share": None}, "scores.success.share is null: must be a finite number"),
        ({"meaning": "a\n"}, "must be an object with a printable meaning"),
        ({"per_weight": {"1.0": -1}}, "scores.success has -1: must be from 0 to 1"),
        ({"per_weight": []}, r"per_weight is \[\]: must be an object"),
    ],
)
def test_malformed_success_is_named(run, change, message):
    content = json.loads((run[0] / "champion.json").read_text())
    content["scores"]["success"] |= change
    with pytest.raises(WannError, match=message):
        parse_champion(content)


def test_assess_says_it_of_all_conditions(run, capsys):
    path, _ = run
    result = assess(wann.load(path), trials=10)
    content = result.to_json()
    assert content["success"] == "stays up"
    conditions = [*content["per_weight"].values(), content["random_weights"], content["sweep"]]
    conditions += [content["best_shared"], *content["perturbed"]["best_shared"]["noise"].values()]
    for condition in conditions:
        assert 0 <= condition["success"] <= 1
        # of a pole that falls early the return is less than that of one that stays up
        assert condition["mean"] == 500 or condition["success"] < 1
    rows = [row["success"] for row in content["per_weight"].values()]
    assert content["sweep"]["success"] == pytest.approx(np.mean(rows))
    assert len(content["profile"]["success"]) == len(content["profile"]["weights"])
    assess_main([str(path), "--trials", "10"])
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].endswith("stays up")
    assert re.search(r"shared weight 1\.0 .* \d+ %$", printed, re.MULTILINE)
    assert re.search(r"it stays up in at least half of the starts at \d+ %", printed)
    ax = draw(Sweep.of(result))
    [below] = ax.child_axes
    assert below.get_ylabel() == "stays up"
    shares = dict(zip(*below.lines[0].get_data(), strict=True))
    assert shares[1.0] == 100 * result.per_weight["1.0"].success


def test_a_task_that_does_not_say_shows_nothing(tmp_path):
    done = call(NAME, "--set", "generations=1", "--set", "search.population=8",
                "--set", "search.tournament=2", "--out", tmp_path / "own")  # fmt: skip
    assert "starts" not in done.stdout


@pytest.mark.slow
def test_tune_and_watch_say_it(run, tmp_path, capsys):
    path, _ = run
    tune_main([str(path), "--generations", "1", "-o", str(tmp_path / "tuned.json")])
    scores = wann.load(tmp_path / "tuned.json").scores
    counts = [round(100 * scores[part]["success"]) for part in ("shared_weight", "tuned")]
    printed = capsys.readouterr().out
    assert re.findall(r"stays up in (\d+) of 100 starts", printed) == list(map(str, counts))
    watch([str(path), "--weight", "1", "0", "--gif", str(tmp_path / "film.gif"), "--no-network"])
    [one, zero, _] = capsys.readouterr().out.splitlines()
    assert zero.endswith("does not stay up") and re.search(
        r" steps, (does not stay|stays) up$", one
    )
