// The hands of the user: they hold the pole or the cart, and push them.

const LAG = 0.03; // s by which what is held follows the hand, and forgets how fast it was
const BRAKE = 0.06; // s in which a hand at the pole takes most of the cart's speed
const FASTEST = { cart: 8, pole: 25 }; // m/s and rad/s at which a hand moves it
const TAP = 5; // px: who moves less does not drag

class Hands {
  constructor(scene) {
    this.scene = scene;
    this.holding = null; // {part, x, y [m], moved, from [px], pointer}
    this.listen(scene.canvas);
  }

  get drags() {
    return this.holding !== null && this.holding.moved;
  }

  /** By how much the pole has to turn to point to the hand, at most half a circle. */
  turn() {
    const { episode } = this.scene, [x, , theta] = episode.state;
    const turn = Math.atan2(episode.physics.side * (this.holding.x - x), this.holding.y) - theta;
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  }

  /** Moves what is held, after a time step; the cart stays on the rail meanwhile. */
  hold() {
    if (!this.drags) return;
    const { episode } = this.scene, { dt, limit } = this.scene.view.parameters, { part } = this.holding;
    const [x, xDot, theta, thetaDot] = episode.state;
    const speed = (way) => {
      const found = way * (1 - Math.exp(-dt / LAG)) / dt;
      return Math.min(Math.max(found, -FASTEST[part]), FASTEST[part]);
    };
    const onRail = (place) => Math.min(Math.max(place, -limit), limit);
    if (part === "pole") {
      const v = speed(this.turn());
      episode.hold([onRail(x), x === onRail(x) ? xDot * Math.exp(-dt / BRAKE) : 0, theta + v * dt, v]);
    } else {
      const v = speed(onRail(this.holding.x) - x);
      episode.hold([onRail(x + v * dt), v, theta, thetaDot + episode.physics.jolt(theta, v - xDot)]);
    }
  }

  /** While time stands still, a hand moves what it holds. */
  carry() {
    const { episode } = this.scene, { limit } = this.scene.view.parameters, { x, part } = this.holding;
    if (part === "cart") episode.disturb(0, Math.min(Math.max(x, -limit), limit));
    else episode.disturb(2, episode.state[2] + this.turn());
    this.scene.look();
  }

  /** Where a pointer is in metres, from the middle of the rail. */
  at(event) {
    const { canvas, width, height, scale } = this.scene, box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left - width / 2) / scale, (height / 2 - event.clientY + box.top) / scale];
  }

  listen(canvas) {
    canvas.addEventListener("pointerdown", (event) => {
      if (this.holding || event.button !== 0) return;
      const [x, y] = this.at(event), cart = this.scene.episode.state[0];
      const onCart = Math.abs(x - cart) < HALF_CART + 0.1 && Math.abs(y) < CART_HEIGHT / 2 + 0.06;
      const from = [event.clientX, event.clientY];
      this.holding = { part: onCart ? "cart" : "pole", x, y, moved: false, from, pointer: event.pointerId };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.holding?.pointer !== event.pointerId) return;
      const [u, v] = this.holding.from;
      this.holding.moved ||= Math.hypot(event.clientX - u, event.clientY - v) > TAP;
      [this.holding.x, this.holding.y] = this.at(event);
      if (this.drags && !this.scene.running) this.carry();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => {
        if (this.holding?.pointer === event.pointerId) this.release(event.type === "pointerup");
      });
    }
    canvas.addEventListener("keydown", (event) => {
      const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!side) return;
      event.preventDefault();
      if (!event.repeat) this.push(side, event.shiftKey ? "pole" : "cart");
    });
  }

  /** Lets go, as fast as the hand is; a tap pushes away from it. */
  release(taps) {
    const { part, x, moved } = this.holding;
    this.holding = null;
    if (moved) this.scene.episode.pushed();
    else if (taps) this.push(x > this.scene.episode.state[0] ? -1 : 1, part);
    this.scene.look();
  }

  /** Pushes the cart, or the tip of the pole, to the left (-1) or to the right (1). */
  push(side, part = "cart") {
    const { episode } = this.scene, place = part === "cart" ? 1 : 3;
    if (episode.over && !episode.alive) return;
    const turns = part === "cart" ? 1 : episode.physics.side * (Math.cos(episode.state[2]) < 0 ? -1 : 1);
    episode.disturb(place, episode.state[place] + side * turns * episode.physics.kick[part]);
    episode.pushed();
    this.scene.look();
  }
}
