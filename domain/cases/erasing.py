"""封存: what is gone from here once a case has been received by the discipline body; the chain of its entries holds."""

from uuid import UUID

from domain.loop import recusal
from domain.loop.kinds import Move
from kit import clock
from models import Case, CaseText, Duty, Entry, EntryBody, File, FileState, Matter, Relation
from models.database import connection


async def sealed(move: Move) -> None:
    """Readable for nobody here any more, and so is what it opened; the complainant keeps the receipt."""
    matter = move.matter
    await move.release(*(relation for relation in Relation if relation is not Relation.DISCIPLINE))
    await Matter.filter(id=matter.id).update(sealed_at=move.at)
    matter.sealed_at = move.at
    await _shredded(matter.id)
    await _closed_below(matter.id, move)


async def _closed_below(matter_id: UUID, move: Move) -> None:
    """What it opened here ends with it; what was proposed to the competent bodies goes on."""
    below = await recusal.opened_by(matter_id)
    ending = Matter.filter(id__in=below, sealed_at=None).exclude(kind="accountability")
    ids = [row.id for row in await ending]
    await Matter.filter(id__in=ids).update(sealed_at=move.at, ended_at=move.at)
    await Duty.filter(matter_id__in=ids, closed_at=None).update(closed_at=move.at)


async def _shredded(matter_id: UUID) -> None:
    """What was told and said; the files go with the worker, the identity out of the vault."""
    await texts_blanked(matter_id)
    await Case.filter(matter_id=matter_id).update(
        summary="", claims=[], accused_text="", answer=None, routing={}, occurred_on=None, identity_hashes=None
    )
    entries = [entry.id for entry in await Entry.filter(matter_id=matter_id).only("id")]
    await EntryBody.filter(entry_id__in=entries).update(body=None, salt=None, shredded_on=clock.today())
    await File.filter(matter_id=matter_id).update(name="", facts={}, released=False, state=FileState.ABANDONED)
    await connection().execute_query("SELECT vault.shred($1)", [matter_id])


async def texts_blanked(matter_id: UUID) -> None:
    """The raw texts of a case."""
    await CaseText.filter(matter_id=matter_id).update(text="")
