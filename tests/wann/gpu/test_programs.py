"""Programs for a GPU, read by a slow twin of it: the outputs of the networks, bit for bit."""

import numpy as np
import pytest
from oracles.slow_programs import slow_rollout_outputs, slow_rollout_steps, slow_sample_outputs
from support.genomes import grow

from wann.genome.genome import CONNECTION, NODE, make_genome, minimal_genome
from wann.gpu import programs as programs_module
from wann.gpu.programs import programs_of
from wann.network.forward import no_memory, outputs_of
from wann.network.network import decode, decode_all

TWINS = {False: slow_rollout_outputs, True: slow_sample_outputs}
BOTH = pytest.mark.parametrize("of_samples", [False, True], ids=["rollouts", "samples"])


def wide(n_sources):
    """Return a genome whose only output has this many sources, half of them hidden nodes."""
    n_inputs, n_hidden = n_sources // 2, n_sources - n_sources // 2
    nodes = np.zeros(2 + n_inputs + n_hidden, NODE)
    nodes["id"], nodes["activation"] = np.arange(len(nodes)), 1
    nodes["activation"][2 + n_inputs :] = 9
    hidden = np.arange(2 + n_inputs, len(nodes))
    pairs = [(1 + k % n_inputs, node) for k, node in enumerate(hidden)]
    pairs += [(source, 1 + n_inputs) for source in (*range(1, 1 + n_inputs), *hidden)]
    conns = np.array([(s, t, True) for s, t in pairs], CONNECTION)
    return make_genome(n_inputs, 1, nodes, conns)


def check(genomes, of_samples, weight=-0.75):
    networks, (n_in, n_out) = decode_all(genomes), genomes[0][:2]
    programs = programs_of(networks, of_samples)
    assert programs is not None
    assert (programs.first[1:] >= (programs.first + programs.lengths)[:-1]).all()
    assert programs.first[-1] + programs.lengths[-1] <= len(programs.words)
    inputs = np.random.default_rng(0).normal(0, 2, n_in)
    for i, genome in enumerate(genomes):
        want = outputs_of(decode_all([genome]).part(0, 1), [weight], inputs[None])[0, 0].tolist()
        got = TWINS[of_samples](programs, i, n_in, n_out, weight, inputs)
        assert got == want, i
        assert [np.signbit(x) for x in got] == [np.signbit(x) for x in want] or of_samples
    return programs


@BOTH
@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(1, 1), (5, 2), (24, 4)])
def test_a_program_computes_its_network_bit_for_bit(n_inputs, n_outputs, of_samples):
    check([grow(n_inputs, n_outputs, 12 * seed, seed) for seed in range(16)], of_samples)


@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(1, 1), (5, 2), (24, 4)])
def test_a_program_of_a_recurrent_network_goes_on_bit_for_bit(n_inputs, n_outputs):
    genomes = [grow(n_inputs, n_outputs, 12 * seed, seed, recurrent=True) for seed in range(16)]
    programs = programs_of(decode_all(genomes))
    assert programs is not None and len(decode_all(genomes).memory) > 50
    assert (programs.first[1:] >= (programs.first + programs.lengths)[:-1]).all()
    steps = np.random.default_rng(0).normal(0, 2, (6, n_inputs))
    for i, genome in enumerate(genomes):
        net = decode(genome)
        memory = no_memory(net, 1, 1)
        want = [outputs_of(net, [-0.75], inputs[None], memory)[0, 0].tolist() for inputs in steps]
        assert slow_rollout_steps(programs, i, n_inputs, n_outputs, -0.75, steps) == want


@BOTH
def test_lists_of_any_length(of_samples):
    for n_sources in (2, 3, 5, 6, 7, 8, 9, 60, 61, 400):
        check([wide(n_sources)], of_samples)


@BOTH
def test_nodes_without_sources_are_zero(of_samples):
    bare = minimal_genome(3, 2, 0.0, np.random.default_rng(0))
    check([bare, grow(3, 2, 30, 0), bare], of_samples)


@BOTH
def test_slots_are_used_again(of_samples):
    genomes = [grow(5, 1, 400, seed) for seed in range(4)]
    programs = check(genomes, of_samples)
    nodes = np.diff(decode_all(genomes).start)
    assert (programs.slots < (0.8 if of_samples else 0.6) * nodes + 8).all()


@BOTH
def test_what_is_too_wide_has_no_program(of_samples):
    assert programs_of(decode_all([wide(4000)]), of_samples) is not None
    most = 2 + 4 * programs_module.MOST_WORDS
    too_wide = 2 * (most + 4) if of_samples else most + 2
    assert (
        programs_of(decode_all([grow(too_wide // 2, 1, 3, 0), wide(too_wide)]), of_samples) is None
    )


@BOTH
def test_threads_write_the_same(of_samples):
    genomes = [grow(4, 2, seed % 60, seed) for seed in range(300)]
    networks, found = decode_all(genomes), []
    for n_parts in (1, 2, 5):
        programs = programs_of(networks, of_samples, lambda n, dtype: np.zeros(n, dtype), n_parts)
        found.append([array.tobytes() for array in programs])
    assert found[0] == found[1] == found[2]
