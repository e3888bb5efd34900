"""The unit's own figures beside an official's report: taken once, when it is first published, the same for all readers.

For evaluators, the reviewing office, leaders and the official; never for the public. Cases from which the official is
shut out are in none of them, so nobody who has other numbers of the unit finds those by subtraction; 1 to 4 cases, and
a rate of fewer than five, are not given (`data/statistics.toml`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from domain.figures.definitions import Rate, definitions
from domain.figures.tally import MEASURES
from domain.people import actors
from domain.people.actors import Actor
from domain.reports import column
from kit import clock
from kit.errors import NotFound
from kit.words import label, phrase
from models import Official, OfficialKind, Report, Role
from models.database import connection

READERS = frozenset({Role.EVALUATOR, Role.PRE_REVIEWER, Role.LEADER})
COUNTS = ("replied", "reopened")
RATES = ("on_time_rate", "satisfied_rate")
OVERDUE = ("逾期未答复", "截至统计之日，法定期限已过、还没有答复的举报件；暂停计时的不计入。")
BATCH = 50
_log = structlog.get_logger()

_SUMS = ", ".join(f"coalesce(sum(c.{name}), 0)::bigint AS {name}" for name in MEASURES)
_OPEN_TO = """NOT EXISTS (SELECT 1 FROM recusal r WHERE r.matter_id = c.matter_id
    AND (r.unit_id = ANY($1::uuid[]) OR r.person_id = $2::uuid))"""
_COUNTED = f"SELECT {_SUMS} FROM case_event c WHERE {{where}} AND c.day BETWEEN $4::date AND $5::date AND {_OPEN_TO}"
_OVERDUE = f"""
SELECT count(*) AS n FROM case_fact c JOIN matter m ON m.id = c.matter_id
WHERE {{where}} AND m.ended_at IS NULL AND m.paused_since IS NULL AND m.clock_stopped_at IS NULL
    AND m.statutory_due < $4 AND {_OPEN_TO}
"""


async def taken(limit: int = BATCH) -> int:
    """Take the figures of what was published since; returns of how many reports. Any number of workers may."""
    done = 0
    for report in await Report.filter(published_at__not_isnull=True, figures=None).limit(limit):
        try:
            official = await Official.get(id=report.official_id).select_related("cycle", "unit")
            told = await _taken(official)
            done += await Report.filter(matter_id=report.matter_id, figures=None).update(figures=told)
        except Exception:  # noqa: BLE001  # one that fails must not hold up the others
            _log.exception("figures_not_taken")
    return done


async def _taken(official: Official) -> dict[str, Any]:
    """Of a place's head all cases of the place, of anybody else those that their unit leads."""
    year, today = official.cycle.year, clock.today()
    since, until = date(year, 1, 1), min(date(year, 12, 31), today)
    whole = official.kind is OfficialKind.LEADERSHIP
    where = "c.region_id LIKE $3 || '%'" if whole else "c.unit_id = $3::uuid"
    shut = await _shut(official)
    of: list[Any] = [*shut, official.region_id if whole else official.unit_id]
    _, rows = await connection().execute_query(_COUNTED.format(where=where), [*of, since, until])
    _, late = await connection().execute_query(_OVERDUE.format(where=where), [*of, clock.now()])
    known, row = definitions(), dict(rows[0])
    return {
        "definitions": known.version,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "as_of": clock.now().isoformat(),
        "place": whole,
        "counts": {"overdue": _few(late[0]["n"])} | {code: _few(row[code]) for code in COUNTS},
        "rates": {code: _share(known.rate(code), row) for code in RATES},
    }


async def _shut(official: Official) -> tuple[list[UUID], UUID | None]:
    """What shuts the official out of a case: a recusal of their units, or of themself."""
    if official.person_id is None:
        return list(official.unit.line), None
    actor = await actors.of_person(official.person_id)
    return list(actor.shut | set(official.unit.line)), official.person_id


def _few(number: int) -> int | None:
    return None if 0 < number < definitions().fewest else number


def _share(rate: Rate, row: Mapping[str, int]) -> dict[str, Any]:
    """As it is published of places: a share and of how many; neither where these are too few."""
    of = row[rate.of]
    return {"of": _few(of), "rate": round(row[rate.part] / of, 3) if of >= definitions().fewest else None}


async def beside(actor: Actor, number: str) -> dict[str, Any]:
    """The figures for one of their readers; raises NotFound for anybody else, and before they were taken."""
    found = await column.beside(actor, number)
    own = actor.person_id is not None and found["person_id"] == actor.person_id
    told: dict[str, Any] | None = found["figures"]
    if told is None or not (own or actor.role in READERS):
        raise NotFound("没有可以查看的统计数据")
    known = definitions()
    texts = {"overdue": OVERDUE} | {code: (known.count(code).name, known.count(code).says) for code in COUNTS}
    return {
        "of": found["region"] if told["place"] else found["unit"],
        "since": told["since"],
        "until": told["until"],
        "as_of": told["as_of"],
        "fewest": known.fewest,
        "counts": [
            {"code": code, "label": label(code, texts[code][0]), "value": value, "says": phrase(texts[code][1])}
            for code, value in told["counts"].items()
        ],
        "rates": [
            {
                "code": code,
                "label": label(code, known.rate(code).name),
                **value,
                "of_label": label(known.rate(code).of, known.rate(code).of_name),
                "says": phrase(known.rate(code).says),
            }
            for code, value in told["rates"].items()
        ],
    }
