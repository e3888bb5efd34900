"""移送卷宗: everything of a case in one package, sealed in storage, read once by whoever takes the case over.

The worker makes it from the row under a lease, as letters and copies are made; when the receipt is confirmed it removes
it again, with the case's files. The key lies, wrapped, in the row alone, and is gone before the bytes are.
"""

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import structlog
from obstore.store import ObjectStore
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from domain.cases.merging import merged_into
from domain.cases.splitting import identity_of
from domain.files.storing import copies_of
from domain.letters import rendering
from domain.loop.engine import met
from domain.loop.timeline import appended
from domain.people.actors import Actor
from domain.people.names import named
from domain.vault.sealing import identity_for_hand_over
from kit import clock, crypto, packages, pdf, storage
from kit.errors import Conflict, NotFound
from kit.packages import Package
from kit.settings import Settings
from models import (
    Case,
    CaseText,
    Dossier,
    DossierState,
    Entry,
    EntryBody,
    File,
    Letter,
    LetterForm,
    Matter,
    Relation,
    Role,
    Unit,
)
from models.database import connection, insert

HELD = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=1)
TAKERS = frozenset({Role.DISCIPLINE_LIAISON, Role.REGISTRAR})
_log = structlog.get_logger()


class DossierNotReady(Conflict):
    """The package is being made, or was taken already."""

    code, message = "dossier_not_ready", "卷宗还在生成，或者已经确认接收"


_CLAIMED = """
UPDATE dossier SET fence = fence + 1, held_until = $2, attempts = attempts + 1 WHERE matter_id = (
    SELECT matter_id FROM dossier WHERE state IN ('owed', 'taken') AND (held_until IS NULL OR held_until < $1)
        AND (next_try_at IS NULL OR next_try_at < $1) ORDER BY matter_id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING matter_id, fence, state
"""


async def worked(settings: Settings, store: ObjectStore, limit: int = 20) -> int:
    """Make the packages that are owed and shred those that were taken; returns how many. Any number may do so."""
    done = 0
    for _ in range(limit):
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + HELD])
        if not rows:
            break
        row = rows[0]
        work = _made if row["state"] == DossierState.OWED else _shredded
        done += await _tried(work, settings, store, UUID(str(row["matter_id"])), row["fence"])
    return done


async def packed(settings: Settings, store: ObjectStore, matter_id: UUID) -> bool:
    """Make one package now, whoever else would; for a play that can't wait for the worker."""
    await Dossier.filter(matter_id=matter_id, state=DossierState.OWED).update(
        fence=F("fence") + 1, held_until=clock.now() + HELD
    )
    return await _made(settings, store, matter_id, (await Dossier.get(matter_id=matter_id)).fence)


async def _tried(work: Any, settings: Settings, store: ObjectStore, matter_id: UUID, fence: int) -> bool:
    try:
        return bool(await work(settings, store, matter_id, fence))
    except Exception as error:  # noqa: BLE001  # one package's failure must not hold up the others
        dossier = await Dossier.get(matter_id=matter_id)
        _log.warning("dossier_not_done", kind=type(error).__name__, attempts=dossier.attempts)
        pause = min(timedelta(seconds=5 * 2 ** min(dossier.attempts, 10)), LONGEST_PAUSE)
        await _ours(matter_id, fence).update(held_until=None, next_try_at=clock.now() + pause)
        return False


def _ours(matter_id: UUID, fence: int) -> Any:
    return Dossier.filter(matter_id=matter_id, fence=fence)


def _prefix(matter_id: UUID) -> str:
    return f"dossiers/{matter_id.hex[:2]}/{matter_id}/"


async def _made(settings: Settings, store: ObjectStore, matter_id: UUID, fence: int) -> bool:
    folder = settings.var / "packing" / f"{matter_id}.{fence}"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    try:
        package = Package(folder / "package.zip")
        manifest = await _filled(settings, store, package, matter_id, folder)
        sha256 = await asyncio.to_thread(packages.digest_of, package.path)
        key = crypto.new_key()
        box = folder / "sealed"
        await asyncio.to_thread(packages.sealed, package.path, box, key, about(matter_id), settings.cipher)
        name = f"{_prefix(matter_id)}{fence}"
        size = package.path.stat().st_size
        await storage.keep(store, name, [(box, box.stat().st_size)], {"Content-Type": "application/octet-stream"})
        kept = await _ours(matter_id, fence).filter(state=DossierState.OWED).update(
            state=DossierState.READY,
            stored=name,
            sha256=sha256,
            bytes=size,
            manifest=manifest,
            wrapped_key=crypto.wrap(settings.master, key, about=about(matter_id), cipher=settings.cipher),
            held_until=None,
            next_try_at=None,
            attempts=0,
        )  # fmt: skip
        if not kept:
            await storage.removed(store, [name])
        return bool(kept)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def about(matter_id: UUID) -> bytes:
    """What the key of a package says that it is, and the package itself."""
    return b"dossier\0" + matter_id.bytes


