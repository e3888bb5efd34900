"""What a reader can check of a matter's chain without trusting us: every link, and the content they may read."""

from typing import Any

from domain.loop import sight
from domain.loop.engine import met
from domain.loop.timeline import GENESIS, body_hash, facts_hash, facts_of, link, private_hash, public_part
from domain.people.actors import Actor
from models import Entry, EntryBody


async def chain(actor: Actor, number: str) -> dict[str, Any]:
    """The links of the chain from the first entry on, and whether they hold.

    Of an entry the actor may read there are also the facts with their salt and the public part with its own;
    `docs/security.md` says how to check them. Raises NotFound.
    """
    scene = await met(actor, number)
    relations = {str(name) for name in sight.relations_of(actor, scene.matter, scene.involved)}
    entries = await Entry.filter(matter_id=scene.matter.id).order_by("seq")
    bodies = {body.entry_id: body for body in await EntryBody.filter(entry_id__in=[entry.id for entry in entries])}
    before, whole, links = GENESIS, True, []
    for place, entry in enumerate(entries, start=1):
        body = bodies.get(entry.id)
        whole = whole and (
            entry.seq == place
            and facts_hash(entry) == entry.facts_hash
            and link(before, entry.seq, entry.facts_hash, entry.body_hash) == entry.hash
            and body is not None
            and (body.salt is None or body_hash(body.salt, body.body or {}) == entry.body_hash)
        )
        before = entry.hash
        readable = bool(relations & set(entry.readers))
        links.append(_link(entry, body if readable else None, readable=readable))
    return {
        "number": number,
        "intact": whole and before == scene.matter.head and len(entries) == scene.matter.entries_made,
        "head": before.hex(),
        "links": links,
    }


def _link(entry: Entry, body: EntryBody | None, *, readable: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "seq": entry.seq,
        "facts_hash": entry.facts_hash.hex(),
        "body_hash": entry.body_hash.hex(),
        "hash": entry.hash.hex(),
    }
    if readable:
        shown |= {"facts": facts_of(entry), "facts_salt": entry.salt.hex()}
    if body is not None and body.salt is not None and body.body is not None:
        salt, _ = public_part(body.salt, body.body)
        shown |= {
            "public": body.body.get("public", {}),
            "public_salt": salt.hex(),
            "private_hash": private_hash(body.salt, body.body).hex(),
        }
    return shown
