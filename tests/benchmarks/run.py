"""Measure the engine: ``python tests/benchmarks/run.py [NAME …] [--json FILE]``.

All of it takes about eight minutes.

Rates depend on the machine and its mood; what counts are the ratios, which come from the same
moments.
"""

import argparse
import os
import platform
from pathlib import Path

import digits
import generation
import kernel
import numba
import process
import ray_cost
import recurrent

from wann.files import write_json

BENCHMARKS = {
    "sizes": kernel.sizes,
    "populations": kernel.populations,
    "precision": kernel.precision,
    "recurrent": recurrent.recurrent,
    "processors": kernel.processors,
    "threads": kernel.threads,
    "digits": digits.digits,
    "ray_workers": ray_cost.ray_workers,
    "phases": generation.phases,
    "parts": generation.parts,
    "growth_with_size": generation.growth_with_size,
    "growth_with_population": generation.growth_with_population,
    "start_up": process.start_up,
    "runs": process.runs,
}


def machine() -> str:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    names = (
        [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        if (info.exists())
        else []
    )
    model = names[0] if names else platform.processor() or platform.machine()
    return (
        f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, Numba"
        f" {numba.__version__}"
    )


def shown(value: object) -> str:
    """Return a cell of a table."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def main() -> None:
    """Print a table for each benchmark, and write all of them as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file, too"
    )
    args = parser.parse_args()
    unknown = set(args.names) - set(BENCHMARKS)
    if unknown:
        parser.error(
            f"unknown benchmark {', '.join(unknown)}: give some of {', '.join(BENCHMARKS)}"
        )
    result: dict[str, object] = {"machine": machine()}
    print(machine())
    for name in args.names or BENCHMARKS:
        rows = [
            {key: float(v) if isinstance(v, float) else v for key, v in row.items()}
            for row in BENCHMARKS[name]()
        ]
        result[name] = rows
        print(f"\n{name}: {(BENCHMARKS[name].__doc__ or '').splitlines()[0]}")
        if rows:
            print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
        for row in rows:
            print("| " + " | ".join(shown(value) for value in row.values()) + " |", flush=True)
    if args.json:
        write_json(args.json, result)


if __name__ == "__main__":
    main()
