// Beside the network: what the selected node does; without one, what the colours mean.

const details = { update: null, shownAt: 0 };
const REDRAW = 150; // ms between two updates of its numbers

function drawDetails() {
  const root = byId("details");
  const focused = root.contains(document.activeElement);
  details.update = null;
  root.replaceChildren(...(app.selected === null ? legend() : nodeCard(app.net, app.selected)));
  if (focused) root.querySelector("button")?.focus();
  updateDetails(true);
}

function updateDetails(now) {
  const time = performance.now();
  if (details.update && (now === true || time - details.shownAt > REDRAW)) {
    details.shownAt = time;
    details.update();
  }
}

function legend() {
  const counts = new Map(), net = app.net;
  net.table.activations.forEach((code, n) => {
    if (rowRole(net, net.firstComputed + n) === "hidden") counts.set(code, (counts.get(code) || 0) + 1);
  });
  const items = [...counts].sort((a, b) => b[1] - a[1]).map(([code, n]) => {
    const { name, colour, formula } = DATA.activations[code];
    return el("li", { title: formula }, glyphIcon(code, colour), el("span", {}, `${n} ${name}`));
  });
  const signs = el("p", { class: "note signs" },
    el("i", { class: "plus" }), " positive ", el("i", { class: "minus" }), " negative. Click a node to see what it does.");
  return [el("ul", { class: "legend" }, ...items), signs];
}

function glyphIcon(code, fillColour) {
  const disc = svg("circle", { r: 11, cx: 0, cy: 0 }), glyph = svg("path", { class: "glyph", d: glyphPath(code, 12, 9) });
  disc.style.fill = fillColour;
  glyph.style.stroke = isDark(fillColour) ? "#fff" : "#222";
  return svg("svg", { viewBox: "-12 -12 24 24", class: "icon", "aria-hidden": "true" }, disc, glyph);
}

function nodeCard(net, row) {
  const role = rowRole(net, row), activation = rowActivation(net, row);
  const close = el("button", { type: "button", class: "close", "aria-label": "Select no node" }, "\u00d7");
  close.addEventListener("click", () => select(row));
  const what = { bias: "always 1", input: "input", output: "output", hidden: "hidden node" }[role];
  const about = activation ? `${what}, ${activation.name}: ${activation.formula}` : what;
  const sum = el("b"), value = el("b");
  const numbers = el("p", { class: "numbers" },
    ...(activation ? [el("span", {}, "weighted sum x "), sum, el("span", {}, " \u2192 ")] : []), el("span", {}, "value "), value);
  const curve = activation ? activationCurve(net, row) : null;
  const incoming = [], outgoing = [];
  for (let k = 0; k < net.sources.length; k++) {
    if (net.targets[k] === row) incoming.push(connectionItem(net, k, net.origins[k]));
    if (net.origins[k] === row) outgoing.push(connectionItem(net, k, net.targets[k]));
  }
  details.update = () => {
    sum.textContent = number(net.sums[row], 3);
    value.textContent = number(net.values[row], 3);
    if (curve) curve.update();
    for (const item of [...incoming, ...outgoing]) item.update();
  };
  const list = (title, items) => el("div", { class: "ends" },
    el("h3", {}, `${title} (${items.length})`), el("ul", {}, ...items.map((item) => item.element)));
  return [
    el("div", { class: "row head" }, el("h2", {}, rowName(net, row)), el("span", { class: "note" }, about), close),
    el("div", { class: "facts" },
      el("div", { class: "does" }, numbers, ...(curve ? [curve.element] : [])),
      ...(role === "bias" || role === "input" ? [] : [list("Incoming", incoming)]),
      ...(outgoing.length || role !== "output" ? [list("Outgoing", outgoing)] : [])),
  ];
}

function connectionItem(net, k, other) {
  const name = rowName(net, other) + (net.sources[k] < net.rows ? "" : ", of the step before");
  const amount = el("span"), button = el("button", { type: "button" }, el("span", {}, name), amount);
  button.addEventListener("click", () => select(other));
  const update = () => {
    const weight = activeWeight(), passed = signal(net, k, weight);
    const own = weight === null ? `${number(net.weights[k])} \u00d7 ` : "";
    amount.textContent = weight === null ? `${own}${number(net.values[net.sources[k]])}` : number(passed);
    amount.className = `amount ${passed > 0 ? "plus" : passed < 0 ? "minus" : ""}`;
  };
  return { element: el("li", {}, button), update };
}

/** The curve of a node's activation, and where on it the node is. */
function activationCurve(net, row) {
  const code = net.table.activations[row - net.firstComputed], name = DATA.activations[code].name;
  const width = 190, height = 104, reach = 3, n = 120;
  const outputs = Array.from({ length: n + 1 }, (_, i) => activate(code, reach * (2 * i / n - 1)));
  const low = Math.min(-1, ...outputs), high = Math.max(1, ...outputs);
  const x = (v) => (Math.min(Math.max(v, -reach), reach) / reach + 1) * width / 2;
  const y = (v) => 6 + (1 - (Math.min(Math.max(v, low), high) - low) / (high - low)) * (height - 12);
  const line = outputs.map((v, i) => `${(i * width / n).toFixed(1)} ${y(v).toFixed(1)}`).join("L");
  const dot = svg("circle", { class: "now", r: 5 });
  const element = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img", "aria-label": `Curve of ${name}` },
    svg("path", { class: "axis", d: `M0 ${y(0)}H${width}M${width / 2} 0V${height}` }),
    svg("path", { class: "line", d: `M${line}` }), dot);
  const update = () => {
    dot.setAttribute("cx", x(net.sums[row]));
    dot.setAttribute("cy", y(net.values[row]));
  };
  return { element, update };
}

function startDetails() {
  on("network", drawDetails);
  on("select", drawDetails);
  on("weight", () => updateDetails(true));
  on("values", updateDetails);
}
