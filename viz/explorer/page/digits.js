// A classifier at work: draw an image, or take a sample, and see what the network says at this weight and by vote.

const PAD = 280; // coordinates of strokes go from 0 to PAD

class Reader {
  constructor(view) {
    this.view = view;
    this.strokes = [];
    this.label = null; // class of the sample that is shown
    this.inputs = new Float64Array(DATA.inputs.length);
    this.rows = this.makeRows();
    this.makeSamples();
    if (view.scan) this.listen();
    else this.disablePad();
    on("values", () => this.requestAnswer());
    on("weight", () => this.requestAnswer());
    on("theme", () => this.drawPad());
    byId("clear").addEventListener("click", () => this.clear());
    if (view.image) {
      whenSized(byId("pad").parentElement, (width) => {
        this.side = Math.min(width, 320);
        byId("pad").style.width = byId("pad").style.height = `${this.side}px`;
        this.context = sharpContext(byId("pad"), this.side, this.side);
        this.drawPad();
      });
    }
    this.take(0);
  }

  disablePad() {
    byId("pad").classList.add("still");
    byId("clear").hidden = true;
    document.querySelector(".pad").hidden = !this.view.image;
    document.querySelector(".reader").classList.toggle("table", !this.view.image);
  }

  makeRows() {
    const body = document.querySelector("#bars tbody");
    return DATA.outputs.map((name) => {
      const bar = el("i", { class: "bar" }), share = el("span", { class: "share" }), votes = el("td", { class: "votes" });
      const row = el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "chance" }, el("div", {}, bar, share)), votes);
      body.append(row);
      return { row, bar, share, votes };
    });
  }

  makeSamples() {
    const buttons = this.view.samples.map((_, k) => {
      const name = DATA.outputs[this.view.labels[k]];
      const button = el("button", { type: "button", "aria-label": `Test sample: ${name}`, title: name });
      button.append(this.view.image ? this.thumbnail(k) : name);
      button.addEventListener("click", () => this.take(k));
      return button;
    });
    byId("samples").replaceChildren(...buttons);
  }

  thumbnail(k) {
    const { rows, columns } = this.view.image, canvas = el("canvas", { width: columns, height: rows, "aria-hidden": "true" });
    const context = canvas.getContext("2d"), picture = context.createImageData(columns, rows);
    this.toGrid(this.view.samples[k]).forEach((v, i) => {
      picture.data.set([...INK_OF_SAMPLES, 255 * Math.min(Math.max(v, 0), 1)], 4 * i);
    });
    context.putImageData(picture, 0, 0);
    return canvas;
  }

  /** Inputs in the order of an image's pixels, row by row, and back. */
  toGrid(inputs) {
    const grid = new Float64Array(inputs.length);
    this.view.image.order.forEach((place, i) => (grid[place] = inputs[i]));
    return grid;
  }

  fromGrid(grid) {
    return Float64Array.from(this.view.image.order, (place) => grid[place]);
  }

  take(k) {
    this.strokes = [];
    this.label = this.view.labels[k];
    this.inputs = Float64Array.from(this.view.samples[k]);
    this.drawPad();
    show(this.inputs);
  }

  clear() {
    this.strokes = [];
    this.label = null;
    this.inputs = new Float64Array(DATA.inputs.length);
    this.drawPad();
    show(this.inputs);
  }

  // -------------------------------------------------------------------------------------------- pen
  listen() {
    const pad = byId("pad");
    byId("pad-note").textContent = "Draw a digit.";
    let drawing = false;
    const at = (event) => {
      const box = pad.getBoundingClientRect();
      return [(event.clientX - box.left) * PAD / box.width, (event.clientY - box.top) * PAD / box.height];
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      if (this.label !== null) this.strokes = [];
      this.label = null;
      drawing = true;
      this.strokes.push([at(event)]);
      this.scan();
    });
    pad.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      for (const part of event.getCoalescedEvents?.() || [event]) this.strokes.at(-1).push(at(part));
      this.scan();
    });
    for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => (drawing = false));
  }

  scan() {
    const { scan, image } = this.view;
    this.inputs = this.fromGrid(scanStrokes(this.strokes, scan, image.rows));
    this.drawPad();
    show(this.inputs);
  }

  /** Draws the pixels that the network sees, and over them the strokes. */
  drawPad() {
    const { context: c, side, view } = this;
    if (!c) return;
    const { rows, columns } = view.image, cell = side / Math.max(rows, columns), ink = colour("ink");
    c.clearRect(0, 0, side, side);
    c.fillStyle = ink;
    this.toGrid(this.inputs).forEach((v, i) => {
      c.globalAlpha = Math.min(Math.max(v, 0), 1) * (this.strokes.length ? 0.55 : 0.9);
      const [x, y] = [i % columns, Math.floor(i / columns)], edge = (k) => Math.round(k * cell);
      c.fillRect(edge(x), edge(y), edge(x + 1) - edge(x), edge(y + 1) - edge(y));
    });
    c.globalAlpha = 1;
    c.strokeStyle = colour("accent");
    c.lineWidth = 4;
    c.lineCap = c.lineJoin = "round";
    for (const stroke of this.strokes) {
      c.beginPath();
      for (const [x, y] of stroke.length > 1 ? stroke : [...stroke, stroke[0]]) c.lineTo(x * side / PAD, y * side / PAD);
      c.stroke();
    }
  }

  // ----------------------------------------------------------------------------------------- answer
  requestAnswer() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.answer();
    });
  }

  answer() {
    const net = app.net, sweep = [...net.table.sweep].sort((a, b) => a - b);
    const members = sweep.map((weight) => softmax(forward(net, weight, this.inputs)));
    const shares = softmax(forward(net, activeWeight(), this.inputs)); // last: its values are shown
    const { winner, choices } = vote(members), here = argmax(shares);
    this.rows.forEach(({ row, bar, share, votes }, c) => {
      bar.style.width = `${100 * shares[c]}%`;
      share.textContent = `${number(100 * shares[c], 0)} %`;
      row.classList.toggle("here", c === here);
      row.classList.toggle("winner", c === winner);
      const text = sweep.filter((_, k) => choices[k] === c).map(weightText).join("  ");
      if (votes.textContent !== text) votes.textContent = text;
    });
    const empty = this.inputs.every((v) => v === 0);
    const n = choices.filter((choice) => choice === winner).length;
    const tell = (id, text, small) => byId(id).replaceChildren(text, el("small", {}, small));
    tell("answer-here", DATA.outputs[here], `${number(100 * shares[here], 0)} %`);
    tell("answer-vote", DATA.outputs[winner], `${n} of ${sweep.length}`);
    tell("answer-true", this.label === null ? "?" : DATA.outputs[this.label], this.label === null ? "drawn by you" : "test sample");
    byId("verdict").textContent = empty && this.view.image ? "Draw, or pick a sample." : "";
  }
}

const INK_OF_SAMPLES = [90, 110, 140]; // red, green and blue that can be seen on light and dark
