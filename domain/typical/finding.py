"""标识核对: what in a typical case's text could lead to somebody, held against everything that its sources hold.

What stands in a source too must go, and so must numbers of any sort. What only looks like a name, a date or a sum may
stay if somebody says why it is harmless. The vault is compared by keyed hashes and never opened; a match is a look, and
recorded with the source.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any
from uuid import UUID

import orjson
from tortoise.transactions import in_transaction

from domain.loop import packs, recusal, sight
from domain.loop.engine import met
from domain.loop.kinds import WrongStage
from domain.loop.reading import recorded
from domain.marks import cutting, marking
from domain.marks.marking import Mark, MarkKind, even
from domain.marks.matching import KINDS, TITLES, bare, met_again, pieces, quotes
from domain.people.actors import Actor
from domain.typical.inputs import PARTS
from domain.typical.stages import LABELS, Stage
from kit import clock
from kit.errors import NotAllowed
from kit.settings import Settings
from models import Case, CaseText, Entry, EntryBody, Matter, MatterSource, Relation, Role, Typical, TypicalMarks
from models.database import connection

LOOK = "check_summary"  # on the source: somebody now knows that a guess was right
READERS = frozenset({Relation.INTAKE, Relation.OVERSIGHT})
LOOKERS = frozenset({Role.REGISTRAR, Role.SUPERVISOR})
COUNTY = 6  # digits of a region's code; nothing below is named
TAIL = 5  # characters of an address, its number included
CLAUSE = 10  # characters from which on a clause is somebody's own
_ENDS = re.compile(r"[。！？!?；;，,：:\n]")


class Why(StrEnum):
    """Why a place is marked."""

    IDENTITY = "identity"
    SOURCE = "source"
    NUMBER = "number"
    LOOKS = "looks"


WHYS = {
    Why.IDENTITY: "与举报人登记的信息相同，必须改写",
    Why.SOURCE: "来源举报件中也有，必须改写",
    Why.NUMBER: "号码和联系方式不能公开，必须改写",
    Why.LOOKS: "可能认出人，请改写，或者说明为什么不会",
}
NEVER = frozenset(
    {
        MarkKind.NUMBER, MarkKind.PHONE, MarkKind.ID_NUMBER, MarkKind.BANK_CARD, MarkKind.PLATE, MarkKind.EMAIL,
        MarkKind.ACCOUNT,
    }
)  # fmt: skip
INSTEAD = {
    MarkKind.PERSON: "某人",
    MarkKind.FIRM: "某企业",
    MarkKind.PHONE: "（电话略）",
    MarkKind.ID_NUMBER: "（证件号略）",
    MarkKind.BANK_CARD: "（卡号略）",
    MarkKind.PLATE: "某车辆",
    MarkKind.EMAIL: "（邮箱略）",
    MarkKind.ACCOUNT: "（联系方式略）",
    MarkKind.ADDRESS: "某处",
    MarkKind.AMOUNT: "若干元",
    MarkKind.DATE: "某日",
    MarkKind.NUMBER: "（编号略）",
    MarkKind.UNIT: "某单位",
    MarkKind.PLACE: "当地",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a part of the text that could lead to somebody; `instead` is what may stand there."""

    field: str
    start: int
    end: int
    kind: MarkKind
    text: str
    why: Why

    @property
    def must(self) -> bool:
        """Whether it must go, whatever anybody says."""
        return self.why is not Why.LOOKS

    @property
    def instead(self) -> str:
        """What may stand there; nothing for a sentence, which wants other words."""
        return INSTEAD.get(self.kind, "")

    def kept(self) -> dict[str, object]:
        """As a row keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """What the sources hold: their own words, whatever else was written, names, places, and hashes of identities."""

    raw: str
    written: str
    names: tuple[tuple[str, MarkKind], ...]
    hashes: tuple[tuple[UUID, tuple[str, ...]], ...]

    @cached_property
    def bare(self) -> str:
        """All that was written, as it is compared."""
        return bare(even(f"{self.raw}\n{self.written}"))[0]

    @cached_property
    def firms(self) -> list[tuple[str, MarkKind]]:
        """The firms that they name."""
        text = f"{self.raw}\n{self.written}"
        firms = {text[mark.start : mark.end] for mark in marking.found(text) if mark.kind is MarkKind.FIRM}
        return [(firm, MarkKind.FIRM) for firm in firms]

    @cached_property
    def pieces(self) -> set[str]:
        """The complainants' words, as quotations are found."""
        return pieces(self.raw)

    @cached_property
    def clauses(self) -> set[str]:
        """The complainants' clauses that are long enough to be their own."""
        whole = {bare(even(clause))[0] for clause in _ENDS.split(self.raw)}
        return {clause for clause in whole if len(clause) >= CLAUSE}


