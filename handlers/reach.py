"""微信提醒: how somebody is told by WeChat, by their own tap, and what became of notices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.loop import fates, reach, sight
from domain.loop.reach import Ended, Nameless
from domain.wechat import consents, fans
from domain.wechat.bindings import NotBound
from handlers import admission
from handlers.code_pictures import NoAccount
from handlers.keys import SETTINGS, WECHAT
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Routes
from handlers.wechat import Blocked, CodeSpent, NoAnswer, Often, asked
from kit.errors import Invalid, TooMany, Unavailable
from kit.wechat import codes, login
from kit.wechat.account import Kind
from kit.wechat.client import Client
from kit.wechat.errors import Away, Refused
from kit.wechat.templates import template
from models import ReachWay

routes = Routes("微信提醒")

TemplateId = Annotated[str, StringConstraints(pattern=r"^[\w-]{4,64}$")]


class NoticeWays(BaseModel):
    """小程序要请求订阅的模板，没有的为空。"""

    progress: str | None = Field(description="办理进展，一次性订阅")
    progress_lasting: str | None = Field(description="办理进展，长期订阅；有它就请求它")
    duty: str | None = Field(description="工作人员的待办，一次性订阅")
    official: bool = Field(description="可以扫码由公众号提醒（匿名举报除外）")


class Consented(Body):
    """点按订阅之后：微信登录凭证，和同意了的模板。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "0a1B2c3D", "accepted": ["demo-progress"]}]})

    code: Annotated[str, StringConstraints(pattern=r"^[\w-]{6,128}$")] = Field(title="wx.login 的 code")
    accepted: list[TemplateId] = Field(min_length=1, max_length=5, title="同意了的模板")


class ReachView(BaseModel):
    """本件的微信提醒。"""

    on: bool
    way: ReachWay | None = Field(description="once 一次性（匿名）；phone 小程序；account 公众号")
    label: str
    left: int = Field(description="小程序里还可以发几条；-1 不限")
    nameless: bool = Field(description="匿名举报：只能在小程序里开启一次性提醒")
    over: bool = Field(description="本件已经结束，不再有通知")


class ReachCode(BaseModel):
    """要扫的二维码的内容。"""

    text: str
    seconds: int


class Try(BaseModel):
    """一条通知在一个渠道上的结果。"""

    channel: str
    channel_label: str
    state: str
    state_label: str
    at: datetime
    lost_answers: int = Field(description="微信没有应答的次数；每次都可能让人收到重复的提醒")
    problem: str = Field(description="微信的错误码，或一个词")


class NoticeFate(BaseModel):
    """一条通知和它的结果。"""

    id: UUID
    template: str
    text: str
    to: str
    owed_at: datetime
    read: bool
    fate: str
    fate_label: str
    tries: list[Try]


@routes.get("/api/v1/notices/ways", access=Access.PUBLIC, summary="可以用哪些微信提醒", anonymous=True)
async def ways(call: Call) -> NoticeWays:
    """What a mini-program has to ask consent for; nothing tells who asks."""
    settings, found = call.request.app[SETTINGS], call.request.app[WECHAT]
    mini = Kind.MINI in found

    def id_of(setting: str) -> str | None:
        one = template(setting) if mini else None
        return one.id if one else None

    return NoticeWays(
        progress=id_of(settings.wechat_mini_progress),
        progress_lasting=id_of(settings.wechat_mini_progress_lasting),
        duty=id_of(settings.wechat_mini_duty),
        official=Kind.OFFICIAL in found and bool(settings.wechat_official_progress),
    )


@routes.get("/api/v1/matters/{number}/reach", access=Access.RECEIPT, summary="本件的微信提醒", anonymous=True)
async def shown(call: Call, number: Number) -> ReachView:
    """Whether one is on, never whose."""
    matter = await sight.found(call.actor, number)
    return ReachView(**await fates.reach_of(matter))


