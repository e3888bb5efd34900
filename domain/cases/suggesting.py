"""建议: category, urgency, units and claims for whoever screens, each with what led to it. None decides anything.

It is shown beside the form and taken over by hand; what was made of it is recorded with the screening.
"""

import asyncio
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from uuid import UUID

from domain.cases import routing, weighing
from domain.cases.weighing import Weighed, Weights
from domain.loop import manning, packs, recusal, sight
from domain.loop.engine import met
from domain.loop.kinds import Move, Scene
from domain.loop.packs import Book
from domain.marks import cutting, marking
from domain.people.actors import Actor
from kit.errors import NotAllowed
from kit.settings import ROOT
from models import CaseText, Relation, SuggestModel, Tier, Unit
from models.database import connection

SURE, LIKELY = 0.6, 0.35  # from here on a category is called sure, or likely
UNSURE = 0.12  # below this there is none
MOST_CLAIMS, SHORTEST_CLAIM, LONGEST_CLAIM = 5, 3, 60
SHORTEST_NAME = 3  # characters of a unit's name without its place
_ORDER = (Tier.CRITICAL, Tier.URGENT, Tier.NORMAL)


@dataclass(frozen=True, slots=True)
class SuggestedTier:
    """How urgent, by which rule, because of which words; without words by the category."""

    tier: Tier
    reason: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class SuggestedUnit:
    """A unit, why, and the words by which it was found."""

    id: UUID
    name: str
    reason: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class SuggestedClaim:
    """What the text asks for, in its own words, and the word that asks."""

    text: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """All that is suggested for a case; `model` 0: none was trained yet."""

    model: int = 0
    trained_on: str = ""
    texts: int = 0
    categories: list[Weighed] = field(default_factory=list)
    tier: SuggestedTier | None = None
    lead: SuggestedUnit | None = None
    accused: list[SuggestedUnit] = field(default_factory=list)
    claims: list[SuggestedClaim] = field(default_factory=list)


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((ROOT / "data" / "suggesting.toml").read_text(encoding="utf-8"))


def seeds(category: str) -> list[str]:
    """Texts by which a category is known before there are closed cases to learn from."""
    return [text for row in _rules()["seed"] for text in row.get(category, ())]


async def suggested(actor: Actor, number: str) -> Suggestion:
    """What is suggested for a case; for the registrar who screens it. Raises NotFound, NotAllowed."""
    scene = await met(actor, number)
    if Relation.INTAKE not in sight.relations_of(actor, scene.matter, scene.involved):
        raise NotAllowed("只有受理中心可以查看研判建议")
    text = await _text(scene.matter.id)
    weights, book = await model(), await packs.book()
    categories, tier, claims = await asyncio.to_thread(_of_text, text, weights, book, scene.subject.category_id)
    return Suggestion(
        model=weights.version if weights else 0,
        trained_on=weights.trained_on if weights else "",
        texts=weights.texts if weights else 0,
        categories=categories,
        tier=tier,
        lead=await _lead(scene, categories[0].category if categories else scene.subject.category_id, book),
        accused=await _named(scene, text, book),
        claims=claims,
    )


async def _text(matter_id: UUID) -> str:
    await cutting.ready()
    texts = await CaseText.filter(matter_id=matter_id).order_by("seq").values_list("text", flat=True)
    return "\n".join(map(str, texts))


def _of_text(
    text: str, weights: Weights | None, book: Book, present: str
) -> tuple[list[Weighed], SuggestedTier | None, list[SuggestedClaim]]:
    found = weighing.weighed(weights, weighing.words_of(text)) if weights else []
    categories = [one for one in found if one.confidence >= UNSURE and one.category in book.categories]
    return categories, _tier(text, book, categories[0].category if categories else present), claims_in(text)


def level(one: Weighed) -> Literal["sure", "likely", "unsure"]:
    """How sure a category is, in words."""
    return "sure" if one.confidence >= SURE else "likely" if one.confidence >= LIKELY else "unsure"


_newest: list[Weights] = []


async def model() -> Weights | None:
    """The newest model, read once; None while none was trained. Raises Altered for one that was tampered with."""
    versions = await SuggestModel.all().order_by("-version").limit(1).values_list("version", "sha256")
    if not versions:
        return None
    version, digest = versions[0]
    if not _newest or _newest[0].version != version or _digests.get(version) != digest:
        row = await SuggestModel.get(version=version)
        weights = await asyncio.to_thread(weighing.unpacked, row.content, row.sha256)
        _newest[:], _digests[version] = [weights], digest
    return _newest[0]


_digests: dict[int, bytes] = {}


def _tier(text: str, book: Book, category: str) -> SuggestedTier | None:
    """The most urgent of the rules that a text meets and of the category's own tier."""
    plain = marking.even(text)
    own = book.categories.get(category)
    for row in _rules()["urgency"]:
        if own and own.tier in _ORDER and _ORDER.index(own.tier) < _ORDER.index(row["tier"]):
            break
        if words := [phrase for phrase in row["phrases"] if phrase in plain]:
            return SuggestedTier(Tier(row["tier"]), row["reason"], words[: weighing.REASONS])
    return SuggestedTier(own.tier, "该类别的默认紧急程度", []) if own else None


