"""How good is a network, and how little do its weights matter?"""

from dataclasses import replace

from wann.assess.classifier import assess_classifier
from wann.assess.episodes import assess_episodes
from wann.assess.result import Assessment
from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.command.options import check_backend, check_numbers
from wann.tasks import Data, Task
from wann.tasks.classification.samples import has_samples
from wann.workers.evaluator import ProgressCallback


def assess(
    champion: Champion,
    task: str | Task | None = None,
    trials: int = 100,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    data: Data | None = None,
    backend: str | None = None,
) -> Assessment:
    """Score a network under the paper's weight conditions, and measure how little its weights
    matter.

    All conditions (``Assessment``) are measured on the same trials: the shared weights of the
    sweep, random weights, a random shared weight, the best shared weight, individual weights if the
    champion has any, and the last two after noise and with other signs; and the score over shared
    weights from -3 to 3.  A classifier is assessed on its test samples: ``ClassifierAssessment``.

    Of an environment in Python the profile is coarser, and with fewer than 100 trials the search
    for the best shared weight has as many fewer: N trials are about 100 N episodes in all.

    Args:
        champion: the network.
        task: to score it on, or its name; default: that which it was evolved for.
        trials: of each condition, at least 2; of classifiers, draws of what is random.
        seed: of all that is random.
        progress: called about once a second while episodes are played.
        data: for a task whose data does not come with it: see ``wann.champion.task.task_of``.
        backend: who plays episodes: see ``wann.Evaluator``.

    Raises:
        WannError: fewer than two trials, a negative seed, no task that fits, or one in which every
            episode fails.

    Source: Gaier & Ha 2019, table 1 and section 4.2, for all but changed weights and the profile.
    """
    check_numbers(trials, seed)
    found = task_of(champion, task, data)
    if isinstance(task, str):
        champion = replace(champion, task=task)
    if has_samples(found):
        check_backend(backend)
        return assess_classifier(champion, found, trials, seed)
    return assess_episodes(champion, found, trials, seed, progress, backend)