@routes.post(
    "/api/v1/matters/{number}/reach",
    access=Access.RECEIPT,
    summary="由小程序提醒（点按订阅之后）",
    refusals=(Ended, NoAccount, CodeSpent, Blocked, Often, NoAnswer, TooMany),
    anonymous=True,
    limit=4096,
)
async def turned_on(call: Call, number: Number, body: Consented) -> ReachView:
    """The code is exchanged for an openid, which is sealed with the case; without a name for one message only."""
    app = call.request.app
    settings, client = app[SETTINGS], _client(app, Kind.MINI)
    matter = await sight.found(call.actor, number)
    lasting, once = (template(one) for one in (settings.wechat_mini_progress_lasting, settings.wechat_mini_progress))
    ours = [one for one in (lasting, once) if one and one.id in body.accepted]
    if not ours:
        raise Invalid(details={"fields": [{"path": "accepted", "message": "没有这个模板"}]})
    await admission.spend(app, admission.CONSENTS, number)
    person = await asked(client, login.signed_in(client, body.code))
    unionid = person.unionid if settings.wechat_open_platform else ""
    await reach.chosen_on_phone(
        settings, matter.id, client.account.app_id, person.openid, unionid=unionid, lasting=lasting in ours
    )
    return ReachView(**await fates.reach_of(matter))


@routes.post(
    "/api/v1/matters/{number}/reach/code",
    access=Access.RECEIPT,
    summary="由公众号提醒：要扫的二维码（匿名举报没有）",
    refusals=(Ended, Nameless, NoAccount, TooMany),
    anonymous=True,
)
async def code(call: Call, number: Number) -> ReachCode:
    """Good for ten minutes and one scan; whoever scans it is told."""
    app = call.request.app
    client = _client(app, Kind.OFFICIAL)
    matter = await sight.found(call.actor, number)
    await admission.spend(app, admission.CONSENTS, number)
    scene = await reach.code_asked(app[SETTINGS], matter.id)
    seconds = int(reach.CODE_LASTS.total_seconds())
    try:
        ticket = await codes.account_code(client, scene, seconds=seconds)
    except (Refused, Away) as error:
        raise Unavailable from error
    return ReachCode(text=ticket.url, seconds=seconds)


@routes.delete("/api/v1/matters/{number}/reach", access=Access.RECEIPT, summary="关闭本件的微信提醒", anonymous=True)
async def turned_off(call: Call, number: Number) -> ReachView:
    """What was kept to reach somebody is gone, and what waits is not sent."""
    matter = await sight.found(call.actor, number)
    await reach.turned_off(call.request.app[SETTINGS], matter.id)
    return ReachView(**await fates.reach_of(matter))


@routes.post(
    "/api/v1/notices/consents",
    access=Access.STAFF,
    summary="工作人员同意再收一条待办提醒",
    refusals=(NoAccount, CodeSpent, Blocked, Often, NoAnswer, NotBound),
    limit=4096,
)
async def consented(call: Call, body: Consented) -> None:
    """Counted for whoever bound this WeChat to their account; WeChat's own event proves it."""
    app = call.request.app
    settings, client = app[SETTINGS], _client(app, Kind.MINI)
    duty = template(settings.wechat_mini_duty)
    if duty is None or duty.id not in body.accepted:
        raise Invalid(details={"fields": [{"path": "accepted", "message": "没有这个模板"}]})
    person = await asked(client, login.signed_in(client, body.code))
    fan = await fans.known(settings, client.account.app_id, person.openid)
    if fan is None or fan.account_id is None or fan.account_id != call.actor.account_id:
        raise NotBound
    await consents.told(fan.id, duty.id)


@routes.get("/api/v1/matters/{number}/notices", access=Access.STAFF, summary="本件的通知，和各自的结果")
async def of_matter(call: Call, number: Number) -> list[NoticeFate]:
    """All of them for the offices, a unit's own for a unit."""
    return [NoticeFate(**one) for one in await fates.of_matter(call.actor, number)]


def _client(app: web.Application, kind: Kind) -> Client:
    if kind not in app[WECHAT]:
        raise NoAccount
    return app[WECHAT][kind]
