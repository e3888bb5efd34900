"""A matter as one reader sees it: fields by relation, timeline, next steps."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from pydantic import Field

from domain.loop import around, kept, sight, wording
from domain.loop.engine import met, offered
from domain.loop.keeping import Kept
from domain.loop.kinds import TIERS, Inputs, Kind, Scene, Step
from domain.loop.opening import openable
from domain.loop.timeline import appended
from domain.loop.widgets import Bytes, Count, DutyName, FileId, Reason, ShortText
from domain.loop.wording import Words
from domain.people.actors import Actor
from kit import clock
from kit.words import label, phrase
from models import ActorKind, Entry, EntryBody, Matter, Relation
from models.database import insert

PAGE = 100


class Looked(Inputs):
    """What an entry says that is no step: why somebody looked, which duty was claimed or released, which file came."""

    reason: Reason
    duty: DutyName = Field(title="待办")
    file: FileId = Field(title="附件")
    bytes: Bytes = Field(title="大小")
    sha256: ShortText = Field(title="SHA-256 校验值")
    rectangles: Count = Field(title="遮挡处数")
    copy_code: ShortText = Field(title="副本编号")
    letter: ShortText = Field(title="文书")


async def shown(actor: Actor, number: str) -> dict[str, Any]:
    """The matter with what this actor may do next; raises NotFound if for them it doesn't exist."""
    return await of_scene(await met(actor, number))


async def of_scene(scene: Scene) -> dict[str, Any]:
    """The same, of a matter already met."""
    matter, kind = scene.matter, scene.kind
    relations = sight.relations_of(scene.actor, matter, scene.involved)
    places = [(place.unit_id, place.post_id) for place in scene.involved]
    owed = [(duty.unit_id, duty.post_id) for duty in scene.duties]
    knows = sight.persons_known(scene.actor, relations, scene.involved)
    words = await wording.words((), chain(*places, *owed), knows=knows)
    return {
        "kind": kind.name,
        "kind_label": label(kind.name, kind.label),
        "number": matter.number,
        "stage": matter.stage,
        "stage_label": label(matter.stage, kind.stages[matter.stage]),
        "version": matter.version,
        "region": matter.region_id,
        "region_name": words.book.regions.get(matter.region_id, ""),
        "tier": matter.tier,
        "tier_label": label(matter.tier, TIERS[matter.tier]),
        "filed_on": matter.filed_on,
        "internal_due": None if Relation.COMPLAINANT in relations else matter.internal_due,
        "statutory_due": matter.statutory_due,
        "paused_since": matter.paused_since,
        "clock_stopped_at": matter.clock_stopped_at,
        "ended_at": matter.ended_at,
        "rule_pack": matter.rule_pack_id,
        "relations": sorted(relations),
        "progress": list(around.progress(kind, matter.stage)),
        "involved": around.involved(scene, relations, words),
        "duties": around.duties(scene, relations, words),
        "keeping": await kept.shown(matter, relations),
        "related": await around.related(scene.actor, matter),
        kind.name: await kind.shown(scene, relations),
        "next_steps": [next_step(scene, step, words) for step in offered(scene)],
    }


def next_step(scene: Scene, step: Step, words: Words) -> dict[str, Any]:
    """A step as a client offers it: what to call it, what to ask, what to warn of, which texts to begin from.

    `shows` are the fields that the complainant will read, `shown_besides` what they will read beside them.
    """
    return {
        "verb": step.verb,
        "hint": phrase(step.hint),
        "until": step.until(scene) if step.until else None,
        "to_complainant": step.seen,
        "shows": [name for name in step.inputs.model_fields if step.seen and name in step.shows],
        "shown_besides": list(_besides(scene, step, words)) if step.seen else [],
        **_form(step, words, scene.subject),
    }


def _form(step: Step, words: Words, subject: object = None) -> dict[str, Any]:
    schema = wording.schema_of(step.inputs)
    for name in step.inputs.AS_IT_IS:
        held = getattr(subject, f"{name}_id", None) or getattr(subject, name, None)
        if held and isinstance(held, str):
            schema["properties"][name]["default"] = held
    today = clock.today()
    for name, content in schema["properties"].items() if "properties" in schema else ():
        if offered := [one for one in words.book.templates.get((step.verb, name), ()) if one.effective_from <= today]:
            content["x-templates"] = [{"title": one.title, "text": one.text} for one in offered]
    for described in (schema, *schema.get("$defs", {}).values()):
        _fill(described, words)
    return {
        "label": label(step.verb, step.label),
        "warning": phrase(step.warning),
        "inputs": schema | {"title": label(step.verb, step.label)},
    }


