"""公示 of a line: one supervisor writes what everybody will read, another looks it over and publishes it.

Names, phones, numbers and the like are found by rules; each must be mended, or both confirm that it harms nobody.
"""

import asyncio
from typing import Any

from domain.loop.engine import SamePerson
from domain.loop.kinds import By, Move, Owe, Scene
from domain.marks import cutting, marking
from kit import clock
from kit.errors import Conflict
from kit.words import label
from models import Relation, Role

SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
OWED = Owe("publish_line", SUPERVISOR, "publish_line")
FIELDS = ("public_problem", "public_result")


class PublicUnchecked(Conflict):
    """Somebody may be told by what everybody will read, and nobody confirmed to have looked: `details.hits`."""

    code, message = "public_unchecked", "公示的内容中有可能认出人的地方，请逐处改写；确需保留的，核对后勾选“已逐项核对”"


class AlreadyPublished(Conflict):
    """Other words begin with taking down those that are there."""

    code, message = "already_published", "本件已经公示，请先撤下再重新拟写"


class NotPublished(Conflict):
    """There is nothing to take down."""

    code, message = "not_published", "本件没有公示"


class NotWritten(Conflict):
    """Nobody has written what is to be published."""

    code, message = "publication_not_written", "还没有拟写公示内容"


def not_there(scene: Scene) -> None:
    """Nothing is published of it now."""
    if scene.subject.published_on:
        raise AlreadyPublished


def by_another(scene: Scene) -> None:
    """What waits to be published is published by somebody who did not write it."""
    not_there(scene)
    if scene.subject.written_by is None:
        raise NotWritten
    if scene.subject.written_by == scene.actor.person_id:
        raise SamePerson


def there(scene: Scene) -> None:
    """Something is published, or waits to be."""
    if scene.subject.published_on is None and scene.subject.written_by is None:
        raise NotPublished


async def write(move: Move) -> None:
    """The words for everybody, and never what was said inside; another reads them before everybody does."""
    told = {field: getattr(move.inputs, field) for field in FIELDS}
    move.said["checked"] = await _looked_over(move, told)
    move.change(**told, written_by=move.actor.person_id)


async def publish(move: Move) -> None:
    """As it was written."""
    told = {field: getattr(move.subject, field) for field in FIELDS}
    move.said["checked"] = await _looked_over(move, told)
    move.change(published_on=clock.today())


async def unpublish(move: Move) -> None:
    """It is gone from the public page, or never gets there; the entry says why."""
    move.change(published_on=None, written_by=None)


async def _looked_over(move: Move, told: dict[str, str]) -> dict[str, Any]:
    """What the entry says of it; raises PublicUnchecked."""
    await cutting.ready()
    hits = [hit for field, text in told.items() for hit in await asyncio.to_thread(_hits, field, text)]
    if hits and not move.inputs.hits_confirmed:
        raise PublicUnchecked(details={"hits": hits})
    return {"hits": len(hits), "confirmed": move.inputs.hits_confirmed}


def _hits(field: str, text: str) -> list[dict[str, Any]]:
    return [
        {
            "field": field,
            "start": mark.start,
            "end": mark.end,
            "kind": mark.kind,
            "kind_label": label(mark.kind, marking.MARKS[mark.kind]),
            "text": text[mark.start : mark.end],
        }
        for mark in marking.found(text)
    ]
