"""问题清单的统计: how many lines stand where, with rates that say what they are; see `docs/figures.md`."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.figures.definitions import definitions
from domain.figures.page import rate_of, share
from domain.loop import packs
from domain.people.actors import Actor
from domain.rectification import ledger
from domain.rectification.inputs import SOURCES
from domain.rectification.ledger import Filters, LedgerBy
from kit import clock
from kit.words import label
from models import RectificationSource, Unit


async def page(actor: Actor, filters: Filters, by: LedgerBy | None) -> dict[str, Any]:
    """The ledger's numbers as far as this actor may see it."""
    total, parts = await ledger.counted(actor, filters, by)
    known = definitions()
    names = await _names(by, [key for key, _ in parts])
    return {
        "definitions": known.version,
        "as_of": clock.now(),
        "counts": total,
        "rates": [rate_of(rate, total) for rate in known.ledger],
        "groups": [
            {
                "key": key,
                "label": names.get(key, key),
                "counts": row,
                "rates": {rate.code: share(rate, row) for rate in known.ledger},
            }
            for key, row in parts
        ],
    }


async def _names(by: LedgerBy | None, keys: Iterable[str]) -> dict[str, str]:
    match by:
        case LedgerBy.REGION:
            return dict((await packs.book()).regions)
        case LedgerBy.UNIT:
            return {str(unit.id): unit.name for unit in await Unit.filter(id__in=[UUID(key) for key in keys])}
        case LedgerBy.SOURCE:
            return {source: label(source, SOURCES[RectificationSource(source)]) for source in keys}
    return {}
