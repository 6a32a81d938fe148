// Recorded episodes of an environment that is no physics of ours: pictures, or curves where it draws none.

const CURVE_COLOURS = ["#0072b2", "#d55e00", "#44aa99", "#aa4499", "#999933", "#88ccee", "#cc6677", "#117733"];

class Player {
  constructor(view) {
    this.view = view;
    this.running = !lessMotion;
    this.time = 0; // steps of the environment, with fractions
    this.openEpisode(this.nearest());
    const follow = () => {
      const episode = this.nearest();
      if (episode !== this.episode) this.openEpisode(episode);
      else this.look();
    };
    on("weight", follow);
    on("network", follow);
    on("theme", () => this.drawCurves());
    const click = (id, action) => byId(id).addEventListener("click", action);
    click("play", () => this.run(!this.running));
    click("step", () => this.singleStep());
    click("restart", () => this.restart());
    byId("time").addEventListener("input", (event) => {
      this.run(false);
      this.moveTo(Number(event.target.value));
    });
    this.run(this.running);
    whenSized(byId("curves"), (width, height) => {
      this.size = [width, height];
      this.drawCurves();
    });
    requestAnimationFrame((now) => this.tick(now, now));
  }

  /** The episode that was recorded at the weight closest to the one of the page. */
  nearest() {
    const episodes = this.view.episodes[app.index] || this.view.episodes[DATA.run.champion];
    if (app.individual) return episodes.find((episode) => episode.weight === null) || episodes[0];
    const shared = episodes.filter((episode) => episode.weight !== null);
    return shared.reduce((a, b) => (Math.abs(b.weight - app.weight) < Math.abs(a.weight - app.weight) ? b : a));
  }

  openEpisode(episode) {
    this.episode = episode;
    byId("time").max = episode.observations.length - 1;
    byId("frame").hidden = episode.frames.length === 0;
    this.returns = [];
    let sum = 0;
    for (const reward of episode.rewards) this.returns.push((sum += reward * episode.stride));
    this.moveTo(0);
    this.drawCurves();
  }

  restart() {
    this.moveTo(0);
  }

  moveTo(index) {
    this.time = index * this.episode.stride;
    this.look();
  }

  get index() {
    return Math.min(Math.floor(this.time / this.episode.stride), this.episode.observations.length - 1);
  }

  tick(now, before) {
    requestAnimationFrame((next) => this.tick(next, now));
    if (!this.running) return;
    const last = this.index;
    this.time += this.view.fps * Math.min(now - before, 100) / 1000;
    if (this.time > this.episode.steps + this.view.fps) this.time = 0;
    if (this.index !== last) this.look();
  }

  run(running) {
    this.running = running;
    byId("play").textContent = running ? "Pause" : "Play";
  }

  singleStep() {
    this.run(false);
    this.moveTo(Math.min(this.index + 1, this.episode.observations.length - 1));
  }

  look() {
    const { episode, index } = this, step = index * episode.stride;
    const known = app.index < this.view.episodes.length && episode.memory;
    show(episode.observations[index], known ? episode.memory[index] : null);
    const last = index === episode.observations.length - 1;
    byId("time").value = index;
    byId("stat-step").textContent = `${last ? episode.steps : step} / ${episode.steps}`;
    byId("stat-score").textContent = number(last ? episode.score : this.returns[index], 1);
    byId("stat-weight").textContent = episode.weight === null ? "tuned weights" : weightText(episode.weight);
    const own = app.index < this.view.episodes.length && (app.individual ? episode.weight === null : episode.weight === app.weight);
    const verdict = own ? "" : "Recorded with the champion at another weight or network: shown is what this one would answer.";
    if (byId("verdict").textContent !== verdict) byId("verdict").textContent = verdict;
    if (episode.frames.length) {
      const [, picture] = episode.frames.findLast(([at]) => at <= step);
      if (byId("frame").src !== picture) byId("frame").src = picture;
    }
    if (this.cursor) this.cursor.setAttribute("d", `M${this.x(step)} ${this.area.top}V${this.area.bottom}`);
  }

  /** Draws observations, thin, and actions, thick, each scaled to its own largest value. */
  drawCurves() {
    if (!this.size) return;
    const { episode } = this, [width, height] = this.size;
    const { root, area, x, y } = axes(byId("curves"), width, height, [0, episode.steps], [-1.1, 1.1], "step", [34, 10, 8, 38]);
    const columns = (rows, k) => rows.map((row) => row[k]);
    const draw = (values, name, k, kind) => {
      const most = Math.max(...values.map(Math.abs)) || 1;
      const line = svg("path", { class: kind, d: linePath(values.map((v, i) => [x(i * episode.stride), y(v / most)])) },
        svg("title", {}, `${name}, up to ${number(most)}`));
      line.style.stroke = CURVE_COLOURS[k % CURVE_COLOURS.length];
      root.append(line);
    };
    const n = Math.min(DATA.inputs.length, CURVE_COLOURS.length);
    for (let k = 0; k < n; k++) draw(columns(episode.observations, k), DATA.inputs[k], k, "observed");
    for (let k = 0; k < episode.actions[0].length; k++) draw(columns(episode.actions, k), "action", k, "acted");
    this.cursor = root.appendChild(svg("path", { class: "cursor" }));
    Object.assign(this, { x, area });
    this.look();
  }
}
