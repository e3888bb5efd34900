"""What may go wrong at WeChat, on demand."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Fault:
    """Befalls the next `times` calls whose path begins so; one of the others says how.

    `code` answers with an error; `stall` waits so many seconds; `status` answers with HTML; `reset` cuts the line;
    both before the work, or after it was done if `done`; `plain` calls the JSON text/plain; `raw` puts a control
    character into it.
    """

    path: str = ""
    times: int = 1
    code: int = 0
    stall: float = 0
    status: int = 0
    reset: bool = False
    done: bool = False
    plain: bool = False
    raw: bool = False


def befalling(faults: list[Fault], path: str) -> Fault | None:
    """The fault for a call, used up by one."""
    for fault in faults:
        if fault.times > 0 and path.startswith(fault.path):
            fault.times -= 1
            return fault
    return None


async def suffered(
    fault: Fault, request: web.Request, work: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """The answer under a fault that is no error code."""
    if fault.stall and not fault.done:
        await asyncio.sleep(fault.stall)
    if fault.status:
        return web.Response(status=fault.status, text="<html><h1>Bad Gateway</h1></html>", content_type="text/html")
    if fault.reset and not fault.done:
        return _cut(request)
    response = await work()
    if fault.stall and fault.done:
        await asyncio.sleep(fault.stall)
    if fault.reset:
        return _cut(request)
    if isinstance(response, web.Response) and response.content_type == "application/json" and response.text:
        if fault.plain:
            response.content_type = "text/plain"
        if fault.raw:
            response.text = response.text.replace("{", '{"note":"\x01\t",', 1)
    return response


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()