def text_hash(texts: Mapping[str, str]) -> bytes:
    """By which it is known that just this text was looked over."""
    return sha256(orjson.dumps([texts[part] for part in PARTS])).digest()


async def looked_over(settings: Settings, actor: Actor, number: str, texts: Mapping[str, str]) -> list[Hit]:
    """Look a text over for somebody who de-identifies it; kept, so that their step can ask for each place.

    Raises NotFound, NotAllowed, or WrongStage once there is nothing to look over any more.
    """
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    if not isinstance(scene.subject, Typical) or actor.role not in LOOKERS or not relations & READERS:
        raise NotAllowed
    if scene.matter.stage not in (Stage.DRAFTED, Stage.MARKED):
        stage = Stage(scene.matter.stage)
        raise WrongStage(details={"stage": stage, "stage_label": LABELS[stage]})
    hits, met_in = await found(settings, scene.matter.id, scene.subject.told_region, texts)
    for source, name in met_in:
        await _recorded(actor, source, f"典型案例稿中有与举报人登记的{TITLES[name]}相同的内容")
    kept = {"text_hash": text_hash(texts), "hits": [hit.kept() for hit in hits], "at": clock.now()}
    await TypicalMarks.update_or_create(matter_id=scene.matter.id, person_id=actor.person_id, defaults=kept)
    return hits


async def found(
    settings: Settings, matter_id: UUID, told_region: str, texts: Mapping[str, str]
) -> tuple[list[Hit], list[tuple[UUID, str]]]:
    """Every place in reading order; and of which sources which part of an identity was met."""
    known = await _known(matter_id, told_region)
    await cutting.ready()
    return await asyncio.to_thread(_found, settings, known, texts)


def _found(settings: Settings, known: Known, texts: Mapping[str, str]) -> tuple[list[Hit], list[tuple[UUID, str]]]:
    hits: list[Hit] = []
    met_in: dict[tuple[UUID, str], None] = {}
    for part, text in texts.items():
        here: list[tuple[Mark, Why]] = []
        for source, hashes in known.hashes:
            for name, start, end in met_again(settings, source, hashes, text):
                here.append((Mark(start, end, KINDS[name]), Why.IDENTITY))
                met_in[source, name] = None
        here += _held(known, text)
        hits += [
            Hit(part, mark.start, mark.end, mark.kind, text[mark.start : mark.end], why) for mark, why in _apart(here)
        ]
    return hits, list(met_in)


def _held(known: Known, text: str) -> Iterator[tuple[Mark, Why]]:
    """What is found by rules, and what the sources hold too."""
    plain = even(text)
    bared, places = bare(plain)
    for mark in marking.found(text):
        said = bare(plain[mark.start : mark.end])[0]
        # Where an address begins is a guess; with its end it is the same place.
        tails = range(len(said) - TAIL + 1) if mark.kind is MarkKind.ADDRESS else ()
        in_source = said in known.bare or any(said[start:] in known.bare for start in tails)
        yield mark, Why.NUMBER if mark.kind in NEVER else Why.SOURCE if in_source else Why.LOOKS
    for mark in marking.like_names(text):
        if plain[mark.start : mark.end] in known.bare:
            yield mark, Why.SOURCE
    for name, kind in (*known.names, *known.firms):
        wanted = bare(even(name))[0]
        yield from ((mark, Why.SOURCE) for mark in _everywhere(wanted, kind, bared, places))
    for clause in known.clauses:
        yield from ((mark, Why.SOURCE) for mark in _everywhere(clause, MarkKind.QUOTE, bared, places))
    for mark in quotes(plain, known.pieces):
        yield mark, Why.SOURCE


def _everywhere(wanted: str, kind: MarkKind, bared: str, places: list[int]) -> Iterator[Mark]:
    at = bared.find(wanted) if wanted else -1
    while at >= 0:
        yield Mark(places[at], places[at + len(wanted) - 1] + 1, kind)
        at = bared.find(wanted, at + len(wanted))


