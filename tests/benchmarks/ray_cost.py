"""Benchmarks of the Ray backend: what a generation costs beyond its evaluation, and what a second
worker gains.
"""

import time

import numpy as np
import ray
from measure import STARTS, WEIGHTS

from wann.config import find_table, make_config
from wann.genome.population import Population
from wann.network.network import decode_all
from wann.search.search import WannSearch
from wann.tasks import find_task
from wann.workers.evaluator import Evaluator


def ray_workers() -> list[dict]:
    """Return wall time of evaluations by Ray against those in this process.

    All take turns on the same networks.
    """
    ray.init(
        address="local",
        num_cpus=3,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    config, task = make_config(find_table("swingup_paper")), find_task("swingup")
    search, rows = WannSearch(config.search, 5, 1), []
    with Evaluator(task, "ray", 1) as one, Evaluator(task, "ray", 2) as two:
        for _ in range(120):
            genomes = search.ask()
            search.tell(one(genomes, WEIGHTS, STARTS[:3]))
        evolved = list(search.population)
        for n in (192, 960):
            networks = decode_all(Population.of((evolved * 5)[:n]))
            seconds = []
            for _ in range(40):
                moments = [time.perf_counter()]
                for score in (task.score, one.score, two.score):
                    score(networks, WEIGHTS, STARTS)
                    moments.append(time.perf_counter())
                seconds.append(np.diff(moments))
            here, by_one, by_two = np.array(seconds[5:]).T
            rows.append(
                {
                    "networks": n,
                    "here, ms": 1000 * np.median(here),
                    "one worker adds, ms": 1000 * np.median(by_one - here),
                    "two workers, x one": np.median(by_one / by_two),
                }
            )
    ray.shutdown()
    return rows
