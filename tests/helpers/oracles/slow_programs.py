"""What a warp of a GPU does with a program, in plain Python: it reads words and moves floats."""

from wann.gpu.programs import MORE
from wann.numeric.activations import activate


def field(word, shift, bits):
    return (word >> shift) & ((1 << bits) - 1)


def program_of(programs, i):
    """Return the words of program i."""
    first = int(programs.first[i])
    return programs.words[first : first + int(programs.lengths[i])].tolist()


def slow_rollout_outputs(programs, i, n_inputs, n_outputs, weight, inputs):
    """Return the outputs that the program of network i for rollouts computes in a first step."""
    return slow_rollout_steps(programs, i, n_inputs, n_outputs, weight, [inputs])[0]


def slow_rollout_steps(programs, i, n_inputs, n_outputs, weight, steps):
    """Return the outputs that the program of network i for rollouts computes in each step."""
    head, *words = program_of(programs, i)
    n_slots, n_memory = field(head, 32, 16), field(head, 48, 16)
    values = [float("nan")] * n_slots  # what is read before it is written shows
    nothing, copies = 1 + n_inputs + n_outputs, words[:n_memory]
    values[nothing], values[nothing + 1] = -0.0, 0.0
    for word in copies:
        values[field(word, 16, 15)] = 0.0
    outputs = []
    for inputs in steps:
        values[: 1 + n_inputs] = [1.0, *map(float, inputs)]
        _step(words[n_memory:], field(head, 0, 32), values, weight)
        for word in copies:
            values[field(word, 16, 15)] = values[field(word, 0, 15)]
        outputs.append(values[1 + n_inputs : nothing])
    return outputs


def _step(words, n_nodes, values, weight):
    """Compute the nodes."""
    at = 0
    for _ in range(n_nodes):
        node, more = words[at], field(words[at], 48, 10)
        x = values[field(node, 0, 15)] + values[field(node, 16, 15)]
        for k in range(more):
            word = words[at + 1 + k]
            assert bool(word & MORE) == (k + 1 < more)
            for shift in (0, 16, 32, 48):
                x = x + values[field(word, shift, 15)]
        values[field(node, 32, 15)] = activate(field(node, 58, 6), x * weight)
        at += 1 + more
    assert at == len(words)


def slow_sample_outputs(programs, i, n_inputs, n_outputs, weight, inputs):
    """Return the outputs that the program of network i for samples computes.

    Nodes of a level are computed from what there was before it, in any order.
    """
    head, *words = program_of(programs, i)
    n_nodes, n_levels, n_slots = field(head, 0, 20), field(head, 20, 20), head >> 40
    ends, nodes = words[:n_levels], words[n_levels:]
    rows = [1.0, *map(float, inputs), -0.0]
    values = [float("nan")] * n_slots
    values[n_outputs] = -0.0
    done = 0
    for end in ends:
        before, written = list(values), set()
        for node in reversed(nodes[done:end]):
            at, total = field(node, 0, 20), 0.0
            for word in nodes[at : at + field(node, 20, 10)]:
                for shift in (0, 16, 32, 48):
                    total = total + rows[field(word, shift, 16)]
            at += field(node, 20, 10)
            for word in nodes[at : at + field(node, 30, 10)]:
                for shift in (0, 16, 32, 48):
                    total = total + before[field(word, shift, 15)]
            slot = field(node, 40, 15)
            assert slot not in written
            written.add(slot)
            values[slot] = activate(field(node, 58, 6), total * weight)
        done = end
    assert done == n_nodes
    return values[:n_outputs]
