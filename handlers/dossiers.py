"""移送卷宗: the sealed package of a case that was handed over, for its recipient."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from domain.cases import dossiers
from domain.cases.dossiers import TAKERS, DossierNotReady
from handlers.files import DOSSIER, GOOD_FOR, Opened, address, cookie
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Call, Reply, Routes
from kit import clock

routes = Routes("移送")


class Listed(BaseModel):
    """清单中的一份材料。"""

    name: str
    bytes: int
    sha256: str


class DossierView(BaseModel):
    """移送卷宗。"""

    state: str = Field(description="owed 正在生成，ready 可以下载，taken、shredded 已确认接收")
    bytes: int
    sha256: str | None = Field(description="卷宗文件（解密后）的 SHA-256")
    taken_at: datetime | None = Field(description="最近一次下载")
    receipt_number: str
    received_on: date | None
    files: list[Listed] = Field(description="清单；确认接收后不再提供")


@routes.get("/api/v1/matters/{number}/dossier", access=Access.STAFF, roles=TAKERS, summary="移送卷宗和清单")
async def shown(call: Call, number: Number) -> DossierView:
    """For its recipient alone; of one that is not on the roster, for the centre."""
    return DossierView(**await dossiers.shown(call.actor, number))


@routes.post(
    "/api/v1/matters/{number}/dossier/openings",
    access=Access.STAFF,
    roles=TAKERS,
    summary="下载移送卷宗（记入时间线，链接只能用一次）",
    refusals=(DossierNotReady,),
)
async def opened(call: Call, number: Number) -> Reply[Opened]:
    """A link that serves once; another one takes another entry."""
    matter, code = await dossiers.ticket(call.request.app[SETTINGS], call.actor, number)
    url = address(call, matter, DOSSIER, code)
    return Reply(Opened(url=url, until=clock.local(clock.now() + GOOD_FOR)), headers=cookie(call))
