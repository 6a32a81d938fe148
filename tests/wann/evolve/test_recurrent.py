"""Evolution of recurrent networks: the same champion however it is made."""

import json
from dataclasses import replace

import numpy as np
import pytest

import wann
from wann.errors import WannError
from wann.evolve.__main__ import main
from wann.evolve.start import starting_from
from wann.genome.genome import check_genome, same_genome
from wann.tasks import find_task

SMALL = {
    "generations": 12,
    "trials": 1,
    "confirm_trials": 2,
    "report_trials": 2,
    "search": {"population": 24, "recurrent": True, "mutation": {"add_recurrent": 0.5}},
}


def test_stopped_and_resumed_it_is_the_same(tmp_path):
    config = wann.configure("swingup", **SMALL)
    whole = wann.Evolution(config, out=tmp_path / "whole", backend="serial")
    champion = whole.run()
    assert sum(genome.recurrent.any() for genome in whole.search.population) > 6
    for genome in whole.search.population:
        check_genome(genome)
    part = wann.configure("swingup", **SMALL | {"generations": 5})
    wann.Evolution(part, out=tmp_path / "part", backend="threads", workers=2).run()
    resumed = wann.Evolution.resume(tmp_path / "part", generations=12)
    assert same_genome(resumed.run().genome, champion.genome)
    for a, b in zip(resumed.search.population, whole.search.population, strict=True):
        assert same_genome(a, b)
    again = wann.load(tmp_path / "whole")
    assert same_genome(again.genome, champion.genome) and again.scores == champion.scores


def test_without_the_key_nothing_changes():
    small = {**SMALL, "search": {"population": 24}}
    more = {**SMALL, "search": {"population": 24, "mutation": {"add_recurrent": 9.0}}}
    found = [wann.Evolution(wann.configure("swingup", **keys)).run() for keys in (small, more)]
    assert same_genome(found[0].genome, found[1].genome)
    assert not found[0].genome.recurrent.any() and found[0].scores == found[1].scores


def test_a_recurrent_start_needs_the_key():
    config = wann.configure("swingup", **SMALL | {"generations": 30})
    evolution = wann.Evolution(config)
    evolution.run()
    recurrent = next(genome for genome in evolution.search.population if genome.recurrent.any())
    champion = replace(evolution.champion, genome=recurrent)
    with pytest.raises(WannError, match="start from is recurrent: set search"):
        starting_from(champion, wann.configure("swingup"), find_task("swingup"))
    start = wann.Evolution(wann.configure("swingup", **SMALL | {"generations": 1}), start=champion)
    start.run()
    assert any(genome.recurrent.any() for genome in start.search.population)


def test_from_the_command_line(tmp_path):
    options = ["--set", "search.recurrent=true", "--set", "search.mutation.add_recurrent=1.0"]
    tiny = ["generations=4", "search.population=16", "trials=1", "report_trials=2"]
    options += [part for key in tiny for part in ("--set", key)]

    main(["swingup", "--out", str(tmp_path / "run"), *options])
    content = json.loads((tmp_path / "run" / "champion.json").read_text())
    assert content["provenance"]["config"]["search"]["recurrent"] is True
    assert np.isfinite(content["scores"]["mean"])
