"""Messages that an account sends of its own accord: allowed by consent, by following, or by a window of time."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from aiohttp import web

from demo.wechat.answers import WORLD, Said, account, body, done, said, somebody
from demo.wechat.pushing import SENDER
from demo.wechat.world import ALWAYS, App, Entry, Person, World

_SIGNS = r"[\x20-\x7e]"
_TYPES = {
    "thing": r"[^\x00-\x1f\x7f]{1,20}",
    "number": r"[0-9]+(\.[0-9]+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e]{1,32}",
    "time": r"[0-9年月日/.: ~-]*[0-9]{1,2}:[0-9]{2}[0-9年月日/.:~ -]*",
    "date": r"[0-9]{4}[年/.-][0-9]{1,2}[月/.-][0-9]{1,2}日?[0-9:~年月日/. -]*",
    "amount": r"[¥￥$]?[0-9]{1,10}(\.[0-9]+)?元?",
    "phone_number": r"[0-9+()\- ]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[A-Za-z ]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
}
_ONCE = timedelta(minutes=10)


async def subscription(request: web.Request) -> web.Response:
    """A subscription message: uses up one consent, one at a time for each person."""
    world, app, asked = request.app[WORLD], account(request), await body(request, "touser", "template_id", "data")
    person = somebody(world, app, asked["touser"])
    key = (app.app_id, asked["template_id"])
    _check(app, asked)
    if asked.get("miniprogram_state", "formal") not in {"developer", "trial", "formal"}:
        raise Said(40097, "invalid args")
    if asked.get("lang", "zh_CN") not in {"zh_CN", "en_US", "zh_HK", "zh_TW"}:
        raise Said(40097, "invalid args")
    if (page := asked.get("page")) and page.partition("?")[0] not in app.pages:
        raise Said(41030, "invalid page")
    if asked["touser"] in world.sending:
        raise Said(43108, "concurrent sends")
    if person.consents[key] <= 0:
        raise Said(43101, "user refuse to accept the msg")
    world.sending.add(asked["touser"])
    try:
        await asyncio.sleep(world.sending_takes)  # another send to the same person meets this one here
        if person.consents[key] < ALWAYS:
            person.consents[key] -= 1
        number = world.number()
        _arrived(world, person, app, "subscription", asked)
    finally:
        world.sending.discard(asked["touser"])
    report = {"TemplateId": asked["template_id"], "MsgID": str(number), "ErrorCode": "0", "ErrorStatus": "success"}
    world.later(request.app[SENDER].event(app, person, "subscribe_msg_sent_event", List=[report]))
    return done(msgid=number)


async def template(request: web.Request) -> web.Response:
    """A template message to a follower; the same client_msg_id is taken once in ten minutes."""
    world, app, asked = request.app[WORLD], account(request), await body(request, "touser", "template_id", "data")
    person = somebody(world, app, asked["touser"])
    _check(app, asked)
    if person.blacklisted:
        raise Said(43019, "blacklisted")
    if app.app_id not in person.follows:
        raise Said(43004, "require subscribe")
    linked = asked.get("miniprogram")
    if linked and (linked.get("appid") not in world.apps or not linked.get("pagepath")):
        raise Said(40013, "invalid appid")
    if once := asked.get("client_msg_id"):
        if len(once) > 32:
            raise Said(40097, "invalid client_msg_id")
        sent = world.sent_ids.get((app.app_id, once))
        if sent and world.now() - sent < _ONCE:
            raise Said(45065, "clientmsgid exist")
        world.sent_ids[app.app_id, once] = world.now()
    number = world.number()
    _arrived(world, person, app, "template", asked)
    outcome = {"MsgID": str(number), "Status": "success"}
    world.later(request.app[SENDER].event(app, person, "TEMPLATESENDJOBFINISH", **outcome))
    return done(msgid=number)


async def service(request: web.Request) -> web.Response:
    """A customer-service message to somebody who acted lately."""
    world, app, asked = request.app[WORLD], account(request), await body(request, "touser", "msgtype")
    person, kind = somebody(world, app, asked["touser"]), asked["msgtype"]
    taken = {"text", "image", "link", "miniprogrampage"} if app.kind == "mini" else {"text", "image", "news", "msgmenu"}
    content = asked.get(kind)
    if kind not in taken or not isinstance(content, dict):
        raise Said(40008, "invalid message type")
    if kind == "text" and not 1 <= len(content.get("content", "").encode()) <= 2048:
        raise Said(45002, "content size out of limit")
    if kind == "image" and content.get("media_id") not in world.media:
        raise Said(40007, "invalid media_id")
    if kind == "news" and len(content.get("articles", [])) != 1:
        raise Said(45008, "article size out of limit")
    if app.kind == "official" and app.app_id not in person.follows:
        raise Said(45015, "response out of time limit or subscription is canceled")
    open_ = [window for window in person.windows.get(app.app_id, []) if window.until > world.now()]
    if not open_:
        raise Said(45015, "response out of time limit or subscription is canceled")
    left = [window for window in open_ if window.left > 0]
    if not left:
        raise Said(45047, "out of response count limit")
    min(left, key=lambda window: window.until).left -= 1
    _arrived(world, person, app, "service", asked)
    return said({"errcode": 0, "errmsg": "ok"})


def _arrived(world: World, person: Person, app: App, kind: str, content: dict[str, Any]) -> None:
    person.chat.append(Entry(kind, app.app_id, world.now(), {k: v for k, v in content.items() if k != "touser"}))


def _check(app: App, asked: dict[str, Any]) -> None:
    """Every key of the template and no other, each of its type."""
    known = app.templates.get(asked["template_id"])
    if known is None:
        raise Said(40037, "invalid template_id")
    data = asked["data"]
    if not isinstance(data, dict) or set(data) != set(known.keys):
        raise Said(47003, "argument invalid! data keys")
    for key, holder in data.items():
        value = holder.get("value") if isinstance(holder, dict) else None
        kind = re.sub(r"\d+$", "", key)
        if not isinstance(value, str) or not re.fullmatch(_TYPES.get(kind, _SIGNS + "{1,32}"), value):
            raise Said(47003, f"argument invalid! data.{key}.value invalid")