async def _filled(
    settings: Settings, store: ObjectStore, package: Package, matter_id: UUID, folder: Path
) -> dict[str, Any]:
    """All that was told and done, of those merged into the case too; letter and register."""
    matter = await Matter.get(id=matter_id)
    dossier = await Dossier.get(matter_id=matter_id)
    await _told_in(settings, store, package, matter, folder)
    for follower in await merged_into(matter_id):
        await _told_in(settings, store, package, follower, folder, f"merged/{follower.number}/")
    letter = await Letter.filter(matter_id=matter_id, form_id="hand_over").order_by("-issued_at").first()
    number = letter.number if letter else ""
    if letter:
        form = await LetterForm.get(code="hand_over")
        package.add("移送函.pdf", await pdf.rendered(rendering.html(letter, form)))
    register = await _register(matter, dossier, number, package.listed)
    package.add("移送登记表.pdf", await pdf.rendered(register))
    about = {"case": matter.number, "letter": number, "entries": matter.entries_made, "head": matter.head.hex()}
    return await asyncio.to_thread(package.close, about)


async def _told_in(
    settings: Settings, store: ObjectStore, package: Package, matter: Matter, folder: Path, into: str = ""
) -> None:
    """Texts, facts, timeline, identity and originals of one case; a part's text and identity are its whole's."""
    told_by = identity_of(matter)
    for place, text in enumerate(await CaseText.filter(matter_id=told_by).order_by("seq"), start=1):
        package.add(f"{into}texts/{place}.txt", text.text.encode())
    package.add(f"{into}case.json", _json(_facts(matter, await Case.get(matter_id=matter.id))))
    package.add(f"{into}timeline.json", _json(await _timeline(matter)))
    identity = await identity_for_hand_over(settings, told_by)
    if identity:
        package.add(f"{into}identity.json", _json(identity))
    for file in await File.filter(matter_id=matter.id).exclude(stored="").order_by("created_on", "id"):
        path = await storage.fetched(store, file.stored, folder / "original")
        await asyncio.to_thread(package.add_file, f"{into}files/{file.id}_{_safe(file.name)}", path)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str)


def _safe(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name)[:80] or "file"


def _facts(matter: Matter, case: Case) -> dict[str, Any]:
    return {
        "number": matter.number,
        "region": matter.region_id,
        "filed_on": matter.filed_on,
        "mode": case.mode,
        "channel": case.channel,
        "category": case.category_id,
        "accused_text": case.accused_text,
        "occurred_on": case.occurred_on,
        "summary": case.summary,
        "claims": case.claims,
        "answer": case.answer,
    }


async def _timeline(matter: Matter) -> dict[str, Any]:
    entries = await Entry.filter(matter_id=matter.id).order_by("seq")
    bodies = {body.entry_id: body for body in await EntryBody.filter(entry__matter_id=matter.id)}
    return {
        "head": matter.head.hex(),
        "entries": [
            {
                "seq": entry.seq,
                "at": entry.at.isoformat(),
                "verb": entry.verb,
                "actor_kind": entry.actor_kind,
                "post": entry.post_id,
                "stage": entry.stage,
                "readers": entry.readers,
                "clock": entry.clock,
                "salt": entry.salt.hex(),
                "facts_hash": entry.facts_hash.hex(),
                "body_hash": entry.body_hash.hex(),
                "hash": entry.hash.hex(),
                "body_salt": salt.hex() if (salt := bodies[entry.id].salt) else None,
                "body": bodies[entry.id].body,
            }
            for entry in entries
        ],
    }


async def _register(matter: Matter, dossier: Dossier, number: str, files: list[dict[str, Any]]) -> str:
    posts = [post for post in (dossier.first_by_id, dossier.second_by_id) if post]
    known = await named(posts)
    who = {post: f"{known[post].unit} {known[post].person}" for post in posts}
    recipient = await Unit.get(id=dossier.recipient_id) if dossier.recipient_id else None
    receiving = await Unit.get(id=matter.receiving_unit_id)
    return rendering.page(
        "register.html",
        number=number,
        case=matter.number,
        filed_on=matter.filed_on.isoformat(),
        from_unit=receiving.name,
        to=recipient.name if recipient else dossier.outside,
        basis=dossier.basis,
        reason=dossier.reason,
        first=who[dossier.first_by_id],
        second=who[dossier.second_by_id] if dossier.second_by_id else "",
        signed_at=clock.local(dossier.signed_at).isoformat() if dossier.signed_at else "",
        entries=matter.entries_made,
        head=matter.head.hex(),
        files=files,
    )