_SENTENCE = re.compile(r"[^。!?;；\n]+")
_CLAUSE = re.compile(r"[^,，、]+")
_TO_WHOM = re.compile(r"^(?:你们|您|贵?中心|各?位?领导|上级|政府|帮忙|帮我们?|把|将|一下|能|可以| )+")
_FOR_US = re.compile(r"[退还付赔补结].{0,6}我|给.{0,4}(?:说法|答复|交代)")


def claims_in(text: str) -> list[SuggestedClaim]:
    """The sentences that ask for something; none that names somebody."""
    plain, asking = marking.even(text), _rules()["asking"]
    marked = {at for mark in marking.found(text) for at in range(mark.start, mark.end) if mark.kind not in _NOBODY}
    found: list[SuggestedClaim] = []
    for sentence in _SENTENCE.finditer(plain):
        asked = ""
        for clause in _CLAUSE.finditer(sentence[0]):
            start, end = sentence.start() + clause.start(), sentence.start() + clause.end()
            words = clause[0].strip(" “”\"'「」:：")
            if any(word in words for word in asking["not_asking"]):
                continue
            lead = next((word for word in asking["leads"] if words.startswith(word)), "")
            act = next((word for word in asking["acts"] if word in words), "")
            asked = lead or asked
            if not (lead or (act and (asked or _FOR_US.search(words)))) or marked & set(range(start, end)):
                continue
            claim = _TO_WHOM.sub("", words.removeprefix(lead)) or words
            if SHORTEST_CLAIM <= len(claim) <= LONGEST_CLAIM and all(one.text != claim for one in found):
                found.append(SuggestedClaim(claim, [word for word in (lead or asked, act) if word]))
    return found[:MOST_CLAIMS]


_NOBODY = {marking.MarkKind.AMOUNT, marking.MarkKind.DATE}


async def _lead(scene: Scene, category: str, book: Book) -> SuggestedUnit | None:
    """Whom the routing would choose: its rules and no others."""
    accused = await recusal.accused_of(scene.matter.id)
    try:
        chosen = await routing.decided(
            book.categories[category], scene.matter.region_id, accused, scene.matter.receiving_unit_id
        )
    except routing.NoOwner:
        return None
    return SuggestedUnit(chosen.unit_id, chosen.unit_name, chosen.reason, [])


async def _named(scene: Scene, text: str, book: Book) -> list[SuggestedUnit]:
    """Units of the region, or above it, that the text names; the nearest of those that are called the same."""
    plain = marking.even(f"{text}\n{scene.subject.accused_text}")
    chain = manning.chain_of(scene.matter.region_id, None)
    places = sorted({name for code in chain for name in _names_of(book.regions.get(code, ""))}, key=len, reverse=True)
    known = await recusal.accused_of(scene.matter.id)
    found: dict[str, SuggestedUnit] = {}
    aside: set[str] = set()
    for code in chain:
        for unit in await Unit.filter(region_id=code, until=None).only("id", "name").order_by("name"):
            short = _without(marking.even(unit.name), places)
            if unit.id in known.units:
                aside.add(short)
            if len(short) < SHORTEST_NAME or short not in plain or short in found or short in aside:
                continue
            words = [unit.name if marking.even(unit.name) in plain else short]
            found[short] = SuggestedUnit(unit.id, unit.name, "原文或被举报人一栏中提到", words)
    longest = [one for short, one in found.items() if not any(short != other and short in other for other in found)]
    return longest[: weighing.REASONS]


def _names_of(full: str) -> Sequence[str]:
    """The names of the places that a region's full name is put together from."""
    return [*re.findall(r".+?(?:自治州|自治县|省|市|州|区|县)", full), full] if full else []


def _without(name: str, places: Sequence[str]) -> str:
    for place in places:
        name = name.removeprefix(place)
    return name


async def followed(move: Move) -> dict[str, Any]:
    """What the entry of a screening says of the suggestions: what they were, and whether they were taken over."""
    weights, book = await model(), await packs.book()
    text = await _text(move.matter.id)
    categories, tier, claims = await asyncio.to_thread(_of_text, text, weights, book, move.subject.category_id)
    given = move.inputs
    told: dict[str, Any] = {"model": weights.version if weights else 0}
    if categories:
        told |= {"category": categories[0].category, "category_followed": categories[0].category == given.category}
    if tier:
        told |= {"tier": tier.tier, "tier_followed": tier.tier is given.tier}
    return told | {"claims": len(claims), "claims_followed": sum(one.text in given.claims for one in claims)}


_IN_LIFE = """
SELECT count(*) FILTER (WHERE b.body -> 'suggested' ? 'category') AS categories,
       count(*) FILTER (WHERE b.body #>> '{suggested,category_followed}' = 'true') AS categories_followed,
       count(*) FILTER (WHERE b.body -> 'suggested' ? 'tier') AS tiers,
       count(*) FILTER (WHERE b.body #>> '{suggested,tier_followed}' = 'true') AS tiers_followed
FROM entry e JOIN entry_body b ON b.entry_id = e.id WHERE e.verb = 'screen' AND b.body ? 'suggested'
"""


async def in_life() -> Mapping[str, int]:
    """How many suggestions there were at screenings, and how many were taken over."""
    return dict((await connection().execute_query_dict(_IN_LIFE))[0])
