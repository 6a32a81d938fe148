// Puts the page together.

const VIEWS = { physics: ["scene-template", Scene], episodes: ["episodes-template", Player], samples: ["digits-template", Reader] };
const KEYS = [
  ["Space", "pause or go on"], [".", "one step"], ["R", "restart"], ["N", "new start"],
  ["J, L", "push the cart to the left, to the right; with Shift the pole"], ["[, ]", "weight down, up by 0.1"], ["T", "tuned weights or a shared one"],
  ["Escape", "select no node"],
];

function startPicker() {
  const picker = byId("picker");
  const titles = { champion: "Champions", front: "Pareto front", earlier: "Earlier champions" };
  for (const [group, title] of Object.entries(titles)) {
    const options = DATA.networks.flatMap((entry, i) => (entry.group === group ? [el("option", { value: i }, entryName(entry))] : []));
    if (options.length) picker.append(...(options.length > 1 ? [fill(el("optgroup"), { label: title }, options)] : options));
  }
  picker.parentElement.hidden = DATA.networks.length < 2;
  picker.addEventListener("change", () => openEntry(Number(picker.value)));
  on("network", () => (picker.value = app.index));
}

function tellFacts() {
  const entry = DATA.networks[app.index], net = app.net;
  const hidden = net.table.ids.length - 1 - DATA.inputs.length - DATA.outputs.length;
  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const facts = [count(entry.size, "connection"), count(hidden, "hidden node")];
  const right = entry.profile?.vote, inTable = entry.group === "champion" && !byId("champions").hidden;
  if (inTable) facts.splice(0, 1); // the table says more of it
  else if (Number.isFinite(right)) facts.push(`vote ${number(right, 1)} % right`);
  else if (typeof entry.score === "number") facts.push(`mean score ${number(entry.score, 1)}`);
  if (!inTable && DATA.success && typeof entry.success === "number") facts.push(`${DATA.success} in ${percent(entry.success)} of the starts`);
  const { seed } = entry.group === "champion" ? entry : DATA.networks[DATA.run.champion];
  if (seed !== null) facts.push(`seed ${seed}`);
  byId("facts").textContent = `${DATA.networks.length > 1 ? `${entryTitle(entry)}: ` : ""}${facts.join(" \u00b7 ")}`;
}

function startTheme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const set = (theme) => {
    root.dataset.theme = theme;
    emit("theme");
  };
  set(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => set(dark.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => set(root.dataset.theme === "dark" ? "light" : "dark"));
}

function startKeys() {
  byId("keys").append(...KEYS.flatMap(([key, what]) => [el("dt", {}, key), el("dd", {}, what)]));
  const press = (id) => byId(id)?.click();
  const push = (event, side) => !event.repeat && app.view?.hands?.push(side, event.shiftKey ? "pole" : "cart");
  const actions = {
    " ": () => press("play"), ".": () => press("step"), r: () => press("restart"), n: () => press("fresh"),
    j: (event) => push(event, -1), l: (event) => push(event, 1),
    "[": () => setWeight(Math.round(100 * app.weight - 10) / 100), "]": () => setWeight(Math.round(100 * app.weight + 10) / 100),
    t: () => setIndividual(!app.individual), escape: () => app.selected !== null && select(app.selected),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.closest("select, input:not([type=range])");
    const pressing = event.key === " " && event.target.closest("button, summary, [role=button]");
    const action = actions[event.key.toLowerCase()];
    if (action && !typing && !pressing) {
      event.preventDefault();
      action(event);
    }
  });
}

function start() {
  byId("title").textContent = DATA.task || "network";
  startTheme();
  startPicker();
  startGraph();
  startDetails();
  startProfile();
  startTable();
  on("network", tellFacts);
  startAddress();
  const [template, View] = VIEWS[DATA.view.kind] || [];
  if (View) {
    byId("task").append(byId(template).content.cloneNode(true));
    app.view = new View(DATA.view);
  } else {
    byId("task").hidden = true;
  }
  startRun();
  startKeys();
}

start();
