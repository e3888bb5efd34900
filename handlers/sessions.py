"""登录: sessions of staff, their posts, and in the demo its persons by one click."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.people import accounts, records
from domain.people.accounts import SignedIn, SignInFailed
from domain.people.actors import Actor, Standing
from domain.people.roster_check import ROLE_NAMES
from domain.wechat import bindings, identities
from domain.wechat.bindings import NotBound
from domain.wechat.identities import ProofOver
from handlers import admission, cursors
from handlers.cursors import Cursor
from handlers.exchange import facts_of
from handlers.keys import DEMO_CREDENTIALS, DEMO_PERSONS, SETTINGS
from handlers.matters import Limit
from handlers.spec import Access, Body, Call, Query, Routes
from kit import devices
from kit.errors import NotFound, TooMany
from kit.settings import Settings
from kit.shapes import Line
from kit.words import label
from models import Account, AccountEvent, Role, SignInWay

routes = Routes("登录")

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
Totp = Annotated[
    str, StringConstraints(pattern=r"^\d{6}$"), Field(title="动态验证码", description="6 位数字，每个只能用一次")
]
Proof = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{40,1000}$"),
    Field(title="微信身份凭证", description="POST /api/v1/wechat/identities 给的 proof，15 分钟内有效"),
]


class SignIn(Body):
    """账号、密码和动态验证码。"""

    username: Username
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]  # taken as typed
    totp: Totp
    device: Annotated[str, Line(60)] | None = Field(None, description="给这次登录起的名字")


class WechatSignIn(Body):
    """微信身份和动态验证码。"""

    proof: Proof
    totp: Totp
    device: Annotated[str, Line(60)] | None = Field(None, description="给这次登录起的名字")


class DemoSignIn(Body):
    """演示环境的一键登录。"""

    username: Username


class PostView(BaseModel):
    """一个任职。"""

    id: UUID
    role: Role
    role_label: str
    title: str
    unit: UUID
    unit_name: str
    region: str
    stands_in: bool


class Me(BaseModel):
    """我是谁，以哪个任职在办理。"""

    name: str
    active: PostView | None
    posts: list[PostView]


class Token(BaseModel):
    """会话令牌，只出现这一次；放在 Authorization: Bearer 中。"""

    token: str
    ends_at: datetime
    idle_minutes: int


class DemoCredentials(BaseModel):
    """演示人员的密码和动态验证码。"""

    password: str
    totp: str


class SessionView(BaseModel):
    """一个登录。"""

    id: UUID
    device: str
    way: SignInWay = Field(description="password 账号密码；wechat 微信；screen 扫码；demo 演示")
    way_label: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool


class RecordView(BaseModel):
    """账号的一条记录。"""

    id: UUID
    at: datetime
    event: AccountEvent
    event_label: str
    detail: str


class RecordPage(BaseModel):
    """一页记录；`next` 为空表示没有更多。"""

    items: list[RecordView]
    next: str | None


class RecordsQuery(Query):
    """翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 20


class SwitchPost(Body):
    """换一个任职办理。"""

    post: UUID


class DemoPersonView(BaseModel):
    """演示人员。"""

    username: str
    name: str
    role: Role
    role_label: str
    unit: str
    note: str


@routes.post(
    "/api/v1/session", access=Access.PUBLIC, summary="登录", status=201, refusals=(SignInFailed, TooMany), sign_in=True
)
async def sign_in(call: Call, body: SignIn) -> Token:
    """One answer for every way of failing."""
    app = call.request.app
    settings = app[SETTINGS]
    facts = facts_of(call.request)
    await admission.spend(app, admission.SIGN_INS, admission.where(settings, facts.address))
    device = body.device or devices.named(facts.agent)
    signed = await accounts.sign_in(settings, body.username, body.password, body.totp, device)
    return token(settings, signed)


@routes.post(
    "/api/v1/session/wechat",
    access=Access.PUBLIC,
    summary="用微信登录",
    status=201,
    refusals=(ProofOver, NotBound, SignInFailed, TooMany),
    sign_in=True,
)
async def sign_in_by_wechat(call: Call, body: WechatSignIn) -> Token:
    """Whoever is bound, with the time-based code as the second factor."""
    app = call.request.app
    settings = app[SETTINGS]
    facts = facts_of(call.request)
    await admission.spend(app, admission.SIGN_INS, admission.where(settings, facts.address))
    identity = identities.proved(settings, body.proof)
    signed = await bindings.signed_in(settings, identity, body.totp, body.device or devices.named(facts.agent))
    return token(settings, signed)


@routes.get("/api/v1/demo/persons", access=Access.PUBLIC, summary="演示人员（仅演示环境）", refusals=(NotFound,))
async def demo_persons(call: Call) -> list[DemoPersonView]:
    """404 outside the demo profile."""
    return [DemoPersonView(**person) for person in await _demo(call)]


