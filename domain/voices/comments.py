"""评议意见: words are read before publication by a reviewer who is no subordinate, and the official may reply."""

from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from domain.voices import telling
from kit import clock
from kit.errors import Conflict, Invalid, NotFound
from models import CommentState, ReportComment, Role
from models.database import connection

STATES = {
    CommentState.WAITING: "待审阅",
    CommentState.PUBLIC: "予以公开",
    CommentState.OFFICIAL: "只转述法人",
    CommentState.REFUSED: "不予公开",
}


class CommentDecided(Conflict):
    """It has been read and decided already."""

    code, message = "comment_decided", "这条意见或回应不在等待审核，或者已经审核"


class NotToBeAnswered(Conflict):
    """The official replies to what is published, once it is passed."""

    code, message = "comment_not_public", "只能回应已公开的意见；已有回应的不能再改"


_PAGE = """
SELECT k.id, m.number, k.channel, k.text, k.said_on, k.state, k.reason, k.reply, k.replied_on, k.reply_state,
       k.reply_reason, o.name AS official, u.name AS unit,
       (k.state = 'waiting' OR coalesce(k.reply_state = 'waiting', false)) AS waits
FROM report_comment k JOIN matter m ON m.id = k.report_id JOIN report r ON r.matter_id = m.id
JOIN official o ON o.id = r.official_id JOIN unit u ON u.id = o.unit_id
"""


async def published(report_id: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """What everybody reads of a report, by an id that tells nothing; with replies that were passed."""
    _, rows = await connection().execute_query(
        f"{_PAGE} WHERE k.report_id = $1 AND k.state = 'public' AND k.id > $2 ORDER BY k.id LIMIT $3",
        [report_id, after or UUID(int=0), limit],
    )
    return [dict(row) for row in rows]


async def to_read(actor: Actor, *, waiting: bool, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """For reviewers of the report, what they read; for the official, what was published or let through to them."""
    values = Values()
    parts = [visible_to(actor, "m", values)]
    if actor.role is Role.OFFICIAL:
        parts.append("k.state IN ('public', 'official')")
    if waiting:
        parts.append("(k.state = 'waiting' OR k.reply_state = 'waiting')")
    parts.append(f"k.id > {values.add(after or UUID(int=0))}::uuid")
    _, rows = await connection().execute_query(
        f"{_PAGE} WHERE {' AND '.join(parts)} ORDER BY k.id LIMIT {int(limit)}", values.list
    )
    return [dict(row) for row in rows]


async def decided(actor: Actor, comment_id: UUID, outcome: CommentState, reason: str) -> None:
    """A reviewer's decision on words, or on the official's reply to them; raises NotFound, CommentDecided, Invalid."""
    if outcome is not CommentState.PUBLIC and not reason:
        raise Invalid(details={"fields": [{"path": "reason", "message": "请写明理由"}]})
    async with in_transaction():
        comment = await _mine(actor, comment_id)
        if comment.state is CommentState.WAITING:
            comment.state, comment.reason = outcome, reason
        elif comment.reply_state is CommentState.WAITING and outcome in (CommentState.PUBLIC, CommentState.REFUSED):
            comment.reply_state, comment.reply_reason = outcome, reason
        else:
            raise CommentDecided
        comment.decided_by_id, comment.decided_on = actor.post_id, clock.today()
        await comment.save()
        if outcome is not CommentState.REFUSED or comment.reply_state:
            await telling.to_official(comment.report_id)


async def replied(actor: Actor, comment_id: UUID, text: str) -> None:
    """The official's right of reply; raises NotFound or NotToBeAnswered. It is read before it shows, as all is."""
    async with in_transaction():
        comment = await _mine(actor, comment_id)
        if comment.state in (CommentState.WAITING, CommentState.REFUSED):
            raise NotFound
        if comment.state is not CommentState.PUBLIC or comment.reply_state in (
            CommentState.WAITING,
            CommentState.PUBLIC,
        ):
            raise NotToBeAnswered
        comment.reply, comment.replied_on, comment.reply_state = text, clock.today(), CommentState.WAITING
        await comment.save()
        await telling.waiting(comment.report_id)


async def _mine(actor: Actor, comment_id: UUID) -> ReportComment:
    """A comment on a report that this actor may see the making of, locked; raises NotFound."""
    values = Values()
    place = values.add(comment_id)
    seen = visible_to(actor, "m", values)
    _, rows = await connection().execute_query(
        f"SELECT k.id FROM report_comment k JOIN matter m ON m.id = k.report_id WHERE k.id = {place}::uuid AND {seen}"
        " FOR UPDATE OF k",
        values.list,
    )
    if not rows:
        raise NotFound("没有找到这条意见")
    return await ReportComment.get(id=comment_id)
