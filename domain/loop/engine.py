"""The one locked door for every change: lock, check, change, record, owe, in one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import dropwhile
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import ValidationError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop import packs, sight, timeline
from domain.loop.clocks import Effect, derive
from domain.loop.kinds import By, Kind, Move, Owe, Scene, Step, role_of
from domain.people.actors import Actor
from kit import clock
from kit.errors import Conflict, Invalid, NotAllowed, NotFound
from kit.shapes import explain
from kit.words import label
from models import Duty, Entry, Involvement, Matter, Notice, Relation
from models.database import insert, wake

MET = 20  # other matters that a step may change
ON_CLOCK = "matter"  # as a term: due when the matter itself is
Holder = tuple[str, UUID | None, UUID | None]  # who owes or is told: role, unit, post


class Stale(Conflict):
    """The matter has moved on since the version the client saw; `details.changed` says how."""

    code, message = "stale", "事项已有新的办理，请查看后再试"


class SamePerson(Conflict):
    """The second of two signatures is another person's: whoever gave the first may not even claim the duty."""

    code, message = "same_person", "须由另一人办理，不能由提出人自己办理"


class NotYours(NotAllowed):
    """The duty is another person's: they claimed it or it was assigned to them."""

    code, message = "not_yours", "这项待办已由他人领取"


class Archived(Conflict):
    """The matter is in the archive: it can be read, and nothing is done on it any more."""

    code, message = "archived", "本件已归档，只能查看"


async def take(actor: Actor, number: str, verb: str, given: dict[str, Any], *, version: int | None = None) -> Matter:
    """Take a step on a matter and return the matter as it stands then.

    Raises NotFound (absent or not to be known), UnknownVerb, NotAllowed, WrongStage, Stale, NotYours, Invalid,
    or whatever the step's own guard refuses; nothing is written then.
    """
    async with in_transaction():
        scene = await met(actor, number, lock=True, also=_also(verb, given))
        if version is not None and version != scene.matter.version:
            raise Stale(details=await _since(scene, version))
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        owed = [duty.name for duty in scene.duties]
        step = scene.kind.row(verb, scene.matter.stage, role_of(actor), relations, owed)
        if scene.matter.archived_at and not step.when_archived:
            raise Archived
        if _held_by_another(scene, step):
            raise NotYours
        if step.guard:
            step.guard(scene)
        move = moving(scene, step, read(step, given))
        if step.effect:
            await step.effect(move)
        await _write(move)
    await wake()
    return scene.matter


def _also(verb: str, given: dict[str, Any]) -> list[str]:
    """The other matters that a step of this verb changes, as the client names them: nothing has been read yet."""
    steps = (step for kind in Kind.REGISTRY.values() for step in kind.steps if step.verb == verb)
    named = [given.get(name) for name in {step.meets for step in steps} if name]
    numbers = [number for value in named for number in (value if isinstance(value, list) else [value])]
    plain = (number for number in numbers if isinstance(number, str) and number.isascii() and number.isprintable())
    return list(plain)[:MET]


async def met(actor: Actor, number: str, *, lock: bool = False, also: Sequence[str] = ()) -> Scene:
    """The matter as this actor meets it, locked together with `also`; raises NotFound if for them it doesn't exist."""
    matter = await sight.found(actor, number, lock=lock, also=also)
    kind = Kind.REGISTRY[matter.kind]
    involved = await Involvement.filter(matter_id=matter.id, until=None)
    if lock and (
        not sight.relations_of(actor, matter, involved)
        or (actor.person_id and any(await sight.excluded_among(matter.id, [actor])))
    ):
        # Excluded, or released, while we waited for the lock.
        raise NotFound("没有找到这个事项")
    return Scene(
        kind=kind,
        matter=matter,
        subject=await kind.subject(matter),
        actor=actor,
        now=timeline.moment(matter, actor),
        pack=(await packs.book()).packs[matter.rule_pack_id],
        involved=involved,
        duties=await Duty.filter(matter_id=matter.id, closed_at=None),
    )


def moving(scene: Scene, step: Step, inputs: Any) -> Move:
    """The scene with a step about to be taken."""
    return Move(
        kind=scene.kind,
        matter=scene.matter,
        subject=scene.subject,
        actor=scene.actor,
        now=scene.now,
        pack=scene.pack,
        involved=scene.involved,
        duties=scene.duties,
        step=step,
        inputs=inputs,
        at=scene.now,
    )


