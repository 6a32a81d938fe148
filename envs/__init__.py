"""The tasks that come with wann, each also a Gymnasium environment: ``import envs`` registers them.

``TASKS`` says for each name where the task is, or the function that makes it of data
(``wann.tasks.data.Data``); importing this package compiles nothing.
"""

from gymnasium.envs.registration import register

TASKS = {
    "digits": "envs.digits:digits",
    "samples": "envs.samples:samples",
    "mnist": "envs.mnist:small_mnist",
    "mnist28": "envs.mnist:mnist28",
    "mnist_paper": "envs.mnist:mnist_paper",
    "cartpole": "envs.cartpole:CARTPOLE",
    "cartpole_far": "envs.cartpole:CARTPOLE_FAR",
    "swingup": "envs.swingup:SWINGUP",
    "swingup_hard": "envs.swingup:SWINGUP_HARD",
    "doublepole": "envs.doublepole:DOUBLEPOLE",
    "doublepole_standard": "envs.doublepole:DOUBLEPOLE_STANDARD",
    "doublepole_hidden": "envs.doublepole:DOUBLEPOLE_HIDDEN",
    "acrobot": "envs.classic.acrobot:ACROBOT",
    "pendulum": "envs.classic.pendulum:PENDULUM",
    "mountaincar": "envs.classic.mountaincar:MOUNTAINCAR",
    "mountaincar_discrete": "envs.classic.mountaincar:MOUNTAINCAR_DISCRETE",
    "carracing": "envs.carracing.task:carracing",
    "carracing_gym": "envs.carracing.original:carracing_gym",
}

register(
    "wann/CartPole-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=500,
    kwargs={"task": "cartpole"},
)
register(
    "wann/CartPoleFar-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=500,
    kwargs={"task": "cartpole_far"},
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
register(
    "wann/DoublePole-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=1000,
    kwargs={"task": "doublepole"},
)
register(
    "wann/DoublePoleStandard-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=1000,
    kwargs={"task": "doublepole_standard"},
)
register(
    "wann/DoublePoleHidden-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=1000,
    kwargs={"task": "doublepole_hidden"},
)
register(
    "wann/Acrobot-v0",
    "envs.environment:ControlEnv",
    reward_threshold=-100.0,
    max_episode_steps=500,
    kwargs={"task": "acrobot"},
)
register(
    "wann/Pendulum-v0",
    "envs.environment:ControlEnv",
    max_episode_steps=200,
    kwargs={"task": "pendulum"},
)
register(
    "wann/MountainCarContinuous-v0",
    "envs.environment:ControlEnv",
    reward_threshold=90.0,
    max_episode_steps=999,
    kwargs={"task": "mountaincar"},
)
register(
    "wann/MountainCar-v0",
    "envs.environment:ControlEnv",
    reward_threshold=-110.0,
    max_episode_steps=200,
    kwargs={"task": "mountaincar_discrete"},
)
register("wann/CarRacing-v0", "envs.carracing.environment:RacingEnv", max_episode_steps=1000)
