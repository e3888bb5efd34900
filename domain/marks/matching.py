"""What a text has in common with another, or with what the vault holds: compared by keyed hashes, never opened."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import product
from typing import Any
from uuid import UUID

from domain.marks.marking import Mark, MarkKind, even
from kit import crypto
from kit.settings import Settings

QUOTED = 20  # characters in a row that stand so in the raw text too
LEAST = 2  # characters of a name
TITLES = {"name": "姓名", "phone": "电话", "other": "其他联系方式"}  # the parts of an identity
KINDS = {"name": MarkKind.PERSON, "phone": MarkKind.PHONE, "other": MarkKind.ACCOUNT}
_BLANK = set(" \t\n　-()（）.·,，")


def bare(plain: str) -> tuple[str, list[int]]:
    """A text without what people put between the parts of a name or a number, and where each character stood."""
    places = [place for place, one in enumerate(plain) if one not in _BLANK]
    return "".join(plain[place] for place in places), places


def pieces(raw: str) -> set[str]:
    """By what quotations of a text are found."""
    plain = even(raw)
    return {plain[at : at + QUOTED] for at in range(len(plain) - QUOTED + 1)}


def quotes(plain: str, known: set[str]) -> Iterator[Mark]:
    """Where an even text says so much in a row of another, given as its pieces."""
    at = 0
    while at <= len(plain) - QUOTED:
        if plain[at : at + QUOTED] not in known:
            at += 1
            continue
        end = at + QUOTED
        while end < len(plain) and plain[end - QUOTED + 1 : end + 1] in known:
            end += 1
        yield Mark(at, end, MarkKind.QUOTE)
        at = end


def identity_hashes(settings: Settings, matter_id: UUID, identity: Mapping[str, Any] | None) -> list[str] | None:
    """What goes beside a case so that its identity is met again: for each part its name, length and keyed hash."""
    if not identity:
        return None
    key = _key(settings, matter_id)
    parts = {name: bare(even(str(identity.get(name) or "")))[0] for name in TITLES}
    return [f"{name}:{len(part)}:{_hash(key, part)}" for name, part in parts.items() if len(part) >= LEAST]


def met_again(settings: Settings, matter_id: UUID, hashes: Iterable[str], text: str) -> Iterator[tuple[str, int, int]]:
    """Where a text says what the vault holds: which part of it, from where to where."""
    plain, places = bare(even(text))
    keys = [_key(one, matter_id) for one in (settings, settings.before) if one]  # the vault isn't opened to hash anew
    for key, kept in product(keys, hashes):
        name, size, digest = kept.split(":")
        long = int(size)
        for at in range(len(plain) - long + 1):
            if crypto.same(_hash(key, plain[at : at + long]).encode(), digest.encode()):
                yield name, places[at], places[at + long - 1] + 1


def _key(settings: Settings, matter_id: UUID) -> bytes:
    return crypto.keyed_hash(settings.index, b"identity mark", matter_id.bytes)


def _hash(key: bytes, part: str) -> str:
    return blake2b(part.encode("utf-8", "surrogatepass"), key=key, digest_size=16).hexdigest()
