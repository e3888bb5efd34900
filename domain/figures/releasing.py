"""公开数据: what is published of each month and quarter, once, the same for all readers.

A month gives the whole place; a quarter also its regions and categories. Nothing that is published overlaps otherwise,
and every sum between published numbers is known here, so `suppression` can see to it that none gives another away. The
numbers of a quarter are those of its three months as they were counted for these. A running total is made of published
numbers only.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from domain.figures.definitions import Rate, definitions
from domain.figures.statistics import NONE, Asked, By, Row, counted
from domain.figures.suppression import Sum, left_out
from domain.loop import packs
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.errors import Conflict, NotAllowed, NotFound
from models import Loading, Release, Role
from models.database import connection

OWN = "own"  # as a part of a region: what was reported of itself, not of one below it
Table = dict[str, dict[str, int]]  # by region or category: by figure
MONTHS = 3


class Grain(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"


class Published(Conflict):
    """It was published before."""

    code, message = "published", "这一期已经公布"


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter, from its first day to its last."""

    grain: Grain
    since: date

    @property
    def until(self) -> date:
        """The last day."""
        return _later(self.since, 1 if self.grain is Grain.MONTH else MONTHS) - timedelta(days=1)

    @property
    def months(self) -> list["Period"]:
        """The months of a quarter."""
        return [Period(Grain.MONTH, _later(self.since, n)) for n in range(MONTHS)]


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


async def made() -> int:
    """Make what is still missing of the periods that have ended, not yet published; returns how many were made.

    A period is counted on the day after its last, or later; then it stands as it is.
    """
    if await Loading.filter(done__lt=F("total")).exists():  # half of what is being loaded would be counted for good
        return 0
    region = await root()
    _, first = await connection().execute_query("SELECT min(received_on) AS day FROM case_fact")
    if first[0]["day"] is None:
        return 0
    done = 0
    for period in ended(first[0]["day"], clock.today()):
        if await Release.exists(region_id=region, grain=period.grain, since=period.since):
            continue
        try:
            await (_month if period.grain is Grain.MONTH else _quarter)(period, region)
        except IntegrityError:  # another worker was faster
            continue
        done += 1
    return done


def ended(first: date, today: date) -> list[Period]:
    """The months that have ended since a day, each quarter after its last month."""
    periods = []
    month = first.replace(day=1)
    while (period := Period(Grain.MONTH, month)).until < today:
        periods.append(period)
        if month.month % MONTHS == 0 and month >= _later(first.replace(day=1), MONTHS - 1):
            periods.append(Period(Grain.QUARTER, _later(month, 1 - MONTHS)))
        month = _later(month, 1)
    return periods


async def root() -> str:
    """The region of the installation."""
    return min((await packs.book()).regions, key=len, default="")


async def _month(period: Period, region: str) -> None:
    asked = Asked(period.since, period.until, region)
    whole = await counted(SYSTEM, asked)
    regions = await counted(SYSTEM, Asked(period.since, period.until, region, by=By.REGION))
    categories = await counted(SYSTEM, Asked(period.since, period.until, region, by=By.CATEGORY))
    total = _kept(whole.total)
    parts = {key: _kept(row) for key, row in regions.groups}
    parts[OWN] = {name: n - sum(row[name] for row in parts.values()) for name, n in total.items()}
    by_category = {key: _kept(row) for key, row in categories.groups}
    told = {"total": {"": total}, "regions": parts, "categories": by_category}
    hidden = {name: left_out({"": total[name]}, [], definitions().fewest) for name in _shown_names()}
    await _written(period, region, told, {"total": _shown({"": total}, {name: set(hidden[name]) for name in hidden})})


