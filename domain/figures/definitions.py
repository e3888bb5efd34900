"""What each figure means, in the words that are shown beside it: `data/statistics.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache

from kit.settings import ROOT


@dataclass(frozen=True, slots=True)
class Count:
    """A number of cases."""

    code: str
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: `part` ÷ `of`, both columns of the sums."""

    code: str
    name: str
    part: str
    of: str
    part_name: str
    of_name: str
    says: str
    leaves_out: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """All of them, under one version; a rate of fewer than `fewest` cases is not given."""

    version: str
    fewest: int
    counts: tuple[Count, ...]
    rates: tuple[Rate, ...]
    ledger: tuple[Rate, ...]
    public_counts: tuple[str, ...]
    public_rates: tuple[str, ...]

    def count(self, code: str) -> Count:
        """By its code."""
        return next(count for count in self.counts if count.code == code)

    def rate(self, code: str) -> Rate:
        """By its code."""
        return next(rate for rate in self.rates if rate.code == code)


@cache
def definitions() -> Definitions:
    """As the file has them."""
    told = tomllib.loads((ROOT / "data" / "statistics.toml").read_text(encoding="utf-8"))
    return Definitions(
        version=told["version"],
        fewest=told["fewest"],
        counts=tuple(Count(**row) for row in told["count"]),
        rates=tuple(Rate(**row) for row in told["rate"]),
        ledger=tuple(Rate(**row) for row in told["ledger"]),
        public_counts=tuple(told["public"]["counts"]),
        public_rates=tuple(told["public"]["rates"]),
    )
