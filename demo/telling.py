"""Typical cases of the demo: told by the centre of closed cases, looked over by two, released by a leader."""

import asyncio
import tomllib
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from demo.province import unit_code
from demo.watching import standing
from domain.loop import engine
from domain.people import actors
from domain.people.actors import Actor
from domain.typical import finding, publishing
from domain.typical.effects import KIND, AlreadyCompiled, TellApart
from domain.typical.inputs import PARTS
from domain.wechat import checks
from kit import clock
from kit.settings import Settings
from models import CheckState, ContentCheck, Matter, Post, Relation, Role, Typical
from models.database import connection

TALES = Path(__file__).with_name("tales.toml")
TOLD = 44  # of the cases of one cycle of the story: as many as were compiled, of which eight were published
LANES = 2
COUNTY = 6  # digits of a region's code
WAITS = timedelta(days=12)  # between the end of a case and its telling
HARMLESS = "泛指，没有特指任何人"

_CLOSED = """
SELECT m.id, m.number, m.region_id, m.ended_at, c.category_id FROM matter m JOIN case_file c ON c.matter_id = m.id
WHERE m.kind = 'case' AND m.stage = 'closed' AND m.opened_by_id IS NULL AND m.ended_at < $1
AND m.receiving_unit_id = $2 AND NOT EXISTS (SELECT FROM matter o WHERE o.opened_by_id = m.id)
ORDER BY m.ended_at, m.number
"""


def tales() -> list[dict[str, Any]]:
    """What is told, in the order of the file."""
    return list(tomllib.loads(TALES.read_text(encoding="utf-8"))["tale"])


async def told(settings: Settings, until: datetime, share: float) -> int:
    """Tell what is still to be told of the cases that are there; returns how many were."""
    wanted = int(TOLD * share) - await Matter.filter(kind=KIND).count()
    if wanted <= 0:
        return 0
    centre = unit_code("62", "intake")
    posts = await Post.filter(role=Role.REGISTRAR, unit__code=centre, until=None).order_by("person__code")
    writers = [await actors.of_post(post.id) for post in posts]
    todo = (await _chosen(posts[0].unit_id, until))[:wanted]
    gate = asyncio.Semaphore(LANES)

    async def one(place: int, tale: dict[str, Any], sources: list[dict[str, Any]]) -> None:
        async with gate:
            with suppress(AlreadyCompiled):  # another player was faster
                try:
                    await _tell(settings, writers[place % len(writers)], tale, sources, until)
                except TellApart:  # the second one has somebody else to be kept from it
                    await _tell(settings, writers[place % len(writers)], tale, sources[:1], until)

    await asyncio.gather(*(one(place, tale, sources) for place, (tale, sources) in enumerate(todo)))
    return len(todo)


async def _chosen(unit: UUID, until: datetime) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each tale with closed cases of its category; every fourth with two of them."""
    _, rows = await connection().execute_query(_CLOSED, [until - WAITS * 2, unit])
    free: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        free[row["category_id"]].append(dict(row))
    chosen = []
    # Those to be published first, as long as there is something to tell of.
    there = set(await Typical.all().values_list("title", flat=True))
    left = [tale for tale in tales() if tale["title"] not in there]
    for place, tale in enumerate(sorted(left, key=lambda tale: not tale.get("public"))):
        cases = free[tale["category"]]
        if cases:
            sources = [cases.pop(0)]
            if place % 4 == 3 and cases:
                sources.append(cases.pop())
            chosen.append((tale, sources))
    return chosen


async def _tell(
    settings: Settings, writer: Actor, tale: dict[str, Any], sources: list[dict[str, Any]], until: datetime
) -> None:
    """One tale, all of it or nothing."""
    at = max(source["ended_at"] for source in sources) + WAITS
    texts = {part: tale[part] for part in PARTS}
    counties = {source["region_id"][:COUNTY] for source in sources}
    given = {
        **texts,
        "category": tale["category"],
        "sources": [source["number"] for source in sources[1:]],
        "told_region": counties.pop()[:4] if len(counties) == 1 and tale.get("public") else None,
    }
    async with in_transaction():
        with clock.at(min(at, until)):
            await engine.take(writer, sources[0]["number"], "compile_typical", given)
        matter = await Matter.get(opened_by_id=sources[0]["id"], kind=KIND)
        looker = await standing(matter, Relation.OVERSIGHT, Role.SUPERVISOR)
        leader = await standing(matter, Relation.DECIDING, Role.LEADER)
        with clock.at(min(at + timedelta(hours=2), until)):
            cleared = await _looked(settings, writer, matter.number, texts)
            await engine.take(writer, matter.number, "mark", {**texts, "cleared": cleared})
        with clock.at(min(at + timedelta(days=2), until)):
            cleared = await _looked(settings, looker, matter.number, texts)
            await engine.take(looker, matter.number, "check_marks", {"cleared": cleared})
        with clock.at(min(at + timedelta(days=3), until)):
            await engine.take(leader, matter.number, "approve_print", {})
        if tale.get("public"):
            with clock.at(min(at + timedelta(days=6), until)):
                await engine.take(leader, matter.number, "approve_public", {})
                await _passed(settings)


async def _passed(settings: Settings) -> None:
    """The content check as it goes where nobody asks WeChat: a person reads it."""
    reader = await Post.filter(role=Role.PRE_REVIEWER, until=None).order_by("id").first()
    await publishing.released(settings)
    await checks.asked(settings, None)
    for check in await ContentCheck.filter(state=CheckState.PERSON, subject=publishing.SUBJECT):
        if reader:
            await checks.decided(check.id, reader.id, passed=True, reason="已通读，没有不当内容")
    await publishing.released(settings)


async def _looked(settings: Settings, actor: Actor, number: str, texts: dict[str, str]) -> list[dict[str, str]]:
    hits = await finding.looked_over(settings, actor, number, texts)
    return [{"text": text, "reason": HARMLESS} for text in dict.fromkeys(hit.text for hit in hits)]
