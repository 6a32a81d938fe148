// The slider of the weight, and the score at each weight above it.

const PROFILE_MARGINS = [52, DATA.success ? 48 : 14, 12, 22]; // px; at the right the scale of the successes
const THUMB = 22; // px, the width of the slider's thumb

const weightRange = () => {
  const most = Math.max(3, ...app.net.table.sweep.map(Math.abs));
  return [-most, most];
};

function clampWeight(weight) {
  const [least, most] = weightRange();
  return Math.min(Math.max(weight, least), most);
}

function drawProfile(width, height) {
  const profile = app.net.table.profile, element = byId("profile");
  element.hidden = profile === null;
  byId("profile-note").textContent = profileNote(profile);
  if (profile === null) return;
  const { weights, mean, std, success } = profile;
  const low = mean.map((v, i) => v - (std ? std[i] : 0)), high = mean.map((v, i) => v + (std ? std[i] : 0));
  const own = app.net.weights && profile.individual !== null ? [profile.individual] : [];
  const accuracy = std === null;
  const range = rangeOf([...low, ...high, ...own]);
  const yRange = accuracy ? [0, Math.min(100, range[1])] : range;
  const { root, area, x, y } = axes(element, width, height, weightRange(), yRange, "", PROFILE_MARGINS);
  const points = (values) => weights.map((w, i) => [x(w), y(values[i])]);
  if (std) root.append(svg("path", { class: "band", d: `${linePath([...points(high), ...points(low).reverse()])}Z` }));
  if (success) {
    const up = success.map((share, i) => [x(weights[i]), area.bottom - share * (area.bottom - area.top)]);
    for (const share of [0, 0.5, 1]) {
      const place = { class: "tick share-tick", x: area.right + 6, y: area.bottom - share * (area.bottom - area.top) + 4 };
      root.append(svg("text", place, percent(share)));
    }
    root.append(svg("path", { class: "success", d: `${linePath([[x(weights[0]), area.bottom], ...up, [x(weights[weights.length - 1]), area.bottom]])}Z` }));
  }
  root.append(svg("path", { class: "grid strong", d: `M${x(0)} ${area.top}V${area.bottom}` }));
  if (own.length) root.append(svg("path", { class: "own", d: `M${area.left} ${y(own[0])}H${area.right}` }));
  root.append(svg("path", { class: "line", d: linePath(points(mean)) }));
  for (const weight of app.net.table.sweep) {
    const i = weights.indexOf(weight);
    if (i >= 0) root.append(svg("circle", { class: "swept", cx: x(weight), cy: y(mean[i]), r: 4.5 }));
  }
  const cursor = svg("path", { class: "cursor" }), dot = svg("circle", { class: "now", r: 6 });
  root.append(cursor, dot);
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", `${profile.of} at shared weights from ${weights[0]} to ${weights[weights.length - 1]}`);
  element.moveCursor = () => {
    const at = x(app.weight);
    cursor.setAttribute("d", `M${at} ${area.top}V${area.bottom}`);
    dot.setAttribute("cx", at);
    dot.setAttribute("cy", y(between(weights, mean, app.weight)));
    root.classList.toggle("idle", app.individual);
  };
  element.moveCursor();
  const weightAt = (event) => {
    const share = (event.clientX - root.getBoundingClientRect().left - area.left) / (area.right - area.left);
    const [least, most] = weightRange();
    return Math.round(100 * (least + share * (most - least))) / 100;
  };
  root.addEventListener("pointerdown", (event) => {
    root.setPointerCapture(event.pointerId);
    setWeight(weightAt(event));
  });
  root.addEventListener("pointermove", (event) => {
    if (root.hasPointerCapture(event.pointerId)) setWeight(weightAt(event));
  });
}

/** A value at a weight, between those that were measured. */
function between(weights, values, weight) {
  const i = Math.min(Math.max(weights.findIndex((w) => w >= weight), 1), weights.length - 1);
  const share = (weight - weights[i - 1]) / (weights[i] - weights[i - 1]);
  return values[i - 1] + Math.min(Math.max(share, 0), 1) * (values[i] - values[i - 1]);
}

