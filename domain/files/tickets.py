"""上传凭证: whoever reports without an account uploads with a ticket; it says nothing of who they are."""

from dataclasses import dataclass
from datetime import date, timedelta
from secrets import token_urlsafe
from uuid import UUID, uuid4

from kit import clock, crypto
from kit.errors import Conflict, Invalid
from kit.settings import Settings
from models import FileQuota, UploadTicket
from models.database import connection


class TicketOfAnother(Conflict):
    """The ticket was made for a report with another Idempotency-Key."""

    code, message = "ticket_of_another", "上传凭证属于另一份举报，请重新领取"


async def issued(settings: Settings, draft: str | None) -> tuple[str, date]:
    """A new ticket and its last day; `draft` is the Idempotency-Key of the report that it will come with."""
    quota = await FileQuota.get(code="ticket")
    token, last = token_urlsafe(32), clock.today() + timedelta(days=quota.days)
    await UploadTicket.create(
        id=uuid4(),
        secret_hash=_hash(settings, "ticket", token),
        draft_hash=_hash(settings, "draft", draft) if draft else None,
        matter_id=None,
        expires_on=last + timedelta(days=1),
    )
    return token, last


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that is good; `matter_id` once a report was filed with it."""

    id: UUID
    draft_hash: str | None
    matter_id: UUID | None


# Asked for with each piece of each file: a statement that need not be put together anew.
_OPENED = "SELECT id, draft_hash, matter_id FROM upload_ticket WHERE secret_hash = $1 AND expires_on > $2"


async def opened(settings: Settings, token: str) -> Ticket | None:
    """The ticket, or None if it is wrong or its time is over."""
    rows = await connection().execute_query_dict(_OPENED, [_hash(settings, "ticket", token), clock.today()])
    if rows:
        return Ticket(**rows[0])
    return await opened(settings.before, token) if settings.before else None


async def to_file_with(settings: Settings, token: str | None, draft: str | None) -> UUID | None:
    """The ticket that a report comes with; raises Invalid for a wrong one, TicketOfAnother for another draft's."""
    if token is None:
        return None
    ticket = await opened(settings, token)
    if ticket is None:
        raise Invalid(
            details={"fields": [{"path": "Upload-Ticket", "message": "上传凭证无效或已过期，请重新上传附件"}]}
        )
    drafts = {_hash(one, "draft", draft) for one in (settings, settings.before) if one and draft is not None}
    if ticket.draft_hash and ticket.draft_hash not in drafts:
        raise TicketOfAnother
    return ticket.id


_SPENT = """
WITH spent AS (UPDATE upload_ticket SET matter_id = $2 WHERE id = $1 AND matter_id IS NULL RETURNING id),
     parts AS (UPDATE upload SET owner = $4 WHERE owner = $3 AND EXISTS (SELECT FROM spent) RETURNING id),
     files AS (UPDATE file SET owner = $4 WHERE owner = $3 AND EXISTS (SELECT FROM spent)
               AND (SELECT count(*) FROM parts) >= 0)
SELECT count(*) AS n FROM spent
"""


async def spent(ticket_id: UUID, matter_id: UUID) -> None:
    """From now on the ticket stands for the receipt of this matter, and so does all that came with it."""
    await connection().execute_query(_SPENT, [ticket_id, matter_id, f"ticket:{ticket_id}", f"receipt:{matter_id}"])


def _hash(settings: Settings, what: str, secret: str) -> str:
    return crypto.keyed_hash(settings.index, what.encode(), secret.encode()).hex()