async def _shredded(_settings: Settings, store: ObjectStore, matter_id: UUID, fence: int) -> bool:
    """The package, and once the case is sealed its originals and copies too."""
    names = await storage.listed(store, _prefix(matter_id))
    matter = await Matter.get(id=matter_id)
    gone = [matter_id, *(follower.id for follower in await merged_into(matter_id))]
    files = await File.filter(matter_id__in=gone) if matter.sealed_at else []
    for file in files:
        names += [file.stored] if file.stored else []
        names += await storage.listed(store, copies_of(file.id))
    await storage.removed(store, names)
    await File.filter(id__in=[file.id for file in files]).update(stored="")
    return bool(
        await _ours(matter_id, fence)
        .filter(state=DossierState.TAKEN)
        .update(state=DossierState.SHREDDED, stored="", held_until=None, next_try_at=None)
    )


async def ticket(settings: Settings, actor: Actor, number: str) -> tuple[UUID, int]:
    """A download's ticket, good once: an entry says who took it. Raises NotFound or DossierNotReady."""
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        dossier = await _theirs(actor, scene.matter.id)
        if dossier.state is not DossierState.READY:
            raise DossierNotReady
        code = secrets.randbits(53)
        await Dossier.filter(matter_id=scene.matter.id).update(ticket_hash=_hash(settings, code))
        entry, body = appended(
            scene.matter, actor, "open_dossier", [Relation.INTAKE, Relation.DISCIPLINE],
            {"inputs": {"reason": "下载移送卷宗"}}, at=scene.now,
        )  # fmt: skip
        await insert([entry, body])
        await scene.matter.save(update_fields=["entries_made", "head"])
    return scene.matter.id, code


async def _theirs(actor: Actor, matter_id: UUID) -> Dossier:
    """For the recipient's liaison; for the centre where the recipient is not on the roster."""
    dossier = await Dossier.get_or_none(matter_id=matter_id)
    standing = actor.standing
    if dossier is None or standing is None or dossier.signed_at is None:
        raise NotFound("没有移送卷宗")
    on_the_roster = dossier.recipient_id is not None
    theirs = actor.role is Role.DISCIPLINE_LIAISON and standing.unit_id == dossier.recipient_id
    if not (theirs if on_the_roster else actor.role is Role.REGISTRAR):
        raise NotFound("没有移送卷宗")
    return dossier


def _hash(settings: Settings, code: int) -> str:
    return crypto.keyed_hash(settings.index, b"dossier", str(code).encode()).hex()


async def shown(actor: Actor, number: str) -> dict[str, Any]:
    """The package as its recipient may know it: how far it is, and the manifest to check it by."""
    scene = await met(actor, number)
    dossier = await _theirs(actor, scene.matter.id)
    return {
        "state": dossier.state,
        "bytes": dossier.bytes,
        "sha256": dossier.sha256.hex() if dossier.sha256 else None,
        "taken_at": dossier.taken_at,
        "receipt_number": dossier.receipt_number,
        "received_on": dossier.received_on,
        "files": (dossier.manifest or {}).get("files", []),
    }


async def taken(
    settings: Settings, store: ObjectStore, actor: Actor, matter_id: UUID, code: int
) -> tuple[str, Iterator[bytes]]:
    """The package's name and its pieces, for the one time that a ticket is good; raises NotFound."""
    matter = await Matter.get_or_none(id=matter_id)
    if matter is None:
        raise NotFound("没有移送卷宗")
    await met(actor, matter.number)
    dossier = await _theirs(actor, matter_id)
    spent = await Dossier.filter(
        matter_id=matter_id, ticket_hash=_hash(settings, code), state=DossierState.READY
    ).update(ticket_hash="", taken_at=clock.now())
    if not spent or dossier.wrapped_key is None:
        raise NotFound("没有移送卷宗")
    key = crypto.unwrap(settings.masters, dossier.wrapped_key, about=about(matter_id))
    into = settings.var / "packing" / f"{matter_id}.{secrets.token_hex(8)}"
    await asyncio.to_thread(into.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
    path = await storage.fetched(store, dossier.stored, into)
    return f"{matter.number}.zip", _pieces(path, key, matter_id, into)


def _pieces(path: Path, key: bytes, matter_id: UUID, fetched: Path) -> Iterator[bytes]:
    try:
        yield from packages.opened(path, key, about(matter_id))
    finally:
        fetched.unlink(missing_ok=True)
