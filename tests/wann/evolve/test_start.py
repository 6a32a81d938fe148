"""An evolution that starts from a champion: the same after anything, and what does not fit."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from support.command import SMALL, call, result

import wann
from wann.config import configure
from wann.errors import WannError
from wann.evolve.start import digest_of_genome, starting_from
from wann.tasks import find_task

FEW = [*SMALL, "--set", "generations=3", "--seed", 5]


@pytest.fixture
def begun(finished, tmp_path):
    """A run of three generations from the champion of another."""
    done = call(*FEW, "--start", finished, "--out", tmp_path / "begun")
    assert done.returncode == 0, done.stderr
    return tmp_path / "begun"


def test_the_first_generation_is_made_of_the_champion(finished, begun):
    start, champion = wann.load(finished), wann.load(begun)
    sizes = wann.load(begun / "champions" / "0000.json").genome.size
    assert abs(sizes - start.genome.size) <= 2
    assert champion.provenance["config"]["start"] == digest_of_genome(start.genome)
    assert wann.load(begun / "start.json").to_json() == start.to_json()
    # as a minimal network it would have begun with far less
    assert champion.scores["mean"] > start.scores["mean"] - 3 * 10


def test_python_does_the_same(finished, begun):
    config = wann.configure(
        "swingup_hard", search={"population": 24}, trials=2, confirm_trials=4, generations=3, seed=5
    )
    for start in (finished, str(finished / "champion.json"), wann.load(finished)):
        champion = wann.Evolution(config, start=start, backend="serial").run()
        assert champion.to_json() == wann.load(begun).to_json()


def test_it_is_resumed_to_the_same_result(finished, begun, tmp_path):
    whole = call(*SMALL, "--set", "generations=6", "--seed", 5, "--start", finished, "--out",
                 tmp_path / "whole")  # fmt: skip
    again = call("--resume", begun, "--set", "generations=6")
    assert whole.returncode == again.returncode == 0
    assert result(begun) == result(tmp_path / "whole")


def test_one_that_was_killed_before_its_first_checkpoint_starts_again(begun, tmp_path):
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("about.json", "start.json", "config.toml"):
        shutil.copy(begun / name, killed)
    assert call("--resume", killed).returncode == 0
    assert result(killed) == result(begun)


def test_a_run_whose_start_is_gone_or_another_says_so(finished, begun):
    (begun / "start.json").unlink()
    assert "give it with --start" in call("--resume", begun).stderr
    other = wann.load(begun / "champions" / "0000.json")
    conns = other.genome.conns.copy()
    conns["enabled"] = ~conns["enabled"]
    replace(other, genome=other.genome._replace(conns=conns)).save(begun / "start.json")
    failed = call("--resume", begun)
    assert failed.returncode == 2 and "another network" in failed.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["cartpole"], "has 5 inputs and 1 outputs, but the task cartpole has 4 inputs"),
        (["swingup", "--set", "start=abc"], "start = 'abc': must be empty or a SHA-256"),
        (["swingup", "--set", f"start={'0' * 64}"], "starts from another network"),
    ],
)
def test_what_does_not_fit_is_a_line(finished, tmp_path, options, message):
    failed = call(*options, "--start", finished, "--out", tmp_path / "run")
    assert failed.returncode == 2 and message in failed.stderr
    assert failed.stderr.count("\n") == 1 and not (tmp_path / "run").exists()


def test_resume_takes_no_start(finished):
    failed = call("--resume", finished, "--start", finished)
    assert failed.returncode == 2 and "no --start" in failed.stderr


def test_a_configuration_of_such_a_run_asks_for_its_start(begun, tmp_path):
    failed = call(begun / "config.toml", "--out", tmp_path / "run")
    assert failed.returncode == 2 and "give it with --start CHAMPION" in failed.stderr


def test_samples_must_have_the_same_names():
    task = find_task("digits")
    champion = wann.Evolution(
        configure("digits", generations=1, search={"population": 4}), task=task, backend="serial"
    ).run()
    assert starting_from(champion, configure("digits"), task)[0] is champion
    turned = replace(champion, outputs=champion.outputs[::-1])
    with pytest.raises(WannError, match="other names of inputs or classes"):
        starting_from(turned, configure("digits"), task)


def test_the_digest_is_of_the_network_alone(finished):
    genome = wann.load(finished).genome
    far = genome._replace(nodes=genome.nodes.copy(), conns=genome.conns.copy())
    for ids in (far.nodes["id"], far.conns["source"], far.conns["target"]):
        ids[ids >= genome.n_fixed] += 1000
    assert digest_of_genome(far) == digest_of_genome(genome)
    other = genome._replace(nodes=genome.nodes.copy())
    if len(genome.hidden):
        other.nodes["activation"][-1] = (other.nodes["activation"][-1] % 10) + 1
        assert digest_of_genome(other) != digest_of_genome(genome)
    fewer = genome._replace(conns=np.delete(genome.conns, 0))
    assert digest_of_genome(fewer) != digest_of_genome(genome)
