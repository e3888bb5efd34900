"""周汇总、月通报、年度报告: a period's figures told once, the same for all who may read them.

A week is told of the whole place only; a month and a year also of regions, categories and units. Numbers of 1 to 4 are
left out, and others with them, as in what is published. The annual report has what 信访工作条例 art. 41 asks for.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from domain.figures.definitions import definitions
from domain.figures.releasing import root
from domain.figures.statistics import Asked, By, Row, counted, total
from domain.figures.suppression import Sum, left_out
from domain.figures.telling import Told, paper
from domain.loop import packs
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.errors import NotAllowed, NotFound
from models import Bulletin, Loading, Role, Unit
from models.database import connection

READERS = frozenset({
    Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR, Role.LIAISON, Role.HEAD, Role.LEADER,
})  # fmt: skip
MOST_UNITS = 10
OTHERS = "others"
OWN = "own"


class BulletinKind(StrEnum):
    """How long a period it tells of."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """A week from Monday, a month or a year."""

    kind: BulletinKind
    since: date

    @property
    def until(self) -> date:
        """The last day."""
        return self._turned(1).since - timedelta(days=1)

    @property
    def before(self) -> "Period":
        """The one before."""
        return self._turned(-1)

    def _turned(self, by: int) -> "Period":
        match self.kind:
            case BulletinKind.WEEK:
                return replace(self, since=self.since + timedelta(weeks=by))
            case BulletinKind.MONTH:
                year, month = divmod(self.since.year * 12 + self.since.month - 1 + by, 12)
                return replace(self, since=date(year, month + 1, 1))
            case _:
                return replace(self, since=date(self.since.year + by, 1, 1))


def last(kind: BulletinKind, today: date) -> Period:
    """The last period that has ended."""
    first = {
        BulletinKind.WEEK: today - timedelta(days=today.weekday()),
        BulletinKind.MONTH: today.replace(day=1),
        BulletinKind.YEAR: date(today.year, 1, 1),
    }[kind]
    return Period(kind, first).before


async def made(back: int = 1) -> int:
    """Tell of the last periods of each kind, so many back, that have no bulletin and had a case before their end."""
    if await Loading.filter(done__lt=F("total")).exists():  # half of what is being loaded would be told for good
        return 0
    _, first = await connection().execute_query("SELECT min(received_on) AS day FROM case_fact")
    done = 0
    for kind in BulletinKind:
        period = last(kind, clock.today())
        for _ in range(back):
            if first[0]["day"] and first[0]["day"] <= period.until:
                done += await _made(period)
            period = period.before
    return done


async def _made(period: Period) -> bool:
    region = await root()
    if await Bulletin.exists(region_id=region, kind=period.kind, since=period.since):
        return False
    told = await _told(period, region)
    written = paper(told)
    try:
        await Bulletin.create(
            id=uuid4(),
            kind=period.kind,
            since=period.since,
            until=period.until,
            region_id=region,
            definitions=definitions().version,
            title=written.title,
            content={"figures": told.stored(), "paper": written.stored()},
            text=written.text(),
            made_at=clock.now(),
        )
    except IntegrityError:  # another worker was faster
        return False
    return True


async def _told(period: Period, region: str) -> Told:
    """What is told, without what is left out."""
    whole = await total(SYSTEM, Asked(period.since, period.until, region))
    before = await total(SYSTEM, Asked(period.before.since, period.before.until, region))
    parts: dict[str, dict[str, Row]] = {}
    if period.kind is not BulletinKind.WEEK:
        for by in (By.REGION, By.CATEGORY, By.UNIT):
            groups = (await counted(SYSTEM, Asked(period.since, period.until, region, by=by))).groups
            parts[by.value] = _with_rest(dict(groups), whole, OTHERS if by is By.UNIT else OWN)
    hidden = {name: _hidden(name, whole, before, parts) for name in whole}
    shown: dict[str, dict[str, dict[str, int | None]]] = {
        by: {key: _shown(by, key, row, hidden) for key, row in table.items()} for by, table in parts.items()
    }
    return Told(
        kind=period.kind,
        since=period.since,
        until=period.until,
        region=(await packs.book()).regions.get(region, ""),
        total=_shown("", "", whole, hidden),
        before=_shown("before", "", before, hidden),
        parts=shown,
        names=await _names(shown.get(By.UNIT.value, {})),
        accused=await _complained_of(period) if period.kind is BulletinKind.YEAR else [],
    )


def _with_rest(table: dict[str, Row], whole: Row, rest: str) -> dict[str, Row]:
    """The parts, and what is in none of them, so that they make up the whole."""
    left = {name: n - sum(row[name] for row in table.values()) for name, n in whole.items()}
    return table | ({rest: left} if any(left.values()) else {})


def _hidden(name: str, whole: Row, before: Row, parts: Mapping[str, Mapping[str, Row]]) -> set[Hashable]:
    """Of one figure, the cells that are not told. Persons and the like are no parts of a sum: only small ones are."""
    cells: dict[Hashable, int] = {("", ""): whole[name], ("before", ""): before[name]}
    sums = []
    for by, table in parts.items():
        cells |= {(by, key): row[name] for key, row in table.items()}
        sums.append(Sum(("", ""), tuple((by, key) for key in table)))
    return left_out(cells, [one for one in sums if one.parts], definitions().fewest)


def _shown(by: str, key: str, row: Row, hidden: Mapping[str, set[Hashable]]) -> dict[str, int | None]:
    told: dict[str, int | None] = {name: None if (by, key) in hidden[name] else n for name, n in row.items()}
    # What a rate says anyway is told with its denominator, and only with it: how many were so, and how many were not.
    for rate in definitions().rates:
        few = told[rate.of] is None or row[rate.of] < definitions().fewest
        told[rate.part] = None if few else row[rate.part]
    told["unreachable"] = None if None in (told["called_back"], told["rated"]) else row["unreachable"]
    return told


async def _names(units: Mapping[str, Any]) -> dict[str, str]:
    book = await packs.book()
    ids = [UUID(key) for key in units if key != OTHERS]
    found = {str(unit.id): unit.name for unit in await Unit.filter(id__in=ids)}
    categories = {code: category.name for code, category in book.categories.items()}
    return {**book.regions, **categories, **found, OWN: "本级", OTHERS: "其他单位"}


async def _complained_of(period: Period) -> list[tuple[str, int]]:
    """Art. 41: the units complained of most, of five cases or more."""
    _, rows = await connection().execute_query(
        "SELECT u.name, count(DISTINCT f.matter_id) AS n FROM case_fact f JOIN recusal r ON r.matter_id = f.matter_id"
        " JOIN unit u ON u.id = r.unit_id WHERE r.accused AND f.received_on BETWEEN $1 AND $2"
        " GROUP BY u.id HAVING count(DISTINCT f.matter_id) >= $3 ORDER BY n DESC, u.code LIMIT $4",
        [period.since, period.until, definitions().fewest, MOST_UNITS],
    )
    return [(row["name"], row["n"]) for row in rows]


async def listed(actor: Actor, kind: BulletinKind | None, limit: int = 100) -> list[Bulletin]:
    """The newest first."""
    if actor.role not in READERS:
        raise NotAllowed
    query = Bulletin.filter(kind=kind) if kind else Bulletin.all()
    return await query.order_by("-since", "-id").limit(limit)


async def one(actor: Actor, bulletin: UUID) -> Bulletin:
    """By its id; raises NotAllowed or NotFound."""
    if actor.role not in READERS:
        raise NotAllowed
    found = await Bulletin.get_or_none(id=bulletin)
    if found is None:
        raise NotFound
    return found
