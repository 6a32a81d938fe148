"use strict";
/* Plays the films of the page, which are GIFs in <img class="film">: they can be paused, and hold
   their last picture. Without scripts, or where a GIF has what is not known here, the <img> stays. */

const SNAPSHOT = 32; // frames between pictures that are kept to seek from

/** The content of a data: address. */
const bytesOf = (address) => Uint8Array.from(atob(address.split(",")[1]), (c) => c.charCodeAt(0));

/** The colours of a table of n in a GIF, as pixels of a canvas. */
function colours(bytes, at, n) {
  const table = new Uint8Array(4 * 256);
  for (let k = 0; k < n; k++) table.set([bytes[at + 3 * k], bytes[at + 3 * k + 1], bytes[at + 3 * k + 2], 255], 4 * k);
  return new Uint32Array(table.buffer);
}

/** Size and frames of a GIF (GIF89a specification); throws if it has what is not known here. */
function parse(bytes) {
  const short = (at) => bytes[at] | (bytes[at + 1] << 8);
  const film = { bytes, width: short(6), height: short(8), frames: [], end: 0 };
  let at = 13, shared = null, control = { disposal: 0, transparent: -1, delay: 0.1 };
  if (bytes[10] & 0x80) { const n = 2 << (bytes[10] & 7); shared = colours(bytes, at, n); at += 3 * n; }
  while (at < bytes.length && bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      if (bytes[at + 1] === 0xf9) {
        const flags = bytes[at + 3];
        control = {
          disposal: (flags >> 2) & 7,
          transparent: flags & 1 ? bytes[at + 6] : -1,
          delay: (short(at + 4) || 10) / 100,
        };
      }
      at += 2;
    } else if (bytes[at] === 0x2c) {
      const flags = bytes[at + 9];
      const frame = { x: short(at + 1), y: short(at + 3), width: short(at + 5), height: short(at + 7), start: film.end, ...control };
      at += 10;
      frame.colours = shared;
      if (flags & 0x80) { const n = 2 << (flags & 7); frame.colours = colours(bytes, at, n); at += 3 * n; }
      frame.data = at;
      const inside = frame.x + frame.width <= film.width && frame.y + frame.height <= film.height;
      if (flags & 0x40 || frame.disposal > 2 || !frame.colours || !inside) throw new Error("GIF: not known here");
      film.frames.push(frame);
      film.end += frame.delay;
      at += 1;
    } else throw new Error("GIF: damaged");
    while (bytes[at]) at += 1 + bytes[at]; // its blocks
    at += 1;
  }
  if (!film.frames.length || bytes[at] !== 0x3b) throw new Error("GIF: empty, or cut off");
  return film;
}

/** `count` pixels of a frame, as numbers of colours: LZW codes that grow from `least` + 1 bits. */
function unpack(bytes, at, count) {
  const least = bytes[at++], clear = 1 << least, end = clear + 1;
  const before = new Uint16Array(4096), last = new Uint8Array(4096), stack = new Uint8Array(4097);
  const pixels = new Uint8Array(count);
  for (let k = 0; k < clear; k++) last[k] = k;
  let n = 0, bits = 0, have = 0, block = 0, width = least + 1, next = end + 1, old = -1, first = 0;
  while (n < count) {
    while (have < width) {
      if (block === 0) { block = bytes[at++]; if (!block) return pixels; }
      bits |= bytes[at++] << have; have += 8; block -= 1;
    }
    const code = bits & ((1 << width) - 1);
    bits >>>= width; have -= width;
    if (code === end) break;
    if (code === clear) { width = least + 1; next = end + 1; old = -1; continue; }
    let top = 0, part = code;
    if (old >= 0 && code >= next) { stack[top++] = first; part = old; }
    while (part > end) { stack[top++] = last[part]; part = before[part]; }
    first = stack[top++] = last[part];
    while (top && n < count) pixels[n++] = stack[--top];
    if (old >= 0 && next < 4096) {
      before[next] = old; last[next] = first; next += 1;
      if (next === 1 << width && width < 12) width += 1;
    }
    old = code;
  }
  return pixels;
}

