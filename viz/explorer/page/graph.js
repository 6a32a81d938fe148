// The drawing of the network, and the values that flow through it.

const RADIUS = { hidden: 21, input: 8.5, bias: 8.5, output: 13 };
const DENSE_RADIUS = { hidden: 6, input: 4, bias: 5, output: 8 };
const SLOW_EDGES = 400, SLOW = 100; // so many connections are painted no more often than after so many ms

/** Path of the curve of activation `code` in a box around the origin. */
function glyphPath(code, width, height) {
  const span = DATA.activations[code].reach, n = 40; // half the inputs of its curve
  const outputs = Array.from({ length: 2 * n + 1 }, (_, i) => activate(Number(code), span * (i / n - 1)));
  const low = Math.min(...outputs), high = Math.max(...outputs);
  const points = outputs.map((v, i) => {
    const x = (i / n - 1) * width / 2, y = (0.5 - (v - low) / (high - low || 1)) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}

function isDark(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  return 0.3 * r + 0.59 * g + 0.11 * b < 140;
}

const ARROW = 9, TIP = 11; // length of the strokes before the end of a recurrent connection, and how far from it they meet

/** Path of a connection through the points: level near each, so that it clears the other nodes of a column. */
function wayPath(points, level) {
  let path = `M${points[0].join(" ")}`;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1], [x1, y1] = points[i];
    const start = x0 + level, end = x1 - level, middle = (start + end) / 2;
    path += `L${start} ${y0}C${middle} ${y0} ${middle} ${y1} ${end} ${y1}`;
  }
  return `${path}L${points[points.length - 1].join(" ")}`;
}

