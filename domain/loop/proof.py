"""What a reader can check of a matter's chain without trusting us: every link, and the content they may read."""

from typing import Any

from domain.loop import sight
from domain.loop.engine import met
from domain.loop.timeline import GENESIS, facts_of, is_chain, private_hash, public_part
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
    links = []
    for entry in entries:
        readable = bool(relations & set(entry.readers))
        links.append(_link(entry, bodies.get(entry.id) if readable else None, readable=readable))
    return {
        "number": number,
        "intact": is_chain(scene.matter, entries, bodies),
        "head": (entries[-1].hash if entries else GENESIS).hex(),
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
    elif body is not None and body.public is not None and body.public_salt and body.private_hash:
        shown |= {
            "public": body.public,
            "public_salt": body.public_salt.hex(),
            "private_hash": body.private_hash.hex(),
        }
    return shown
