"""Who and what is around a matter, as one reader may know it: those involved, duties, related matters, progress."""

from collections.abc import Iterator
from typing import Any

from domain.loop.engine import SamePerson, for_another
from domain.loop.kinds import ASSIST, OFFICE, ONES_OWN, RELATIONS, UNIT, Kind, Scene
from domain.loop.sight import Values, visible_to
from domain.loop.wording import Words
from domain.people.actors import Actor
from kit import clock
from kit.words import label
from models import COMPLAINANT, ActorKind, Duty, Matter, Relation, Role
from models.database import connection

TOLD = frozenset({Relation.INTAKE, Relation.LEAD, Relation.ASSISTING})  # units that a complainant is told of


def involved(scene: Scene, relations: frozenset[Relation], words: Words) -> list[dict[str, Any]]:
    """Units and, where the reader may know them, persons, by how they stand to the matter."""
    order = list(RELATIONS)
    places = [place for place in scene.involved if place.relation in (TOLD if _outside(relations) else RELATIONS)]
    return [
        {
            "relation": place.relation,
            "label": label(place.relation, RELATIONS[place.relation]),
            "unit": {"id": place.unit_id, "name": words.unit(place.unit_id)},
            "person": words.person(place.post_id) or None,
            "mine": place.post_id in scene.actor.holds,
            "since": None if _outside(relations) else place.since,
        }
        for place in sorted(places, key=lambda place: (order.index(place.relation), words.unit(place.unit_id)))
    ]


def duties(scene: Scene, relations: frozenset[Relation], words: Words) -> list[dict[str, Any]]:
    """What is owed on the matter now, the most urgent first; `id` is there for whoever may claim or release it."""
    theirs = [duty for duty in scene.duties if _may_know(scene, relations, duty)]
    return [_duty(scene, duty, words) for duty in sorted(theirs, key=lambda duty: (duty.due_at, duty.name))]


def _outside(relations: frozenset[Relation]) -> bool:
    return Relation.COMPLAINANT in relations


def _may_know(scene: Scene, relations: frozenset[Relation], duty: Duty) -> bool:
    """The offices know all; a unit its own side's and what the complainant was asked; others their own.

    So a unit doesn't learn that the complainant has added something or asks for another round.
    """
    if relations & OFFICE:
        return True
    if duty.role == COMPLAINANT:
        return bool(relations & (UNIT | {Relation.COMPLAINANT}))
    if relations & UNIT:
        return duty.role in _ROLES_OF_UNITS and any(
            duty.unit_id == place.unit_id for place in scene.involved if place.relation in UNIT | ASSIST
        )
    standing = scene.actor.standing
    return standing is not None and (duty.unit_id, duty.role) == (standing.unit_id, standing.role)


_ROLES_OF_UNITS = frozenset({Role.LIAISON, Role.HEAD, Role.HANDLER})


def _duty(scene: Scene, duty: Duty, words: Words) -> dict[str, Any]:
    actor, standing = scene.actor, scene.actor.standing
    mine = duty.post_id in actor.holds or (actor.kind is ActorKind.RECEIPT and duty.role == COMPLAINANT)
    claimable = (
        duty.post_id is None
        and standing is not None
        and (duty.unit_id, duty.role) == (standing.unit_id, standing.role)
        and not _of_another(scene, duty)
    )
    releasable = duty.post_id in actor.holds and not _assigned(scene, duty)
    return {
        "id": duty.id if claimable or releasable else None,
        "name": duty.name,
        "label": label(duty.name, scene.kind.duties.get(duty.name, duty.name)),
        "unit": words.unit(duty.unit_id) or None,
        "person": words.person(duty.post_id) or None,
        "due_at": duty.due_at,
        "overdue": duty.due_at < clock.now(),
        "returned": duty.returned,
        "mine": mine,
        "claimed": duty.post_id is not None,
        "claimable": claimable,
        "releasable": releasable,
    }


def _of_another(scene: Scene, duty: Duty) -> bool:
    """Whether it waits for somebody else's signature than this actor's."""
    try:
        for_another(scene, duty.name)
    except SamePerson:
        return True
    return False


def _assigned(scene: Scene, duty: Duty) -> bool:
    return any(place.relation in ONES_OWN and place.post_id == duty.post_id for place in scene.involved)


_RELATED = """
SELECT * FROM (
    SELECT m.*, CASE WHEN m.id = {above} THEN 'opened_by' ELSE 'opened' END AS how FROM matter m
    WHERE m.id = {above} OR m.opened_by_id = {here}
    UNION ALL
    SELECT m.*, 'linked' FROM matter_link l JOIN matter m ON m.id = CASE l.matter_id WHEN {here} THEN l.other_id
    ELSE l.matter_id END WHERE l.matter_id = {here} OR l.other_id = {here}
    UNION ALL
    SELECT m.*, CASE WHEN c.matter_id = {here} THEN 'merged_into' ELSE 'merged' END FROM case_file c JOIN matter m
    ON m.id = CASE c.matter_id WHEN {here} THEN c.merged_into_id ELSE c.matter_id END
    WHERE c.merged_into_id IS NOT NULL AND (c.matter_id = {here} OR c.merged_into_id = {here})
    UNION ALL
    SELECT m.*, CASE WHEN s.matter_id = {here} THEN 'source' ELSE 'made_from_it' END FROM matter_source s JOIN matter m
    ON m.id = CASE WHEN s.matter_id = {here} THEN s.source_id ELSE s.matter_id END
    WHERE s.matter_id = {here} AND s.source_id IS DISTINCT FROM {above}
    OR s.source_id = {here} AND m.opened_by_id IS DISTINCT FROM {here}
) m WHERE {seen} ORDER BY m.filed_on, m.number
"""


async def related(actor: Actor, matter: Matter) -> list[dict[str, Any]]:
    """The matters that belong to this one, and how, as far as they exist for this actor."""
    if actor.standing is None and actor.kind is not ActorKind.RECEIPT:
        return []
    values = Values()
    here, above = f"{values.add(matter.id)}::uuid", f"{values.add(matter.opened_by_id)}::uuid"
    _, rows = await connection().execute_query(
        _RELATED.format(here=here, above=above, seen=visible_to(actor, "m", values)), values.list
    )
    return [
        {
            "how": row["how"],
            "kind": row["kind"],
            "kind_label": label(row["kind"], Kind.REGISTRY[row["kind"]].label),
            "number": row["number"],
            "stage": row["stage"],
            "stage_label": label(row["stage"], Kind.REGISTRY[row["kind"]].stages[row["stage"]]),
        }
        for row in rows
    ]


def progress(kind: Kind, stage: str) -> Iterator[dict[str, str]]:
    """The way of a matter with where it stands: just one part is `current`, those before are done, the rest ahead.

    A matter that has left the way shows its beginning and where it went.
    """
    here = next((place for place, part in enumerate(kind.way) if stage in part.stages), None)
    if here is None:
        for part in kind.way[:1]:
            yield {"code": part.code, "label": label(part.code, part.label), "state": "done"}
        yield {"code": stage, "label": label(stage, kind.stages[stage]), "state": "current"}
        return
    for place, part in enumerate(kind.way):
        state = "done" if place < here else "current" if place == here else "ahead"
        yield {"code": part.code, "label": label(part.code, part.label), "state": state}
