"""Carries one request to its handler and the answer back: who calls, what was sent, what is said."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter, ValidationError

from domain.people.actors import VISITOR, Actor
from handlers.keys import RESOLVE_ACTOR, SETTINGS, Facts
from handlers.spec import Access, Call, Language, Operation, Raw, Reply, admit
from kit.errors import Invalid, Malformed, NotFound, Refusal, TooLarge
from kit.shapes import explain

DEEPEST = 32  # levels of JSON; nothing we describe is nearly as deep
PROOF = "X-Proof"
TICKET = "Upload-Ticket"
REQUEST_ID = web.RequestKey("request_id", str)
OPERATIONS: web.AppKey[dict[Handler, Operation]] = web.AppKey("operations")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')


class UnsupportedMediaType(Refusal):
    """The body is not JSON in UTF-8."""

    status, code, message = 415, "unsupported_media_type", "请以 application/json（UTF-8）提交内容"


def mount(app: web.Application, operations: Iterable[Operation]) -> None:
    """Give every operation its route; there is no other way to one."""
    app[OPERATIONS] = {serve(operation): operation for operation in operations}
    for handler, operation in app[OPERATIONS].items():
        if operation.method == "GET":
            app.router.add_get(operation.path, handler)  # and HEAD
        else:
            app.router.add_route(operation.method, operation.path, handler)


def serve(operation: Operation) -> Handler:
    """The aiohttp handler of an operation: actor, admission, input, one call, answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        actor = await _actor(request, operation)
        admit(actor, operation.access, operation.roles)
        arguments = _path(request, operation)
        call = Call(
            request=request,
            actor=actor,
            language=language(request.headers.get("Accept-Language", "")),
            request_id=request[REQUEST_ID],
            idempotency_key=_idempotency_key(request) if operation.idempotent else None,
            version=_version(request) if operation.versioned else None,
        )
        if operation.query:
            arguments["query"] = _query(request, operation.query)
        if operation.body:
            arguments["body"] = await _body(request, operation.body, operation.limit)
        return _response(await operation.handler(call, **arguments), operation)

    return answer


async def _actor(request: web.Request, operation: Operation) -> Actor:
    """Who acts. Where everybody may come in nobody is asked, so that nothing ties a report to a session."""
    if operation.access is Access.PUBLIC:
        return VISITOR
    authorization = request.headers.get("Authorization")
    if authorization is None and operation.access is Access.UPLOADER and (ticket := request.headers.get(TICKET)):
        authorization = f"Ticket {ticket}"
    # Staff are not anonymous anywhere: where they may come from is asked on every route.
    nameless = operation.anonymous and not (authorization or "").startswith("Bearer ")
    facts = Facts(None, None, request.headers.get(PROOF)) if nameless else facts_of(request)
    return await request.app[RESOLVE_ACTOR](authorization, facts)


def facts_of(request: web.Request) -> Facts:
    """The sender's address, seen through as many of our own proxies as the settings say, and their agent."""
    hops = [part.strip() for line in request.headers.getall("X-Forwarded-For", ()) for part in line.split(",")]
    hops.append(request.remote or "")
    own = min(request.app[SETTINGS].trusted_proxies, len(hops) - 1)
    agent = request.headers.get("User-Agent", "")[:200].encode("utf-8", "replace").decode()
    return Facts(hops[-1 - own][:64] or None, agent or None, request.headers.get(PROOF))


@lru_cache(1000)
def language(header: str) -> Language:
    """The language of labels that `Accept-Language` asks for; Chinese unless English comes first."""
    best, weight = "zh", 0.0
    for item in header.split(","):
        name, _, quality = item.strip().partition(";q=")
        primary = name.partition("-")[0].lower()
        if primary in {"zh", "en"}:
            try:
                wanted = float(quality or 1)
            except ValueError:
                continue
            if wanted > weight:
                best, weight = primary, wanted
    return "en" if best == "en" else "zh-Hans"


def _path(request: web.Request, operation: Operation) -> dict[str, Any]:
    """The path's parameters; one that cannot be right names nothing that exists, so it is not found."""
    try:
        return {
            name: adapter.validate_python(_clean(request.match_info[name]))
            for name, adapter in operation.path_parameters.items()
        }
    except ValidationError:
        raise NotFound from None


def _clean(value: str) -> str:
    if "\0" in value:
        raise NotFound
    return value


def _query(request: web.Request, adapter: TypeAdapter[Any]) -> Any:
    fields = []
    for name in dict.fromkeys(request.query):
        values = request.query.getall(name)
        if len(values) > 1:
            fields.append({"path": f"query.{name[:64]}", "message": "只能填写一次"})
        elif "\0" in name + values[0]:
            fields.append({"path": "query", "message": "含有不允许的控制字符"})
    if fields:
        raise Invalid(details={"fields": fields})
    try:
        return adapter.validate_python(dict(request.query))
    except ValidationError as error:
        raise Invalid(details={"fields": explain(error, inside="query")}) from None


async def _body(request: web.Request, adapter: TypeAdapter[Any], limit: int | None) -> Any:
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType
    raw = await _bytes(request, limit or request.app[SETTINGS].body_limit)
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST or b"\\u0000" in raw:
        _screen(content)
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        raise Invalid(details={"fields": explain(error)}) from None


async def _bytes(request: web.Request, limit: int) -> bytes:
    if (request.content_length or 0) > limit:
        raise TooLarge(details={"limit": limit})
    raw = bytearray()
    try:
        async for chunk in request.content.iter_any():
            raw += chunk
            if len(raw) > limit:
                raise TooLarge(details={"limit": limit})
    except (web.RequestPayloadError, ConnectionError):
        raise Malformed from None
    return bytes(raw)


def _screen(content: Any) -> None:
    """Refuse nesting that later writers of JSON could not take, and NUL, which PostgreSQL cannot hold."""
    open_: list[tuple[str, int, Any]] = [("", 1, content)]
    while open_:
        where, depth, value = open_.pop()
        if depth > DEEPEST:
            raise Malformed
        match value:
            case str() if "\0" in value:
                raise Invalid(details={"fields": [{"path": where, "message": "含有不允许的控制字符"}]})
            case dict():
                if any("\0" in name for name in value):
                    raise Invalid(details={"fields": [{"path": where, "message": "含有不允许的控制字符"}]})
                open_ += [(f"{where}.{name[:64]}".lstrip("."), depth + 1, inner) for name, inner in value.items()]
            case list():
                open_ += [(f"{where}.{place}".lstrip("."), depth + 1, inner) for place, inner in enumerate(value)]


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Invalid(details={"fields": [{"path": "Idempotency-Key", "message": "应为 1 至 255 个可见 ASCII 字符"}]})
    return key


def _version(request: web.Request) -> int | None:
    header = request.headers.get("If-Match")
    if header is None:
        return None
    if not (found := _VERSION.fullmatch(header)):
        raise Invalid(details={"fields": [{"path": "If-Match", "message": "应为事项的版本号"}]})
    return int(found[1])


def _response(result: Any, operation: Operation) -> web.StreamResponse:
    match result:
        case web.StreamResponse():
            return result
        case Raw():
            return _json(result.content, result.status, result.headers)
        case Reply():
            status, headers, content = result.status or operation.status, result.headers, result.content
        case _:
            status, headers, content = operation.status, {}, result
    adapter = operation.answers.get(status, operation.result)
    if adapter is None:
        return web.Response(status=status, headers=headers)
    return _json(adapter.dump_json(content, by_alias=True), status, headers)


def _json(content: bytes, status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(body=content, status=status, headers=headers, content_type="application/json", charset="utf-8")
