"""相似件: other cases that may be about the same matter, each with what it shares; a hint for whoever screens.

Candidates come by indexes alone: the rarest terms of the text, the accused unit, the category in the same region. Only
what the reader may see is a candidate at all; and how rare a term is, is counted without the cases from which anybody
is excluded, so that an answer is the same whether or not there is one that is kept from its reader.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import log2, sqrt
from typing import Any
from uuid import UUID

from domain.cases import indexing
from domain.loop import packs, sight
from domain.loop.engine import met
from domain.loop.kinds import OFFICE, Kind, Scene
from domain.loop.sight import Values, visible_to
from domain.marks import cutting, marking
from domain.people.actors import Actor
from kit.errors import NotAllowed
from kit.settings import Settings
from kit.words import label, phrase
from models import CaseText, Recusal, Relation
from models.database import connection

MOST = 10
WINDOW = timedelta(days=365)  # before and after
POSTINGS = 300  # cases that the rarest terms may bring
FROM_UNIT, FROM_PLACE = 200, 100  # cases that the accused unit, and category and region, may bring
LEAST = 0.12  # of what the text says, in common; less is chance, unless the unit is the same
LONGEST, MOST_WORDS = 8, 5  # of shared words that are shown
_UNIT, _CATEGORY, _REGION, _TIME = 0.25, 0.1, 0.05, 0.05  # beside the text's share, at most 1


@dataclass(frozen=True, slots=True)
class Similar:
    """Another case and what it shares with this one."""

    number: str
    kind: str
    stage: str
    stage_label: str
    category: str
    region_name: str
    filed_on: Any
    days: int
    ended: bool
    likeness: str
    reasons: list[str]
    score: float


# Row by row (LATERAL … OFFSET 0): one index scan a term, the rarest first, one look-up a candidate. Joined freely, a
# lasting plan that knows nothing of the lists reads whole tables instead.
_CANDIDATES = """
WITH near AS MATERIALIZED (
    SELECT hit.matter_id FROM unnest({terms}::int[]) AS wanted (term) CROSS JOIN LATERAL (
        SELECT i.matter_id FROM case_index i WHERE i.terms @> ARRAY[wanted.term] OFFSET 0
    ) hit
    UNION
    (SELECT r.matter_id FROM unnest({units}::uuid[]) AS accused (unit) CROSS JOIN LATERAL (
        SELECT r.matter_id, r.since FROM recusal r
        WHERE r.accused AND r.unit_id = accused.unit AND r.since >= {since}::date OFFSET 0
     ) r CROSS JOIN LATERAL (SELECT 1 FROM matter m WHERE m.id = r.matter_id AND {visible} OFFSET 0) seen
     ORDER BY r.since DESC, r.matter_id LIMIT {from_unit})
    UNION
    (SELECT i.matter_id FROM (
        SELECT i.matter_id, i.filed_on FROM case_index i
        WHERE i.category_id = {category} AND i.region_id = {region} AND i.filed_on >= {since}::date OFFSET 0
     ) i CROSS JOIN LATERAL (SELECT 1 FROM matter m WHERE m.id = i.matter_id AND {visible} OFFSET 0) seen
     ORDER BY i.filed_on DESC, i.matter_id LIMIT {from_place})
)
SELECT one.* FROM near CROSS JOIN LATERAL (
    SELECT m.number, m.kind, m.stage, m.filed_on, m.ended_at, i.region_id, i.category_id, i.terms,
           EXISTS (SELECT 1 FROM recusal r
                   WHERE r.matter_id = m.id AND r.accused AND r.unit_id = ANY({units}::uuid[])) AS same_unit
    FROM matter m JOIN case_index i ON i.matter_id = m.id
    WHERE m.id = near.matter_id AND m.id <> {own}::uuid AND m.filed_on BETWEEN {since}::date AND {until}::date
      AND {visible} OFFSET 0
) one
"""


async def similar(settings: Settings, actor: Actor, number: str) -> list[Similar]:
    """The cases most like this one, the likest first, at most ten; for intake and those who oversee it.

    Shared words are told to intake alone, which may read the texts. Raises NotFound, NotAllowed.
    """
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    if not relations & OFFICE:
        raise NotAllowed("只有受理中心和督查人员可以查找相似件")
    await cutting.ready()
    texts = await CaseText.filter(matter_id=scene.matter.id).order_by("seq").values_list("text", flat=True)
    own = await asyncio.to_thread(Own.of, indexing.key_of(settings), [str(text) for text in texts])
    own.weights = await _weights(own.places)
    units = await Recusal.filter(matter_id=scene.matter.id, accused=True, unit_id__isnull=False)
    accused = {row.unit_id for row in units if row.unit_id}
    rows = await _candidates(actor, scene, own, accused)
    found = [_compared(scene, own, row, names=Relation.INTAKE in relations, book=await packs.book()) for row in rows]
    alike = [one for one in found if one is not None]
    return sorted(alike, key=lambda one: (-one.score, -one.filed_on.toordinal(), one.number))[:MOST]


@dataclass(slots=True)
class Own:
    """The text that is compared: its terms with where they stand in it, and what each weighs."""

    text: str
    places: dict[int, list[tuple[int, int]]]
    weights: Mapping[int, float]
    hidden: frozenset[int]

    @classmethod
    def of(cls, key: bytes, texts: Iterable[str]) -> "Own":
        """Take a case's texts together; no gram goes over the seam of two."""
        text = marking.even("\n".join(texts))
        places: dict[int, list[tuple[int, int]]] = {}
        for place, gram in indexing.grams(text):
            places.setdefault(indexing.term(key, gram), []).append((place, place + len(gram)))
        kept = dict(sorted(places.items())[: indexing.MOST_TERMS])
        hidden = frozenset(at for mark in marking.found(text) for at in range(mark.start, mark.end))
        return cls(text, kept, {}, hidden)

    def shared(self, terms: Iterable[int]) -> list[str]:
        """The words in common, the weightiest first: neighbouring pairs run together; nothing that names somebody."""
        at = sorted({place for one in terms for place in self.places.get(one, ()) if self.weights[one] > _SAYS_LITTLE})
        runs: list[list[int]] = []
        for start, end in at:
            if runs and start <= runs[-1][1]:
                runs[-1][1] = max(end, runs[-1][1])
            else:
                runs.append([start, end])
        words = [self.text[start:end][:LONGEST] for start, end in runs if not self.hidden & set(range(start, end))]
        return sorted(dict.fromkeys(words), key=lambda word: (-len(word), self.text.index(word)))[:MOST_WORDS]


