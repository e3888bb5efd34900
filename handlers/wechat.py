"""微信: who somebody is there, by a code that WeChat gave them; and what our pages need inside WeChat."""

import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode, urlsplit

import structlog
from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.wechat import bindings, identities, states
from domain.wechat.identities import Identity, ProofOver
from domain.wechat.states import StateWrong
from handlers import admission
from handlers.exchange import facts_of
from handlers.keys import SETTINGS, VALKEY, WECHAT
from handlers.spec import Access, Body, Call, Routes
from kit import crypto
from kit.errors import Conflict, Invalid, Refusal, TooMany, Unavailable
from kit.settings import Settings
from kit.wechat import jssdk, login
from kit.wechat.account import Kind
from kit.wechat.client import Client
from kit.wechat.errors import Refused, WeChatError
from kit.wechat.refusals import SnapshotUser

log = structlog.get_logger("wechat")
routes = Routes("微信")
coming_back = Routes("微信授权返回", described=False)

_BACK = "/wechat/consent"
_PAGE = "/h5/#/staff/wechat/index"
_AGAIN = 60  # seconds in which the same code of the same browser gives the same answer
_CODE, _STATE = re.compile(r"[A-Za-z0-9_-]{1,128}"), re.compile(r"[a-f0-9]{72}")
_SPENT = {40029, 40163, 41008, 42003}  # unknown, used, missing, over its time
_BLOCKED, _OFTEN, _A_DAY = 40226, 45011, 45009

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$"), Field(description="微信给的，只能用一次")]
Verifier = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{32,128}$"),
    Field(title="本机随机数", description="由页面生成并留在本机，授权返回时凭它证明是同一个浏览器"),
]


class CodeSpent(Conflict):
    """WeChat knows this code no longer: used before, over its time, or of another account."""

    code, message = "wechat_code", "微信登录凭证已用过或已过期，请重新点微信登录"


class Blocked(Refusal):
    """WeChat holds this person's sign-in to be dangerous."""

    status, code, message = 403, "wechat_blocked", "微信判定这个账号有风险，暂时不能用微信登录，请用账号密码登录"


class Often(TooMany):
    """WeChat's own limit for one person."""

    code, message = "wechat_often", "微信登录过于频繁，请一分钟后再试"
    retry_after = 60


class NoAnswer(Unavailable):
    """WeChat is away, or our account there is set up wrongly, which the log tells."""

    code, message = "wechat_away", "微信暂时没有应答，请稍后再试，或用账号密码登录"


class Absent(Conflict):
    """This installation has no such account."""

    code, message = "wechat_absent", "本系统没有设置这个微信账号，请用账号密码登录"


class Ways(BaseModel):
    """可以怎样用微信登录。"""

    mini: bool = Field(description="小程序")
    official: bool = Field(description="微信里的网页（公众号网页授权）")


class Begin(Body):
    """开始网页授权。"""

    verifier: Verifier


class Consent(BaseModel):
    """授权页的地址。"""

    url: str


class OfMini(Body):
    """小程序 wx.login 给的 code。"""

    by: Literal["mini"]
    code: Code


class OfOfficial(Body):
    """网页授权返回的 code 和 state，以及本机随机数。"""

    by: Literal["official"]
    code: Code
    state: Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{72}$")]
    verifier: Verifier


class Proven(BaseModel):
    """微信身份凭证：只能用来登录或绑定。"""

    proof: str
    bound: bool = Field(description="是否已绑定工作人员账号")
    ends_at: datetime


class PageAddress(Body):
    """要使用微信脚本的页面。"""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000)] = Field(
        description="location.href，不含 # 之后"
    )


class PageConfig(BaseModel):
    """wx.config 的参数。"""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


@routes.get("/api/v1/wechat", access=Access.PUBLIC, summary="可以怎样用微信登录")
async def ways(call: Call) -> Ways:
    """Which accounts there are."""
    there = call.request.app[WECHAT]
    return Ways(mini=Kind.MINI in there, official=Kind.OFFICIAL in there)


@routes.post("/api/v1/wechat/consents", access=Access.PUBLIC, summary="开始网页授权", refusals=(Absent,))
async def begin(call: Call, body: Begin) -> Consent:
    """Where to send the browser, after a tap; it comes back to our own address, whatever anybody says."""
    settings, client = call.request.app[SETTINGS], _client(call, Kind.OFFICIAL)
    # The dialog tells the unionid; without an open platform there is none, and nothing to ask the person.
    scope = login.Scope.USERINFO if settings.wechat_open_platform else login.Scope.BASE
    page = f"{settings.wechat_pages.rstrip('/')}/connect/oauth2/authorize"
    state = states.issued(settings, body.verifier)
    return Consent(url=login.consent_url(client, settings.url + _BACK, state, scope, page))


