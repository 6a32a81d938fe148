// The physics of envs/cartpole.py and envs/swingup.py: the same operations in the same order, so the same bits.
// A state is x, x_dot, theta, theta_dot and whatever is derived from them; step gives [state, reward, alive].

function cartPole(p) {
  const mass = p.cart_mass + p.pole_mass, moment = p.pole_mass * p.length;
  return {
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

/** One episode of a network: `advance` makes a step as the rollouts of the search do. */
class Episode {
  constructor(task) {
    this.task = task;
    this.physics = PHYSICS[task.model](task.parameters);
    this.restart(0);
  }

  restart(seed) {
    this.seed = seed;
    this.state = this.physics.reset(this.task.starts[seed]);
    this.steps = 0;
    this.score = 0;
    this.alive = true;
    this.force = null;
  }

  get over() {
    return !this.alive || this.steps >= this.task.max_steps;
  }

  advance(net, weight) {
    const action = forward(net, weight, this.physics.observe(this.state));
    this.force = this.physics.push(action);
    const [state, reward, alive] = this.physics.step(this.state, action);
    this.state = state;
    this.score += reward;
    this.steps += 1;
    this.alive = alive;
  }

  /** Changes x, x_dot, theta or theta_dot, which is what a hand does. */
  disturb(place, value) {
    this.state[place] = value;
    this.state = this.physics.reset(this.state);
  }
}
