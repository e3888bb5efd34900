"""Taking words out of the boxes, shuffled, once a day or when there are many; and closing the boxes of a window."""

from random import SystemRandom
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.voices import boxes, telling
from kit import clock
from kit.settings import Settings
from models import RatingBox, RatingChannel, ReportComment
from models.database import connection, insert

MANY = 30_000  # bytes of sealed words: some dozens, so nobody's stand alone
BATCH = 200
_OVER = """
SELECT b.id FROM rating_box b JOIN report r ON r.matter_id = b.report_id JOIN official o ON o.id = r.official_id
JOIN report_cycle c ON c.id = o.cycle_id
WHERE b.closed_on IS NULL AND b.channel <> 'meeting' AND c.rate_by < $1 LIMIT $2
"""
_FULL = """
SELECT id FROM rating_box WHERE closed_on IS NULL AND words IS NOT NULL
    AND (words_on < $1 OR octet_length(words) > $2) LIMIT $3
"""


async def closed(settings: Settings) -> int:
    """Close what is over; returns how many boxes. A box that is closed is never opened again, whatever day is set.

    A meeting's is closed by whoever confirms its count.
    """
    fewest: dict[str, int] = dict(await RatingChannel.all().values_list("code", "fewest"))
    rows = await connection().execute_query_dict(_OVER, [clock.today(), BATCH])
    for row in rows:
        async with in_transaction():
            if box := await _locked(row["id"]):
                await _poured(settings, box)
                boxes.closed(settings, box, fewest[box.channel])
                await box.save()
    return len(rows)


async def emptied(settings: Settings) -> int:
    """Hand the words of an earlier day, or many, to whoever reads them first; returns of how many boxes."""
    rows = await connection().execute_query_dict(_FULL, [clock.today(), MANY, BATCH])
    for row in rows:
        async with in_transaction():
            if box := await _locked(row["id"]):
                await _poured(settings, box)
                await box.save()
    return len(rows)


async def _locked(box_id: UUID) -> RatingBox | None:
    return await RatingBox.filter(id=box_id, closed_on=None).select_for_update(skip_locked=True).first()


async def _poured(settings: Settings, box: RatingBox) -> None:
    words = boxes.words_in(settings, box)
    SystemRandom().shuffle(words)
    await insert(
        [
            ReportComment(
                id=uuid4(), report_id=box.report_id, channel=box.channel, text=text, said_on=clock.today()
            )
            for text in words
        ]
    )  # fmt: skip
    if words:
        await telling.waiting(box.report_id)
    box.words, box.words_on = None, None
