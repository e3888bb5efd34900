"""销毁: one part of a matter after the other, by an approved batch; a kill at any moment leaves nothing half done.

Of each part: one transaction looks once more whether it may go, and empties the rows; then objects and bytes are
removed, which may be done twice; one transaction looks whether all is gone and only then writes the tombstone. What was
begun is finished by whoever comes next, whatever has changed meanwhile.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from obstore.store import ObjectStore
from tortoise.transactions import in_transaction

from domain.cases import indexing
from domain.files.storing import copies_of
from domain.files.writing import Place, forgotten
from domain.loop import packs, retention, sight, timeline
from domain.loop.retention import Outlook
from domain.records import blanking
from domain.records.planning import stopped
from domain.wechat.checks import pieces_of
from kit import clock, storage
from models import (
    AccountabilityPerson,
    ActorKind,
    Case,
    Destruction,
    DestructionItem,
    Dossier,
    DossierState,
    Entry,
    EntryBody,
    File,
    FileCopy,
    FileState,
    ItemState,
    Letter,
    Matter,
    Part,
    Reach,
    Tombstone,
    Upload,
    UploadTicket,
)
from models.database import connection, insert

LIMIT = 200
_log = structlog.get_logger()


class NotGone(Exception):
    """Something is still there: no tombstone is written, and the next run removes it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where bytes lie besides the database."""

    store: ObjectStore
    uploads: Place


_OWED = """
SELECT i.id, i.batch_id, i.matter_id, i.part FROM destruction_item i JOIN destruction d ON d.id = i.batch_id
WHERE d.approved_at IS NOT NULL AND i.state IN ('owed', 'started') AND ($1::text IS NULL OR d.id = $1)
    AND (i.matter_id, i.place) > ($2::uuid, $3)
    AND NOT EXISTS (SELECT FROM destruction_item b WHERE b.batch_id = i.batch_id AND b.matter_id = i.matter_id
                    AND b.place < i.place AND b.state IN ('owed', 'started'))
ORDER BY i.matter_id, i.place LIMIT 1
"""
_ENDED = """
UPDATE destruction d SET done_at = $1 WHERE approved_at IS NOT NULL AND done_at IS NULL
    AND NOT EXISTS (SELECT FROM destruction_item i WHERE i.batch_id = d.id AND i.state IN ('owed', 'started'))
"""


async def worked(ground: Ground, batch: str | None = None, limit: int = LIMIT) -> int:
    """Destroy what approved batches hold; returns how many parts. Safe to run twice, anywhere, at once."""
    done, last = 0, (UUID(int=0), -1)
    for _ in range(limit):
        rows = await connection().execute_query_dict(_OWED, [batch, *last])
        if not rows:
            break
        item = await DestructionItem.get(id=rows[0]["id"])
        last = item.matter_id, item.place
        try:
            done += await _destroyed(ground, item)
        except Exception as error:  # noqa: BLE001  # one matter's failure must not hold up the others
            _log.warning("not_destroyed", kind=type(error).__name__, part=item.part)
    await connection().execute_query(_ENDED, [clock.now()])
    return done


async def _destroyed(ground: Ground, item: DestructionItem) -> bool:
    outlook = await _begun(item)
    if outlook is None:
        return False
    if item.part is Part.CONTENT:
        await _bytes_removed(ground, item.matter_id)
    await _finished(ground, item, outlook)
    return True


async def _begun(item: DestructionItem) -> Outlook | None:
    """Look once more, and empty the rows; None if it may not go."""
    async with in_transaction():
        # All that belongs together stands still: nobody may begin to hold one of them meanwhile.
        await sight.locked(await retention.together(item.matter_id))
        state = (await DestructionItem.filter(id=item.id).select_for_update().get()).state
        outlook = await retention.outlook(item.matter_id)
        if state is ItemState.STARTED:
            return outlook
        if state is not ItemState.OWED:
            return None
        if why := _why_not(outlook, item.part):
            await DestructionItem.filter(id=item.id).update(state=ItemState.SKIPPED, problem=why)
            return None
        await DestructionItem.filter(id=item.id).update(state=ItemState.STARTED, rule=outlook.rule.code)
        await _EMPTIED[item.part](item)
    return outlook


def _why_not(outlook: Outlook, part: Part) -> str:
    if part not in outlook.parts:
        return "gone"
    return stopped(outlook, part, clock.today()) or ("" if outlook.parts[0] is part else "order")


async def _identity_emptied(item: DestructionItem) -> None:
    """Out of the vault, with its key; the hashes by which a summary is checked; whom a notice would reach."""
    rows = await connection().execute_query_dict(
        "SELECT vault.destroy($1, $2) AS done", [item.batch_id, item.matter_id]
    )
    if not rows[0]["done"]:
        raise NotGone
    await Case.filter(matter_id=item.matter_id).update(identity_hashes=None)
    await Reach.filter(matter_id=item.matter_id).delete()
    await connection().execute_query(_UNADDRESSED, [item.matter_id])


_UNADDRESSED = """
UPDATE delivery d SET address = NULL, held_until = NULL, fence = fence + 1,
    state = CASE WHEN state IN ('owed', 'uncertain') THEN 'ended' ELSE state END,
    problem = CASE WHEN state IN ('owed', 'uncertain') THEN 'turned_off' ELSE problem END
