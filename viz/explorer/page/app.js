// What the parts of the page have in common: the network that is open, its weight, its inputs, and the selected node.

const app = {
  index: 0,
  net: null,
  weight: 1,
  individual: false, // whether the weights are individual ones
  chosen: false, // whether the user has set the weight: until then, each network opens with a good one
  inputs: new Float64Array(DATA.inputs.length),
  memory: null, // what the network remembers of the step before, if it is recurrent
  selected: null, // row of a node
  listeners: {},
};

function on(event, listener) {
  (app.listeners[event] ||= []).push(listener);
}

function emit(event) {
  for (const listener of app.listeners[event] || []) listener();
}

/** The weight as `forward` takes it. */
const activeWeight = () => (app.individual ? null : app.weight);

function openEntry(index) {
  app.index = index;
  app.net = openNetwork(DATA.networks[index]);
  app.weight = clampWeight(app.chosen ? app.weight : firstWeight());
  app.individual = app.net.weights !== null && (app.chosen ? app.individual : app.net.table.tuned);
  app.selected = app.memory = null;
  emit("network");
  emit("weight");
  refresh();
}

function setWeight(weight) {
  app.weight = clampWeight(weight);
  app.individual = false;
  app.chosen = true;
  emit("weight");
  refresh();
}

function setIndividual(individual) {
  app.individual = individual && app.net.weights !== null;
  app.chosen = true;
  emit("weight");
  refresh();
}

/** Computes the network for its inputs, and shows the values. */
function refresh() {
  forward(app.net, activeWeight(), app.inputs, app.memory);
  emit("values");
}

function show(inputs, memory = null) {
  app.inputs = inputs;
  app.memory = memory;
  refresh();
}

function select(row) {
  app.selected = row === app.selected ? null : row;
  emit("select");
}

const nInputs = DATA.inputs.length;

/** The name of a row: bias, input or output, else the id of the node. */
function rowName(net, row) {
  const id = net.table.ids[row];
  if (id === 0) return "bias";
  if (id <= nInputs) return DATA.inputs[id - 1];
  return id <= nInputs + DATA.outputs.length ? DATA.outputs[id - 1 - nInputs] : `node ${id}`;
}

function rowRole(net, row) {
  const id = net.table.ids[row];
  if (id === 0) return "bias";
  return id <= nInputs ? "input" : id <= nInputs + DATA.outputs.length ? "output" : "hidden";
}

/** The activation of a row, null of bias and inputs. */
function rowActivation(net, row) {
  return row < net.firstComputed ? null : DATA.activations[net.table.activations[row - net.firstComputed]];
}

/** What a network is called, in a word or two and in full. */
const entryTitle = ({ group, name, generation }) => ({ champion: name ?? "Champion", front: "Front", earlier: `Generation ${generation}` })[group];

function entryName(entry) {
  const score = typeof entry.score === "number" ? `, score ${number(entry.score, Math.abs(entry.score) < 10 ? 2 : 0)}` : "";
  return entry.group === "champion" ? entryTitle(entry) : `${entryTitle(entry)}: ${entry.size} connections${score}`;
}
