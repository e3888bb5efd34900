"""The phones: what the page that shows one asks for, and what tests do by somebody's hand; no part of the protocol."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web

from demo.wechat.answers import WORLD, said
from demo.wechat.faults import Fault
from demo.wechat.media import stored
from demo.wechat.pushing import SENDER, Delivered, Sender
from demo.wechat.world import ALWAYS, App, Person, World

_PAGE = Path(__file__).with_name("page")
_TYPES = {"index.html": "text/html", "phone.css": "text/css", "phone.js": "text/javascript"}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_SHOWN = 20  # codes that a phone offers to scan


async def scanned(sender: Sender, person: Person, text: str) -> dict[str, Any]:
    """Somebody scans a code: what opens on the phone, and what the account replies.

    Gives `opens` (page of a mini-program with its query, chat of an account, or a web page), and `reply`.
    """
    world = sender.world
    if text.startswith("wxa:"):
        _, app_id, page = text.split(":", 2)
        page, _, scene = page.partition("?scene=")
        world.visit(world.apps[app_id], person)
        return {"opens": "mini", "app_id": app_id, "page": page, "query": {"scene": quote(scene)}}
    for number, ticket in world.qr_tickets.items():
        if ticket.url == text and (ticket.until is None or ticket.until > world.now()):
            app = world.apps[ticket.app_id]
            known = app.app_id in person.follows
            person.follows.add(app.app_id)
            key = ticket.scene if known else f"qrscene_{ticket.scene}"
            event = "SCAN" if known else "subscribe"
            delivered = await sender.happens(app, person, event, EventKey=key, Ticket=number)
            return {"opens": "chat", "app_id": app.app_id, "reply": delivered.reply}
    if link := world.links.get(text):
        return {"opens": "mini", "app_id": link["app_id"], "page": link["page"], "query": {"query": link["query"]}}
    for app in world.apps.values():
        if page := next((page for rule, page in app.link_rules.items() if _matches(rule, text)), ""):
            world.visit(app, person)
            moment = int(world.now().timestamp())
            query = {"q": quote(text, safe=""), "scancode_time": str(moment)}
            return {"opens": "mini", "app_id": app.app_id, "page": page, "query": query}
    return {"opens": "web", "url": text}


async def followed(sender: Sender, app: App, person: Person) -> Delivered:
    """Somebody follows an official account."""
    person.follows.add(app.app_id)
    return await sender.happens(app, person, "subscribe", EventKey="")


async def unfollowed(sender: Sender, app: App, person: Person) -> Delivered:
    """Somebody follows it no longer: nothing reaches them."""
    person.follows.discard(app.app_id)
    person.windows.pop(app.app_id, None)
    return await sender.happens(app, person, "unsubscribe", EventKey="")


async def tapped(sender: Sender, app: App, person: Person, name: str) -> dict[str, Any]:
    """Somebody taps the menu's button of this name: what opens, or what is replied; raises KeyError for no button."""
    buttons = {one["name"]: one for top in app.menu for one in (top.get("sub_button") or [top])}
    button = buttons[name]
    match button["type"]:
        case "view":
            await sender.happens(app, person, "VIEW", EventKey=button["url"], MenuId=1)
            return {"opens": "web", "url": button["url"]}
        case "miniprogram":
            await sender.happens(app, person, "view_miniprogram", EventKey=button["pagepath"], MenuId=1)
            return {"opens": "mini", "app_id": button["appid"], "page": button["pagepath"], "query": {}}
        case _:
            delivered = await sender.happens(app, person, "CLICK", EventKey=button["key"])
            return {"opens": "chat", "app_id": app.app_id, "reply": delivered.reply}


async def answered_prompt(sender: Sender, app: App, person: Person, answers: dict[str, bool]) -> None:
    """Somebody answers the prompt for subscriptions, template by template."""
    for template_id, accepted in answers.items():
        if accepted:
            lasting = app.templates[template_id].long_term
            before = person.consents[app.app_id, template_id]
            person.consents[app.app_id, template_id] = ALWAYS if lasting else before + 1
    items = [
        {"TemplateId": one, "SubscribeStatusString": "accept" if yes else "reject", "PopupScene": 0}
        for one, yes in answers.items()
    ]
    await sender.event(app, person, "subscribe_msg_popup_event", List=items)


async def refused_later(sender: Sender, app: App, person: Person, template_id: str) -> None:
    """Somebody switches a template off in the settings."""
    person.consents[app.app_id, template_id] = 0
    item = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
    await sender.event(app, person, "subscribe_msg_change_event", List=[item])


def _matches(rule: str, text: str) -> bool:
    """Same scheme and host; what lies below only if the rule ends with a slash (wechat.md, 7.3)."""
    ours, theirs = urlsplit(rule), urlsplit(text)
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc) or not theirs.query.startswith(ours.query):
        return False
    return theirs.path == ours.path or (ours.path.endswith("/") and theirs.path.startswith(ours.path))


def _here(request: web.Request) -> tuple[World, Sender]:
    return request.app[WORLD], request.app[SENDER]


def _person(request: web.Request) -> Person:
    person = request.app[WORLD].people.get(request.match_info["name"])
    if person is None:
        raise web.HTTPNotFound
    return person


def _app(request: web.Request) -> App:
    app = request.app[WORLD].apps.get(request.match_info["app"])
    if app is None:
        raise web.HTTPNotFound
    return app


def _outcome(delivered: Delivered) -> web.Response:
    return said({"attempts": delivered.attempts, "reply": delivered.reply, "failed": delivered.failed})


