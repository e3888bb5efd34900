"""A door for pushes with what ours must do and no more: checks, a row for each push, a sealed answer after the commit.

`python -m bench.callback_door PORT`, until there is the real one. An answer that isn't there in time is "success".
"""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator

import uvloop
from aiohttp import web
from tortoise.exceptions import BaseORMException

from kit import clock
from kit.errors import Refusal
from kit.wechat import callback
from kit.wechat.account import Account, Kind
from kit.wechat.answers import NOTHING, Text, rendered
from models.database import connected, connection

CEILING = 4.5  # seconds; WeChat waits five
_KEPT = "INSERT INTO push (once, answer, received_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


def build(account: Account, answer: str, database_url: str) -> web.Application:
    """The application."""

    async def pushed(request: web.Request) -> web.Response:
        try:
            push = callback.opened(account, dict(request.query), await request.read())
        except Refusal as refusal:
            return web.Response(status=refusal.status)
        reply = rendered(account, push, Text(answer))
        try:
            async with asyncio.timeout(CEILING):
                await connection().execute_query(_KEPT, [push.once, reply.encode(), clock.today()])
        except TimeoutError:
            return web.Response(text=NOTHING)
        except (OSError, BaseORMException):
            return web.Response(status=503)
        return web.Response(text=reply)

    async def database(_app: web.Application) -> AsyncIterator[None]:
        async with connected(database_url, pool=10):
            yield

    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    made = web.Application()
    made.router.add_post("/", pushed)
    made.router.add_get("/healthz", alive)
    made.cleanup_ctx.append(database)
    return made


def main(port: int) -> None:
    """Serve."""
    given = os.environ
    account = Account(Kind.OFFICIAL, given["APP_ID"], given["ORIGINAL_ID"], "-", given["TOKEN"], given["AES_KEY"])
    built = build(account, given["ANSWER"], given["DATABASE_URL"])
    gc.freeze()  # as the web process does
    gc.set_threshold(20_000)
    web.run_app(built, host="127.0.0.1", port=port, access_log=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main(int(sys.argv[1]))
