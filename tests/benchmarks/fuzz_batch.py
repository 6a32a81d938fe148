"""A process of ``fuzz.py``: cases of one kind, each limited in time and memory.

Prints what came of them as JSON.

    python tests/benchmarks/fuzz_batch.py NAME CASES SEED SECONDS

The present folder is its own; ``case`` holds the case in hand, which is there for whoever finds the
process dead.
"""

import faulthandler
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))

MOST_MEMORY = 2**30  # bytes that a case may take


def memory(name: str) -> int:
    """Return the bytes that this process has in memory (VmRSS), had at most (VmHWM), or has as
    addresses (VmSize).
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def main(name: str, cases: int, seed: int, limit: float) -> None:
    """Try the cases; an error of wann is an error of this process."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from support.kinds import lay_canary, loads
    from support.untrusted import KINDS

    folder, seconds, taken, loaded = Path.cwd(), [], [], 0
    lay_canary(folder)
    most = memory("VmSize") + 2 * MOST_MEMORY  # libraries reserve addresses that they never use
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

    @seeded(seed)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )
    @given(KINDS[name].cases)
    def check(case: object) -> None:
        nonlocal loaded
        (folder / "case").write_text(repr(case), errors="backslashreplace")
        Path("/proc/self/clear_refs").write_text("5")  # the most so far is forgotten
        before, begun = memory("VmRSS"), time.perf_counter()
        # whatever it is in, compiled code as well
        faulthandler.dump_traceback_later(limit, exit=True)
        try:
            loaded += loads(KINDS[name], folder, case)
        finally:
            faulthandler.cancel_dump_traceback_later()
        seconds.append(time.perf_counter() - begun)
        taken.append(memory("VmHWM") - before)
        assert taken[-1] < MOST_MEMORY, f"more than {MOST_MEMORY >> 20} MiB"

    check()
    print(
        json.dumps(
            {
                "cases": len(seconds),
                "loaded": loaded,
                "seconds": sum(seconds),
                "slowest": max(seconds),
                "memory": max(taken),
            }
        )
    )


if __name__ == "__main__":
    faulthandler.enable()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
