"""通报: weekly, monthly and annual, listed and downloaded."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from domain.figures import bulletins
from domain.figures.bulletins import READERS, BulletinKind
from handlers.spec import Access, Call, Query, Routes
from kit.papers import FORMS, Paper, written
from models import Bulletin

routes = Routes("通报")


class BulletinLine(BaseModel):
    """一份通报。"""

    id: UUID
    kind: BulletinKind
    title: str
    since: date
    until: date
    made_at: datetime


class BulletinView(BulletinLine):
    """一份通报的数据和文字；空的数是不列的。"""

    definitions: str
    figures: dict[str, Any]
    text: str


class BulletinsQuery(Query):
    """哪一种。"""

    kind: BulletinKind | None = Field(None, description="week 周汇总；month 月通报；year 年度报告")


class FileQuery(Query):
    """哪种文件。"""

    format: Literal["txt", "docx", "xlsx", "pdf"] = "docx"


@routes.get("/api/v1/bulletins", access=Access.STAFF, roles=READERS, summary="周汇总、月通报和年度报告")
async def listed(call: Call, query: BulletinsQuery) -> list[BulletinLine]:
    """The newest first."""
    rows = await bulletins.listed(call.actor, query.kind)
    return [BulletinLine.model_validate(row, from_attributes=True) for row in rows]


@routes.get("/api/v1/bulletins/{bulletin}", access=Access.STAFF, roles=READERS, summary="一份通报的数据和文字")
async def shown(call: Call, bulletin: UUID) -> BulletinView:
    """The same for all who may read it."""
    row = await bulletins.one(call.actor, bulletin)
    line = BulletinLine.model_validate(row, from_attributes=True)
    return BulletinView(**line.model_dump(), definitions=row.definitions, figures=_part(row, "figures"), text=row.text)


@routes.get(
    "/api/v1/bulletins/{bulletin}/file",
    access=Access.STAFF,
    roles=READERS,
    summary="下载一份通报",
    produces="application/octet-stream",
)
async def file(call: Call, bulletin: UUID, query: FileQuery) -> web.Response:
    """Word, Excel, PDF or text."""
    row = await bulletins.one(call.actor, bulletin)
    content = await written(Paper.read(_part(row, "paper")), query.format)
    name = f"{row.kind}-{row.since}.{query.format}"
    headers = {"Content-Type": FORMS[query.format], "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, headers=headers)


def _part(row: Bulletin, name: str) -> dict[str, Any]:
    found = row.content[name]
    return dict(found) if isinstance(found, dict) else {}
