"""Stages: the champion is simplified every so many generations, and its mutants come next."""

import shutil
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from support.command import result

import wann
from wann.evolve import loop
from wann.genome.genome import check_genome, same_genome
from wann.runs import directory
from wann.simplify.elimination import live

EVERY = 3
GENERATIONS = 8  # two whole stages, and a part of a third


def config(base="swingup", **search):
    """Return stages of a few moments."""
    return wann.configure(
        base,
        generations=GENERATIONS,
        trials=1,
        confirm_trials=2,
        report_trials=3,
        search={"population": 24, "tournament": 2, **search},
        simplify={"every": EVERY, "price": 0.01},
    )


LEXICASE = {"parents": "lexicase", "objective": "lower_half"}


@pytest.fixture(scope="module", params=[{}, LEXICASE], ids=["tournament", "lexicase"])
def whole(request, tmp_path_factory):
    """Return a run that was never interrupted, with its configuration."""
    path = tmp_path_factory.mktemp("stages") / "run"
    wann.Evolution(config(**request.param), backend="serial", out=path).run()
    return config(**request.param), path


@pytest.mark.parametrize("paths", [1, 3])
def test_a_stage_makes_as_many_eliminations_as_the_configuration_says(paths, monkeypatch):
    room = import_module("wann.simplify.elimination")
    made, eliminate = [], room.elimination

    def elimination(genome, *rest):
        made.append(genome)
        return eliminate(genome, *rest)

    monkeypatch.setattr(room, "elimination", elimination)
    stages = replace(config(), simplify=replace(config().simplify, every=GENERATIONS, paths=paths))
    wann.Evolution(stages, backend="serial").run()
    assert len(made) == paths if paths == 1 else len(made) >= paths and len(made) % paths == 0
    assert all(same_genome(genome, made[0]) for genome in made[:paths])


def test_a_stage_ends_with_a_simplified_champion_whose_mutants_come_next(monkeypatch):
    ends, simplify = [], loop.simplified

    def simplified(champion, *rest):
        found = simplify(champion, *rest)
        ends.append((champion.genome, found.genome))
        return found

    monkeypatch.setattr(loop, "simplified", simplified)
    last, at = None, []
    with wann.Evolution(config()) as evolution:
        for generation in evolution:
            champion = generation.champion
            if len(ends) > len(at):
                at.append(generation.number)
                genome, found = ends[-1]
                check_genome(found)
                assert same_genome(champion.genome, found) and found.size <= genome.size
                assert champion.provenance["generation"] == generation.number
                assert len(champion.genome.conns) == found.size == live(found).size
                assert champion.scores["trials"] == 3
                assert evolution.row["champion"] == champion.scores["mean"]
                last = champion
            elif last is not None:  # the first generation of a stage
                elites = [generation.population[k] for k in range(2)]
                assert all(same_genome(elite, last.genome) for elite in elites)
                sizes = np.array([genome.size for genome in generation.population])
                assert np.abs(sizes - last.genome.size).max() <= 2, "mutants, and their mutants"
                last = None
    assert at == [2, 5]


def test_without_stages_nothing_is_simplified(monkeypatch):
    monkeypatch.setattr(loop, "simplified", None)
    plain = wann.configure(config(), simplify={"every": 0})
    assert wann.Config().simplify.every == 0
    wann.Evolution(plain).run(lambda generation: generation.number == 3)
    never = wann.configure(config(), simplify={"every": 5})
    wann.Evolution(never).run(lambda generation: generation.number == 3)


@pytest.mark.parametrize("workers", [1, 2])
def test_threads_give_the_same_stages(whole, tmp_path, workers):
    own, path = whole
    wann.Evolution(own, backend="threads", workers=workers, out=tmp_path / "run").run()
    assert result(tmp_path / "run") == result(path)


@pytest.mark.parametrize("stop", [1, EVERY - 1, EVERY, EVERY + 1, 2 * EVERY])
def test_a_run_that_was_stopped_goes_on_to_the_same_result(whole, tmp_path, stop):
    own, path = whole
    wann.Evolution(own, out=tmp_path / "run").run(lambda found: found.number + 1 == stop)
    with wann.Evolution.resume(tmp_path / "run") as again:
        assert again.generation == stop
        again.run()
    assert result(tmp_path / "run") == result(path)


@pytest.mark.parametrize("seconds", [-1.0, 1e9], ids=["each", "first"])
def test_after_a_kill_at_any_time_it_goes_on_from_the_last_checkpoint(
    whole, tmp_path, monkeypatch, seconds
):
    own, path = whole
    monkeypatch.setattr(directory, "SECONDS_BETWEEN_CHECKPOINTS", seconds)

    def copy(generation):  # what a kill would leave on the disk
        shutil.copytree(tmp_path / "run", tmp_path / f"{generation.number + 1}")

    wann.Evolution(own, out=tmp_path / "run").run(copy)
    assert result(tmp_path / "run") == result(path)
    for made in (EVERY - 1, EVERY, EVERY + 1, 2 * EVERY):
        again = wann.Evolution.resume(tmp_path / f"{made}")
        assert again.generation == (made if seconds < 0 else 1)
        again.run()
        assert result(tmp_path / f"{made}") == result(path)


def test_an_interrupted_simplification_is_made_again(whole, tmp_path, monkeypatch):
    own, path = whole
    module = import_module("wann.simplify.simplify")  # not the function of this name
    simplify, calls = module.simplification, []

    def interrupted(genome, score, *rest):
        def once(genomes, n):
            calls.append(n)
            if len(calls) in (2, 9):
                raise KeyboardInterrupt
            return score(genomes, n)

        return simplify(genome, once, *rest)

    monkeypatch.setattr(module, "simplification", interrupted)
    interrupts = 0
    with wann.Evolution(own, out=tmp_path / "run") as evolution:
        while evolution.generation < GENERATIONS:
            try:
                for _ in evolution:
                    pass
            except KeyboardInterrupt:
                interrupts += 1
                assert evolution.generation in (EVERY - 1, 2 * EVERY - 1)
    assert interrupts == 2 and result(tmp_path / "run") == result(path)


def test_a_checkpoint_holds_what_its_search_needs(whole):
    own, path = whole
    with np.load(path / "population.npz") as file:
        assert ("cases" in file) == (own.search.parents == "lexicase")