def read(step: Step, given: dict[str, Any]) -> Any:
    """The inputs of a step; raises Invalid with one line for every field that is wrong."""
    try:
        return step.inputs.model_validate_json(orjson.dumps(given))
    except ValidationError as wrong:
        raise Invalid(details={"fields": explain(wrong, inside="inputs")}) from None


def offered(scene: Scene) -> list[Step]:
    """下一步: the steps this actor may take here and now, one row a verb."""
    relations = sight.relations_of(scene.actor, scene.matter, scene.involved)
    owed = [duty.name for duty in scene.duties]
    rows: dict[str, Step] = {}
    for step in scene.kind.rows(scene.matter.stage, role_of(scene.actor), relations, owed):
        open_ = step.when_archived or not scene.matter.archived_at
        if open_ and not _held_by_another(scene, step) and _passes(step, scene):
            rows.setdefault(step.verb, step)
    return list(rows.values())


def for_another(scene: Scene, duty: str) -> None:
    """Raise SamePerson if a duty waits for the signature of somebody else than this actor."""
    for step in scene.kind.steps:
        if duty in step.closes and scene.matter.stage in step.sources and step.guard:
            try:
                step.guard(scene)
            except SamePerson:
                raise
            except Conflict:
                continue


def _passes(step: Step, scene: Scene) -> bool:
    try:
        if step.guard:
            step.guard(scene)
    except Conflict:
        return False
    return True


def _held_by_another(scene: Scene, step: Step) -> bool:
    """Of some duty that the step closes, each one of this actor's role is claimed by, or assigned to, somebody else."""
    role = role_of(scene.actor)
    mine: dict[str, bool] = {}
    for duty in scene.duties:
        if duty.name in step.closes and duty.role == role:
            free = duty.post_id is None or duty.post_id in scene.actor.holds
            mine[duty.name] = mine.get(duty.name, False) or free
    return not all(mine.values())


async def _since(scene: Scene, version: int) -> dict[str, Any]:
    """Where the matter stands, and what happened since the version that was seen, as this actor may read of it.

    A look or a claim raises no version: those before the first later step may have been seen already.
    """
    relations = {str(name) for name in sight.relations_of(scene.actor, scene.matter, scene.involved)}
    plain = Relation.COMPLAINANT in relations
    steps = {step.verb for step in scene.kind.steps}
    later = await Entry.filter(matter_id=scene.matter.id, seq__gt=version).order_by("seq")
    unseen = dropwhile(lambda entry: entry.verb not in steps, later)
    return {
        "version": scene.matter.version,
        "stage": scene.matter.stage,
        "changed": [
            {
                "seq": entry.seq,
                "verb": entry.verb,
                "label": label(entry.verb, scene.kind.called(entry.verb, plain=plain)),
            }
            for entry in unseen
            if relations & set(entry.readers)
        ],
    }


async def _write(move: Move) -> None:
    """Everything a step brings about, recorded and owed; the matter is locked."""
    matter, step = move.matter, move.step
    await turn_the_clock(move)
    if step.target is not None:
        matter.stage = step.target
        matter.ended_at = move.at if step.target in move.kind.ends else None
    closed = [duty for duty in move.duties if _closes(move, duty)]
    if closed:
        await Duty.filter(id__in=[duty.id for duty in closed]).update(closed_at=move.at)
        move.duties = [duty for duty in move.duties if duty not in closed]
    rows = settled(move)
    await matter.save(
        update_fields=[
            "stage", "version", "tier", "entries_made", "head", "ended_at",
            "internal_due", "statutory_due", "paused_since", "clock_stopped_at",
        ]
    )  # fmt: skip
    if move.changed:
        await move.subject.save(update_fields=sorted(move.changed))
    await insert(rows)
    for kind in Kind.REGISTRY.values():
        if kind.counted:
            await kind.counted([found for found in (matter.id, matter.opened_by_id) if found])
    if step.target in move.kind.ends and move.kind.ended:
        await move.kind.ended(move)


