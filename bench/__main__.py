"""`python -m bench [name…]` measures and prints a table; the figures worth keeping go to docs/performance.md."""

import platform
import sys
from collections.abc import Callable, Coroutine
from datetime import date
from os import cpu_count
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bench import (
    beside,
    callback,
    filing,
    kills,
    officials,
    overdue,
    phone,
    queue,
    similar,
    statistics,
    transcoding,
    uploads,
)
from bench.figures import Figure
from bench.ground import Ground, ground

BENCHMARKS: dict[str, Callable[[Ground], Coroutine[Any, Any, list[Figure]]]] = {
    "filing": filing.measured,
    "queue": queue.measured,
    "overdue": overdue.measured,
    "statistics": statistics.measured,
    "similar": similar.measured,
    "officials": officials.measured,
    "phone": phone.measured,
    "uploads": uploads.measured,
    "kills": kills.measured,
    "transcoding": transcoding.measured,
    "callback": callback.measured,
    "beside": beside.measured,
}


def main(names: list[str]) -> int:
    """Measure what is named, or everything; 1 when a goal is missed."""
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}")
    table = Table(title=f"{date.today():%Y-%m-%d}, {cpu_count()} cores, Python {platform.python_version()}")  # noqa: DTZ011  # the day of whoever reads it
    for column in ("measured", "figure", "goal", ""):
        table.add_column(column)
    missed = False
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        with ground() as servers:
            for figure in uvloop.run(BENCHMARKS[name](servers)):
                missed |= not figure.met
                table.add_row(
                    figure.what, figure.measured, figure.goal, "" if not figure.goal else "✓" if figure.met else "✗"
                )
    Console(width=160).print(table)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
