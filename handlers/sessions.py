"""登录: sessions of staff, their posts, and in the demo its persons by one click."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.people import accounts
from domain.people.accounts import SignInFailed
from domain.people.actors import Actor, Standing
from domain.people.roster_check import ROLE_NAMES
from handlers import admission
from handlers.exchange import facts_of
from handlers.keys import DEMO_PERSONS, SETTINGS
from handlers.spec import Access, Body, Call, Routes
from kit import crypto
from kit.errors import NotFound, TooMany
from kit.shapes import Line
from kit.words import label
from models import Account, Role

routes = Routes("登录")

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


class SignIn(Body):
    """账号、密码和动态验证码。"""

    username: Username
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]  # taken as typed
    totp: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] = Field(description="动态验证码，每个只能用一次")
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


class SessionView(BaseModel):
    """一个登录。"""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool


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
    address = crypto.keyed_hash(settings.index, b"address", (facts.address or "").encode()).hex()
    await admission.spend(app, admission.SIGN_INS, address)
    device = body.device or facts.agent or ""
    signed = await accounts.sign_in(settings, body.username, body.password, body.totp, device)
    return Token(token=signed.token, ends_at=signed.session.ends_at, idle_minutes=settings.session_idle_minutes)


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
    signed = await accounts.begin(settings, account, "演示")
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


@routes.post(
    "/api/v1/accounts/{username}/disable",
    access=Access.STAFF,
    roles=frozenset({Role.SYSTEM_ADMIN}),
    summary="停用账号",
)
async def disable(_call: Call, username: Username) -> None:
    """Its sessions end with it."""
    await accounts.set_disabled(username, disabled=True)


@routes.post(
    "/api/v1/accounts/{username}/enable",
    access=Access.STAFF,
    roles=frozenset({Role.SYSTEM_ADMIN}),
    summary="启用或解锁账号",
)
async def enable(_call: Call, username: Username) -> None:
    """Failures are forgotten too."""
    await accounts.set_disabled(username, disabled=False)


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
