"""Try files that strangers might send: ``python tests/benchmarks/fuzz.py [NAME …] [--cases N] [--seed N]``.

The properties are those of ``tests/wann/test_fuzz.py``, with many more cases, and with compiled code that checks its
bounds: what reads or writes beyond an array is an error here instead of a crash some day.
"""

import argparse
import faulthandler
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))


def try_kind(name: str, cases: int, seed: int, folder: Path) -> list[tuple[bool, float]]:
    """Return of each case whether it loaded, and the seconds that it took; raise where a property does not hold."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded
    from untrusted import KINDS, loads

    results: list[tuple[bool, float]] = []

    @seeded(seed)
    @settings(max_examples=cases, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(KINDS[name].cases)
    def check(case: object) -> None:
        begun = time.perf_counter()
        results.append((loads(KINDS[name], folder, case), time.perf_counter() - begun))

    check()
    return results


def try_all(names: list[str], cases: int, seed: int, folder: Path) -> None:
    """Try so many cases of all kinds together, and print a row for each kind."""
    from readers import peak_memory
    from untrusted import KINDS, lay_canary

    unknown = set(names) - set(KINDS)
    if unknown:
        sys.exit(f"unknown kind {', '.join(unknown)}: give some of {', '.join(map(repr, KINDS))}")
    names = names or list(KINDS)
    lay_canary(folder)
    before, begun, total = peak_memory(), time.perf_counter(), 0
    print("| kind | cases | loaded | refused | s | slowest, ms |\n|---|---|---|---|---|---|", flush=True)
    for name in names:
        results = try_kind(name, -(-cases // len(names)), seed, folder)
        loaded, seconds = sum(ok for ok, _ in results), [s for _, s in results]
        total += len(results)
        print(f"| {name} | {len(results)} | {loaded} | {len(results) - loaded} | {sum(seconds):.1f} "
              f"| {1000 * max(seconds):.0f} |", flush=True)  # fmt: skip
    print(f"{total} cases in {time.perf_counter() - begun:.0f} s; peak memory {peak_memory() / 1e6:.0f} MB, of which "
          f"{before / 1e6:.0f} MB before the first")  # fmt: skip


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="kinds of case (default: all)")
    parser.add_argument("--cases", type=int, default=10_000, metavar="N", help="of all kinds together (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another one tries other cases")
    args = parser.parse_args()
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as folder:
        # for the kernels, which are compiled when wann is imported below; others of this user are left alone
        os.environ |= {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
        try_all(args.names, args.cases, args.seed, Path(folder))


if __name__ == "__main__":
    main()
