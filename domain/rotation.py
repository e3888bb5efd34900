"""换密钥: whatever the master key seals is sealed anew with a new one, while everything goes on being served.

Processes open with the present key and with MASTER_KEY_PREVIOUS, and seal with the present one. So a row that is sealed
anew is right before and after, and one that somebody changes meanwhile is left as they sealed it. It is safe to stop
and to run again: what is done already is seen by opening it.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.cases import dossiers, indexing
from domain.loop import deliveries
from domain.people import accounts
from domain.voices import boxes
from domain.wechat import checks, drafts, fans, pushes
from kit import crypto
from kit.crypto import Unreadable
from kit.settings import Settings
from models import Loading
from models.database import connection

BATCH = 500
Row = Mapping[str, Any]
Told = Callable[[str, int, int], None]  # place, done, of how many


@dataclass(frozen=True, slots=True)
class Place:
    """A column that the master key seals, and what each box in it says that it is."""

    table: str
    column: str
    key: str
    about: Callable[[Row], bytes]
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.table}.{self.column}"


def _id(row: Row, column: str = "id") -> UUID:
    return UUID(str(row[column]))  # asyncpg has a UUID of its own


def _box(row: Row) -> tuple[UUID, str]:
    return _id(row, "report_id"), str(row["channel"])


PLACES = (
    Place("vault.sealed", "wrapped_key", "matter_id", lambda row: crypto.wrapped_about(_id(row, "matter_id").bytes)),
    Place("account", "totp_secret", "id", lambda _: accounts.TOTP),
    Place("fan", "openid", "id", lambda row: fans.about(row["app_id"], row["openid_hash"]), ("app_id", "openid_hash")),
    Place("push", "answer", "once", lambda row: pushes.about(row["once"])),
    Place("conversation", "draft", "fan_id", lambda row: drafts.about(_id(row, "fan_id"))),
    Place("chat_media", "media_id", "id", lambda row: _id(row).bytes),
    Place(
        "dossier",
        "wrapped_key",
        "matter_id",
        lambda row: crypto.wrapped_about(dossiers.about(_id(row, "matter_id"))),
    ),
    Place("delivery", "address", "id", lambda row: deliveries.about(_id(row))),
    Place(
        "content_check",
        "openid",
        "id",
        lambda row: checks.about(row["subject"], _id(row, "subject_id")),
        ("subject", "subject_id"),
    ),
    Place("rating_box", "sealed", "id", lambda row: boxes.about(*_box(row)), ("report_id", "channel")),
    Place("rating_box", "words", "id", lambda row: boxes.about_words(*_box(row)), ("report_id", "channel")),
)


@dataclass(slots=True)
class Count:
    """What was found in a place."""

    place: str
    boxes: int = 0
    renewed: int = 0
    unreadable: int = 0


async def rotated(settings: Settings, told: Told) -> list[Count]:
    """Seal everything anew that the present master key does not open, in batches, each a transaction of its own.

    As the login that owns the tables, a member of the vault's role. It goes round until a round finds nothing to renew:
    a process that was not started anew may have sealed with the key before. Raises whatever the database raises.
    """
    rounds = [await _round(settings, told)]
    while any(count.renewed for count in rounds[-1]):
        rounds.append(await _round(settings, told))
    for count, *earlier in zip(rounds[-1], *rounds[:-1], strict=True):
        count.renewed = sum(one.renewed for one in earlier)
    return rounds[-1]


async def _round(settings: Settings, told: Told) -> list[Count]:
    return [await _renewed(settings, place, told) for place in PLACES]


async def _renewed(settings: Settings, place: Place, told: Told) -> Count:
    count, total = Count(place.name), await _total(place)
    async for rows in _batches(place):
        fresh = []
        for row in rows:
            box, about = bytes(row["box"]), place.about(row)
            try:
                crypto.open_(settings.master, box, about=about)
            except Unreadable:
                try:
                    plain = crypto.open_with(settings.masters, box, about=about)
                except Unreadable:
                    count.unreadable += 1
                    continue
                new = crypto.seal(settings.master, plain, about=about, cipher=settings.cipher)
                fresh.append((row[place.key], box, new))
        count.boxes += len(rows)
        count.renewed += await _replaced(place, fresh)
        told(place.name, count.boxes, max(total, count.boxes))
    return count


async def _total(place: Place) -> int:
    rows = await connection().execute_query_dict(f"SELECT count({place.column}) AS n FROM {place.table}")
    return int(rows[0]["n"])


async def _batches(place: Place) -> AsyncIterator[Sequence[Row]]:
    last: list[Any] = []
    while True:
        beyond = f"AND {place.key} > $1" if last else ""
        rows = await connection().execute_query_dict(
            f"SELECT {', '.join((place.key, *place.also))}, {place.column} AS box FROM {place.table}"
            f" WHERE {place.column} IS NOT NULL {beyond} ORDER BY {place.key} LIMIT {BATCH}",
            last,
        )
        if not rows:
            return
        yield rows
        last = [rows[-1][place.key]]


async def _replaced(place: Place, fresh: list[tuple[Any, bytes, bytes]]) -> int:
    """Only where the box is still the one that was opened."""
    if not fresh:
        return 0
    kind = "text" if isinstance(fresh[0][0], str) else "uuid"
    count, _ = await connection().execute_query(
        f"UPDATE {place.table} t SET {place.column} = f.new FROM unnest($1::{kind}[], $2::bytea[], $3::bytea[])"
        f" AS f (key, old, new) WHERE t.{place.key} = f.key AND t.{place.column} = f.old",
        [list(column) for column in zip(*fresh, strict=True)],
    )
    return int(count)


_FANS = "SELECT id, app_id, openid_hash, openid FROM fan ORDER BY id"


async def rehashed(settings: Settings) -> tuple[int, bool]:
    """After a new INDEX_KEY: people at WeChat are found by the new hash, and the index of similar cases is made anew.

    Returns how many people, and whether the index is made anew: once for each key. Receipts, printed codes, tickets and
    kept answers can't be hashed anew without what only their holders have: they are found by INDEX_KEY_PREVIOUS.
    """
    if settings.before is None:
        return 0, False
    done = 0
    for fan in await connection().execute_query_dict(_FANS):
        about = fans.about(fan["app_id"], fan["openid_hash"])
        openid = crypto.open_with(settings.masters, bytes(fan["openid"]), about=about).decode()
        if fan["openid_hash"] != fans.hash_of(settings, fan["app_id"], openid):
            done += await fans.rehashed(settings, fan["app_id"], openid, fan["openid_hash"])
    mark = {"key": crypto.keyed_hash(settings.index, b"which key").hex()}
    known = await Loading.get_or_none(name=_WHICH)
    if known and known.note == mark:
        return done, False
    await indexing.forgotten()
    await Loading.update_or_create(name=_WHICH, defaults={"note": mark})
    return done, True


_WHICH = "index_key"
