"""One measured figure, and how many of them become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, how it came out, and, where there is a goal, whether it is met."""

    what: str
    measured: str
    goal: str = ""
    met: bool = True


def p50(values: Sequence[float]) -> float:
    """Half of the values are below this."""
    return median(values)


def p95(values: Sequence[float]) -> float:
    """95 of 100 values are below this."""
    return quantiles(values, n=20)[-1]


def p99(values: Sequence[float]) -> float:
    """99 of 100 values are below this."""
    return quantiles(values, n=100)[-1]


def spread(values: Sequence[float]) -> str:
    """The median, and between which values the others lie."""
    return f"{median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"
