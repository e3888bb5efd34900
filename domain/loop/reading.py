"""A matter as one reader sees it: fields by relation, timeline, next steps."""

from functools import cache
from typing import Any

from domain.loop import sight
from domain.loop.engine import met, offered
from domain.loop.kinds import Inputs, Kind, Scene, Step
from domain.loop.timeline import appended
from domain.people.actors import Actor
from kit.words import ENGLISH, english, label, spoken
from models import ActorKind, Entry, EntryBody, Post, Relation
from models.database import insert

PAGE = 100


async def shown(actor: Actor, number: str) -> dict[str, Any]:
    """The matter with what this actor may do next; raises NotFound if for them it doesn't exist."""
    return await of_scene(await met(actor, number))


async def of_scene(scene: Scene) -> dict[str, Any]:
    """The same, of a matter already met."""
    matter, kind = scene.matter, scene.kind
    relations = sight.relations_of(scene.actor, matter, scene.involved)
    return {
        "kind": kind.name,
        "kind_label": label(kind.name, kind.label),
        "number": matter.number,
        "stage": matter.stage,
        "stage_label": label(matter.stage, kind.stages[matter.stage]),
        "version": matter.version,
        "region": matter.region_id,
        "tier": matter.tier,
        "filed_on": matter.filed_on,
        "internal_due": None if Relation.COMPLAINANT in relations else matter.internal_due,
        "statutory_due": matter.statutory_due,
        "paused_since": matter.paused_since,
        "ended_at": matter.ended_at,
        "rule_pack": matter.rule_pack_id,
        "relations": sorted(relations),
        kind.name: await kind.shown(matter, scene.subject, relations),
        "next_steps": [next_step(step) for step in offered(scene)],
    }


def next_step(step: Step) -> dict[str, Any]:
    """A step as a client offers it: what to call it, what to ask, what to warn of."""
    return {
        "verb": step.verb,
        "label": label(step.verb, step.label),
        "warning": step.warning,
        "to_complainant": step.seen,
        "inputs": {**_schema(step.inputs, spoken()), "title": label(step.verb, step.label)},
    }


@cache
def _schema(inputs: type[Inputs], language: str) -> dict[str, Any]:
    schema = inputs.model_json_schema()
    for described in (schema, *schema.get("$defs", {}).values()):
        described.pop("description", None)  # a class's docstring is for developers
        for name, content in described.get("properties", {}).items() if language == ENGLISH else ():
            content |= {"title": english(name)}
            content.pop("description", None)
            if labels := content.get("x-labels"):
                content["x-labels"] = {value: english(value) for value in labels}
    return schema


async def timeline(actor: Actor, number: str, *, after: int = 0, limit: int = PAGE) -> list[dict[str, Any]]:
    """The entries this actor may read, in order, from after a sequence number on.

    What was said is shown to the relations the entry names; the complainant gets only its public part.
    """
    scene = await met(actor, number)
    relations = {str(name) for name in sight.relations_of(actor, scene.matter, scene.involved)}
    entries = Entry.filter(matter_id=scene.matter.id, seq__gt=after, readers__overlap=sorted(relations))
    found = await entries.order_by("seq").limit(limit)
    bodies = await EntryBody.filter(entry_id__in=[entry.id for entry in found])
    said = {body.entry_id: body.body for body in bodies}
    public = relations == {str(Relation.COMPLAINANT)}
    names = {} if public else await _names([entry.post_id for entry in found])
    return [_line(scene.kind, entry, said.get(entry.id), names, public=public) for entry in found]


async def _names(posts: list[Any]) -> dict[Any, str]:
    wanted = {post for post in posts if post}
    found = await Post.filter(id__in=wanted).select_related("person", "unit") if wanted else []
    return {post.id: f"{post.unit.name} {post.person.name}" for post in found}


def _line(
    kind: Kind, entry: Entry, said: dict[str, Any] | None, names: dict[Any, str], *, public: bool
) -> dict[str, Any]:
    called = LOOKS.get(entry.verb) or next((step.label for step in kind.steps if step.verb == entry.verb), entry.verb)
    who = {ActorKind.RECEIPT: "举报人", ActorKind.VISITOR: "举报人", ActorKind.SYSTEM: "系统"}.get(entry.actor_kind)
    shredded = said is None
    content = said or {}
    return {
        "seq": entry.seq,
        "at": entry.at,
        "verb": entry.verb,
        "label": label(entry.verb, called),
        "by": who or ("工作人员" if public else names.get(entry.post_id, "工作人员")),
        "stage": entry.stage,
        "said": content.get("public", {}) if public else {**content.get("inputs", {}), **_facts(content)},
        "shredded": shredded,
    }


def _facts(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("inputs", "public")}


LOOKS = {
    "look_text": "查看原文",
    "look_file": "查看附件原件",
    "deposit": "附件存证",
    "claim": "领取待办",
    "release": "退回待办",
    "take_handle": "系统取用通知句柄",
}


async def recorded_look(scene: Scene, verb: str, reason: str, **facts: str) -> None:
    """Append the look to the timeline of a locked matter (信访工作条例 art. 46(5): who knew is known)."""
    entry, body = appended(
        scene.matter, scene.actor, verb, [Relation.INTAKE], {"inputs": {"reason": reason, **facts}}, at=scene.now
    )
    await insert([entry, body])
    await scene.matter.save(update_fields=["entries_made", "head"])
