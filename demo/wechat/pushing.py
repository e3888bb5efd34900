"""The client side: pushes messages and events to our callback, up to three times, and reads what we answer."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from demo.wechat.answers import WORLD
from demo.wechat.replies import Wrong, shown
from demo.wechat.sealing import encrypted, signature
from demo.wechat.world import App, Entry, Person, Window, World
from kit import clock

DELIVERIES = 3
OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"
PLATFORM = "oPlatform-account-of-wechat1"
# Kind of act → how many customer-service messages it allows, for how long.
_GRANTS = {
    "official": {"message": (5, timedelta(hours=48)), "act": (3, timedelta(minutes=1))},
    "mini": {"message": (5, timedelta(hours=48)), "act": (2, timedelta(minutes=1))},
}
_ACTS = {"subscribe", "scan", "click", "user_enter_tempsession", "scancode_push", "scancode_waitmsg"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a push: how often it was delivered, the last status (0: no answer), the reply if one was shown."""

    attempts: int
    status: int
    reply: dict[str, Any] | None = None
    failed: bool = False


def xml(fields: Mapping[str, Any]) -> str:
    """A push in XML: texts in CDATA, numbers bare, lists as repeated elements."""
    return "<xml>" + "".join(_element(name, value) for name, value in fields.items()) + "</xml>"


def signed_query(app: App, *parts: str, timestamp: int, nonce: str = "") -> dict[str, str]:
    """The query of a push: `signature`, and `msg_signature` over the encrypted part if there is one."""
    nonce, moment = nonce or secrets.token_hex(5), str(timestamp)
    query = {"signature": signature(app.token, moment, nonce), "timestamp": moment, "nonce": nonce}
    if parts:
        query |= {"encrypt_type": "aes", "msg_signature": signature(app.token, moment, nonce, *parts)}
    return query


def request_for(app: App, fields: Mapping[str, Any], *, timestamp: int) -> tuple[dict[str, str], bytes]:
    """Query and body of one delivery, as the account's console asks for: mode, XML or JSON."""
    plain = orjson.dumps(_as_json(fields)) if app.as_json else xml(fields).encode()
    if app.mode == "plain":
        return signed_query(app, timestamp=timestamp) | {"openid": str(fields["FromUserName"])}, plain
    sealed = encrypted(app.aes_key, app.app_id, plain)
    around = {"ToUserName": fields["ToUserName"]} if app.mode == "safe" else dict(fields)
    outer = around | {"Encrypt": sealed}
    query = signed_query(app, sealed, timestamp=timestamp) | {"openid": str(fields["FromUserName"])}
    return query, orjson.dumps(outer) if app.as_json else xml(outer).encode()


