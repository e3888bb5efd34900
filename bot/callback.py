"""The address that WeChat pushes to: proved, taken once, answered in time; acknowledged when, and only when, committed.

WeChat waits five seconds and delivers three times. What is slow here goes on, and the next delivery joins it and takes
the answer: so nothing is said to be taken that is not, and nobody notices that the database is away for some seconds.

There are two ways. A push with an effect has a transaction of its own. Most have none: somebody asks something, and no
report is under way. Their answers are known beforehand, and those that wait are kept in one statement.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

import orjson
import structlog
from aiohttp import web

from bot import chat, texts
from bot.events import effect_of
from bot.keys import DOOR, Context, Door, Effect
from domain.wechat import fans, pushes
from domain.wechat.pushes import Foreseen
from kit import clock
from kit.errors import NotFound, TooLarge, Unavailable
from kit.outage import away
from kit.wechat import answers, callback
from kit.wechat.account import Account, Kind
from kit.wechat.answers import NOTHING, Answer, Card, Handover, Picture, Text, rendered
from kit.wechat.push import Push
from kit.wechat.refusals import Forged, Unreadable
from kit.wechat.xml import MOST_BYTES

PATH = "/wechat/{app}/callback"
_PAUSE = 0.1
_MOST_RUNNING = 2000  # beyond that WeChat is told to come again
_KINDS = {kind.__name__: kind for kind in (Text, Picture, Card, Handover)}
log = structlog.get_logger("wechat")


class Called(Protocol):
    """What a route gives us."""

    @property
    def request(self) -> web.Request:
        """The request."""


async def verified(call: Called, app: Kind) -> web.Response:
    """WeChat's console asks whether this address is ours."""
    account = _account(call.request.app[DOOR], app)
    return web.Response(text=callback.echoed(account, call.request.query))


async def pushed(call: Called, app: Kind) -> web.Response:
    """A message or event; raises TooLarge, Forged, Unreadable, or Unavailable: then WeChat delivers it again."""
    door = call.request.app[DOOR]
    account = _account(door, app)
    try:
        async with asyncio.timeout(door.ceiling):
            return web.Response(text=await _answered(door, account, call.request), content_type="text/plain")
    except TimeoutError:
        raise Unavailable from None
    except (Forged, Unreadable) as refused:
        log.warning("push refused", app=str(app), code=refused.code, why=refused.why)
        raise


def _account(door: Door, app: Kind) -> Account:
    account = door.accounts.get(app)
    if account is None:
        raise NotFound
    return account


async def _answered(door: Door, account: Account, request: web.Request) -> str:
    push = callback.opened(account, request.query, await _body(request))
    effect = effect_of(push.event, push.type, talks=account.kind is Kind.OFFICIAL)
    if effect is None:
        return NOTHING
    answer = await _foreseen(door, account, push, effect)
    if answer is None:
        answer = await asyncio.shield(_running(door, account, push, effect))
    return rendered(account, push, answer)


async def _foreseen(door: Door, account: Account, push: Push, effect: Effect) -> Answer | None:
    """The answer to what changes nothing, kept in one statement with others'; None: it goes a way of its own.

    Whatever is in doubt here, a statement that may have taken place too, is certain there.
    """
    if effect is not chat.heard:
        return None
    if door.together.waiting >= _MOST_RUNNING:
        raise Unavailable
    try:
        text = chat.foreseen(Context(door.settings, account, push, None, clock.now()))
        answer = _written(text)
        if answer is None:
            return None
        hashes = fans.hashes_of(door.settings, account.app_id, push.openid)
        return text if await door.together.done(Foreseen(push.once, hashes, answer)) else None
    except Exception as error:
        if not away(error) and not isinstance(error, TimeoutError):
            log.exception("bug in a foreseen answer")
        return None


async def settled(app: web.Application) -> None:
    """Let what is in hand end before the database is closed; what can't is undone, and was never acknowledged."""
    tasks = list(app[DOOR].running.values())
    if tasks:
        _, pending = await asyncio.wait(tasks, timeout=app[DOOR].ceiling)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def _body(request: web.Request) -> bytes:
    """As much as WeChat could have sent; a larger one is refused before it is read."""
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(details={"limit": MOST_BYTES})
    raw = bytearray()
    try:
        async for chunk in request.content.iter_any():
            raw += chunk
            if len(raw) > MOST_BYTES:
                raise TooLarge(details={"limit": MOST_BYTES})
    except (web.RequestPayloadError, ConnectionError):
        raise Unreadable("body") from None
    return bytes(raw)


def _running(door: Door, account: Account, push: Push, effect: Effect) -> asyncio.Task[Answer | None]:
    """The one task for all deliveries of a push in this process; other processes wait at the push's row."""
    running: dict[str, asyncio.Task[Answer | None]] = door.running
    if task := running.get(push.once):
        return task
    if len(running) >= _MOST_RUNNING:
        raise Unavailable
    task = asyncio.create_task(_taken(door, account, push, effect))
    running[push.once] = task
    task.add_done_callback(lambda done: _done(running, push.once, done))
    return task


def _done(running: dict[str, asyncio.Task[Answer | None]], once: str, task: asyncio.Task[Answer | None]) -> None:
    running.pop(once, None)
    if not task.cancelled():
        task.exception()  # whoever waited was told; nobody may be left to be


async def _taken(door: Door, account: Account, push: Push, effect: Effect) -> Answer | None:
    """The effect, committed; raises Unavailable if the database did not come back in time."""
    until = monotonic() + door.patience
    while True:
        after: list[Callable[[], Awaitable[object]]] = []
        try:
            answer = await pushes.once(door.settings, push.once, lambda: _effect(door, account, push, effect, after))  # noqa: B023  # runs before the next round
            break
        except Exception as error:
            if not away(error):
                log.exception("bug in an effect", about=push.event or push.type)
                answer = await pushes.once(door.settings, push.once, lambda: _trouble(door, account))
                break
            if monotonic() + _PAUSE > until:
                log.warning("a server is away", kind=type(error).__name__)
                raise Unavailable from error
        await asyncio.sleep(_PAUSE)
    for act in after:
        try:
            await act()
        except Exception as error:  # noqa: BLE001  # what follows is not owed to anybody
            log.warning("not done after a push", kind=type(error).__name__)
    return _read(answer)


async def _effect(
    door: Door, account: Account, push: Push, effect: Effect, after: list[Callable[[], Awaitable[object]]]
) -> bytes | None:
    fan = await fans.known(door.settings, account.app_id, push.openid)
    client = door.clients.get(account.kind)
    return _written(await effect(Context(door.settings, account, push, fan, clock.now(), client, after)))


async def _trouble(door: Door, account: Account) -> bytes | None:
    """What somebody reads where we have a bug: the same message would meet it three times."""
    if account.kind is Kind.MINI:
        return None
    return _written(Text(texts.said("trouble", texts.links(door.settings))))


def _written(answer: Answer | None) -> bytes | None:
    if answer is None:
        return None
    if isinstance(answer, Text):
        answer = Text(answers.cut(answer.content))
    return orjson.dumps({"kind": type(answer).__name__, "with": answer})


def _read(answer: bytes | None) -> Answer | None:
    if answer is None:
        return None
    content = orjson.loads(answer)
    kind: type[Answer] = _KINDS[content["kind"]]
    return kind(**content["with"])