def _closes(move: Move, duty: Duty) -> bool:
    if move.matter.stage in move.kind.ends and move.step.target is not None and duty.name not in _opened(move):
        return True
    own = move.actor.standing.unit_id if move.actor.standing else None
    return duty.name in move.step.closes or (duty.name in move.step.closes_own and duty.unit_id == own)


def _opened(move: Move) -> frozenset[str]:
    return frozenset(owe.duty for owe in (*move.step.opens, *move.owes))


async def turn_the_clock(move: Move) -> None:
    """Derive both dues anew from the entries, this one included; duties on the matter's clock follow."""
    matter, step = move.matter, move.step
    if step.clock is None and not move.retiered:
        return
    if step.clock is not None:
        move.clock_effect = Effect(move.counted_from or move.at, step.clock, move.granted).write()
    earlier = await Entry.filter(matter_id=matter.id, clock__isnull=False).order_by("seq").only("clock")
    effects = [Effect.read(raw) for raw in (*(entry.clock for entry in earlier), move.clock_effect) if raw]
    state = derive(effects, move.pack.terms_of(matter.tier), move.pack.calendar, roll=move.pack.roll_holidays)
    matter.internal_due, matter.statutory_due = state.internal_due, state.statutory_due
    matter.paused_since, matter.clock_stopped_at = state.paused_since, state.stopped_at
    following = [duty for duty in move.duties if duty.on_clock]
    if following and state.internal_due:
        await Duty.filter(id__in=[duty.id for duty in following]).update(
            due_at=state.internal_due, overdue_told_at=None
        )


def settled(move: Move) -> list[Model]:
    """The rows of a step that are new: its entry, duties and notices, and what its effect made."""
    step, matter = move.step, move.matter
    said = {"inputs": move.inputs.model_dump(mode="json"), **move.said}
    if step.shows:
        said["public"] = {name: said["inputs"].get(name, move.said.get(name)) for name in step.shows}
    entry, body = timeline.appended(
        matter, move.actor, step.verb, step.readers, said, at=move.at, clock_effect=move.clock_effect
    )
    matter.version = entry.seq
    duties = [duty for owe in (*step.opens, *move.owes) for duty in _owed(move, owe)]
    notices = [
        Notice(
            id=uuid4(),
            matter_id=matter.id,
            template=template,
            role=role,
            unit_id=unit,
            post_id=post,
            once=f"{entry.id}/{place}",
            owed_at=move.at,
        )
        for place, (template, role, unit, post) in enumerate(_told(move))
    ]
    move.duties += duties
    return [*move.fresh, entry, body, *duties, *notices]


def _owed(move: Move, owe: Owe) -> Iterator[Duty]:
    on_clock = owe.within == ON_CLOCK
    due = move.matter.internal_due if on_clock else None
    lapses = owe.lapses_to if owe.if_pack is None or getattr(move.pack, owe.if_pack) else None
    standing = move.actor.standing
    for role, unit, post in _holders(move, owe.to):
        yield Duty(
            id=uuid4(),
            matter_id=move.matter.id,
            name=owe.duty,
            role=role,
            unit_id=unit,
            post_id=post,
            awaited_by_unit_id=standing.unit_id if standing else None,
            awaited_by_post_id=standing.post_id if standing else None,
            returned=owe.returned,
            on_clock=on_clock,
            lapses_to=lapses,
            opened_at=move.at,
            due_at=owe.until or due or _due(move, owe, "finish" if on_clock else owe.within),
        )


def _due(move: Move, owe: Owe, term: str) -> datetime:
    """The end of the day that was said, else of the term."""
    if owe.day:
        return clock.end_of(getattr(move.inputs, owe.day))
    return move.pack.due(move.at, term, move.matter.tier)


def _told(move: Move) -> Iterator[tuple[str, *Holder]]:
    for tell in move.step.tells:
        left = [
            (tell.to.role, place.unit_id, place.post_id) for place in move.left if place.relation is tell.to.relation
        ]
        yield from ((tell.template, *holder) for holder in _holders(move, tell.to) or left)


def _holders(move: Move, by: By) -> Sequence[Holder]:
    if by.relation is Relation.COMPLAINANT:
        return [(by.role, None, None)]
    places = [(by.role, place.unit_id, place.post_id) for place in move.involved if place.relation is by.relation]
    return places or (_holders(move, by.otherwise) if by.otherwise else [])
