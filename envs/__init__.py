"""The tasks that come with wann, each also a Gymnasium environment: ``import envs`` registers them.

``TASKS`` names them for ``python -m wann.evolve NAME``; importing this package compiles nothing.
"""

from gymnasium.envs.registration import register

TASKS = {
    "digits": "envs.digits:DIGITS",
    "samples": "envs.samples:SAMPLES",
    "mnist": "envs.mnist:MNIST",
    "mnist28": "envs.mnist:MNIST28",
    "cartpole": "envs.cartpole:CARTPOLE",
    "swingup": "envs.swingup:SWINGUP",
    "swingup_hard": "envs.swingup:SWINGUP_HARD",
}

register(
    "wann/CartPole-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=500,
    kwargs={"task": "cartpole"},
)
register(
    "wann/CartPoleSwingUp-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=1000,
    kwargs={"task": "swingup"},
)
register(
    "wann/CartPoleSwingUpHard-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=200,
    kwargs={"task": "swingup_hard"},
)