async def _quarter(period: Period, region: str) -> None:
    months = await Release.filter(
        region_id=region, grain=Grain.MONTH, since__in=[month.since for month in period.months]
    ).order_by("since")
    if len(months) < MONTHS:
        return
    told = {
        name: _added([_table(month.counted, name) for month in months]) for name in ("total", "regions", "categories")
    }
    hidden: dict[str, dict[str, set[str]]] = {name: {} for name in told}
    for figure in _shown_names():
        cells: dict[Hashable, int] = {
            (name, key): row[figure] for name, table in told.items() for key, row in table.items()
        }
        before: dict[str, dict[Hashable, int]] = {"shown": {}, "hidden": {}}
        for month in months:
            shown = _table(month.shown, "total")[""].get(figure) is not None
            before["shown" if shown else "hidden"]["month", str(month.since)] = _table(month.counted, "total")[""][
                figure
            ]
        whole: Hashable = ("total", "")
        sums = [
            Sum(whole, tuple(before["shown"] | before["hidden"])),
            Sum(whole, tuple(("regions", key) for key in told["regions"])),
            Sum(whole, tuple(("categories", key) for key in told["categories"])),
        ]
        sums = [one for one in sums if one.parts]
        found = left_out(
            cells | before["shown"] | before["hidden"],
            sums,
            definitions().fewest,
            shown_before=before["shown"],
            hidden_before=before["hidden"],
        )
        for name, table in told.items():
            hidden[name][figure] = {key for key in table if (name, key) in found}
    await _written(period, region, told, {name: _shown(table, hidden[name]) for name, table in told.items()})


def _names() -> Iterable[str]:
    """The columns that what is published is made of."""
    known = definitions()
    rates = [known.rate(code) for code in known.public_rates]
    return dict.fromkeys([*known.public_counts, *(name for rate in rates for name in (rate.part, rate.of))])


def _shown_names() -> list[str]:
    """The columns whose own numbers are shown: a rate shows its denominator, and itself where that is shown."""
    known = definitions()
    return list(dict.fromkeys([*known.public_counts, *(known.rate(code).of for code in known.public_rates)]))


def _kept(row: Row) -> dict[str, int]:
    return {name: row.get(name, 0) for name in _names()}


def _table(stored: Mapping[str, Any], name: str) -> Table:
    return dict(stored.get(name, {}))


def _added(tables: list[Table]) -> Table:
    keys = dict.fromkeys(key for table in tables for key in table)
    return {
        key: {name: sum(table.get(key, NONE)[name] for table in tables) for name in _names()} for key in sorted(keys)
    }


def _shown(table: Table, hidden: Mapping[str, set[Any]]) -> dict[str, dict[str, float | int | None]]:
    """What may be known: None for what is left out; of a rate nothing where its denominator is."""
    known = definitions()
    shown: dict[str, dict[str, float | int | None]] = {}
    for key, row in table.items():
        shown[key] = {name: None if key in hidden.get(name, ()) else row[name] for name in _shown_names()}
        shown[key] |= {code: _rate(known.rate(code), key, row, hidden) for code in known.public_rates}
    return shown


def _rate(rate: Rate, key: str, row: Mapping[str, int], hidden: Mapping[str, set[Any]]) -> float | None:
    if key in hidden.get(rate.of, ()) or row[rate.of] < definitions().fewest:
        return None
    return round(row[rate.part] / row[rate.of], 3)


async def _written(period: Period, region: str, told: Mapping[str, Table], shown: Mapping[str, Any]) -> None:
    await Release.create(
        id=uuid4(),
        grain=period.grain,
        since=period.since,
        until=period.until,
        region_id=region,
        definitions=definitions().version,
        counted=dict(told),
        shown=dict(shown),
        made_at=clock.now(),
        published_at=None,
        published_by_id=None,
    )


def may_publish(actor: Actor, region: str) -> bool:
    """督察办 of the whole place decides what the public is told."""
    return actor.role is Role.SUPERVISOR and actor.standing is not None and actor.standing.region == region


async def waiting(actor: Actor) -> list[Release]:
    """Everything made, the newest first, published or not; raises NotAllowed for any but those who publish."""
    region = await root()
    if not may_publish(actor, region):
        raise NotAllowed
    return await Release.filter(region_id=region).order_by("-since", "grain").limit(200)


async def publish(actor: Actor, release_id: UUID) -> Release:
    """Publish a period for good; raises NotFound, NotAllowed or Published."""
    async with in_transaction():
        release = await Release.filter(id=release_id).select_for_update().first()
        if not may_publish(actor, await root()):
            raise NotAllowed
        if release is None:
            raise NotFound
        if release.published_at:
            raise Published
        release.published_at, release.published_by_id = clock.now(), actor.post_id
        await release.save(update_fields=["published_at", "published_by_id"])
    return release
