// The cart and its pole: the episode that the network plays.

const HALF_CART = 0.25, CART_HEIGHT = 0.24, POLE_WIDTH = 0.08; // m, as in envs/render.py
const PAUSE_AT_END = 1600; // ms
const TRAIL = 90; // places of the pole's tip

class Scene {
  constructor(view) {
    this.view = view;
    this.episode = new Episode(view);
    this.running = !lessMotion;
    this.speed = 1;
    this.trail = [];
    this.owed = 0; // s that have passed and were not simulated
    this.canvas = byId("scene");
    this.hands = new Hands(this);
    whenSized(this.canvas.parentElement, (width) => this.resize(width));
    this.listen();
    this.restart(0);
    requestAnimationFrame((time) => this.tick(time, time));
  }

  resize(width) {
    const { limit, pole } = this.view.parameters;
    this.width = width;
    this.height = Math.round(Math.max(width * 0.34, Math.min(width * 0.5, 190)));
    this.canvas.style.height = `${this.height}px`;
    this.context = sharpContext(this.canvas, width, this.height);
    this.scale = Math.min(width / (2 * (limit + 0.5)), this.height / (2 * (pole + 0.16)));
    this.draw();
  }

  restart(seed) {
    this.episode.restart(seed);
    this.trail = [];
    this.endedAt = null;
    this.look();
  }

  /** Has the network see the state, and shows both. */
  look() {
    show(this.episode.physics.observe(this.episode.state), this.episode.memory);
    this.draw();
    this.tell();
  }

  step() {
    if (this.episode.over) return this.restart(this.episode.seed);
    this.episode.advance(app.net, activeWeight());
    this.hands.hold();
    this.remember();
  }

  remember() {
    this.trail.push(this.tip());
    if (this.trail.length > TRAIL) this.trail.shift();
  }

  /** Where the tip of the pole is, in metres. */
  tip() {
    const { state: [x, , theta], physics } = this.episode, { pole } = this.view.parameters;
    return [x + physics.side * pole * Math.sin(theta), pole * Math.cos(theta)];
  }

  tick(time, before) {
    requestAnimationFrame((next) => this.tick(next, time));
    if (!this.running) return;
    const { episode, view } = this;
    if (episode.over) {
      this.endedAt ??= time;
      if (time - this.endedAt > PAUSE_AT_END) this.restart((episode.seed + 1) % view.starts.length);
      return;
    }
    this.owed = Math.min(this.owed + this.speed * (time - before) / 1000, 0.1 * this.speed + view.parameters.dt);
    if (this.owed < view.parameters.dt) return;
    while (this.owed >= view.parameters.dt && !episode.over) {
      this.step();
      this.owed -= view.parameters.dt;
    }
    this.look();
  }

  run(running) {
    this.running = running;
    byId("play").textContent = running ? "Pause" : "Play";
  }

  tell() {
    const { episode, view } = this;
    const set = (id, text) => byId(id).textContent !== text && (byId(id).textContent = text);
    set("stat-step", `${episode.steps} / ${episode.free ? "\u221e" : view.max_steps}`);
    set("stat-score", episode.free ? "\u2013" : number(episode.score, 1)); // of no use once it was disturbed
    set("stat-force", episode.force === null ? "\u2013" : `${number(episode.force, 1)} N`);
    set("stat-up", `${number(episode.secondsUp, 1)} s`);
    set("stat-start", String(episode.seed));
    set("verdict", episode.over ? this.verdict() : "");
    const badge = byId("badge"), up = episode.secondsUp >= SETTLED;
    badge.hidden = episode.over;
    badge.classList.toggle("up", up);
    set("badge", this.hands.drags ? "held" : up ? DATA.success ?? "up" : view.model === "swingup" ? "swings" : "balances");
    const { survived, free } = episode;
    byId("survived").hidden = !free || episode.over;
    set("survived", `survived ${survived} push${survived === 1 ? "" : "es"}`);
  }

  /** How the episode has ended. */
  verdict() {
    const { steps, score, free, survived, alive } = this.episode, sum = `return ${number(score, 1)}`;
    if (alive) return `Time is up: ${sum}`;
    return `Lost after ${steps} steps: ${free ? `survived ${survived} push${survived === 1 ? "" : "es"}` : sum}`;
  }

