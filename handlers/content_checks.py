"""内容审核: what WeChat did not simply pass is decided by a person; and the address where WeChat fetches a file."""

from pathlib import PurePath
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.reports import checking
from domain.wechat import checks
from domain.wechat.checks import Decided
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Query, Routes
from handlers.stored import sent
from kit.errors import NotFound
from kit.settings import Settings
from kit.shapes import Line
from models import CheckState, ContentCheck, Role

routes = Routes("内容审核")
fetching = Routes("内容审核的文件", described=False)

_TYPES = {".jpg": "image/jpeg", ".mp3": "audio/mpeg", ".mp4": "video/mp4"}
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,80}$")]


class Decision(Body):
    """人工审核的结论。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{"passed": True, "reason": "引用法条，无不当内容"}]})

    passed: bool = Field(title="可以公开")
    reason: Annotated[str, Line(200)] = Field(title="理由")


class ChecksAsked(Query):
    """哪一篇的。"""

    matter: Number | None = Field(None, description="述法报告的编号；不填为全部")


class CheckView(BaseModel):
    """一项待人工审核的内容。"""

    id: UUID
    subject: str = Field(description="report 述法报告；comment 公众评议；typical_case 典型案例")
    subject_id: UUID
    part: str
    name: str = Field(description="是哪一部分")
    sort: str = Field(description="text 文字；picture 图片；sound 声音；film 视频")
    label: str = Field(description="微信给出的类别，或没有结果的原因（代码）")
    why: str = Field(description="同上，可直接展示")
    state: CheckState
    text: str | None
    url: str | None = Field(description="图片、声音或视频，半小时内有效")


@routes.get(
    "/api/v1/content-checks", access=Access.STAFF, roles=frozenset({Role.PRE_REVIEWER}), summary="待人工审核的内容"
)
async def listed(call: Call, query: ChecksAsked) -> list[CheckView]:
    """The longest waiting first, at most 100; of reports those that the reviewer may see."""
    settings = call.request.app[SETTINGS]
    return [_view(settings, check) for check in await checking.awaiting_person(call.actor, query.matter)]


@routes.post(
    "/api/v1/content-checks/{check}/decision",
    access=Access.STAFF,
    roles=frozenset({Role.PRE_REVIEWER}),
    summary="人工审核",
    refusals=(NotFound, Decided),
)
async def decide(call: Call, check: UUID, body: Decision) -> CheckView:
    """Stays with the post and the reason."""
    done = await checking.decided(call.actor, check, passed=body.passed, reason=body.reason)
    return _view(call.request.app[SETTINGS], done)


@fetching.get(
    "/checked/{token}",
    access=Access.PUBLIC,
    summary="待审核的一份文件",
    refusals=(NotFound,),
    produces="application/octet-stream",
)
async def fetched(call: Call, token: Token) -> web.StreamResponse:
    """The one copy that its address was made for, while it is being looked at."""
    stored = await checks.stored_at(call.request.app[SETTINGS], token)
    headers = {
        "Content-Type": _TYPES.get(PurePath(stored).suffix, "application/octet-stream"),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, no-store",
    }
    return await sent(call.request, stored, headers)


def _view(settings: Settings, check: ContentCheck) -> CheckView:
    text = check.sort == "text"
    return CheckView(
        id=check.id,
        subject=check.subject,
        subject_id=check.subject_id,
        part=check.part,
        name=checking.name_of(check.part),
        sort=check.sort,
        label=check.label,
        why=checks.said(check.label),
        state=check.state,
        text=check.content if text else None,
        url=None if text else checks.address(settings, check.id),
    )
