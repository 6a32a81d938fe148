// Axes for the small charts: everything else of them is drawn by who uses them.

/** About n round numbers between two. */
function ticks(low, high, n) {
  const rough = (high - low) / n || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((k) => k * power >= rough);
  const result = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) result.push(Number((i * step).toPrecision(12)));
  return result;
}

/** The range of values with a little room; a range of one value gets more. */
function rangeOf(values) {
  const low = Math.min(...values), high = Math.max(...values), room = 0.06 * (high - low) || 0.5 * Math.abs(high) || 1;
  return [low - room, high + room];
}

/**
 * Clears an element and draws axes into it.  Returns the svg, its plot area, and x(value) and y(value) in pixels.
 * The margins are left, right, top, bottom; with `whole`, x is marked at whole numbers only.
 */
function axes(element, width, height, xRange, yRange, xLabel, margins = [52, 12, 10, 38], whole = false) {
  const [left, right, top, bottom] = margins;
  const area = { left, top, right: width - right, bottom: height - bottom };
  const x = (v) => area.left + (v - xRange[0]) / (xRange[1] - xRange[0]) * (area.right - area.left);
  const y = (v) => area.bottom - (v - yRange[0]) / (yRange[1] - yRange[0]) * (area.bottom - area.top);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height });
  const xTicks = ticks(...xRange, Math.max(3, width / 90)).filter((v) => !whole || Number.isInteger(v)), yTicks = ticks(...yRange, Math.max(2, height / 55));
  const decimals = (values) => Math.max(0, ...values.map((v) => (String(v).split(".")[1] || "").length));
  const yDecimals = decimals(yTicks), xDecimals = decimals(xTicks);
  root.append(
    ...yTicks.map((v) => svg("path", { class: "grid", d: `M${area.left} ${y(v)}H${area.right}` })),
    ...yTicks.map((v) => svg("text", { class: "tick", x: area.left - 8, y: y(v) + 4, "text-anchor": "end" }, number(v, yDecimals))),
    ...xTicks.map((v) => svg("text", { class: "tick", x: x(v), y: area.bottom + 16, "text-anchor": "middle" }, number(v, xDecimals))),
  );
  if (xLabel) root.append(svg("text", { class: "label", x: (area.left + area.right) / 2, y: height - 5, "text-anchor": "middle" }, xLabel));
  element.replaceChildren(root);
  return { root, area, x, y };
}

/** Path through points; a point of null is a gap. */
function linePath(points) {
  let path = "", pen = "M";
  for (const point of points) {
    if (point) path += `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = point ? "L" : "M";
  }
  return path;
}

/** Draws points that open networks: each is {x, y, index, label}, in pixels. */
function networkPoints(root, points) {
  const group = svg("g", { class: "points", role: "group", "aria-label": "Networks. Arrow keys move between them, Enter opens one." });
  const marks = points.map((point, i) => {
    const mark = svg("g", {
      class: "point", role: "button", tabindex: i === 0 ? 0 : -1, "aria-label": point.label, "data-index": point.index,
      transform: `translate(${point.x.toFixed(1)} ${point.y.toFixed(1)})`,
    }, svg("title", {}, point.label), svg("circle", { class: "reach", r: 14 }), svg("circle", { class: "body", r: 6 }));
    mark.addEventListener("click", () => openEntry(point.index));
    return mark;
  });
  group.append(...marks);
  rove(group, (from, dx, dy) => marks[marks.indexOf(from) + (dx || -dy)]);
  root.append(group);
  return marks;
}