/** The pictures of a film on a canvas; `show(k)` draws number k. */
function screen(film, canvas) {
  canvas.width = film.width; canvas.height = film.height;
  const context = canvas.getContext("2d"), image = context.createImageData(film.width, film.height);
  const picture = new Uint32Array(image.data.buffer), kept = new Map();
  let shown = -1;
  function advance() {
    const past = film.frames[shown];
    if (past && past.disposal === 2)
      for (let y = past.y; y < past.y + past.height; y++) picture.fill(0, y * film.width + past.x, y * film.width + past.x + past.width);
    const { x, y, width, height, colours: table, transparent, data } = film.frames[++shown];
    const pixels = unpack(film.bytes, data, width * height);
    for (let row = 0, k = 0; row < height; row++)
      for (let to = (y + row) * film.width + x, stop = to + width; to < stop; to++, k++)
        if (pixels[k] !== transparent) picture[to] = table[pixels[k]];
    if (shown % SNAPSHOT === 0 && !kept.has(shown)) kept.set(shown, picture.slice());
  }
  return (k) => {
    const from = Math.max(0, ...[...kept.keys()].filter((at) => at <= k));
    if (kept.has(from) && (k < shown || from > shown)) { picture.set(kept.get(from)); shown = from; }
    while (shown < k) advance();
    context.putImageData(image, 0, 0);
  };
}

/** Put a player in the place of an image. */
function play(img) {
  const film = parse(bytesOf(img.src)), final = film.frames.length - 1;
  const make = (tag, facts) => Object.assign(document.createElement(tag), facts);
  const canvas = make("canvas", { tabIndex: 0, className: img.className }), button = make("button", { type: "button" });
  const bar = make("input", { type: "range", min: 0, max: final, value: 0, step: 1 });
  const time = make("output"), controls = make("div", { className: "controls" }), figure = img.closest("figure");
  canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", img.alt); bar.setAttribute("aria-label", "Picture");
  const show = screen(film, canvas), seconds = (k) => film.frames[k].start.toFixed(1);
  let at = 0, running = false, begun = 0; // number of the picture; at what time of the clock the film began

  function draw(k) {
    at = Math.min(Math.max(k, 0), final);
    show(at);
    bar.value = at; time.value = `${seconds(at)} / ${seconds(final)} s`;
  }
  function run(on) {
    running = on; button.textContent = on ? "Pause" : "Play";
    if (!on) return;
    if (at === final) draw(0);
    begun = performance.now() / 1000 - film.frames[at].start;
    requestAnimationFrame(tick);
  }
  function tick() {
    if (!running) return;
    const now = performance.now() / 1000 - begun;
    let k = at;
    while (k < final && film.frames[k + 1].start <= now) k += 1;
    if (k !== at) draw(k);
    if (at === final) run(false); // the last picture stays
    else requestAnimationFrame(tick);
  }
  const seek = (k) => { run(false); draw(k); };
  button.addEventListener("click", () => run(!running));
  canvas.addEventListener("click", () => run(!running));
  bar.addEventListener("input", () => seek(Number(bar.value)));
  const keys = { " ": () => run(!running), ArrowLeft: () => seek(at - 1), ArrowRight: () => seek(at + 1), Home: () => seek(0), End: () => seek(final) };
  figure.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // the page would scroll, the button be pressed twice
    keys[event.key]();
  });
  addEventListener("beforeprint", () => seek(final));
  draw(0); run(false);
  controls.append(button, bar, time);
  img.parentElement.after(controls);
  img.replaceWith(canvas);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  new IntersectionObserver((seen, observer) => { // begins once it is seen
    if (!seen.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    if (at === 0 && !running) run(true);
  }, { threshold: 0.3 }).observe(canvas);
}

for (const img of document.querySelectorAll("img.film")) {
  try { play(img); } catch { /* it stays an image */ }
}
