"""A GPU: it plays what is compiled, with the bits of the CPU."""

import numpy as np

from wann.errors import WannError
from wann.network.network import Networks
from wann.tasks import Task
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.control.task import ControlTask
from wann.workers.threads import Serial

INSTALL = "pip install 'wann[gpu]'"


class Cuda(Serial):
    """The GPU of this process that CUDA names first (``CUDA_VISIBLE_DEVICES`` chooses)."""

    def __init__(self, task: Task):
        """Open the GPU.

        Raises:
            WannError: something is missing for it, or the task is none that a GPU can play.
        """
        super().__init__(task)
        if not isinstance(task, ControlTask | ClassificationTask):
            raise WannError(
                "the backend cuda plays compiled control tasks and classification; this task is"
                " neither: take --backend processes or threads"
            )
        try:
            from wann.gpu.play import ControlPlayer, SamplesPlayer
        except ImportError as error:
            raise WannError(f"the backend cuda needs numba-cuda ({error}): {INSTALL}") from None
        self._player = ControlPlayer(task) if isinstance(task, ControlTask) else SamplesPlayer(task)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        return self._player.score(networks, weights, trials)
