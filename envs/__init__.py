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

#: Gymnasium's id, without ``wann/`` -> task, longest episode, return from which it counts as solved
CONTROL = {
    "CartPole-v0": ("cartpole", 500, None),
    "CartPoleFar-v0": ("cartpole_far", 500, None),
    "CartPoleSwingUp-v0": ("swingup", 1000, None),
    "CartPoleSwingUpHard-v0": ("swingup_hard", 200, None),
    "DoublePole-v0": ("doublepole", 1000, None),
    "DoublePoleStandard-v0": ("doublepole_standard", 1000, None),
    "DoublePoleHidden-v0": ("doublepole_hidden", 1000, None),
    "Acrobot-v0": ("acrobot", 500, -100.0),
    "Pendulum-v0": ("pendulum", 200, None),
    "MountainCarContinuous-v0": ("mountaincar", 999, 90.0),
    "MountainCar-v0": ("mountaincar_discrete", 200, -110.0),
}


def register_control(name: str, task: str, max_steps: int, threshold: float | None) -> None:
    """Register a row of ``CONTROL`` with Gymnasium."""
    register(
        f"wann/{name}",
        "envs.environment:ControlEnv",
        reward_threshold=threshold,
        max_episode_steps=max_steps,
        kwargs={"task": task},
    )


for name, row in CONTROL.items():
    register_control(name, *row)
for name, made_by in (
    ("CarRacing-v0", "envs.carracing.environment:RacingEnv"),  # sees pictures
    ("CarRacingFeatures-v0", "envs.carracing.task:features_env"),  # what networks see
):
    register(f"wann/{name}", made_by, max_episode_steps=1000)
