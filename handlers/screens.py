"""扫码登录: a screen shows a code and waits; the phone of whoever is bound says yes or no."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from domain.codes import sheet
from domain.wechat import screens
from domain.wechat.screens import FORM, LASTS, ScreenOver, Stand, WechatSessionNeeded, WrongNumber
from handlers import admission
from handlers.code_pictures import NoAccount, NotDrawn, Way, drawn_picture
from handlers.exchange import facts_of
from handlers.keys import SETTINGS, WECHAT
from handlers.sessions import Token, token
from handlers.spec import Access, Body, Call, Query, Reply, Routes
from kit.errors import TooMany
from kit.shapes import Whole

routes = Routes("扫码登录")
scanning = Routes("扫码登录的链接", described=False)

_PAGE = "staff/confirm/index"
Scene = Annotated[str, StringConstraints(pattern=FORM)]


class Screen(BaseModel):
    """一个等待登录的屏幕；secret 只给这个屏幕。"""

    id: UUID
    secret: str
    scene: str
    number: int = Field(description="显示在屏幕上，由本人在手机上输入")
    link: str = Field(description="普通链接二维码的内容")
    ends_at: datetime


class Secret(Body):
    """屏幕自己的密码。"""

    secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,100}$")]


class Unanswered(BaseModel):
    """还没有确认。"""

    state: Literal[Stand.WAITING, Stand.SCANNED] = Field(description="scanned：已扫码，等待在手机上确认")


class ScreenView(BaseModel):
    """请求登录的电脑。"""

    device: str
    address: str
    opened_at: datetime
    ends_at: datetime


class Confirm(Body):
    """电脑上显示的数字。"""

    number: Annotated[Whole, Field(ge=0, le=99)]


class CodeQuery(Query):
    """哪一种二维码。"""

    kind: Way = Field(Way.LINK, description="link 普通链接；mini 小程序码；official 公众号带参数二维码")


@routes.post(
    "/api/v1/screens", access=Access.PUBLIC, summary="请求扫码登录", status=201, refusals=(TooMany,), sign_in=True
)
async def open_(call: Call) -> Screen:
    """Three minutes long."""
    app = call.request.app
    settings = app[SETTINGS]
    facts = facts_of(call.request)
    await admission.spend(app, admission.SCREENS, admission.where(settings, facts.address))
    made = await screens.opened(settings, facts.agent, facts.address)
    row = made.row
    return Screen(
        id=row.id,
        secret=made.secret,
        scene=row.scene,
        number=row.number,
        link=screens.link(settings, row.scene),
        ends_at=row.ends_at,
    )


@routes.get(
    "/api/v1/screens/{scene}/qr.png",
    access=Access.PUBLIC,
    summary="扫码登录的二维码（PNG）",
    refusals=(ScreenOver, NoAccount, NotDrawn, TooMany),
    produces="image/png",
)
async def picture(call: Call, scene: Scene, query: CodeQuery) -> web.Response:
    """The link's code needs nobody; WeChat's are drawn there."""
    app = call.request.app
    settings, accounts = app[SETTINGS], app[WECHAT]
    await screens.waiting(scene)
    if query.kind is Way.LINK:
        content = sheet.drawn(screens.link(settings, scene))
    else:
        await admission.spend(app, admission.DRAWN_SCREENS)
        seconds = int(LASTS.total_seconds())
        content = await drawn_picture(accounts, query.kind, scene, _PAGE, seconds=seconds)
    return web.Response(body=content, content_type="image/png")


@routes.post(
    "/api/v1/screens/{screen}/session",
    access=Access.PUBLIC,
    summary="屏幕取得登录",
    status=201,
    answers={202: Unanswered},
    refusals=(ScreenOver,),
    sign_in=True,
)
async def take(call: Call, screen: UUID, body: Secret) -> Token | Reply[Unanswered]:
    """202 until somebody has confirmed; the session once, by the screen's own secret."""
    settings = call.request.app[SETTINGS]
    taken = await screens.taken(settings, screen, body.secret)
    if isinstance(taken, Stand):
        return Reply(Unanswered(state=taken), status=202)
    return token(settings, taken)


@routes.post("/api/v1/screens/{scene}/scan", access=Access.STAFF, summary="扫了登录二维码", refusals=(ScreenOver,))
async def scan(_call: Call, scene: Scene) -> ScreenView:
    """What asks to be signed in, to be compared with what one has before oneself."""
    row = await screens.scanned(scene)
    return ScreenView(device=row.device, address=row.address, opened_at=row.opened_at, ends_at=row.ends_at)


@routes.post(
    "/api/v1/screens/{scene}/confirm",
    access=Access.STAFF,
    summary="确认扫码登录",
    refusals=(ScreenOver, WrongNumber, WechatSessionNeeded),
)
async def confirm(call: Call, scene: Scene, body: Confirm) -> None:
    """With the number that the screen shows, tried once."""
    await screens.confirmed(call.actor, scene, body.number)


@routes.post(
    "/api/v1/screens/{scene}/refuse",
    access=Access.STAFF,
    summary="拒绝扫码登录",
    refusals=(ScreenOver, WechatSessionNeeded),
)
async def refuse(call: Call, scene: Scene) -> None:
    """The screen is told at its next question."""
    await screens.refused(call.actor, scene)


@scanning.get("/s/{scene}", access=Access.PUBLIC, summary="扫码登录的链接")
async def scanned(_call: Call, scene: Scene) -> web.Response:
    """To the phone's page, which asks who one is."""
    return web.Response(status=302, headers={"Location": f"/h5/#/{_PAGE}?scene={scene}"})
