"""公开数据 as the public reads it: published numbers and what they mean; nothing here asks the cases."""

from typing import Any

from domain.figures.definitions import definitions
from domain.figures.releasing import OWN, Grain, root
from domain.loop import packs
from kit.words import label, phrase
from models import Release

MONTHS_SHOWN = 36
OWN_NAMES = {2: "省本级", 4: "市本级", 6: "县本级"}


async def published(quarter: str | None = None) -> dict[str, Any]:
    """The months, the quarter asked for or else the last one, and the sum of the months that are shown."""
    region = await root()
    known, book = definitions(), await packs.book()
    rows = await Release.filter(region_id=region, published_at__isnull=False).order_by("-since").limit(MONTHS_SHOWN * 2)
    months = sorted((row for row in rows if row.grain == Grain.MONTH), key=lambda row: row.since)
    quarters = [row for row in rows if row.grain == Grain.QUARTER]
    chosen = next((row for row in quarters if quarter in (None, _name(row))), None)
    whole = [_of(row, "total").get("", {}) for row in months]
    return {
        "region": region,
        "region_name": book.regions.get(region, ""),
        "definitions": known.version,
        "fewest": known.fewest,
        "published_at": max((row.published_at for row in rows if row.published_at), default=None),
        "counts": [
            {"code": count.code, "label": label(count.code, count.name), "says": phrase(count.says)}
            for count in map(known.count, known.public_counts)
        ],
        "rates": [
            {
                "code": rate.code,
                "label": label(rate.code, rate.name),
                "of": rate.of,
                "of_label": label(rate.of, rate.of_name),
                "says": phrase(rate.says),
                "leaves_out": phrase(rate.leaves_out),
            }
            for rate in map(known.rate, known.public_rates)
        ],
        "months": [{"since": row.since, "figures": told} for row, told in zip(months, whole, strict=True)],
        "sums": {
            code: {
                "value": sum(int(told[code]) for told in whole if told.get(code) is not None),
                "left_out": sum(told.get(code) is None for told in whole),
            }
            for code in known.public_counts
        },
        "quarters": [_name(row) for row in quarters],
        "quarter": chosen and _quarter(chosen, book, region),
    }


def _name(row: Release) -> str:
    return f"{row.since.year}-Q{(row.since.month + 2) // 3}"


def _of(row: Release, name: str) -> dict[str, dict[str, Any]]:
    found = row.shown.get(name, {})
    return dict(found) if isinstance(found, dict) else {}


def _quarter(row: Release, book: packs.Book, region: str) -> dict[str, Any]:
    regions = {**book.regions, OWN: phrase(OWN_NAMES.get(len(region), "本级"))}
    categories = {code: label(code, category.name) for code, category in book.categories.items()}
    return {
        "quarter": _name(row),
        "since": row.since,
        "until": row.until,
        "figures": _of(row, "total").get("", {}),
        "regions": _lines(_of(row, "regions"), regions),
        "categories": _lines(_of(row, "categories"), categories),
    }


def _lines(table: dict[str, dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "label": names.get(key, key), "figures": told} for key, told in sorted(table.items())]
