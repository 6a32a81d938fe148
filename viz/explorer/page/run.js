// The run: the last population with its Pareto front, and the champions on the way to the last one.

const indices = (group) => DATA.networks.map((_, i) => i).filter((i) => DATA.networks[i].group === group);

function drawPopulation(width, height) {
  const { population } = DATA.run, front = indices("front"), champion = DATA.networks[DATA.run.champion];
  const scores = population.map(([, score]) => score).sort((a, b) => a - b);
  const top = scores.at(-1), median = scores[Math.floor(scores.length / 2)];
  const least = top > median ? top - 10 * (top - median) : scores[0]; // the worst ones may be far away
  const shown = population.filter(([, score]) => score >= least);
  const sizes = [...shown.map(([size]) => size), champion.size, ...front.map((i) => DATA.networks[i].size)];
  const ends = [...front.map((i) => DATA.networks[i].score), champion.score].filter(Number.isFinite);
  const yRange = rangeOf([...shown.map(([, score]) => score), ...ends.filter((score) => score >= least)]);
  const { root, x, y } = axes(byId("population"), width, height, rangeOf(sizes), yRange, "connections", undefined, true);
  root.append(svg("g", { class: "crowd" }, ...shown.map(([size, score]) => svg("circle", { cx: x(size), cy: y(score), r: 3 }))));
  const points = front.map((i) => point(i, DATA.networks[i].size, x, y)).filter(Boolean).sort((a, b) => a.x - b.x);
  tellPopulation(population.length - shown.length);
  const steps = points.map(({ x: u, y: v }, k) => (k ? `H${u}V${v}` : `M${u} ${v}`)).join("");
  if (steps) root.append(svg("path", { class: "front", d: steps }));
  const own = point(DATA.run.champion, champion.size, x, y);
  byId("population").marks = networkPoints(root, own ? [...points, own] : points);
  markOpen();
}

function tellPopulation(leftOut) {
  const { measure } = DATA, more = leftOut ? ` ${leftOut} far worse are not shown.` : "";
  const text = `${measure[0].toUpperCase()}${measure.slice(1)}, against connections; the front and the champion open on a click.`;
  byId("population-note").textContent = text + more;
}

/** The mark of a network at its score. */
function point(index, at, x, y) {
  const entry = DATA.networks[index];
  return Number.isFinite(entry.score) ? { x: x(at), y: y(entry.score), index, label: entryName(entry) } : null;
}

function drawHistory(width, height) {
  const { history } = DATA.run, earlier = indices("earlier"), element = byId("history");
  const { generation, best, champion } = history;
  const scores = [...champion, ...best, ...earlier.map((i) => DATA.networks[i].score)].filter(Number.isFinite).sort((a, b) => a - b);
  const yRange = rangeOf(scores.slice(Math.floor(0.02 * scores.length)));
  const xRange = [0, Math.max(...generation, 1)];
  const { root, area, x, y } = axes(element, width, height, xRange, yRange, "generation", undefined, true);
  const clip = (v) => Math.min(y(v), area.bottom); // the first generations may be far worse
  const line = (values, kind) => svg("path", { class: kind, d: linePath(generation.map((g, i) => [x(g), clip(values[i])])) });
  root.append(line(best, "observed best"), line(champion, "line"));
  const points = earlier.map((i) => point(i, DATA.networks[i].generation, x, clip)).filter(Boolean);
  element.marks = networkPoints(root, points);
  markOpen();
}

/** Marks the points of the network that is open. */
function markOpen() {
  for (const id of ["population", "history"]) {
    for (const mark of byId(id).marks || []) {
      const open = Number(mark.dataset.index) === app.index;
      mark.classList.toggle("open", open);
      mark.setAttribute("aria-pressed", open);
    }
  }
}

function startRun() {
  if (!DATA.run) return;
  byId("run").hidden = false;
  whenSized(byId("population"), drawPopulation);
  whenSized(byId("history"), drawHistory);
  on("network", markOpen);
}