function densePath([x0, y0], [x1, y1]) {
  const bend = 0.45 * (x1 - x0);
  return `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
}

/** Path of a recurrent connection along a cubic curve, with an arrow of two strokes, each as long as a dash. */
function arcPath(points) {
  const [start, ...rest] = points.map((point) => point.join(" ")), [[x0, y0], [x1, y1]] = points.slice(2);
  const direction = Math.atan2(y1 - y0, x1 - x0), x = x1 - TIP * Math.cos(direction), y = y1 - TIP * Math.sin(direction);
  const strokes = [-0.5, 0.5].map((turn) =>
    `M${x - ARROW * Math.cos(direction + turn)} ${y - ARROW * Math.sin(direction + turn)}L${x} ${y}`);
  return `M${start}C${rest.join(" ")}${strokes.join("")}`;
}

const graph = { edges: [], nodes: [], levels: [], painted: 0, waiting: false };

function drawGraph() {
  const net = app.net, { drawing } = net.table, at = (row) => [drawing.x[row], drawing.y[row]];
  const root = byId("graph"), edges = svg("g", { class: "edges" }), nodes = svg("g", { class: "nodes" });
  graph.edges = Array.from(net.origins, (origin, k) => {
    const ends = [at(origin), at(net.targets[k])], arc = drawing.arcs && drawing.arcs[k];
    if (arc) {
      const edge = svg("path", { class: "edge recurrent", d: arcPath(arc) });
      edges.append(edge);
      return edge;
    }
    const d = drawing.dense ? densePath(...ends) : wayPath([ends[0], ...drawing.ways[k], ends[1]], drawing.level);
    const edge = svg("path", { class: "edge", d });
    edges.append(edge);
    return edge;
  });
  graph.nodes = Array.from({ length: net.rows }, (_, row) => {
    if (drawing.x[row] === null) return null;
    const used = row >= net.firstComputed || net.origins.includes(row);
    const node = drawNode(net, row, at(row), used);
    nodes.append(node.group);
    return node;
  });
  graph.levels = new Int8Array(graph.edges.length).fill(127);
  graph.painted = 0;
  frame(root, drawing);
  root.classList.toggle("dense", drawing.dense);
  edges.classList.toggle("many", graph.edges.length > SLOW_EDGES);
  root.replaceChildren(edges, nodes);
  const first = graph.nodes.findLast((node) => node !== null);
  first.group.setAttribute("tabindex", 0);
}

/** Sets what the drawing shows: all nodes with their names. */
function frame(root, drawing) {
  const [left, top, right, bottom] = drawing.box, size = drawing.dense ? 15 : 21;
  const width = (names) => Math.max(...names.map((name) => name.length)) * size * 0.55 + 34;
  const before = drawing.across ? 40 : width([...DATA.inputs, "bias"]), after = width(DATA.outputs);
  const above = drawing.across ? 30 : 34;
  const box = [left - before, top - above, right - left + before + after, bottom - top + above + 40];
  root.setAttribute("viewBox", box.map(Math.round).join(" "));
  root.style.setProperty("--readable", `${Math.min(drawing.dense ? 640 : 760, box[2] * 0.8)}px`);
  root.style.maxWidth = `${box[2] * (drawing.dense ? 1.3 : 1.15)}px`;
}

function drawNode(net, row, [x, y], used) {
  const { drawing } = net.table, role = rowRole(net, row), activation = rowActivation(net, row);
  const radius = (drawing.dense ? DENSE_RADIUS : RADIUS)[role], pixel = drawing.across && role === "input";
  const label = `${rowName(net, row)}, ${role}${role === "hidden" ? `, ${activation.name}` : ""}${used ? "" : ", unused"}`;
  const classes = ["node", role, pixel && "pixel", !used && "unused"].filter(Boolean).join(" ");
  const group = svg("g", {
    class: classes, role: "button", "aria-label": label, "data-row": row, tabindex: -1,
    transform: `translate(${x} ${y})`,
  });
  if (pixel) {
    const [ax, ay] = drawing.across, [dx, dy] = drawing.down;
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([i, j]) => `${(i * ax + j * dx) / 2} ${(i * ay + j * dy) / 2}`);
    const body = svg("path", { class: "body", d: `M${corners.join("L")}Z` });
    const ink = svg("path", { class: "ink", d: `M${corners.join("L")}Z` });
    group.append(body, ink);
    return { group, ink, role };
  }
  const ring = svg("circle", { class: "ring", r: radius + (drawing.dense ? 5 : 7) });
  const body = role === "bias"
    ? svg("rect", { class: "body", x: -radius, y: -radius, width: 2 * radius, height: 2 * radius, rx: 1.5 })
    : svg("circle", { class: "body", r: radius });
  group.append(svg("title", {}, label), ring, body);
  if (role === "hidden") {
    body.style.fill = activation.colour;
    if (!drawing.dense) {
      const code = net.table.activations[row - net.firstComputed];
      const glyph = svg("path", { class: "glyph", d: glyphPath(code, 24, 18) });
      glyph.style.stroke = isDark(activation.colour) ? "#fff" : "#222";
      group.append(glyph);
    }
  } else {
    const right = role === "output", offset = radius + 8;
    const drop = drawing.dense ? 5 : 7; // from the middle of a name to its foot
    if (!drawing.dense || right || role === "bias" || nInputs <= 40) {
      group.append(svg("text", { class: right ? "name right" : "name left", x: right ? offset : -offset, y: drop }, rowName(net, row)));
    }
  }
  return { group, ring: used ? ring : null, role };
}

/** How much of 16 a value shows. */
const level = (value) => Math.round(16 * (1 - Math.exp(-1.1 * Math.abs(value)))) * (value < 0 ? -1 : 1);

function paintGraph(time) {
  graph.waiting = false;
  const net = app.net, weight = activeWeight();
  if (graph.edges.length <= SLOW_EDGES || time - graph.painted > SLOW) {
    graph.painted = time;
    for (let k = 0; k < graph.edges.length; k++) {
      const now = level(signal(net, k, weight));
      if (now === graph.levels[k]) continue;
      graph.levels[k] = now;
      const style = graph.edges[k].style;
      style.stroke = now > 0 ? "var(--plus)" : now < 0 ? "var(--minus)" : "var(--edge)";
      style.strokeOpacity = 0.16 + 0.84 * Math.abs(now) / 16;
    }
  } else {
    requestPaint();
  }
  for (let row = 0; row < net.rows; row++) {
    const node = graph.nodes[row];
    if (!node) continue;
    const now = level(net.values[row]);
    if (now === node.level) continue;
    node.level = now;
    const style = (node.ring || node.ink)?.style;
    if (!style) continue; // an unused input: what it sees changes nothing
    style.fill = now >= 0 ? "var(--plus)" : "var(--minus)";
    style.opacity = node.ring ? 0.75 * Math.abs(now) / 16 : Math.min(1, Math.abs(net.values[row]));
  }
}

function requestPaint() {
  if (!graph.waiting) {
    graph.waiting = true;
    requestAnimationFrame(paintGraph);
  }
}

/** Shows the ways that lead to the selected node and from it, and pales the others. */
function highlight() {
  const net = app.net, row = app.selected;
  const kin = row === null ? null : lineage(net, row);
  graph.edges.forEach((edge, k) => {
    const on = kin && ((kin.before.has(net.origins[k]) && kin.before.has(net.targets[k]))
      || (kin.after.has(net.origins[k]) && kin.after.has(net.targets[k])));
    edge.classList.toggle("dim", kin !== null && !on);
    edge.classList.toggle("touching", row !== null && (net.origins[k] === row || net.targets[k] === row));
  });
  graph.nodes.forEach((node, i) => {
    if (!node) return;
    node.group.classList.toggle("dim", kin !== null && !kin.before.has(i) && !kin.after.has(i));
    node.group.classList.toggle("selected", i === row);
    node.group.setAttribute("aria-pressed", i === row);
  });
}

function startGraph() {
  const root = byId("graph");
  root.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (node) select(Number(node.dataset.row));
    else if (app.selected !== null) select(app.selected);
  });
  const groups = () => graph.nodes.filter(Boolean).map((node) => node.group);
  const placeOf = (group) => {
    const { x, y } = app.net.table.drawing, row = Number(group.dataset.row);
    return [x[row], y[row]];
  };
  rove(root, (from, dx, dy) => nearest(groups(), placeOf, from, dx, dy));
  on("network", drawGraph);
  on("network", highlight);
  on("values", requestPaint);
  on("select", highlight);
}
