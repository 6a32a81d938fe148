"""A task of one's own, beside a helper module: the swing-up, as slow as a test needs it."""

from support import slow_helper
from wann.tasks import find_task


class SlowTask:
    """The hard swing-up, whose scores take a while if they are told to."""

    swingup = find_task("swingup_hard")
    inputs, outputs = swingup.inputs, swingup.outputs

    def trials(self, n, rng):
        return self.swingup.trials(n, rng)

    def score(self, networks, weights, trials):
        slow_helper.take_your_time(networks.size)
        return self.swingup.score(networks, weights, trials)


TASK = SlowTask()
