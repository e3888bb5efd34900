"""A callback that notes what was delivered and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from demo.wechat.sealing import decrypted
from demo.wechat.world import App


@dataclass
class Receiver:
    """`answers` are used up one by one, then it says success; a number is a status, a float seconds of silence."""

    app: App
    url: str = ""
    answers: list[str | int | float] = field(default_factory=list)
    echo: str | None = None
    queries: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def get(self, request: web.Request) -> web.Response:
        """Echo, or what it was told to say instead."""
        self.queries.append(dict(request.query))
        return web.Response(text=request.query["echostr"] if self.echo is None else self.echo)

    async def file(self, _request: web.Request) -> web.Response:
        """The file that shows whose domain this is."""
        return web.Response(text="abc")

    async def post(self, request: web.Request) -> web.Response:
        """Note it, then answer."""
        body = await request.read()
        self.queries.append(dict(request.query))
        self.raw.append(body)
        self.bodies.append(self._opened(body.decode()))
        answer = self.answers.pop(0) if self.answers else "success"
        match answer:
            case float():
                await asyncio.sleep(answer)
                return web.Response(text="success")
            case int():
                return web.Response(status=answer)
            case _:
                return web.Response(text=answer)

    def _opened(self, body: str) -> str:
        if "<Encrypt>" not in body:
            return body
        sealed = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
        return decrypted(self.app.aes_key, self.app.app_id, sealed)


@asynccontextmanager
async def receiving(app: App) -> AsyncIterator[Receiver]:
    """Served; the account's callback is yet to be set."""
    receiver = Receiver(app)
    served = web.Application()
    served.router.add_get("/callback", receiver.get)
    served.router.add_get("/MP_verify_abc.txt", receiver.file)
    served.router.add_post("/callback", receiver.post)
    async with TestServer(served) as server:
        receiver.url = str(server.make_url("/callback"))
        yield receiver
