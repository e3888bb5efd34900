"""What goes into the vault, sealed with a data key of the case's own, and the three things that come out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kit import crypto
from kit.settings import Settings
from models import Sealed
from models.database import connection


def sealed(
    settings: Settings,
    matter_id: UUID,
    identity: dict[str, Any] | None,
    filed_at: datetime,
    handle: bytes | None = None,
) -> Sealed:
    """The row that holds a complainant's identity, the exact time of filing and a notification handle.

    Each part is bound to its case and its purpose: a box moved to another row does not open. The phone number is
    sealed a second time by itself, so that a call-back opens the number and not the name.
    """
    key = crypto.new_key()

    def box(name: str, plain: bytes) -> bytes:
        return crypto.seal(key, plain, about=_about(name, matter_id), cipher=settings.cipher)

    return Sealed(
        matter_id=matter_id,
        wrapped_key=crypto.wrap(settings.master, key, about=matter_id.bytes, cipher=settings.cipher),
        identity=box("identity", orjson.dumps(identity)) if identity else None,
        filed_at=box("filed_at", filed_at.isoformat().encode()),
        handle=box("handle", handle) if handle else None,
        phone=box("phone", str(identity["phone"]).encode()) if identity and identity.get("phone") else None,
    )


async def handle_taken(settings: Settings, matter_id: UUID) -> bytes | None:
    """The notification handle, which is gone from the vault with this: it serves one notice.

    The caller records the look as an entry, in the same transaction.
    """
    _, rows = await connection().execute_query("SELECT * FROM vault.take_handle($1)", [matter_id])
    row = rows[0]
    if row["handle"] is None:
        return None
    key = crypto.unwrap(settings.masters, row["wrapped_key"], about=matter_id.bytes)
    return crypto.open_(key, row["handle"], about=_about("handle", matter_id))


async def identity_opened(
    settings: Settings, request_id: UUID, matter_id: UUID, person_id: UUID
) -> dict[str, Any] | None:
    """Who the complainant is, or None unless the vault itself knows of another person's approval that still holds.

    The caller records the look as an entry, in the same transaction.
    """
    _, rows = await connection().execute_query("SELECT * FROM vault.open_identity($1, $2)", [request_id, person_id])
    row = rows[0]
    if row["identity"] is None:
        return None
    key = crypto.unwrap(settings.masters, row["wrapped_key"], about=matter_id.bytes)
    identity: dict[str, Any] = orjson.loads(crypto.open_(key, row["identity"], about=_about("identity", matter_id)))
    return identity


async def identity_for_hand_over(settings: Settings, matter_id: UUID) -> dict[str, Any] | None:
    """Who the complainant is, for the package of a case that two persons have signed over; the vault knows of both."""
    _, rows = await connection().execute_query("SELECT * FROM vault.hand_over_identity($1)", [matter_id])
    row = rows[0] if rows else None
    if row is None or row["identity"] is None:
        return None
    key = crypto.unwrap(settings.masters, row["wrapped_key"], about=matter_id.bytes)
    identity: dict[str, Any] = orjson.loads(crypto.open_(key, row["identity"], about=_about("identity", matter_id)))
    return identity


async def handle_seen(settings: Settings, matter_id: UUID) -> bytes | None:
    """The notification handle, which stays: whoever is named may be told more than once.

    The caller records the look as an entry, in the same transaction.
    """
    key, box = await _handle(settings, matter_id)
    return crypto.open_(key, box, about=_about("handle", matter_id)) if key and box else None


async def handle_put(settings: Settings, matter_id: UUID, handle: bytes | None) -> None:
    """Keep another handle in the place of the one that is there, or none; the caller has locked the matter."""
    if handle is None:
        await handle_dropped(matter_id)
        return
    key, _ = await _handle(settings, matter_id)
    if key is None:  # destroyed with its case
        return
    box = crypto.seal(key, handle, about=_about("handle", matter_id), cipher=settings.cipher)
    await connection().execute_query("SELECT vault.put_handle($1, $2)", [matter_id, box])


async def handle_dropped(matter_id: UUID) -> None:
    """The notification handle is gone from the vault; nobody has looked at it."""
    await connection().execute_query("SELECT vault.put_handle($1, NULL)", [matter_id])


async def _handle(settings: Settings, matter_id: UUID) -> tuple[bytes | None, bytes | None]:
    _, rows = await connection().execute_query("SELECT * FROM vault.handle_of($1)", [matter_id])
    if rows[0]["wrapped_key"] is None:
        return None, None
    return crypto.unwrap(settings.masters, rows[0]["wrapped_key"], about=matter_id.bytes), rows[0]["handle"]


async def phone_opened(settings: Settings, matter_id: UUID) -> str | None:
    """The phone number alone, or None if none was given; it stays in the vault.

    The caller records the look as an entry, in the same transaction.
    """
    _, rows = await connection().execute_query("SELECT * FROM vault.phone_of($1)", [matter_id])
    row = rows[0] if rows else None
    if row is None or row["phone"] is None:
        return None
    key = crypto.unwrap(settings.masters, row["wrapped_key"], about=matter_id.bytes)
    return crypto.open_(key, row["phone"], about=_about("phone", matter_id)).decode()


def _about(name: str, matter_id: UUID) -> bytes:
    return name.encode() + b"\0" + matter_id.bytes
