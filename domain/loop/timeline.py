"""办理记录: entries are appended, hash-chained, and each tells who may read what was said in it.

    facts_hash = SHA-256(salt ‖ {seq, at, verb, actor, stage, readers, clock})
    body_hash  = SHA-256(public_hash ‖ private_hash), each SHA-256(a salt of its own ‖ its part of the body)
    hash       = SHA-256(hash before ‖ seq ‖ facts_hash ‖ body_hash)

A holder of the receipt gets every entry's hashes, and of those they may read the facts and the public part with
their salts: they can check that nothing was altered, removed or reordered, and learn nothing of the rest.
A shredded body leaves its hash; at first its public part too, with that part's salt and the hash of the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid4

import orjson

from domain.people.actors import Actor
from kit import clock
from models import ActorKind, Entry, EntryBody, Matter, Relation

GENESIS = bytes(32)


def facts_of(entry: Entry) -> dict[str, Any]:
    """What an entry is: order, time, verb, actor, stage, readers, clock."""
    return {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "verb": entry.verb,
        "actor_kind": str(entry.actor_kind),
        "post": str(entry.post_id) if entry.post_id else None,
        "stage": entry.stage,
        "readers": sorted(entry.readers),
        "clock": entry.clock,
    }


def facts_hash(entry: Entry) -> bytes:
    """The hash over what an entry is."""
    return _hash(entry.salt, facts_of(entry))


def public_part(salt: bytes, body: dict[str, Any]) -> tuple[bytes, bytes]:
    """The salt and the hash of what the complainant may read of a body."""
    own = sha256(salt + b"public").digest()
    return own, _hash(own, body.get("public", {}))


def private_hash(salt: bytes, body: dict[str, Any]) -> bytes:
    """The hash of the rest of a body."""
    return _hash(sha256(salt + b"private").digest(), {name: body[name] for name in body if name != "public"})


def body_hash(salt: bytes, body: dict[str, Any]) -> bytes:
    """The hash over what was said in an entry."""
    return sha256(public_part(salt, body)[1] + private_hash(salt, body)).digest()


def left_over(body: EntryBody) -> dict[str, Any]:
    """What is left of a body when all but its public part goes: that part, and what it takes to check the whole."""
    if body.salt is None or body.body is None or "public" not in body.body:
        return {}
    salt, _ = public_part(body.salt, body.body)
    return {
        "public": body.body["public"],
        "public_salt": salt,
        "private_hash": private_hash(body.salt, body.body),
    }


def left_hash(left: EntryBody) -> bytes | None:
    """The hash of a body of which the public part alone is left; None if nothing is."""
    if left.public is None or left.public_salt is None or left.private_hash is None:
        return None
    return sha256(_hash(left.public_salt, left.public) + left.private_hash).digest()


def is_whole(entry: Entry, body: EntryBody | None) -> bool:
    """Whether a body, or what retention has left of it, is what was said in the entry."""
    if body is None:
        return False
    if body.shredded_on is not None:
        return left_hash(body) in (None, entry.body_hash)
    return body.salt is not None and body.body is not None and body_hash(body.salt, body.body) == entry.body_hash


def is_chain(matter: Matter, entries: Sequence[Entry], bodies: Mapping[UUID, EntryBody]) -> bool:
    """Whether these, in order, are the matter's entries as they were written, up to its head."""
    before = GENESIS
    for place, entry in enumerate(entries, start=1):
        if (
            entry.seq != place
            or facts_hash(entry) != entry.facts_hash
            or link(before, entry.seq, entry.facts_hash, entry.body_hash) != entry.hash
            or not is_whole(entry, bodies.get(entry.id))
        ):
            return False
        before = entry.hash
    return before == matter.head and len(entries) == matter.entries_made


def _hash(salt: bytes, content: dict[str, Any]) -> bytes:
    return sha256(salt + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def link(before: bytes, seq: int, facts: bytes, body: bytes) -> bytes:
    """The hash that chains an entry to the one before it."""
    return sha256(before + seq.to_bytes(4, "big") + facts + body).digest()


def appended(
    matter: Matter,
    actor: Actor,
    verb: str,
    readers: Iterable[Relation],
    body: dict[str, Any],
    *,
    at: datetime | None = None,
    clock_effect: dict[str, Any] | None = None,
) -> tuple[Entry, EntryBody]:
    """The next entry of a matter that is locked or new; advances the matter's head. The caller writes both."""
    # What is hashed is what the database gives back: a round trip through JSON makes it so.
    body = orjson.loads(orjson.dumps(body))
    salt = token_bytes(16)
    matter.entries_made += 1
    entry = Entry(
        id=uuid4(),
        matter_id=matter.id,
        seq=matter.entries_made,
        at=at or clock.now(),
        verb=verb,
        actor_kind=actor.kind,
        post_id=actor.post_id,
        stage=matter.stage,
        readers=sorted(readers),
        clock=clock_effect,
        salt=token_bytes(16),
        facts_hash=b"",
        body_hash=body_hash(salt, body),
        hash=b"",
    )
    entry.facts_hash = facts_hash(entry)
    entry.hash = link(matter.head, entry.seq, entry.facts_hash, entry.body_hash)
    matter.head = entry.hash
    return entry, EntryBody(entry_id=entry.id, salt=salt, body=body, shredded_on=None)


def moment(matter: Matter, actor: Actor) -> datetime:
    """When an act is dated: an anonymous complainant's by the day only, anybody else's exactly."""
    if matter.coarse and actor.kind is ActorKind.RECEIPT:
        return clock.start_of(clock.today())
    return clock.now()
