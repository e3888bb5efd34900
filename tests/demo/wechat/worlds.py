"""A small WeChat with an official account, a mini-program and a person, served in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from demo.wechat.pushing import SENDER, Sender
from demo.wechat.server import build
from demo.wechat.world import App, Person, Template, World

PROGRESS, LASTING, DUTY = "tmpl-progress", "tmpl-lasting", "tmpl-duty"
TOLD, OWED = "tmpl-told", "tmpl-owed"  # the official account's for reporters, the mini-program's for officers


def small() -> World:
    """The accounts `official` and `mini`, and 张三, who follows the first."""
    world = World()
    official = world.add_app(
        App("official", "wx-official", "gh_official", "secret-official", "tokenOfficial", "A" * 43)
    )
    official.templates[DUTY] = Template(DUTY, "待办提醒", ("thing1", "time2"))
    official.templates[TOLD] = Template(TOLD, "办理进展", ("thing1", "time2"))
    mini = world.add_app(App("mini", "wx-mini", "gh_mini", "secret-mini", "tokenMini", "B" * 43))
    mini.pages = {"pages/index/index", "pages/progress/progress", "pages/progress/index"}
    mini.templates[PROGRESS] = Template(PROGRESS, "进展", ("thing1", "character_string2", "phrase3"))
    mini.templates[LASTING] = Template(LASTING, "进展", ("thing1",), long_term=True)
    mini.templates[OWED] = Template(OWED, "待办提醒", ("thing1", "number2", "time3"))
    world.add_person("张三").follows.add(official.app_id)
    return world


def official(world: World) -> App:
    """Its official account."""
    return world.apps["wx-official"]


def mini(world: World) -> App:
    """Its mini-program."""
    return world.apps["wx-mini"]


def zhang(world: World) -> Person:
    """Its person."""
    return world.people["张三"]


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[tuple[str, Sender, ClientSession]]:
    """Its address, whoever pushes for it, and a session to ask it with."""
    app = build(world)
    server = TestServer(app)
    await server.start_server()
    world.base = str(server.make_url("")).rstrip("/")
    try:
        async with ClientSession() as http:
            yield world.base, app[SENDER], http
    finally:
        await server.close()
