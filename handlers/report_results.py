"""述法结果: the package of one official's year, for 组织人事 and those who reviewed it."""

from typing import Literal

from aiohttp import web

from domain.figures import results
from domain.figures.results import NoResultYet
from handlers.files import disposition
from handlers.matters import Number
from handlers.spec import Access, Call, Query, Routes
from kit.papers import FORMS, written
from models import Role

routes = Routes("述法")

READERS = frozenset({Role.PRE_REVIEWER, Role.PERSONNEL})


class ResultQuery(Query):
    """述法结果的文件格式。"""

    format: Literal["pdf", "xlsx", "docx"] = "pdf"


@routes.get(
    "/api/v1/matters/{number}/result", access=Access.STAFF, roles=READERS, summary="下载述法结果（记入时间线）",
    refusals=(NoResultYet,), produces="application/octet-stream",
)  # fmt: skip
async def file(call: Call, number: Number, query: ResultQuery) -> web.Response:
    """PDF, Excel or Word."""
    paper = await results.result(call.actor, number)
    content = await written(paper, query.format)
    headers = {
        "Content-Type": FORMS[query.format],
        "Content-Disposition": disposition(f"{paper.title}.{query.format}"),
        "Cache-Control": "private, no-store",
    }
    return web.Response(body=content, headers=headers)
