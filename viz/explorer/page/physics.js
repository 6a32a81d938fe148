// The physics of envs/cartpole.py and envs/swingup.py: the same operations in the same order, so the same bits.
// A state is x, x_dot, theta, theta_dot and whatever is derived from them; step gives [state, reward, alive].

function cartPole(p) {
  const mass = p.cart_mass + p.pole_mass, moment = p.pole_mass * p.length;
  return {
    kick: { cart: Math.min(1.2, 3 * p.angle), pole: Math.min(1.8, 3 * p.angle) }, // m/s and rad/s: a push that can be survived
    side: 1, // of the cart, to which the pole leans where theta is positive
    jolt: (theta, speed) => -Math.cos(theta) * speed / (p.length * (4 / 3)), // of the pole, by a change of the cart's speed
    fallen: ([x, , theta]) => Math.abs(x) > p.limit || Math.cos(theta) < 0, // as a user sees it who keeps on playing
    reset: (start) => start.slice(0, 4),
    observe: (state) => state,
    push: (action) => (action[0] > 0 ? p.force : -p.force),
    step([x, xDot, theta, thetaDot], action) {
      const [s, c] = sinCos(theta);
      const temp = (this.push(action) + moment * (thetaDot * thetaDot) * s) / mass;
      const thetaAcc = (p.gravity * s - c * temp) / (p.length * (4 / 3 - p.pole_mass * (c * c) / mass));
      const xAcc = temp - moment * thetaAcc * c / mass;
      x = x + p.dt * xDot;
      xDot = xDot + p.dt * xAcc;
      theta = theta + p.dt * thetaDot;
      thetaDot = thetaDot + p.dt * thetaAcc;
      const alive = Math.abs(x) <= p.limit && Math.abs(theta) <= p.angle;
      return [[x, xDot, theta, thetaDot], 1, alive];
    },
  };
}

function swingUp(p) {
  const mass = p.cart_mass + p.pole_mass, moment = p.pole_mass * p.length;
  return {
    kick: { cart: 1.2, pole: 2.5 },
    side: -1, // a push to the right turns theta up, and leaves the pole behind
    jolt: (theta, speed) => 1.5 * Math.cos(theta) * speed / p.length,
    fallen: ([x]) => Math.abs(x) > p.limit,
    reset: (start) => [...start.slice(0, 4), ...sinCos(start[2])],
    observe: ([x, xDot, , thetaDot, s, c]) => [x, xDot, c, s, thetaDot],
    push: (action) => smaller(1, larger(-1, action[0])) * p.force,
    step([x, xDot, theta, thetaDot, s, c], action) {
      const spin = thetaDot * thetaDot * s, sc = s * c, push = this.push(action);
      const inv = 1 / (-3 * p.pole_mass * (c * c) + 4 * mass);
      const xAcc = inv * (
        -2 * moment * spin
        + (3 * p.pole_mass * p.gravity * sc + (4 * push + -4 * p.friction * xDot))
      );
      const thetaAcc = inv * (1 / p.length) * (
        -3 * moment * (spin * c)
        + (6 * mass * p.gravity * s + 6 * ((-p.friction * xDot + push) * c))
      );
      x = xDot * p.dt + x;
      theta = thetaDot * p.dt + theta;
      xDot = xAcc * p.dt + xDot;
      thetaDot = thetaAcc * p.dt + thetaDot;
      [s, c] = sinCos(theta);
      const reward = (c + 1) * 0.5 * cosNearZero(x * (Math.PI / 2 / p.limit));
      return [[x, xDot, theta, thetaDot, s, c], reward, Math.abs(x) <= p.limit];
    },
  };
}

const PHYSICS = { cartpole: cartPole, swingup: swingUp };

const SETTLED = 1; // s that the pole is up after a push that it survived

/**
 * One episode of a network: `advance` makes a step as the rollouts of the search do.  Once a hand has disturbed it, it
 * is free: it goes on until the pole has fallen or the cart has left the rail.
 */
class Episode {
  constructor(task) {
    this.task = task;
    this.physics = PHYSICS[task.model](task.parameters);
    this.restart(0);
  }

  restart(seed) {
    this.seed = seed;
    this.state = this.physics.reset(this.task.starts[seed]);
    this.memory = null; // of the network
    this.steps = 0;
    this.score = 0;
    this.alive = true;
    this.force = null;
    this.free = false;
    this.upright = 0; // steps for which the pole is up
    this.calm = 0; // and that without a hand
    this.pushes = 0; // not survived yet
    this.survived = 0;
  }

  get over() {
    return !this.alive || (!this.free && this.steps >= this.task.max_steps);
  }

  /** Time for which the pole is up, in seconds. */
  get secondsUp() {
    return this.upright * this.task.parameters.dt;
  }

  advance(net, weight) {
    const action = forward(net, weight, this.physics.observe(this.state), this.memory);
    this.memory = remembered(net);
    this.force = this.physics.push(action);
    const [state, reward, alive] = this.physics.step(this.state, action);
    this.state = state;
    this.score += reward;
    this.steps += 1;
    this.alive = this.free ? !this.physics.fallen(state) : alive;
    const up = Math.cos(state[2]) >= this.task.upright;
    this.upright = up ? this.upright + 1 : 0;
    this.calm = up ? this.calm + 1 : 0;
    if (this.pushes && this.calm * this.task.parameters.dt >= SETTLED) {
      this.survived += this.pushes;
      this.pushes = 0;
    }
  }

  /** Changes x, x_dot, theta or theta_dot, which is what a hand does. */
  disturb(place, value) {
    this.state[place] = value;
    this.state = this.physics.reset(this.state);
    this.free = true;
    this.calm = 0;
  }

  /** Has a hand hold the pole or the cart in this state, through a time step. */
  hold(state) {
    this.state = this.physics.reset(state);
    this.free = this.alive = true;
    this.upright = this.calm = 0;
  }

  /** Counts a push, or a drag that has ended, once it is survived. */
  pushed() {
    this.pushes += 1;
  }
}
