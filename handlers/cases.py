"""举报件: how a report comes in, from anybody or taken down by a registrar."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from tortoise.exceptions import IntegrityError

from domain.cases import filing, receipt_letter
from domain.cases.filing import Report
from domain.codes import scenes
from domain.files import tickets
from domain.files.limits import QuotaReached
from domain.files.tickets import TicketOfAnother
from domain.loop import once
from domain.loop.once import KeyReused
from handlers import admission
from handlers.exchange import PROOF, TICKET
from handlers.keys import SETTINGS
from handlers.privacy import Version
from handlers.spec import Access, Body, Call, Raw, Routes
from kit import pdf, proof
from kit.shapes import Day, Line, Text
from models import Channel, Mode, Role

routes = Routes("举报")


class Contact(Body):
    """举报人是谁：只进入身份保管库，与举报内容分开加密。"""

    name: Annotated[str, Line(60)] = Field(title="姓名或单位名称")
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 -]{5,20}$")] = Field(title="联系电话")
    other: Annotated[str, Line(200)] | None = Field(None, title="其他联系方式")


class FileCase(Body):
    """一件举报。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "anonymous",
                    "text": "许可申请提交三个月仍未答复，多次到窗口询问均称领导没签字。",
                    "region": "620102",
                    "category": "B10",
                    "accused_text": "某某局窗口",
                    "occurred_on": "2026-08-20",
                }
            ]
        }
    )

    mode: Mode = Field(title="举报方式", description="anonymous 匿名；confidential 保密；named 实名")
    text: Annotated[str, Text(8000)] = Field(title="举报内容")
    region: Annotated[str, StringConstraints(pattern=r"^\d{2,12}$")] = Field(
        title="所在地区", description="行政区划代码"
    )
    category: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")] | None = Field(None, title="类别")
    accused_unit: UUID | None = Field(
        None, title="被举报单位", description="从单位列表选择的单位编号；该单位及其下属自动回避"
    )
    accused_text: Annotated[str, Line(200)] | None = Field(None, title="被举报的单位或人员（自由填写）")
    occurred_on: Day | None = Field(None, title="发生日期")
    scene: Annotated[str, StringConstraints(pattern=scenes.FORM)] | None = Field(
        None, title="二维码场景值", description="对不上任何二维码的也收下"
    )
    privacy_version: Version | None = Field(None, title="隐私告知版本", description="举报人看到的是哪一版")
    contact: Contact | None = Field(None, title="联系方式", description="实名和保密举报必填；匿名举报不得填写")
    files: list[UUID] = Field(
        default_factory=list,
        max_length=50,
        title="附件",
        description="凭 Upload-Ticket 上传的编号；未传完的可以在提交后续传",
    )


class TakenDown(FileCase):
    """电话、窗口或来信反映的问题，由受理员登记。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "confidential",
                    "text": "来电反映：验收材料补正三次，每次要求不同。",
                    "region": "620102",
                    "channel": "phone",
                    "contact": {"name": "某某商行", "phone": "13900000000"},
                }
            ]
        }
    )

    channel: Channel = Field(title="来源")


class Promises(BaseModel):
    """承诺的时限。"""

    accept_by: datetime = Field(title="最迟受理")
    finish_by: datetime = Field(title="最迟办结")


class Filed(BaseModel):
    """回执：密码只出现这一次。"""

    number: str = Field(title="编号")
    secret: str = Field(title="查询密码")
    filed_on: date
    promises: Promises
    entry_hash: str = Field(title="首条办理记录的哈希", description="可用来核对办理记录没有被改动")


class Challenge(BaseModel):
    """工作量证明的题目：找到 nonce 使 SHA-256(challenge:nonce) 以 bits 个零比特开头。"""

    challenge: str
    bits: int


@routes.get("/api/v1/challenge", access=Access.PUBLIC, summary="领取工作量证明题目", anonymous=True)
async def challenge(call: Call) -> Challenge:
    """Asked for when the system is under load."""
    refusal = admission.asked(call.request.app)
    return Challenge(**refusal.details)


@routes.post(
    "/api/v1/cases",
    access=Access.PUBLIC,
    summary="提交举报（无需登录）",
    status=201,
    refusals=(admission.ProofRequired, proof.ProofWrong, KeyReused, TicketOfAnother, QuotaReached),
    idempotent=True,
    anonymous=True,
    limit=64 * 1024,
)
async def file(call: Call, body: FileCase) -> Filed | Raw:
    """Answers 201 when, and only when, the case is committed."""
    await admission.report_admitted(call.request.app, call.request.headers.get(PROOF))
    return await _filed(call, body, "public", Channel.ONLINE)


@routes.post(
    "/api/v1/cases/taken-down",
    access=Access.STAFF,
    roles=frozenset({Role.REGISTRAR}),
    summary="登记电话、窗口、来信反映的问题",
    status=201,
    refusals=(KeyReused, TicketOfAnother, QuotaReached),
    idempotent=True,
    limit=64 * 1024,
)
async def take_down(call: Call, body: TakenDown) -> Filed | Raw:
    """A registrar hands the printed receipt to whoever came."""
    return await _filed(call, body, f"post:{call.actor.post_id}", body.channel)


async def _filed(call: Call, body: FileCase, whose: str, channel: Channel) -> Raw:
    settings = call.request.app[SETTINGS]
    content = body.model_dump(mode="json")
    kept = once.keyed(settings, f"{whose}:file", call.idempotency_key, content) if call.idempotency_key else None
    if kept and (before := await once.given(kept)):
        return _again(before)
    try:
        ticket = await tickets.to_file_with(settings, call.request.headers.get(TICKET), call.idempotency_key)
        filed = await filing.file(settings, _report(body, channel), call.actor, kept, ticket)
    except IntegrityError:
        # The same key, a moment ago: the other request has committed, its answer is ours too.
        if kept and (before := await once.given(kept)):
            return _again(before)
        raise
    return Raw(once.dumped(filed), 201)


def _again(answer: once.Answer) -> Raw:
    return Raw(answer.body, answer.status, {"Idempotency-Replayed": "true"})


def _report(body: FileCase, channel: Channel) -> Report:
    contact: dict[str, Any] | None = body.contact.model_dump(exclude_none=True) if body.contact else None
    return Report(
        mode=body.mode,
        text=body.text,
        region=body.region,
        category=body.category,
        accused_unit=body.accused_unit,
        accused_text=body.accused_text or "",
        occurred_on=body.occurred_on,
        scene=body.scene or "",
        privacy_version=body.privacy_version or "",
        contact=contact,
        channel=channel,
        files=tuple(body.files),
    )


@routes.get(
    "/api/v1/receipt.pdf",
    access=Access.RECEIPT,
    summary="回执（PDF，二维码中是文字，不是网址）",
    produces="application/pdf",
    anonymous=True,
)
async def receipt(call: Call) -> web.Response:
    """The receipt to keep or print; the secret comes with the request and is kept nowhere."""
    number, _, secret = call.request.headers["Authorization"].removeprefix("Receipt ").partition(":")
    content = await pdf.rendered(await receipt_letter.html(call.actor, number.upper(), secret))
    name = f"receipt-{number.upper()}.pdf"
    return web.Response(
        body=content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
