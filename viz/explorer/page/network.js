// The forward pass of wann/network.py, and what wann/ensemble.py makes of a classifier's outputs.

/**
 * A network of the data, ready to be computed: values and sums have a place for each row, which is the bias, then the
 * inputs, then the computed nodes, the outputs last.  Behind them are the values that a recurrent network remembers of
 * the step before, those of the rows in `memory`.  `origins` are the rows of the nodes where connections start.
 */
function openNetwork(table) {
  const rows = table.ids.length, firstComputed = rows - table.activations.length, memory = table.memory || [];
  const targets = new Int32Array(table.sources.length);
  for (let n = 0; n < table.activations.length; n++) targets.fill(firstComputed + n, table.indptr[n], table.indptr[n + 1]);
  return {
    table, rows, firstComputed, targets, memory,
    sources: Int32Array.from(table.sources),
    origins: Int32Array.from(table.sources, (source) => (source < rows ? source : memory[source - rows])),
    weights: table.weights ? Float64Array.from(table.weights) : null,
    values: new Float64Array(rows + memory.length).fill(1, 0, 1),
    sums: new Float64Array(rows),
    outputs: new Float64Array(DATA.outputs.length),
  };
}

/**
 * Computes all values of a network for observations, which it scales if need be; a weight of null stands for its
 * individual ones, no memory for the first step of an episode.  Returns its outputs.
 */
function forward(net, weight, inputs, memory = null) {
  const { values, sums, sources, table } = net, { indptr, activations } = table;
  const [mean, deviation] = table.scale || [null, null];
  for (let i = 0; i < inputs.length; i++) values[1 + i] = mean ? (inputs[i] - mean[i]) / deviation[i] : inputs[i];
  const known = memory !== null && memory.length === net.memory.length; // or it is another network's
  for (let m = 0; m < net.memory.length; m++) values[net.rows + m] = known ? memory[m] : 0;
  let k = 0;
  for (let n = 0; n < activations.length; n++) {
    const end = indptr[n + 1], row = net.firstComputed + n;
    let total = 0;
    if (weight === null) {
      for (; k < end; k++) total += net.weights[k] * values[sources[k]];
    } else {
      if (k < end) total = values[sources[k++]];
      for (; k < end; k++) total += values[sources[k]];
      total *= weight;
    }
    sums[row] = total;
    values[row] = activate(activations[n], total);
  }
  for (let i = 0; i < net.outputs.length; i++) net.outputs[i] = values[net.rows - net.outputs.length + i];
  return net.outputs;
}

/** What a network remembers of the step that was computed: the memory of the next one. */
const remembered = (net) => Array.from(net.memory, (row) => net.values[row]);

/** What the source of connection k adds to the sum of its target. */
const signal = (net, k, weight) => (weight === null ? net.weights[k] : weight) * net.values[net.sources[k]];

/** Index of the largest value, the first of equals. */
const argmax = (values) => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);

function softmax(outputs) {
  const top = Math.max(...outputs);
  const shares = Array.from(outputs, (v) => exp2(larger(LEAST_EXPONENT, (v - top) * LOG2E)));
  const total = shares.reduce((sum, v) => sum + v, 0);
  return shares.map((v) => v / total);
}

/** The class that most of these probabilities choose, of equals the one with more of it, and what each chooses. */
function vote(members) {
  const choices = members.map(argmax), n = members[0].length;
  const shares = Array.from({ length: n }, (_, c) => {
    const votes = choices.filter((choice) => choice === c).length;
    const mean = members.reduce((sum, p) => sum + p[c], 0) / members.length;
    return (votes + mean / 2) / (members.length + 0.5);
  });
  return { winner: argmax(shares), choices };
}

/** Rows from which connections lead to a row, and those to which they lead from it, each with the row itself. */
function lineage(net, row) {
  const before = new Set([row]), after = new Set([row]);
  const { origins, targets } = net;
  for (let found = 0; found < before.size + after.size;) { // again where connections lead back
    found = before.size + after.size;
    for (let k = origins.length - 1; k >= 0; k--) if (before.has(targets[k])) before.add(origins[k]);
    for (let k = 0; k < origins.length; k++) if (after.has(origins[k])) after.add(targets[k]);
  }
  return { before, after };
}
