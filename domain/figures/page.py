"""Statistics as they are shown: each figure with its name, its denominator and what it means."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.cases.stages import LABELS
from domain.figures.definitions import Rate, definitions
from domain.figures.statistics import Asked, By, Row, counted
from domain.loop import packs
from domain.people.actors import Actor
from kit import clock
from kit.words import label, phrase
from models import Unit


async def page(actor: Actor, asked: Asked) -> dict[str, Any]:
    """The numbers of what was asked for, in the order of the definitions."""
    found = await counted(actor, asked)
    asked, known = found.asked, definitions()
    names = await _names(asked.by, [key for key, _ in found.groups])
    return {
        "definitions": known.version,
        "as_of": clock.now(),
        "since": asked.since,
        "until": asked.until,
        "region": asked.region,
        "region_name": (await packs.book()).regions.get(asked.region, ""),
        "counts": [
            {
                "code": count.code,
                "label": label(count.code, count.name),
                "value": found.total[count.code],
                "says": phrase(count.says),
            }
            for count in known.counts
        ],
        "rates": [rate_of(rate, found.total) for rate in known.rates],
        "stages": [
            {"stage": stage, "label": label(stage, text), "cases": found.stages[stage]}
            for stage, text in LABELS.items()
            if stage in found.stages
        ],
        "groups": [
            {
                "key": key,
                "label": names.get(key, key),
                "counts": {count.code: row[count.code] for count in known.counts},
                "rates": {rate.code: share(rate, row) for rate in known.rates},
            }
            for key, row in found.groups
        ],
    }


def rate_of(rate: Rate, row: Row) -> dict[str, Any]:
    """A rate with everything that says what it is."""
    return {
        "code": rate.code,
        "label": label(rate.code, rate.name),
        **share(rate, row),
        "part_label": label(rate.part, rate.part_name),
        "of_label": label(rate.of, rate.of_name),
        "says": phrase(rate.says),
        "leaves_out": phrase(rate.leaves_out),
    }


def share(rate: Rate, row: Row) -> dict[str, Any]:
    """`part` ÷ `of`; of fewer cases than the definitions say, only how many there were."""
    part, of = row[rate.part], row[rate.of]
    if of < definitions().fewest:
        return {"part": None, "of": of, "rate": None}
    return {"part": part, "of": of, "rate": round(part / of, 4)}


async def _names(by: By | None, keys: Iterable[str]) -> dict[str, str]:
    book = await packs.book()
    match by:
        case By.REGION:
            return dict(book.regions)
        case By.UNIT:
            return {str(unit.id): unit.name for unit in await Unit.filter(id__in=[UUID(key) for key in keys])}
        case By.CATEGORY:
            return {code: label(code, category.name) for code, category in book.categories.items()}
    return {}
