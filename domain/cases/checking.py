"""摘要核对: what the units that handle will read is looked over for what tells who somebody is, before it leaves.

Marks come from the text itself, from the raw text (what was copied word for word) and from the vault, whose content is
compared by keyed hashes and never opened. That a hash is met confirms a guess: it is a look, and recorded as one.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop import sight
from domain.loop.engine import met
from domain.loop.kinds import Move
from domain.loop.reading import recorded_look
from domain.marks import cutting, marking
from domain.marks.marking import MarkKind, even
from domain.marks.matching import KINDS, TITLES, bare, met_again, pieces, quotes
from domain.people.actors import Actor
from kit.errors import Conflict, NotAllowed
from kit.settings import Settings
from kit.words import label
from models import CaseText, Entry, EntryBody, Mode, Relation

LOOK = "check_summary"
READERS = (Relation.INTAKE, Relation.OVERSIGHT)


class SummaryUnchecked(Conflict):
    """Somebody may be told by what is to leave, and nobody confirmed to have looked; `details.hits` says where."""

    code, message = "summary_unchecked", "请先核对要发出的内容，确认其中没有能认出举报人和其他人的内容"


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in the summary, or in the n-th claim (`claims.n`), that somebody should look at."""

    field: str
    start: int
    end: int
    kind: MarkKind
    text: str
    in_raw: bool
    identity: bool = False


def hits_in(fields: Mapping[str, str], raw: str) -> list[Hit]:
    """The places that need no key to be found. A long text takes a moment: not on the event loop."""
    known, bare_raw = pieces(raw), bare(even(raw))[0]
    return [hit for field, text in fields.items() for hit in _hits(field, text, bare_raw, known)]


def _hits(field: str, text: str, bare_raw: str, known: set[str]) -> Iterator[Hit]:
    plain = even(text)
    marks = [*marking.found(text), *quotes(plain, known)]
    for mark in sorted(marks):
        in_raw = mark.kind is MarkKind.QUOTE or bare(plain[mark.start : mark.end])[0] in bare_raw
        yield Hit(field, mark.start, mark.end, mark.kind, text[mark.start : mark.end], in_raw)


async def checked(
    settings: Settings, actor: Actor, number: str, summary: str, claims: Sequence[str] | None
) -> list[Hit]:
    """Look over what is to be transferred; for the registrar who does so. Raises NotFound, NotAllowed.

    Where it says what the vault holds, this reader now knows that it does: an entry tells so, once for each part.
    """
    scene = await met(actor, number)
    if Relation.INTAKE not in sight.relations_of(actor, scene.matter, scene.involved):
        raise NotAllowed("只有受理中心可以核对转办摘要")
    fields = _fields(summary, scene.subject.claims if claims is None else claims)
    hits = await _looked_over(scene.matter.id, fields)
    known = [
        (name, Hit(field, start, end, KINDS[name], text[start:end], in_raw=False, identity=True))
        for field, text in fields.items()
        for name, start, end in met_again(settings, scene.matter.id, scene.subject.identity_hashes or (), text)
    ]
    for name in dict.fromkeys(name for name, _ in known):
        await _recorded(actor, number, f"摘要或诉求中有与举报人登记的{TITLES[name]}相同的内容")
    told = [hit for _, hit in known]
    others = [hit for hit in hits if not any(_overlap(hit, one) for one in told)]
    return sorted([*told, *others], key=lambda hit: (hit.field != "summary", hit.field, hit.start))


def _overlap(one: Hit, other: Hit) -> bool:
    return (
        one.field == other.field and one.start < other.end and other.start < one.end and one.kind is not MarkKind.QUOTE
    )


def _fields(summary: str, claims: Sequence[str]) -> dict[str, str]:
    return {"summary": summary} | {f"claims.{place}": claim for place, claim in enumerate(claims)}


async def _looked_over(matter_id: UUID, fields: Mapping[str, str]) -> list[Hit]:
    await cutting.ready()
    texts = await CaseText.filter(matter_id=matter_id).order_by("seq").values_list("text", flat=True)
    return await asyncio.to_thread(hits_in, fields, "\n".join(map(str, texts)))


async def _recorded(actor: Actor, number: str, reason: str) -> None:
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        mine = await Entry.filter(matter_id=scene.matter.id, verb=LOOK, post_id=actor.post_id).values_list(
            "id", flat=True
        )
        bodies = await EntryBody.filter(entry_id__in=list(mine))
        if not any(body.body and body.body["inputs"]["reason"] == reason for body in bodies):  # type: ignore[index]
            await recorded_look(scene, LOOK, reason, READERS)


async def confirmed(move: Move, summary: str, claims: Sequence[str] = ()) -> dict[str, Any]:
    """What the entry says of the checking of what leaves the intake for a unit; raises SummaryUnchecked.

    Of a complainant who gave a name it is always asked: a refusal must not tell whether the summary has met it.
    """
    hits = await _looked_over(move.matter.id, _fields(summary, claims))
    return _said(move, hits, asked=bool(hits) or move.subject.mode is not Mode.ANONYMOUS)


async def confirmed_by_unit(move: Move, field: str, text: str) -> dict[str, Any]:
    """The same of what a unit writes: it must not learn of the raw text, so nothing is compared with it."""
    await cutting.ready()
    hits = await asyncio.to_thread(hits_in, {field: text}, "")
    return _said(move, hits, asked=bool(hits))


def _said(move: Move, hits: Sequence[Hit], *, asked: bool) -> dict[str, Any]:
    if asked and not move.inputs.hits_confirmed:
        raise SummaryUnchecked(details={"hits": [told(hit) for hit in hits]})
    return {"hits": len(hits), "confirmed": move.inputs.hits_confirmed}


def told(hit: Hit) -> dict[str, Any]:
    """A hit as clients read it."""
    return {
        "field": hit.field,
        "start": hit.start,
        "end": hit.end,
        "kind": hit.kind,
        "kind_label": label(hit.kind, marking.MARKS[hit.kind]),
        "text": hit.text,
        "in_raw": hit.in_raw,
        "identity": hit.identity,
    }