_SAYS_LITTLE = 1 / 12  # the weight of a term that four thousand cases have


async def _weights(terms: Iterable[int]) -> dict[int, float]:
    wanted = list(terms)
    rows = await connection().execute_query_dict(
        "SELECT term, cases FROM term_count WHERE term = ANY($1::int[])", [wanted]
    )
    counts = {row["term"]: row["cases"] for row in rows}
    return {one: 1 / log2(2 + max(counts.get(one, 0), 0)) for one in wanted}


def _rarest(own: Own) -> list[int]:
    """So many of the rarest terms that what they bring can be compared one by one."""
    chosen: list[int] = []
    brought = 0.0
    for one, weight in sorted(own.weights.items(), key=lambda pair: (-pair[1], pair[0])):
        brought += 2 ** (1 / weight) - 2
        if brought > (POSTINGS if chosen else 5 * POSTINGS):
            break
        chosen.append(one)
    return chosen


async def _candidates(actor: Actor, scene: Scene, own: Own, accused: set[UUID]) -> list[dict[str, Any]]:
    values, day = Values(), scene.matter.filed_on
    statement = _CANDIDATES.format(
        terms=values.add(_rarest(own)),
        units=values.add(list(accused)),
        since=values.add(day - WINDOW),
        until=values.add(day + WINDOW),
        category=values.add(scene.subject.category_id),
        region=values.add(scene.matter.region_id),
        own=values.add(scene.matter.id),
        visible=visible_to(actor, "m", values),
        from_unit=FROM_UNIT,
        from_place=FROM_PLACE,
    )
    return await connection().execute_query_dict(statement, values.list)


def _compared(scene: Scene, own: Own, row: dict[str, Any], *, names: bool, book: packs.Book) -> Similar | None:
    terms = [one for one in row["terms"] if one in own.places]
    whole, common = sum(own.weights.values()), sum(own.weights[one] for one in terms)
    fit = sqrt(min(1.0, len(own.places) / max(len(row["terms"]), 1)))  # a long text has a little of everything
    share = fit * common / whole if whole else 0.0
    if share < LEAST and not row["same_unit"]:
        return None
    days = abs((row["filed_on"] - scene.matter.filed_on).days)
    same_category = row["category_id"] == scene.subject.category_id
    same_region = row["region_id"] == scene.matter.region_id
    words = own.shared(terms) if names else []
    reasons = [
        phrase("被举报单位相同") if row["same_unit"] else "",
        phrase("类别相同") if same_category else "",
        phrase("地区相同") if same_region else "",
        phrase("共同出现：{}").format("、".join(words)) if words else "",
    ]
    score = share + _UNIT * row["same_unit"] + _CATEGORY * same_category + _REGION * same_region
    score += _TIME * (1 - days / WINDOW.days)
    category = book.categories.get(row["category_id"])
    kind = Kind.REGISTRY[row["kind"]]
    return Similar(
        number=row["number"],
        kind=row["kind"],
        stage=row["stage"],
        stage_label=label(row["stage"], kind.stages[row["stage"]]),
        category=phrase(category.name) if category else "",
        region_name=book.regions.get(row["region_id"], ""),
        filed_on=row["filed_on"],
        days=days,
        ended=row["ended_at"] is not None,
        likeness=_likeness(share),
        reasons=[reason for reason in reasons if reason],
        score=score,
    )


def _likeness(share: float) -> str:
    """How alike the texts are, in steps that can be told apart."""
    return "same" if share >= 0.75 else "high" if share >= 0.35 else "some" if share >= LEAST else "none"