def _fill(described: wording.Schema, words: Words) -> None:
    """Offer the rules' own rows where a field is one of them."""
    for content in described.get("properties", {}).values():
        for part in (content, *content.get("anyOf", ())):
            if rows := part.get("x-rows"):
                named = {code: phrase(name) for code, name in words.book.choices_of[rows].items()}
                notes = {code: phrase(note) for code, note in words.book.notes_of[rows].items()}
                part |= {"enum": list(named), "x-labels": named, "x-notes": notes}


async def openings(actor: Actor) -> list[dict[str, Any]]:
    """The kinds of matter that this actor may open, each with its form."""
    words = await wording.words((), ())
    return [
        {"kind": kind.name, "kind_label": label(kind.name, kind.label), **_form(kind.begins.step, words)}
        for kind in openable(actor)
        if kind.begins
    ]


def _besides(scene: Scene, step: Step, words: Words) -> Iterator[wording.Line]:
    """What the complainant will read that is not of the form: as the matter holds it now, else by its name alone."""
    for name, fact in scene.kind.facts.model_fields.items():
        if name in step.shows and name not in step.inputs.model_fields:
            held = {name: getattr(scene.subject, name, None)}
            nothing_yet = [{"label": phrase(fact.title or name), "text": ""}]
            yield from wording.lines([scene.kind.facts], held, words) or nothing_yet


async def timeline(actor: Actor, number: str, *, after: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
    """The entries this actor may read, in order, from after a sequence number on.

    What was said is shown to the relations the entry names; the complainant gets only its public part.
    """
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    entries = Entry.filter(matter_id=scene.matter.id, seq__gt=after, readers__overlap=sorted(map(str, relations)))
    found = await entries.order_by("seq").limit(limit)
    bodies = await EntryBody.filter(entry_id__in=[entry.id for entry in found])
    public = Relation.COMPLAINANT in relations
    said = {body.entry_id: told for body in bodies if (told := _said(body, public=public)) is not None}
    words = await wording.words(
        said.values(),
        [] if public else [entry.post_id for entry in found],
        duties=scene.kind.duties,
        knows=sight.persons_known(actor, relations, scene.involved),
    )
    return [_line(scene.kind, entry, said.get(entry.id), words, public=public) for entry in found]


def _said(body: EntryBody, *, public: bool) -> dict[str, Any] | None:
    """What there is to read: of a body that was shredded, what the complainant too may read, until that goes."""
    if body.body is not None:
        return _readable(body.body, public=public)
    return body.public or None


def _readable(body: dict[str, Any], *, public: bool) -> dict[str, Any]:
    """What was said, as far as this reader may know: what was put into the form, then the facts beside it."""
    if public:
        return dict(body.get("public", {}))
    facts = {name: value for name, value in body.items() if name not in ("inputs", "public")}
    return {**body.get("inputs", {}), **facts}


_OF_NO_POST = {ActorKind.RECEIPT: "举报人", ActorKind.VISITOR: "举报人", ActorKind.SYSTEM: "系统"}


def _line(kind: Kind, entry: Entry, said: dict[str, Any] | None, words: Words, *, public: bool) -> dict[str, Any]:
    step = next((step for step in kind.steps if step.verb == entry.verb), None)
    who = _OF_NO_POST.get(entry.actor_kind)
    forms: Iterable[type[Inputs]] = (step.inputs if step else Looked, kind.facts, Kept)
    return {
        "seq": entry.seq,
        "at": entry.at,
        "verb": entry.verb,
        "label": label(entry.verb, kind.called(entry.verb, plain=public)),
        "by": phrase(who) if who else words.who(entry.post_id),
        "stage": entry.stage,
        "said": said or {},
        "shown": wording.lines(forms, said or {}, words),
        "shredded": said is None,
    }


async def recorded_look(
    scene: Scene, verb: str, reason: str, readers: Iterable[Relation] = (Relation.INTAKE,), **facts: str
) -> None:
    """Append the look to the timeline of a locked matter (信访工作条例 art. 46(5): who knew is known)."""
    said: dict[str, Any] = {"inputs": {"reason": reason, **facts}}
    if Relation.COMPLAINANT in readers:
        said["public"] = {"reason": reason}
    await recorded(scene.matter, scene.actor, verb, readers, said, scene.now)


async def recorded(
    matter: Matter, actor: Actor, verb: str, readers: Iterable[Relation], said: dict[str, Any], at: datetime
) -> Entry:
    """Append an entry that is no step to the timeline of a locked matter."""
    entry, body = appended(matter, actor, verb, readers, said, at=at)
    await insert([entry, body])
    await matter.save(update_fields=["entries_made", "head"])
    return entry
