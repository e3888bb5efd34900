"""通知: the inbox."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from domain.loop import fates, notices
from handlers import cursors
from handlers.cursors import Cursor
from handlers.matters import Limit
from handlers.spec import Access, Call, Query, Routes
from kit.words import label

routes = Routes("通知")


class NoticeMatter(BaseModel):
    """通知所指的事项。"""

    number: str
    kind: str
    kind_label: str


class NoticeLine(BaseModel):
    """一条通知：不含事项内容。"""

    id: UUID
    template: str
    text: str
    matter: NoticeMatter
    owed_at: datetime
    read: bool
    fate: str = Field(
        description="inbox 仅站内；arrived 已送达微信；sent 已发往微信；waiting、uncertain、failed、refused"
    )
    fate_label: str


class NoticePage(BaseModel):
    """一页通知。"""

    items: list[NoticeLine]
    next: str | None


class NoticeQuery(Query):
    """翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


@routes.get("/api/v1/notices", access=Access.ANYONE_KNOWN, summary="收件箱", anonymous=True)
async def listed(call: Call, query: NoticeQuery) -> NoticePage:
    """Newest first."""
    after = cursors.read(query.cursor, lambda key: notices.After(cursors.moment(key[0]), UUID(key[1])))
    rows = await notices.inbox(call.actor, after, query.limit)
    more = cursors.written(rows[-1]["owed_at"], rows[-1]["id"]) if len(rows) == query.limit else None
    became = await fates.of_own(call.actor, [row["id"] for row in rows])
    for row in rows:
        row["fate"] = became.get(row["id"], fates.INBOX)
        row["fate_label"] = label(row["fate"], fates.FATES[row["fate"]])
    return NoticePage(items=[NoticeLine(**row) for row in rows], next=more)


@routes.post("/api/v1/notices/{notice}/read", access=Access.ANYONE_KNOWN, summary="标为已读", anonymous=True)
async def read(call: Call, notice: UUID) -> None:
    """Once read, it stays so."""
    await notices.read(call.actor, notice)