@routes.post(
    "/api/v1/demo/session",
    access=Access.PUBLIC,
    summary="以演示人员登录（仅演示环境）",
    status=201,
    refusals=(NotFound, SignInFailed),
)
async def demo_sign_in(call: Call, body: DemoSignIn) -> Token:
    """404 outside the demo profile."""
    settings = call.request.app[SETTINGS]
    if body.username not in {person["username"] for person in await _demo(call)}:
        raise NotFound("没有这名演示人员")
    account = await Account.get_or_none(username=body.username)
    if account is None:
        raise NotFound("演示人员正在装入，请稍候")
    return token(settings, await accounts.begin(settings, account, "演示", way=SignInWay.DEMO))


@routes.post(
    "/api/v1/demo/credentials",
    access=Access.PUBLIC,
    summary="演示人员的密码和当前动态验证码（仅演示环境）",
    refusals=(NotFound,),
)
async def demo_credentials(call: Call, body: DemoSignIn) -> DemoCredentials:
    """What a demo person would know and read on their phone. 404 outside the demo profile."""
    known = call.request.app.get(DEMO_CREDENTIALS)
    if known is None:
        raise NotFound
    password, totp = await known(body.username)
    return DemoCredentials(password=password, totp=totp)


def token(settings: Settings, signed: SignedIn) -> Token:
    """What a client gets for a session that has begun."""
    return Token(token=signed.token, ends_at=signed.session.ends_at, idle_minutes=settings.session_idle_minutes)


async def _demo(call: Call) -> list[dict[str, str]]:
    """Only the composition root of a demo puts its persons there."""
    listed = call.request.app.get(DEMO_PERSONS)
    if listed is None:
        raise NotFound
    return await listed()


@routes.get("/api/v1/session", access=Access.STAFF, summary="我和我的任职")
async def me(call: Call) -> Me:
    """Permission comes from the active post."""
    return _me(call.actor)


@routes.put("/api/v1/session/post", access=Access.STAFF, summary="切换任职", refusals=(NotFound,))
async def switch(call: Call, body: SwitchPost) -> Me:
    """For this session only."""
    return _me(await accounts.switch_post(call.actor, body.post))


@routes.delete("/api/v1/session", access=Access.STAFF, summary="退出登录")
async def sign_out(call: Call) -> None:
    """The token is worth nothing from now on."""
    if call.actor.session_id:
        await accounts.end_session(call.actor, call.actor.session_id)


@routes.get("/api/v1/sessions", access=Access.STAFF, summary="我的登录")
async def listed(call: Call) -> list[SessionView]:
    """Every device that is signed in."""
    return [
        SessionView(
            id=session.id,
            device=session.device,
            way=session.way,
            way_label=label(session.way, records.WAYS[session.way]),
            created_at=session.created_at,
            seen_at=session.seen_at,
            ends_at=session.ends_at,
            current=session.id == call.actor.session_id,
        )
        for session in await accounts.sessions_of(call.request.app[SETTINGS], call.actor)
    ]


@routes.delete("/api/v1/sessions/{session}", access=Access.STAFF, summary="结束一个登录")
async def end(call: Call, session: UUID) -> None:
    """A lost phone is shut out at once."""
    await accounts.end_session(call.actor, session)


@routes.delete("/api/v1/sessions", access=Access.STAFF, summary="退出全部登录（包括本机）")
async def end_all(call: Call) -> None:
    """From the next request on, wherever that comes from."""
    if call.actor.account_id:
        await accounts.end_all(call.actor.account_id)
        await records.noted(call.actor.account_id, AccountEvent.SESSIONS_ENDED)


@routes.get("/api/v1/session/records", access=Access.STAFF, summary="我的账号记录")
async def own_records(call: Call, query: RecordsQuery) -> RecordPage:
    """Sign-ins, failures and bindings, the latest first."""
    return await record_page(call.actor.account_id, query)


async def record_page(account_id: UUID | None, query: RecordsQuery) -> RecordPage:
    """A page of an account's records."""
    after = cursors.read(query.cursor, lambda key: (cursors.moment(key[0]), UUID(key[1])))
    rows = await records.page(account_id, after, query.limit) if account_id else []
    more = cursors.written(rows[-1].at, rows[-1].id) if len(rows) == query.limit else None
    return RecordPage(
        items=[
            RecordView(
                id=row.id, at=row.at, event=row.event, event_label=records.label_of(row.event), detail=row.detail
            )
            for row in rows
        ],
        next=more,
    )


def _me(actor: Actor) -> Me:
    return Me(
        name=actor.name,
        active=_post(actor.standing) if actor.standing else None,
        posts=[_post(post) for post in actor.posts],
    )


def _post(post: Standing) -> PostView:
    return PostView(
        id=post.post_id,
        role=post.role,
        role_label=label(post.role, ROLE_NAMES[post.role]),
        title=post.title,
        unit=post.unit_id,
        unit_name=post.unit_name,
        region=post.region,
        stands_in=post.stands_in_for is not None,
    )