def _apart(marks: Iterable[tuple[Mark, Why]]) -> list[tuple[Mark, Why]]:
    """None inside another, the graver and the longer first; a sentence may hold others, which still are to go."""
    order = list(Why)
    kept: list[tuple[Mark, Why]] = []
    for mark, why in sorted(set(marks), key=lambda one: (order.index(one[1]), one[0].start - one[0].end, one[0])):
        rivals = [other for other, _ in kept if (other.kind is MarkKind.QUOTE) == (mark.kind is MarkKind.QUOTE)]
        if all(mark.end <= other.start or other.end <= mark.start for other in rivals):
            kept.append((mark, why))
    return sorted(kept)


_PERSONS = """
SELECT DISTINCT n.name FROM person n WHERE n.id IN (
    SELECT p.person_id FROM post p JOIN entry e ON e.post_id = p.id WHERE e.matter_id = ANY($1::uuid[])
    UNION SELECT p.person_id FROM post p JOIN involvement i ON i.post_id = p.id WHERE i.matter_id = ANY($1::uuid[])
    UNION SELECT r.person_id FROM recusal r WHERE r.matter_id = ANY($1::uuid[])
    UNION SELECT a.person_id FROM accountability_person a JOIN matter m ON m.id = a.matter_id
        WHERE m.opened_by_id = ANY($1::uuid[])
)
"""
_UNITS = """
SELECT DISTINCT u.name FROM unit u WHERE u.id IN (
    SELECT i.unit_id FROM involvement i WHERE i.matter_id = ANY($1::uuid[]) AND i.relation <> ALL($2::text[])
    UNION SELECT r.unit_id FROM recusal r WHERE r.matter_id = ANY($1::uuid[])
)
"""
_NOT_OF_THE_CASE = [Relation.INTAKE, Relation.OVERSIGHT, Relation.DECIDING, Relation.CUSTODY]


async def _known(matter_id: UUID, told_region: str) -> Known:
    sources = [row.source_id for row in await MatterSource.filter(matter_id=matter_id)]
    beside = [await recusal.concerned(source) for source in sources]  # parts, and what was merged into them
    cases = await Case.filter(matter_id__in=[*sources, *chain(*beside)]).select_related("matter")
    ids = [case.matter_id for case in cases]
    texts = [row.text for row in await CaseText.filter(matter_id__in=ids).order_by("seq")]
    written = [text for case in cases for text in (case.summary, *case.claims, *_strings(case.answer))]
    _, persons = await connection().execute_query(_PERSONS, [ids])
    _, units = await connection().execute_query(_UNITS, [ids, _NOT_OF_THE_CASE])
    names = [(row["name"], MarkKind.PERSON) for row in persons] + [(row["name"], MarkKind.UNIT) for row in units]
    names += [(place, MarkKind.PLACE) for place in _places(await packs.book(), cases, told_region)]
    return Known(
        raw="\n".join([*texts, *(case.accused_text for case in cases)]),
        written="\n".join(written),
        names=tuple(names),
        hashes=tuple((case.matter_id, tuple(case.identity_hashes)) for case in cases if case.identity_hashes),
    )


def _strings(said: object) -> Iterator[str]:
    """Every text in an answer."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict | list):
        for part in said.values() if isinstance(said, dict) else said:
            yield from _strings(part)


def _places(book: packs.Book, cases: Iterable[Case], told_region: str) -> Iterator[str]:
    """Places closer than what is told: the sources' own, and every town."""
    root = min(book.regions, key=len, default="")
    for code, name in book.regions.items():
        if len(code) > COUNTY:
            yield name
            continue
        if code == root or told_region.startswith(code):
            continue
        if any(case.matter.region_id.startswith(code) for case in cases):
            yield name
            if len(name) > len("某县"):
                yield name[:-1]


async def _recorded(actor: Actor, source: UUID, reason: str) -> None:
    """Once for each person and part: that a text met the vault is a look at the source."""
    async with in_transaction():
        matter = await Matter.filter(id=source).select_for_update().get()
        mine = await Entry.filter(matter_id=source, verb=LOOK, post_id=actor.post_id).values_list("id", flat=True)
        bodies = await EntryBody.filter(entry_id__in=list(mine))
        said: dict[str, Any] = {"inputs": {"reason": reason}}
        if not any(body.body and body.body["inputs"] == said["inputs"] for body in bodies):
            await recorded(matter, actor, LOOK, READERS, said, clock.now())
