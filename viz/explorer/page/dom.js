"use strict";
// Making and finding elements.  Text from a champion's file only ever becomes a text node.

const DATA = JSON.parse(document.getElementById("data").textContent);
const MATHFUN = DATA.mathfun;
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** A number for people: a true minus sign, so many decimals. */
function number(value, decimals = 2) {
  if (!Number.isFinite(value)) return String(value);
  const text = Math.abs(value) >= 1e5 ? value.toExponential(1) : value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

/** A weight as short as it can be told. */
const weightText = (weight) => String(Number(weight.toFixed(4))).replace("-", "\u2212");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const lessMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Calls draw with the width and height of an element, now and whenever they change. */
function whenSized(element, draw) {
  new ResizeObserver(() => {
    const { width, height } = element.getBoundingClientRect();
    if (width > 0) draw(width, height);
  }).observe(element);
}

/** The context of a canvas with a sharp picture of so many CSS pixels. */
function sharpContext(canvas, width, height) {
  const ratio = Math.min(devicePixelRatio || 1, 3);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Has the keys of one group of elements move a single stop of Tab among them; pick(from, dx, dy) is the next one. */
function rove(group, pick) {
  group.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = event.target.closest("[tabindex]");
    if (step && from && group.contains(from)) {
      const to = pick(from, ...step);
      event.preventDefault();
      event.stopPropagation();
      if (to) {
        from.setAttribute("tabindex", -1);
        to.setAttribute("tabindex", 0);
        to.focus();
      }
    } else if (event.key === "Enter" || event.key === " ") {
      if (from && from !== group) {
        event.preventDefault();
        event.stopPropagation();
        from.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      }
    }
  });
}

/** Of elements with places, the nearest one in a direction; turning aside counts three times. */
function nearest(elements, placeOf, from, dx, dy) {
  const [x, y] = placeOf(from);
  let best = null, least = Infinity;
  for (const element of elements) {
    const [u, v] = placeOf(element);
    const along = (u - x) * dx + (v - y) * dy, aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    if (along > 0.5 && along + 3 * aside < least) [best, least] = [element, along + 3 * aside];
  }
  return best;
}