async def _apps(request: web.Request) -> web.Response:
    """The accounts with their menus and templates."""
    return said(
        {
            "apps": [
                {
                    "app_id": app.app_id,
                    "kind": app.kind,
                    "name": app.name,
                    "menu": app.menu,
                    "templates": [{"id": one.id, "title": one.title} for one in app.templates.values()],
                }
                for app in request.app[WORLD].apps.values()
            ],
            "site": request.app[WORLD].site,
        }
    )


async def _people(request: web.Request) -> web.Response:
    """Whose phones there are."""
    people = request.app[WORLD].people.values()
    return said({"people": [{"name": one.name, "phone": one.phone, "follows": sorted(one.follows)} for one in people]})


async def _added(request: web.Request) -> web.Response:
    """One more phone."""
    asked = await request.json()
    person = request.app[WORLD].add_person(asked["name"], asked.get("phone", "13800138000"))
    return said({"name": person.name})


async def _chat(request: web.Request) -> web.Response:
    """Everything on somebody's phone, oldest first; ?after=N leaves out the first N."""
    after = int(request.query.get("after", "0"))
    lines = [
        {"kind": one.kind, "app_id": one.app_id, "at": one.at.isoformat(), "content": one.content}
        for one in _person(request).chat[after:]
    ]
    return said({"chat": lines})


async def _says(request: web.Request) -> web.Response:
    """Somebody writes, or tells where they are: {"type": "text", "fields": {"Content": …}}."""
    _, sender = _here(request)
    asked = await request.json()
    return _outcome(await sender.message(_app(request), _person(request), asked["type"], **asked["fields"]))


async def _sends(request: web.Request) -> web.Response:
    """Somebody sends a file, the body of this request: ?type=image, voice, video or shortvideo."""
    world, sender = _here(request)
    app, kind = _app(request), request.query["type"]
    keep = "video" if kind == "shortvideo" else kind
    media_id = stored(world, app, keep, await request.read(), request.content_type)
    fields: dict[str, Any] = {"MediaId": media_id}
    match kind:
        case "image":
            fields["PicUrl"] = f"{request.url.origin()}/films/{media_id}"
        case "voice":
            fields["Format"] = "amr"
        case _:
            fields["ThumbMediaId"] = media_id
    return _outcome(await sender.message(app, _person(request), kind, **fields))


async def _codes(request: web.Request) -> web.Response:
    """The codes that were asked for, latest first, to be scanned without a camera."""
    world = request.app[WORLD]
    drawn = [("小程序码", text) for text in world.drawn.values() if text.startswith("wxa:")]
    tickets = [(f"公众号码 {one.scene}", one.url) for one in world.qr_tickets.values()]
    return said({"codes": [{"name": name, "text": text} for name, text in reversed(drawn + tickets)][:_SHOWN]})


async def _picture(request: web.Request) -> web.Response:
    """What a picture says that was drawn here; nothing for others."""
    return said({"text": request.app[WORLD].drawn.get(sha256(await request.read()).digest(), "")})


async def _page(_request: web.Request) -> web.Response:
    """The phone itself."""
    return _file("index.html")


async def _part(request: web.Request) -> web.Response:
    """A file of the page."""
    return _file(request.match_info["file"])


def _file(name: str) -> web.Response:
    if name not in _TYPES:
        raise web.HTTPNotFound
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    text = (_PAGE / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=_TYPES[name], headers=headers)


async def _follows(request: web.Request) -> web.Response:
    return _outcome(await followed(_here(request)[1], _app(request), _person(request)))


async def _unfollows(request: web.Request) -> web.Response:
    return _outcome(await unfollowed(_here(request)[1], _app(request), _person(request)))


async def _taps(request: web.Request) -> web.Response:
    return said(await tapped(_here(request)[1], _app(request), _person(request), (await request.json())["name"]))


async def _scans(request: web.Request) -> web.Response:
    return said(await scanned(_here(request)[1], _person(request), (await request.json())["text"]))


async def _code(request: web.Request) -> web.Response:
    """What wx.login (?for=login) or the phone button (?for=phone) gives."""
    return said({"code": _here(request)[0].code_for(_app(request), _person(request), request.query["for"])})


async def _prompt(request: web.Request) -> web.Response:
    """The answers to the prompt for subscriptions: {template id: accepted}."""
    await answered_prompt(_here(request)[1], _app(request), _person(request), await request.json())
    return said({})


async def _fault(request: web.Request) -> web.Response:
    """Let something go wrong: the fields of a Fault."""
    request.app[WORLD].faults.append(Fault(**await request.json()))
    return said({})


async def _moved_on(request: web.Request) -> web.Response:
    """Move this WeChat's time on by so many seconds."""
    request.app[WORLD].pass_time(seconds=timedelta(**await request.json()).total_seconds())
    return said({})


ROUTES = [
    ("GET", "/phone/", _page),
    ("GET", "/phone/page/{file}", _part),
    ("GET", "/phone/codes", _codes),
    ("POST", "/phone/pictures", _picture),
    ("GET", "/phone/apps", _apps),
    ("GET", "/phone/people", _people),
    ("POST", "/phone/people", _added),
    ("POST", "/phone/faults", _fault),
    ("POST", "/phone/time", _moved_on),
    ("GET", "/phone/{name}/chat", _chat),
    ("POST", "/phone/{name}/scans", _scans),
    ("POST", "/phone/{name}/{app}/says", _says),
    ("POST", "/phone/{name}/{app}/sends", _sends),
    ("POST", "/phone/{name}/{app}/follows", _follows),
    ("POST", "/phone/{name}/{app}/unfollows", _unfollows),
    ("POST", "/phone/{name}/{app}/taps", _taps),
    ("POST", "/phone/{name}/{app}/code", _code),
    ("POST", "/phone/{name}/{app}/prompt", _prompt),
]