  listen() {
    const click = (id, action) => byId(id).addEventListener("click", action);
    click("play", () => this.run(!this.running));
    click("step", () => this.singleStep());
    click("restart", () => this.restart(this.episode.seed));
    click("fresh", () => this.restart((this.episode.seed + 1) % this.view.starts.length));
    click("push-left", () => this.hands.push(-1));
    click("push-right", () => this.hands.push(1));
    byId("speed").addEventListener("change", (event) => (this.speed = Number(event.target.value)));
    this.run(this.running);
    on("network", () => this.restart(this.episode.seed));
    on("theme", () => this.draw());
  }

  singleStep() {
    this.run(false);
    this.step();
    this.look();
  }

  // ----------------------------------------------------------------------------------------- picture
  draw() {
    if (!this.context) return;
    const { context: c, width, height, scale, episode } = this, { limit, force } = this.view.parameters;
    const middle = width / 2, ground = height / 2, cart = middle + scale * episode.state[0];
    const [tipX, tipY] = this.tip(), tip = [middle + scale * tipX, ground - scale * tipY];
    c.clearRect(0, 0, width, height);
    c.lineCap = "round";
    const reach = scale * (limit + HALF_CART);
    c.fillStyle = colour("rail");
    c.fillRect(middle - reach, ground - 1.5, 2 * reach, 3);
    for (const side of [-1, 1]) c.fillRect(middle + side * reach - 2, ground - 0.16 * scale, 4, 0.32 * scale);
    c.beginPath();
    c.moveTo(middle, ground + 0.17 * scale);
    c.lineTo(middle - 5, ground + 0.17 * scale + 7);
    c.lineTo(middle + 5, ground + 0.17 * scale + 7);
    c.fill();

    c.strokeStyle = colour("pole");
    c.lineWidth = 2;
    for (let i = 1; i < this.trail.length; i++) {
      c.globalAlpha = 0.45 * (i / this.trail.length) ** 2;
      c.beginPath();
      for (const [u, v] of this.trail.slice(i - 1, i + 1)) c.lineTo(middle + scale * u, ground - scale * v);
      c.stroke();
    }
    c.globalAlpha = episode.over && !episode.alive ? 0.35 : 1;
    if (episode.force) this.arrow(cart, ground, episode.force / force);
    c.fillStyle = colour("cart");
    c.beginPath();
    c.roundRect(cart - HALF_CART * scale, ground - CART_HEIGHT * scale / 2, 2 * HALF_CART * scale, CART_HEIGHT * scale, 0.06 * scale);
    c.fill();
    c.strokeStyle = colour("pole");
    c.lineWidth = POLE_WIDTH * scale;
    c.beginPath();
    c.moveTo(cart, ground);
    c.lineTo(...tip);
    c.stroke();
    if (this.hands.drags) {
      c.strokeStyle = colour("accent");
      c.lineWidth = 2.5;
      c.beginPath();
      c.arc(...(this.hands.holding.part === "pole" ? tip : [cart, ground]), 0.17 * scale + 4, 0, 7);
      c.stroke();
    }
    c.fillStyle = colour("card");
    c.beginPath();
    c.arc(cart, ground, Math.max(1.5, 0.03 * scale), 0, 7);
    c.fill();
    c.globalAlpha = 1;
  }

  arrow(cart, ground, share) {
    const { context: c, scale } = this, side = Math.sign(share);
    const tail = cart + side * (HALF_CART * scale + 3), neck = tail + 0.42 * scale * share;
    c.strokeStyle = c.fillStyle = colour("push");
    c.lineWidth = Math.max(2, 0.04 * scale);
    c.beginPath();
    c.moveTo(tail, ground);
    c.lineTo(neck, ground);
    c.stroke();
    c.beginPath();
    c.moveTo(neck + side * 0.11 * scale, ground);
    c.lineTo(neck, ground - 0.08 * scale);
    c.lineTo(neck, ground + 0.08 * scale);
    c.fill();
  }
}