@coming_back.get(_BACK, access=Access.PUBLIC, summary="网页授权返回")
async def back(call: Call) -> web.Response:
    """To our own page, with the code behind #: this request does nothing, so looking ahead uses nothing up."""
    code, state = (call.request.query.get(name, "") for name in ("code", "state"))
    right = _CODE.fullmatch(code) and _STATE.fullmatch(state)
    query = f"?{urlencode({'code': code, 'state': state})}" if right else ""
    return web.Response(status=302, headers={"Location": _PAGE + query})


@routes.post(
    "/api/v1/wechat/identities",
    access=Access.PUBLIC,
    summary="证明微信身份",
    refusals=(Absent, CodeSpent, Blocked, Often, NoAnswer, SnapshotUser, StateWrong, TooMany),
    sign_in=True,
)
async def identify(call: Call, body: Annotated[OfMini | OfOfficial, Field(discriminator="by")]) -> Proven:
    """Who that is, as a sealed proof. Nothing about them is kept, unless they are known already."""
    app = call.request.app
    settings = app[SETTINGS]
    await admission.spend(app, admission.SIGN_INS, admission.where(settings, facts_of(call.request).address))
    client = _client(call, Kind(body.by))
    if isinstance(body, OfMini):
        identity = await asked(client, login.signed_in(client, body.code))
    else:
        states.check(settings, body.state, body.verifier)
        identity = await _consented(app, client, body.code, body.verifier)
    proof, until = identities.proof(settings, identity)
    fan = await bindings.bound_fan(settings, identity)
    return Proven(proof=proof, bound=fan is not None, ends_at=until)


@routes.post(
    "/api/v1/wechat/page-config", access=Access.PUBLIC, summary="微信网页脚本的签名", refusals=(Absent, NoAnswer)
)
async def page_config(call: Call, body: PageAddress) -> PageConfig:
    """For pages of our own only."""
    client = _client(call, Kind.OFFICIAL)
    if not _ours(call.request.app[SETTINGS], body.url):
        raise Invalid(details={"fields": [{"path": "url", "message": "只能是本系统的页面"}]})
    try:
        made = await jssdk.config(client, body.url)
    except WeChatError as error:
        raise _refusal(error) from error
    return PageConfig(app_id=made.app_id, timestamp=made.timestamp, nonce=made.nonce, signature=made.signature)


async def phone_number(client: Client, code: str, openid: str) -> str:
    """The number behind the phone button's code; raises CodeSpent, Often or NoAnswer."""
    try:
        return await login.phone_of(client, code, openid)
    except WeChatError as error:
        raise _refusal(error) from error


def _client(call: Call, kind: Kind) -> Client:
    client = call.request.app[WECHAT].get(kind)
    if client is None:
        raise Absent
    return client


async def asked(client: Client, asking: Awaitable[login.Person]) -> Identity:
    """Who WeChat says it is; raises CodeSpent, Blocked, Often or NoAnswer."""
    try:
        person = await asking
    except WeChatError as error:
        raise _refusal(error) from error
    return Identity(client.account.app_id, person.openid, person.unionid)


def _refusal(error: WeChatError) -> Refusal:
    code = error.code if isinstance(error, Refused) else 0
    if code in _SPENT:
        return CodeSpent()
    if code == _BLOCKED:
        return Blocked()
    if code == _OFTEN:
        return Often()
    return NoAnswer(details={"wechat": code} if code else None)


async def _consented(app: web.Application, client: Client, code: str, verifier: str) -> Identity:
    """Whoever came back: the same browser's second try within a minute gets the first one's answer."""
    settings, valkey = app[SETTINGS], app[VALKEY]  # there is no client without a Valkey
    name = "wx:consent:" + crypto.keyed_hash(settings.index, b"consent", code.encode(), verifier.encode()).hex()
    async with _alone(valkey, name):
        with suppress(RedisError, OSError, ProofOver):
            if kept := await valkey.get(name):
                return identities.proved(settings, kept.decode() if isinstance(kept, bytes) else kept)
        identity = await asked(client, login.consented(client, code))
        with suppress(RedisError, OSError):
            await valkey.set(name, identities.proof(settings, identity)[0], ex=_AGAIN)
    return identity


@asynccontextmanager
async def _alone(valkey: Redis, name: str) -> AsyncIterator[None]:
    """One of several that bring the same code; while Valkey is away WeChat itself takes it once."""
    lock = valkey.lock(f"{name}:lock", timeout=20, sleep=0.02, blocking_timeout=15)
    owned = False
    with suppress(RedisError, OSError):
        owned = await lock.acquire()
    try:
        yield
    finally:
        if owned:
            with suppress(RedisError, OSError):
                await lock.release()


def _ours(settings: Settings, url: str) -> bool:
    """Same scheme, host and port, nobody's name and password before them, and a page of the phone's."""
    try:
        theirs, own = urlsplit(url), urlsplit(settings.url)
        same = (theirs.scheme, theirs.hostname, theirs.port) == (own.scheme, own.hostname, own.port)
    except ValueError:
        return False
    below = urlsplit(settings.url).path + "/h5/"
    return same and "@" not in theirs.netloc and theirs.path.startswith(below)
