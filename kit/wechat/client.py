"""One way to ask WeChat's API anything: token, time-outs, tries, errors, and a log without secrets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar

import orjson
import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
    TCPConnector,
)
from redis.asyncio import Redis

from kit.errors import TooLarge
from kit.wechat.account import Account
from kit.wechat.errors import Act, Away, Refused, WeChatError
from kit.wechat.kept import Kept

BASE = "https://api.weixin.qq.com"
SECONDS = 10.0  # for one call with all its tries
WAITS = (0.2, 1.0)  # seconds before the second and the third try
_MOST_BYTES = 4 << 20  # of an answer that is kept in memory
log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. `repeatable`: asking twice does no more than asking once, so a lost answer may be asked for again.

    `form` makes the multipart body anew for each try: a body that was read once has no bytes left.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Callable[[], FormData] | None = field(default=None, repr=False)
    token: bool = True
    repeatable: bool = True
    seconds: float = SECONDS

    @property
    def name(self) -> str:
        """What errors and logs call it: a path of the API, never an address that WeChat gave, which may hold a key."""
        return self.path if self.path.startswith("/") else "elsewhere"


class Client:
    """The API for one account. Share one in a process: it keeps the token and WeChat's ticket for pages."""

    def __init__(
        self,
        account: Account,
        http: ClientSession,
        valkey: Redis,
        *,
        base: str = BASE,
        waits: tuple[float, ...] = WAITS,
        stalled: float = 5.0,
    ) -> None:
        """`stalled` is for how many seconds WeChat may be silent until a try is given up."""
        self.account = account
        self._http, self._base, self._waits, self._stalled = http, base.rstrip("/"), waits, stalled
        self.token = Kept(f"wx:tok:{account.app_id}", valkey, self._stable_token)
        self.ticket = Kept(f"wx:ticket:{account.app_id}", valkey, self._jsapi_ticket)

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """Read something: the answer in JSON; raises Refused or Away, as all below."""
        return await self.ask(Call("GET", path, params))

    async def post(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> dict[str, Any]:
        """Do something."""
        return await self.ask(Call("POST", path, json=body, repeatable=repeatable))

    async def ask(self, call: Call) -> dict[str, Any]:
        """The answer to a call, which is JSON."""

        async def once(token: str, left: float) -> dict[str, Any]:
            async with self._answered(call, token, left) as answer:
                if answer.said is None:
                    raise Away(call.name, "not JSON", taken=True)
                return answer.said

        return await self._tried(call, once)

    async def fetch(self, call: Call, into: BinaryIO, most: int) -> str | dict[str, Any]:
        """Write the bytes of an answer into a file and give their content type; or give what was said instead of bytes.

        The file is emptied before each try. Raises TooLarge above `most` bytes.
        """

        async def once(token: str, left: float) -> str | dict[str, Any]:
            into.seek(0)
            into.truncate()
            async with self._answered(call, token, left) as answer:
                if answer.said is not None:
                    return answer.said
                async for chunk in _bounded(answer, most):
                    into.write(chunk)
                return answer.response.content_type

        return await self._tried(call, once)

    async def _tried(self, call: Call, once: Callable[[str, float], Awaitable[T]]) -> T:
        """Try, with another token if WeChat refuses ours, and again while that may help and does no harm."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + call.seconds
        token, renewed = await self._token(call, "", deadline), False
        waits = iter(self._waits if call.repeatable else self._waits[:1])
        while True:
            try:
                return await _translated(call, once(token, max(deadline - clock(), 0.001)))
            except WeChatError as error:
                _log(error)
                if isinstance(error, Refused) and error.act is Act.RENEW and call.token and not renewed:
                    before, token, renewed = token, await self._token(call, token, deadline), True
                    if token == before:
                        raise
                    continue
                wait = next(waits, None) if _again(call, error) else None
                if wait is None or clock() + wait >= deadline:
                    raise
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def _answered(self, call: Call, token: str, left: float) -> AsyncIterator["_Answer"]:
        params = {**call.params, **({"access_token": token} if call.token else {})}
        data = orjson.dumps(call.json) if call.json is not None else call.form() if call.form else None
        async with self._http.request(
            call.method,
            self._base + call.path if call.path.startswith("/") else call.path,
            params=params,
            data=data,
            headers={"Content-Type": "application/json"} if call.json is not None else None,
            timeout=ClientTimeout(total=left, sock_connect=self._stalled, sock_read=self._stalled),
            allow_redirects=False,
        ) as response:
            if response.status != HTTPStatus.OK:
                raise Away(call.name, f"HTTP {response.status}", taken=True)
            answer = _Answer(response, await response.content.readany())
            if answer.first.lstrip()[:1] == b"{":
                whole = b"".join([chunk async for chunk in _bounded(answer, _MOST_BYTES)])
                answer.said = _said(call, whole)
            yield answer

    async def _token(self, call: Call, refused: str, deadline: float) -> str:
        if not call.token:
            return ""
        try:
            async with asyncio.timeout_at(deadline):
                return await (self.token.renewed(refused) if refused else self.token.current())
        except (Away, TimeoutError):
            raise Away(call.name, "no token", taken=False) from None

    async def _stable_token(self) -> tuple[str, int]:
        said = await self.ask(
            Call(
                "POST",
                "/cgi-bin/stable_token",
                json={
                    "grant_type": "client_credential",
                    "appid": self.account.app_id,
                    "secret": self.account.secret,
                    "force_refresh": False,
                },
                token=False,
            )
        )
        return value(said, "access_token"), int(said.get("expires_in", 0))

    async def _jsapi_ticket(self) -> tuple[str, int]:
        said = await self.get("/cgi-bin/ticket/getticket", type="jsapi")
        return value(said, "ticket"), int(said.get("expires_in", 0))


@dataclass(slots=True)
class _Answer:
    """What came back: the first bytes, and what they say if the whole is JSON."""

    response: ClientResponse
    first: bytes
    said: dict[str, Any] | None = None


@asynccontextmanager
async def connected() -> AsyncIterator[ClientSession]:
    """The one HTTP session for all our accounts: no cookies, and no proxy that the environment names."""
    async with ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=100)) as session:
        yield session


def value(said: Mapping[str, Any], name: str) -> str:
    """A text that must be in an answer; raises Away if it is not, as if there had been no answer."""
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise Away(name, "missing in the answer", taken=True)
    return found


async def _translated(call: Call, attempt: Awaitable[T]) -> T:
    """Errors of aiohttp carry the address, and so the token: nothing of theirs gets out."""
    try:
        return await attempt
    except (ClientConnectorError, ConnectionTimeoutError) as error:
        raise Away(call.name, type(error).__name__, taken=False) from None
    except (ClientError, TimeoutError, OSError) as error:
        raise Away(call.name, type(error).__name__, taken=True) from None


async def _bounded(answer: _Answer, most: int) -> AsyncIterator[bytes]:
    size = len(answer.first)
    if size > most:
        raise TooLarge
    yield answer.first
    async for chunk in answer.response.content.iter_any():
        size += len(chunk)
        if size > most:
            raise TooLarge
        yield chunk


def _said(call: Call, whole: bytes) -> dict[str, Any]:
    """WeChat lets raw control characters into its JSON, and old endpoints write the code as text."""
    try:
        said: dict[str, Any] = json.loads(whole, strict=False)
        code = int(said.get("errcode") or 0)
    except (ValueError, TypeError, AttributeError):
        raise Away(call.name, "broken JSON", taken=True) from None
    if code:
        raise Refused(call.name, code, str(said.get("errmsg", "")))
    return said


def _again(call: Call, error: WeChatError) -> bool:
    if isinstance(error, Refused):
        return error.act is Act.WAIT
    return isinstance(error, Away) and (call.repeatable or not error.taken)


def _log(error: WeChatError) -> None:
    if isinstance(error, Refused):
        tell = log.error if error.act in {Act.ALARM, Act.BUG} else log.warning
        tell("wechat refused", path=error.path, code=error.code, act=error.act, rid=error.rid)
    else:
        log.warning("wechat away", path=error.path, why=str(error))
