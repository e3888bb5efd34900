"""签发: a letter gets its number and is owed as a PDF, in the transaction of the step that issues it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from kit import clock
from models import Letter, LetterForm, Region, Relation, Unit
from models.database import connection

# The row stays locked until the step is committed, so that a step that fails gives the number back.
_NEXT = """
INSERT INTO letter_series (id, region_id, series, year, given) VALUES (gen_random_uuid(), $1, $2, $3, 1)
ON CONFLICT (region_id, series, year) DO UPDATE SET given = letter_series.given + 1 RETURNING id, given
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter says, from whom and to whom."""

    form: str
    title: str
    said: dict[str, Any]
    from_unit: UUID
    to_unit: UUID | None
    readers: Iterable[Relation]
    answer_due: datetime | None = None


async def issued(matter_id: UUID, draft: Draft, post_id: UUID | None) -> Letter:
    """The letter as a row that the caller writes; numbers of a region, series and year follow without gaps."""
    form = await LetterForm.get(code=draft.form)
    sender = await Unit.get(id=draft.from_unit)
    receiver = await Unit.get(id=draft.to_unit) if draft.to_unit else None
    region, year = await Region.get(code=sender.region_id), clock.today().year
    row = dict((await connection().execute_query_dict(_NEXT, [region.code, form.series, year]))[0])
    names = {"from": sender.name, "to": receiver.name if receiver else "", "form": form.name}
    return Letter(
        id=uuid4(),
        matter_id=matter_id,
        form_id=form.code,
        series_id=row["id"],
        serial=row["given"],
        number=f"{region.name.removesuffix('省')}{form.series}〔{year}〕{row['given']}号",
        title=draft.title,
        said={**draft.said, "names": names},
        readers=sorted(draft.readers),
        issued_by_id=post_id,
        issued_at=clock.now(),
        from_unit_id=sender.id,
        to_unit_id=draft.to_unit,
        answer_due=draft.answer_due,
        read_by_id=None,
        signed_by_id=None,
    )