class Sender:
    """Pushes for one world."""

    def __init__(self, world: World, http: ClientSession) -> None:
        self.world, self.http = world, http

    async def verified(self, app: App) -> bool:
        """What saving the console's form does: our address must echo, and nothing else."""
        echo = secrets.token_hex(10)
        query = signed_query(app, timestamp=_signing_time()) | {"echostr": echo}
        async with self.http.get(app.callback, params=query, timeout=self._patience()) as response:
            return response.status == 200 and await response.read() == echo.encode()

    async def owns(self, address: str, name: str, content: str) -> bool:
        """Whether a domain, or a prefix of links, is ours: the console's file lies there."""
        async with self.http.get(f"{address.rstrip('/')}/{name}", timeout=self._patience()) as response:
            return response.status == 200 and (await response.text()).strip() == content

    async def message(self, app: App, person: Person, kind: str, **fields: Any) -> Delivered:
        """Somebody says something: type and the fields it has besides the common ones; to followers only."""
        if app.kind == "official" and app.app_id not in person.follows:
            raise ValueError("the chat of an official account opens by following it")
        self._grant(app, person, "message")
        self._note(person, app, "said", {"msgtype": kind} | fields)
        return await self.deliver(
            app, self._head(app, person.openid(app), kind) | fields | {"MsgId": self.world.number()}, person
        )

    async def happens(self, app: App, person: Person, event: str, **fields: Any) -> Delivered:
        """Something happens by somebody's hand; the reply is shown to them."""
        if event.lower() in _ACTS:
            self._grant(app, person, "act")
        return await self.deliver(app, self._event(app, person.openid(app), event, fields), person)

    async def event(self, app: App, person: Person, event: str, **fields: Any) -> None:
        """Something happens without their hand."""
        await self.deliver(app, self._event(app, person.openid(app), event, fields), None)

    async def platform_event(self, app: App, event: str, **fields: Any) -> None:
        """Something that comes from nobody."""
        await self.deliver(app, self._event(app, PLATFORM, event, fields), None)

    async def deliver(self, app: App, fields: Mapping[str, Any], person: Person | None) -> Delivered:
        """Deliver up to three times, signed and encrypted anew, until an answer with status 200 comes in time."""
        if not app.callback:
            return Delivered(0, 0)
        status = 0
        for attempt in range(1, DELIVERIES + 1):
            query, body = request_for(app, fields, timestamp=_signing_time())
            kind = "application/json" if app.as_json else "text/xml"
            try:
                async with self.http.post(
                    app.callback, params=query, data=body, headers={"Content-Type": kind}, timeout=self._patience()
                ) as response:
                    status, answer = response.status, await response.text()
            except (ClientError, TimeoutError, UnicodeDecodeError):
                status = 0
                continue
            if status == 200:
                return self._read(app, str(fields["FromUserName"]), person, answer, attempt)
        self._failed(app, person, f"no answer, last status {status}")
        return Delivered(DELIVERIES, status, failed=True)

    def _read(self, app: App, openid: str, person: Person | None, answer: str, attempt: int) -> Delivered:
        try:
            reply = shown(app, openid, answer)
        except Wrong as wrong:
            self._failed(app, person, str(wrong))
            return Delivered(attempt, 200, failed=True)
        if reply and person:
            self._note(person, app, "reply", reply)
        return Delivered(attempt, 200, reply)

    def _failed(self, app: App, person: Person | None, why: str) -> None:
        self.world.complaints.append(why)
        if person:
            self._note(person, app, "failure", {"msgtype": "text", "text": {"content": OUT_OF_ORDER}})

    def _note(self, person: Person, app: App, kind: str, content: dict[str, Any]) -> None:
        person.chat.append(Entry(kind, app.app_id, self.world.now(), content))

    def _grant(self, app: App, person: Person, kind: str) -> None:
        number, time = _GRANTS[app.kind][kind]
        kept = [window for window in person.windows.get(app.app_id, []) if window.until > self.world.now()]
        person.windows[app.app_id] = [*kept, Window(self.world.now() + time, number)]

    def _head(self, app: App, openid: str, kind: str) -> dict[str, Any]:
        moment = int(self.world.now().timestamp())
        return {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": moment, "MsgType": kind}

    def _event(self, app: App, openid: str, event: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        head = self._head(app, openid, "event") | {"Event": event}
        listed = {name: value for name, value in fields.items() if name == "List"}
        if listed and not app.as_json:  # in XML below a wrapper of the event's name
            wrapper = "".join(word.capitalize() for word in event.split("_"))
            return head | {wrapper: listed}
        return head | dict(fields)

    def _patience(self) -> ClientTimeout:
        return ClientTimeout(total=self.world.patience)


SENDER = web.AppKey("sender", Sender)


async def sender(app: web.Application) -> AsyncIterator[None]:
    """Connect the world to its accounts while the application runs."""
    async with ClientSession() as http:
        app[SENDER] = Sender(app[WORLD], http)
        yield
        await app[WORLD].close()


def _signing_time() -> int:
    """The real time even while this WeChat's is moved on: whoever reads it compares it with theirs."""
    return int(clock.now().timestamp())


def _element(name: str, value: object) -> str:
    match value:
        case list():
            return "".join(_element(name, one) for one in value)
        case dict():
            return f"<{name}>" + "".join(_element(inner, one) for inner, one in value.items()) + f"</{name}>"
        case int() | float():
            return f"<{name}>{value}</{name}>"
        case _ if "]]>" in str(value):
            return f"<{name}>{escape(str(value), quote=False)}</{name}>"
        case _:
            return f"<{name}><![CDATA[{value}]]></{name}>"


def _as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A list of one item is that item (wechat.md, 3.3)."""
    one = {name: value[0] for name, value in fields.items() if name == "List" and len(value) == 1}
    return dict(fields) | one
