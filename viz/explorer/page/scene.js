// The cart and its pole: the episode that the network plays, and the hands that disturb it.

const HALF_CART = 0.25, CART_HEIGHT = 0.24, POLE_WIDTH = 0.08; // m, as in envs/render.py
const KICK = { cart: 1.2, pole: 2.5 }; // m/s and rad/s of a push
const SPRING = { cart: 40, pole: 60 }, DAMPING = 6; // 1/s^2 and 1/s of a hand that drags
const PAUSE_AT_END = 1600; // ms
const TRAIL = 90; // places of the pole's tip

/** By how much a pole on a cart at x has to turn to point to a hand, at most half a circle. */
function turnTo(hand, x, theta) {
  const turn = Math.atan2(hand.x - x, hand.y) - theta;
  return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
}

class Scene {
  constructor(view) {
    this.view = view;
    this.episode = new Episode(view);
    this.running = !lessMotion;
    this.speed = 1;
    this.hand = null; // {part, x, y [m], moved}
    this.trail = [];
    this.owed = 0; // s that have passed and were not simulated
    this.canvas = byId("scene");
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
    this.scale = Math.min(width / (2 * (limit + 0.75)), this.height / (2 * (pole + 0.16)));
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
    show(this.episode.physics.observe(this.episode.state));
    this.draw();
    this.tell();
  }

  step() {
    if (this.episode.over) return this.restart(this.episode.seed);
    this.pull();
    this.episode.advance(app.net, activeWeight());
    this.remember();
  }

  remember() {
    const [x, , theta] = this.episode.state, { pole } = this.view.parameters;
    this.trail.push([x + pole * Math.sin(theta), pole * Math.cos(theta)]);
    if (this.trail.length > TRAIL) this.trail.shift();
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
    byId("stat-step").textContent = `${episode.steps} / ${view.max_steps}`;
    byId("stat-score").textContent = number(episode.score, 1);
    byId("stat-push").textContent = episode.force === null ? "\u2013" : `${number(episode.force, 1)} N`;
    byId("stat-start").textContent = episode.seed;
    const verdict = !episode.over ? "" : episode.alive ? `Time is up: return ${number(episode.score, 1)}`
      : `Lost after ${episode.steps} steps: return ${number(episode.score, 1)}`;
    if (byId("verdict").textContent !== verdict) byId("verdict").textContent = verdict;
  }

  // ------------------------------------------------------------------------------------------ hands
  push(side, part = "cart") {
    const place = part === "cart" ? 1 : 3;
    if (!this.episode.over) this.episode.disturb(place, this.episode.state[place] + side * KICK[part]);
    this.look();
  }

  /** Where a pointer is in metres, from the middle of the rail. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left - this.width / 2) / this.scale, (this.height / 2 - event.clientY + box.top) / this.scale];
  }

  /** A dragging hand pulls like a spring, for one time step. */
  pull() {
    const { hand, episode } = this, { dt } = this.view.parameters;
    if (!hand || !hand.moved) return;
    const [x, xDot, theta, thetaDot] = episode.state;
    if (hand.part === "cart") {
      episode.disturb(1, xDot + SPRING.cart * (hand.x - x) * dt - DAMPING * xDot * dt);
    } else {
      const turn = turnTo(hand, x, theta);
      episode.disturb(3, thetaDot + SPRING.pole * turn * dt - DAMPING * thetaDot * dt);
    }
  }

  /** While time stands still, a hand moves what it holds. */
  carry() {
    const { hand, episode } = this, { limit } = this.view.parameters;
    if (hand.part === "cart") episode.disturb(0, Math.min(Math.max(hand.x, -limit), limit));
    else episode.disturb(2, episode.state[2] + turnTo(hand, episode.state[0], episode.state[2]));
    this.look();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = this.at(event), cart = this.episode.state[0];
      const onCart = Math.abs(x - cart) < HALF_CART + 0.1 && Math.abs(y) < CART_HEIGHT / 2 + 0.06;
      this.hand = { part: onCart ? "cart" : "pole", x, y, moved: false, from: [event.clientX, event.clientY] };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.hand) return;
      const [u, v] = this.hand.from;
      this.hand.moved ||= Math.hypot(event.clientX - u, event.clientY - v) > 5;
      [this.hand.x, this.hand.y] = this.at(event);
      if (this.hand.moved && !this.running) this.carry();
    });
    const release = (event) => {
      const { hand } = this;
      this.hand = null;
      if (hand && !hand.moved && event.type === "pointerup") this.push(hand.x > this.episode.state[0] ? -1 : 1, hand.part);
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("keydown", (event) => {
      const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!side) return;
      event.preventDefault();
      this.push(side);
    });
    const click = (id, action) => byId(id).addEventListener("click", action);
    click("play", () => this.run(!this.running));
    click("step", () => this.singleStep());
    click("restart", () => this.restart(this.episode.seed));
    click("fresh", () => this.restart((this.episode.seed + 1) % this.view.starts.length));
    click("push-left", () => this.push(-1));
    click("push-right", () => this.push(1));
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
    const { context: c, width, height, scale, episode } = this, { limit, pole, force } = this.view.parameters;
    const middle = width / 2, ground = height / 2, [x, , theta] = episode.state, cart = middle + scale * x;
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
    c.lineTo(cart + scale * pole * Math.sin(theta), ground - scale * pole * Math.cos(theta));
    c.stroke();
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
