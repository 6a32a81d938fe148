"""wann: weight-agnostic neural networks, evolved.

>>> import wann
>>> champion = wann.Evolution("swingup").run()      # a configuration, a task or an environment
>>> act = champion.policy(weight=-1.5)              # observation -> action, at any shared weight
>>> champion = wann.load("runs/mine")               # a run, a champion file or a published .out
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wann.champion.champion import Champion as Champion
    from wann.champion.champion import load as load
    from wann.champion.rollout import Rollout as Rollout
    from wann.config import Config as Config
    from wann.config import MutationConfig as MutationConfig
    from wann.config import SearchConfig as SearchConfig
    from wann.config import configure as configure
    from wann.errors import WannError as WannError
    from wann.evolve.evolution import Evolution as Evolution
    from wann.search.generation import Generation as Generation
    from wann.search.search import WannSearch as WannSearch
    from wann.tasks.control.task import ControlTask as ControlTask
    from wann.tasks.function import FunctionTask as FunctionTask
    from wann.tasks.function import function_task as function_task
    from wann.tasks.registry import find_task as find_task
    from wann.tasks.task import Task as Task
    from wann.workers.evaluator import Evaluator as Evaluator

__version__ = "0.1.0"

#: public name -> its module, which is imported when the name is first used
_MODULES = {
    "Champion": "wann.champion.champion",
    "Config": "wann.config",
    "ControlTask": "wann.tasks.control.task",
    "Evaluator": "wann.workers.evaluator",
    "Evolution": "wann.evolve.evolution",
    "FunctionTask": "wann.tasks.function",
    "Generation": "wann.search.generation",
    "MutationConfig": "wann.config",
    "Rollout": "wann.champion.rollout",
    "SearchConfig": "wann.config",
    "Task": "wann.tasks.task",
    "WannError": "wann.errors",
    "WannSearch": "wann.search.search",
    "configure": "wann.config",
    "find_task": "wann.tasks.registry",
    "function_task": "wann.tasks.function",
    "load": "wann.champion.champion",
}
__all__ = [
    "Champion",
    "Config",
    "ControlTask",
    "Evaluator",
    "Evolution",
    "FunctionTask",
    "Generation",
    "MutationConfig",
    "Rollout",
    "SearchConfig",
    "Task",
    "WannError",
    "WannSearch",
    "__version__",
    "configure",
    "find_task",
    "function_task",
    "load",
]

if not TYPE_CHECKING:  # or every name would exist for a type checker

    def __getattr__(name: str) -> Any:
        """Import the public names when they are first used, so that ``import wann`` costs
        nothing.
        """
        if name not in _MODULES:
            raise AttributeError(f"module 'wann' has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(_MODULES[name]), name)
        return value

    def __dir__() -> list[str]:
        """Return the public names, too."""
        return sorted({*globals(), *__all__})