FROM notice n WHERE n.id = d.notice_id AND n.matter_id = $1 AND n.role = 'complainant'
"""


async def _content_emptied(item: DestructionItem) -> None:
    """Texts, notes, letters; of the record all but what the complainant may read of what the staff did."""
    matter_id, today = item.matter_id, clock.today()
    await Matter.filter(id=matter_id, archived_at=None).update(archived_at=clock.now())  # read only from here on
    await indexing.removed(matter_id)
    await AccountabilityPerson.filter(matter_id=matter_id).update(person_id=None, named="")
    await blanking.blanked(matter_id)
    entries = {entry.id: entry for entry in await Entry.filter(matter_id=matter_id)}
    for body in await EntryBody.filter(entry_id__in=list(entries), shredded_on=None):
        # A complainant's own words go with what they wrote elsewhere.
        by_staff = entries[body.entry_id].actor_kind in (ActorKind.POST, ActorKind.SYSTEM)
        left = timeline.left_over(body) if by_staff else {}
        await EntryBody.filter(entry_id=body.entry_id).update(body=None, salt=None, shredded_on=today, **left)
    await Letter.filter(matter_id=matter_id).update(said={}, title="", shredded_on=today, held_until=None)
    await File.filter(matter_id=matter_id).update(
        name="", facts={}, blurs=[], released=False, state=FileState.ABANDONED, held_until=None
    )
    await connection().execute_query("UPDATE file SET fence = fence + 1 WHERE matter_id = $1", [matter_id])
    await Dossier.filter(matter_id=matter_id).update(wrapped_key=None, ticket_hash="", state=DossierState.TAKEN)
    await UploadTicket.filter(matter_id=matter_id).delete()


async def _record_emptied(item: DestructionItem) -> None:
    """What was left of the entries, and what was written since."""
    await blanking.blanked(item.matter_id)
    entries = await Entry.filter(matter_id=item.matter_id).only("id")
    await EntryBody.filter(entry_id__in=[entry.id for entry in entries]).update(
        body=None, salt=None, public=None, public_salt=None, private_hash=None, shredded_on=clock.today()
    )


_EMPTIED = {Part.IDENTITY: _identity_emptied, Part.CONTENT: _content_emptied, Part.RECORD: _record_emptied}


async def _lying(ground: Ground, matter_id: UUID) -> list[str]:
    """All objects of a matter: originals, copies of every attempt, pieces that were checked, letters, a package."""
    names = await storage.listed(ground.store, pieces_of(matter_id))
    for file in await File.filter(matter_id=matter_id):
        names += [file.stored] if file.stored else []
        names += await storage.listed(ground.store, copies_of(file.id))
    for letter in await Letter.filter(matter_id=matter_id).only("id"):
        below = await storage.listed(ground.store, f"letters/{letter.id.hex[:2]}/")
        names += [name for name in below if name.rpartition("/")[2].startswith(f"{letter.id}.")]
    return names + await storage.listed(ground.store, f"dossiers/{matter_id.hex[:2]}/{matter_id}/")


async def _uploads(matter_id: UUID) -> list[UUID]:
    """Uploads whose bytes a file of the matter was made of, its parts included."""
    files = [file.id for file in await File.filter(matter_id=matter_id).only("id")]
    parts = await Upload.filter(final_id__in=files).values_list("id", flat=True)
    return [*files, *(UUID(str(part)) for part in parts)]


async def _bytes_removed(ground: Ground, matter_id: UUID) -> None:
    await storage.removed(ground.store, await _lying(ground, matter_id))
    await asyncio.to_thread(forgotten, ground.uploads.folder, await _uploads(matter_id))


async def _finished(ground: Ground, item: DestructionItem, outlook: Outlook) -> None:
    """Nothing is left: the rows that named bytes go, and the tombstone says what was here."""
    async with in_transaction():
        matter = await Matter.filter(id=item.matter_id).select_for_update().get()
        present = await DestructionItem.filter(id=item.id).select_for_update().get()
        if present.state is not ItemState.STARTED:  # somebody was faster
            return
        files = []
        if item.part is Part.CONTENT:
            files = await _files_forgotten(ground, matter.id)
        rules = (await packs.book()).retention
        rule = next((rule for rule in rules if rule.code == present.rule), outlook.rule)
        await insert(
            [
                Tombstone(
                    id=uuid4(),
                    matter_id=matter.id,
                    part=item.part,
                    number=matter.number,
                    kind=matter.kind,
                    region_id=matter.region_id,
                    category=outlook.category,
                    outcome=outlook.outcome,
                    filed_on=matter.filed_on,
                    ended_on=outlook.ended_on or clock.today(),
                    destroyed_on=clock.today(),
                    rule=present.rule,
                    basis=retention.basis(rule, item.part),
                    batch=item.batch_id,
                    head=matter.head,
                    entries=matter.entries_made,
                    files=files,
                )
            ]
        )
        await Matter.filter(id=matter.id).update(destroyed=item.part)
        await DestructionItem.filter(id=item.id).update(state=ItemState.DONE)


async def _files_forgotten(ground: Ground, matter_id: UUID) -> list[str]:
    """The hashes of what was sent; raises NotGone while an object of it lies anywhere."""
    lying = [name for name in await _lying(ground, matter_id) if await storage.exists(ground.store, name)]
    uploads = await _uploads(matter_id)
    left = [path for one in uploads for path in ground.uploads.folder.glob(f"{one}.*")]
    if lying or left:
        raise NotGone
    files = await File.filter(matter_id=matter_id).order_by("id")
    await Upload.filter(id__in=uploads).delete()
    await FileCopy.filter(file_id__in=[file.id for file in files]).delete()
    await File.filter(matter_id=matter_id).update(stored="")
    await Letter.filter(matter_id=matter_id).update(stored="")
    await Dossier.filter(matter_id=matter_id).update(stored="", state=DossierState.SHREDDED)
    return sorted(file.sha256.hex() for file in files if file.sha256)


async def is_approved(batch: str) -> bool:
    """Whether two persons have signed a batch."""
    return await Destruction.exists(id=batch, approved_at__isnull=False)