/** What the network scores with its weights, in words. */
function scoreHere(profile) {
  if (!profile) return "";
  const { weights, mean, success, std } = profile;
  const score = app.individual ? profile.individual : between(weights, mean, app.weight);
  const share = app.individual ? profile.individual_success : success && between(weights, success, app.weight);
  const parts = [std ? `score ${number(score, Math.abs(score) < 100 ? 1 : 0)}` : `${number(score, 1)} % right`];
  if (share !== null && DATA.success) parts.push(`${DATA.success} in ${percent(share)} of the starts`);
  return parts.join(" \u00b7 ");
}

function profileNote(profile) {
  if (profile === null) return "The score of this network at each weight is not in this page.";
  const parts = [`${profile.of} at each shared weight${profile.std ? ", \u00b1 one standard deviation" : ""}`];
  if (app.net.weights && profile.individual !== null) parts.push(`dashed: tuned weights, ${number(profile.individual, 1)}`);
  if (profile.success && DATA.success) parts.push(`green: the share of the starts in which it ${DATA.success}`);
  if (profile.vote !== null) parts.push(`vote of the search's weights: ${number(profile.vote, 1)} %`);
  const text = parts.join("; ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function markWeight() {
  const slider = byId("weight"), text = weightText(app.weight), profile = app.net.table.profile;
  slider.value = app.weight;
  slider.setAttribute("aria-valuetext", app.individual ? "tuned weights" : text);
  byId("weight-value").value = app.individual ? "tuned" : text;
  byId("weight-score").textContent = scoreHere(profile);
  byId("weight-card").classList.toggle("individual", app.individual);
  for (const radio of document.querySelectorAll("input[name=mode]")) {
    radio.checked = (radio.value === "individual") === app.individual;
  }
  for (const mark of byId("marks").children) {
    mark.setAttribute("aria-pressed", !app.individual && Number(mark.dataset.weight) === app.weight);
  }
  if (profile && byId("profile").moveCursor) byId("profile").moveCursor();
}

function drawMarks() {
  const profile = app.net.table.profile;
  const button = (weight, text, label) => {
    const mark = el("button", { type: "button", "data-weight": weight, "aria-label": label }, text);
    mark.addEventListener("click", () => setWeight(weight));
    return mark;
  };
  const marks = [...app.net.table.sweep].sort((a, b) => a - b).slice(0, 12).map((w) => button(w, weightText(w), `Weight ${weightText(w)}`));
  if (profile) {
    const best = bestWeight(profile);
    marks.push(button(best, `best ${weightText(best)}`, `Best weight, ${weightText(best)}`));
  }
  byId("marks").replaceChildren(...marks);
  byId("mode").hidden = app.net.weights === null;
}

/** The weight that a network opens with: the best one that is known. */
function firstWeight() {
  const { profile, shared_weight: known } = app.net.table, episodes = DATA.view.episodes?.[app.index];
  if (episodes) return episodes.reduce((a, b) => (b.weight !== null && b.score > a.score ? b : a)).weight;
  if (known !== null) return known;
  return profile ? bestWeight(profile) : 1;
}

/** The weight of the best mean score; of equals the one whose size is closest to 1. */
function bestWeight({ weights, mean }) {
  const top = Math.max(...mean), far = (weight) => Math.abs(Math.abs(weight) - 1);
  return weights.filter((_, i) => mean[i] === top).reduce((a, b) => (far(b) <= far(a) ? b : a));
}

function startProfile() {
  const slider = byId("weight"), element = byId("profile");
  slider.style.marginLeft = `${PROFILE_MARGINS[0] - THUMB / 2}px`;
  slider.style.width = `calc(100% - ${PROFILE_MARGINS[0] + PROFILE_MARGINS[1] - THUMB}px)`;
  slider.addEventListener("input", () => setWeight(Number(slider.value)));
  for (const radio of document.querySelectorAll("input[name=mode]")) {
    radio.addEventListener("change", () => setIndividual(radio.value === "individual"));
  }
  let size = null;
  whenSized(element, (...now) => drawProfile(...(size = now)));
  on("network", () => {
    [slider.min, slider.max] = weightRange();
    drawMarks();
    element.hidden = app.net.table.profile === null;
    byId("profile-note").textContent = profileNote(app.net.table.profile);
    if (size) drawProfile(...size);
  });
  on("weight", markWeight);
}
