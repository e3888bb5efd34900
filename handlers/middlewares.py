"""Round every request: its id, its line in the log, headers of caution, and one shape for every refusal."""

import re
from http import HTTPStatus
from secrets import token_hex
from time import perf_counter

import orjson
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.exchange import OPERATIONS, REQUEST_ID, facts_of, language
from handlers.spec import Operation
from kit import metrics
from kit.errors import Refusal, Unavailable
from kit.outage import away
from kit.words import phrase, speaking

log = structlog.get_logger("http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# What aiohttp itself refuses, in our shape; other statuses of its own become "refused".
_OF_THE_SERVER = {
    404: ("not_found", "没有找到"),
    405: ("method_not_allowed", "此地址不支持这种操作"),
    413: ("too_large", "内容过大"),
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal_body(code: str, message: str, request_id: str, details: object = None) -> bytes:
    """The one shape of a refusal, in the language asked for."""
    if isinstance(details, dict) and "fields" in details:
        fields = [field | {"message": phrase(field["message"])} for field in details["fields"]]
        details = details | {"fields": fields}
    return orjson.dumps(
        {"code": code, "message": phrase(message), "details": details or {}, "request_id": request_id}, default=str
    )


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Put the request's id and the headers of caution on an answer, streamed ones too; a handler's own stay.

    For `Application.on_response_prepare`.
    """
    headers = response.headers
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["Server"] = "web"  # not which one
    if request_id := request.get(REQUEST_ID):
        headers["X-Request-ID"] = request_id


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and leave one line in the log and one mark in the figures.

    The line names the route by its template, never the path or query; who called only where staff sign in. Where an
    operation is quiet, what went well is only counted.
    """
    asked = request.headers.get("X-Request-ID", "")
    request[REQUEST_ID] = asked if asked and _REQUEST_ID.fullmatch(asked) else token_hex(16)
    operation = _operation(request)
    anonymous = operation is not None and operation.anonymous
    bound = {"anonymous": True} if anonymous else {}
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID], **bound):
        started = perf_counter()
        status = 0  # the connection broke before there was an answer
        try:
            response = await handler(request)
            status = response.status
        finally:
            seconds = perf_counter() - started
            route = operation.path if operation else "unknown"
            method = request.method if operation else "unknown"
            metrics.answered(method, metrics.ANONYMOUS if anonymous else route, status, seconds)
            if not (operation and operation.quiet and 0 < status < HTTPStatus.BAD_REQUEST):
                who = {}
                if operation and operation.sign_in:
                    facts = facts_of(request)
                    who = {"address": facts.address, "agent": facts.agent}
                log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), **who)
    return response


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every way of failing into one shape; a bug is 500 and is logged, a server that is away is 503."""
    with speaking(language(request.headers.get("Accept-Language", ""))):
        return await _answered(request, handler)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or whatever it raised, said in the language that is spoken now."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refused(request, refusal)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:  # a redirect is no refusal
            raise
        code, message = _OF_THE_SERVER.get(error.status, ("refused", "请求不能办理"))
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _answer(error.status, refusal_body(code, message, request[REQUEST_ID]), headers)
    except Exception as error:
        if request.writer.output_size > 0:  # part of the answer is sent: all that is left is to break off
            log.exception("broke off")
            raise
        if away(error):
            log.warning("a server is away", kind=type(error).__name__)
            return _refused(request, Unavailable())
        log.exception("bug")
        body = refusal_body("internal", "系统出错，请稍后再试；如需帮助请提供请求编号", request[REQUEST_ID])
        return _answer(500, body, {})


def _operation(request: web.Request) -> Operation | None:
    return request.app[OPERATIONS].get(request.match_info.handler)


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer, Receipt"
    body = refusal_body(refusal.code, refusal.text, request[REQUEST_ID], refusal.details)
    return _answer(refusal.status, body, headers)


def _answer(status: int, body: bytes, headers: dict[str, str]) -> web.Response:
    return web.Response(body=body, status=status, headers=headers, content_type="application/json", charset="utf-8")
