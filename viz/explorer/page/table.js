// Several champions side by side: what each is and scores, from the same trials; a click opens one.

const SPARK = [132, 30]; // px of the small profiles

const meanOf = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** What the profile of a network says in a few numbers. */
function figuresOf({ profile, sweep }) {
  if (!profile) return {};
  const { weights, mean: scores, success, individual, individual_success: tunedSuccess, vote } = profile;
  const at = sweep.map((weight) => weights.indexOf(weight)), best = bestWeight(profile), top = weights.indexOf(best);
  return {
    mean: meanOf(at.map((i) => scores[i])), success: success && meanOf(at.map((i) => success[i])),
    best, bestScore: scores[top], bestSuccess: success && success[top], tuned: individual, tunedSuccess, vote,
  };
}

const percent = (share) => `${number(100 * share, 0)} %`;

/** A score, and in which share of the trials the network succeeds. */
function scoreCell(score, success) {
  if (!Number.isFinite(score)) return ["\u2013"];
  const decimals = Math.abs(score) < 100 ? 1 : 0;
  return [number(score, decimals), ...(Number.isFinite(success) ? [" ", el("small", {}, percent(success))] : [])];
}

/** The columns: heading, what it means, class, and the content of a network's cell. */
function columnsOf() {
  const there = DATA.success ? `, and in how many of the starts it ${DATA.success}` : "";
  const any = (key) => DATA.networks.some((entry) => Number.isFinite(entry.profile?.[key]));
  return [
    ["connections", "enabled connections of the network", "", (entry) => [String(entry.size)]],
    [any("vote") ? "mean accuracy" : "mean score", `mean over the shared weights of its search${there}`, "", (entry, f) => scoreCell(f.mean, f.success)],
    ...(any("vote") ? [["vote", "accuracy of the vote of these weights, in percent", "", (entry, f) => scoreCell(f.vote)]] : []),
    ["best weight", "the shared weight with the best mean", "rest", (entry, f) => ["best" in f ? weightText(f.best) : "\u2013"]],
    ["score there", `at the best shared weight${there}`, "rest", (entry, f) => scoreCell(f.bestScore, f.bestSuccess)],
    ...(any("individual") ? [["tuned", `with a weight for each connection${there}`, "rest", (entry, f) => scoreCell(f.tuned, f.tunedSuccess)]] : []),
  ];
}

function startTable() {
  const shown = indices("champion");
  if (shown.length < 2) return;
  byId("champions").hidden = false;
  const columns = columnsOf(), profiles = shown.map((i) => DATA.networks[i].profile).filter(Boolean);
  const range = rangeOf(profiles.flatMap((profile) => profile.mean));
  const heads = columns.map(([title, about, kind]) => el("th", { scope: "col", title: about, class: kind }, title));
  const spark = profiles.length > 0;
  document.querySelector("#champions thead tr").append(...heads, ...(spark ? [el("th", { scope: "col", class: "rest" }, "weights from \u22123 to 3")] : []));
  const rows = shown.map((index) => {
    const entry = DATA.networks[index], figures = figuresOf(entry);
    const button = el("button", { type: "button" }, entryName(entry));
    const cells = columns.map(([, , kind, content]) => el("td", { class: kind }, ...content(entry, figures)));
    if (spark) cells.push(el("td", { class: "rest spark" }, ...(entry.profile ? [sparkline(entry.profile, range)] : [])));
    const row = el("tr", { "data-index": index }, el("th", { scope: "row" }, button), ...cells);
    row.addEventListener("click", () => openEntry(index));
    return row;
  });
  document.querySelector("#champions tbody").append(...rows);
  const trials = profiles.length ? `${profiles[0].of[0].toUpperCase()}${profiles[0].of.slice(1)}` : "";
  const green = DATA.success && `green: the share of the starts in which it ${DATA.success}`;
  byId("champions-note").textContent = [trials, green].filter(Boolean).join("; ");
  on("network", () => {
    for (const row of rows) {
      const open = Number(row.dataset.index) === app.index;
      row.classList.toggle("open", open);
      row.querySelector("button").setAttribute("aria-pressed", open);
    }
  });
}

/** A profile without axes: the score as a line, above the share of the trials that succeed. */
function sparkline({ weights, mean: scores, success }, [low, high]) {
  const [width, height] = SPARK, [first, last] = [weights[0], weights[weights.length - 1]];
  const x = (i) => (weights[i] - first) / (last - first) * width;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  if (success) {
    const area = success.map((share, i) => [x(i), height * (1 - share)]);
    root.append(svg("path", { class: "success", d: `${linePath([[0, height], ...area, [width, height]])}Z` }));
  }
  const points = scores.map((score, i) => [x(i), 1 + (height - 2) * (high - score) / (high - low)]);
  root.append(svg("path", { class: "grid strong", d: `M${width / 2} 0V${height}` }), svg("path", { class: "line", d: linePath(points) }));
  return root;
}
