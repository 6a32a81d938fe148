"""Try files that strangers might send:
``python tests/benchmarks/fuzz.py [NAME …] [--cases N] [--seed N]``.

The properties are those of ``tests/system/test_fuzz.py``, with many more cases, and with compiled
code that checks its bounds: what reads or writes beyond an array is an error here instead of a
crash some day. Processes of their own take a batch of cases each; one that dies, or in which a case
takes too long or too much memory, is a finding, which is printed with its case, and ends the batch.
On Linux.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HELPERS = Path(__file__).parents[1] / "helpers"
BATCH = 2000  # cases of a process
OTHERS = 50  # cases of a kind for one of each kind whose cases take long
WARM = 5  # as many times the same are tried first, and not counted: they compile
# that a case may take on a busy machine; and where much has to be compiled first
SECONDS, FIRST_SECONDS = 20, 500
SHOWN = 1500  # characters of what a process says at its end, and of the case


def try_batch(folder: Path, name: str, cases: int, seed: int, seconds: float) -> dict[str, Any]:
    """Return what came of a batch: its figures, or a ``finding``."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        command = [
            sys.executable,
            str(Path(__file__).with_name("fuzz_batch.py")),
            name,
            str(cases),
            str(seed),
        ]
        done = subprocess.run([*command, str(seconds)], capture_output=True, text=True, cwd=own)
        if done.returncode:
            case = Path(own) / "case"
            last = case.read_text()[:SHOWN] if case.exists() else "none"
            return {
                "finding": (
                    f"{name}, seed {seed}: exit code"
                    f" {done.returncode}\n{done.stderr[-SHOWN:]}\ncase: {last}"
                )
            }
        return json.loads(done.stdout)


def try_all(names: list[str], cases: int, seed: int, workers: int, folder: Path) -> bool:
    """Try so many cases of all kinds together, print a row for each kind, and return whether
    nothing was found.
    """
    sys.path.insert(0, str(HELPERS))
    from support.untrusted import KINDS

    unknown = set(names) - set(KINDS)
    if unknown:
        sys.exit(f"unknown kind {', '.join(unknown)}: give some of {', '.join(map(repr, KINDS))}")
    names, begun, total, findings = names or list(KINDS), time.perf_counter(), 0, []
    shares = {name: 1 if KINDS[name].slow else OTHERS for name in names}
    wanted = {name: -(-cases * share // sum(shares.values())) for name, share in shares.items()}
    with ThreadPoolExecutor(workers) as pool:
        list(
            pool.map(
                lambda name: try_batch(folder, name, WARM * shares[name], seed, FIRST_SECONDS),
                names,
            )
        )
        batches = {
            name: [pool.submit(try_batch, folder, name, min(BATCH, wanted[name] - at),
            seed + 1 + at, SECONDS)
                   for at in range(0, wanted[name], BATCH)] for name in names
        }  # fmt: skip
        print(
            "| kind | cases | loaded | refused | s | slowest, ms | memory, MB | findings |\n"
            + "|---" * 8
            + "|"
        )
        for name in names:
            results = [batch.result() for batch in batches[name]]
            found = [result["finding"] for result in results if "finding" in result]
            good = [result for result in results if "finding" not in result] or [
                dict.fromkeys(FIGURES, 0)
            ]
            n, loaded, seconds = (sum(result[key] for result in good) for key in FIGURES[:3])
            slowest, memory = (max(result[key] for result in good) for key in FIGURES[3:])
            print(
                f"| {name} | {n} | {loaded} | {n - loaded} | {seconds:.0f} | {1000 * slowest:.0f} "
                f"| {memory / 1e6:.0f} | {len(found)} |",
                flush=True,
            )
            total, findings = total + n, findings + found
    print(f"{total} cases in {time.perf_counter() - begun:.0f} s; {len(findings)} findings")
    print("\n\n".join(findings))
    return not findings


FIGURES = "cases", "loaded", "seconds", "slowest", "memory"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="kinds of case (default: all)")
    parser.add_argument(
        "--cases",
        type=int,
        default=10_000,
        metavar="N",
        help="of all kinds together (default: 10000)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another one tries other cases"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes (default: cores)",
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # for the kernels, which the processes compile; others of this user are left alone
        os.environ |= {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
        sys.exit(not try_all(args.names, args.cases, args.seed, args.workers, Path(folder)))


if __name__ == "__main__":
    main()
