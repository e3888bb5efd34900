"""The application with an official account at a small WeChat, on the demo province."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from redis.asyncio import Redis

import app
from bot import chores
from bot.menu import MENU
from demo.wechat import phone
from demo.wechat.faults import Fault
from demo.wechat.media import stored
from demo.wechat.pushing import Delivered, Sender
from demo.wechat.world import App, Person, World
from domain.files.writing import Place
from kit.settings import Settings
from kit.wechat.account import Kind
from kit.wechat.clients import clients
from kit.wechat.menu import set_menu
from models import Case, Conversation
from tests.api.conftest import api
from tests.demo.wechat import worlds
from tests.servers import Servers

__all__ = ["api"]


@dataclass
class Chat:
    """Somebody's phone, our application, and WeChat between them."""

    settings: Settings
    web: web.Application
    server: TestServer
    world: World
    sender: Sender
    valkey: Redis

    @property
    def app(self) -> App:
        return worlds.official(self.world)

    @property
    def person(self) -> Person:
        return worlds.zhang(self.world)

    async def pushed(self, kind: str = "text", **fields: Any) -> Delivered:
        return await self.sender.message(self.app, self.person, kind, **fields)

    async def says(self, text: str) -> str:
        """What the account answers to a text."""
        return shown(await self.pushed(Content=text))

    async def sends(self, kind: str, content: bytes = b"\xff\xd8\xff", content_type: str = "image/jpeg") -> str:
        media_id = await self.left(kind, content, content_type)
        return shown(await self.pushed(kind, MediaId=media_id, ThumbMediaId="thumb", PicUrl="", Format="amr"))

    async def left(self, kind: str, content: bytes, content_type: str) -> str:
        """The id of something that lies at WeChat."""
        return stored(self.world, self.app, "video" if kind == "shortvideo" else kind, content, content_type)

    async def taps(self, name: str) -> str:
        reply = (await phone.tapped(self.sender, self.app, self.person, name))["reply"]
        return str(reply["text"]["content"])

    async def goes(self, *texts: str) -> str:
        """Say several things; the answer to the last."""
        answer = ""
        for text in texts:
            answer = await self.says(text)
        return answer

    async def to_tell(self) -> str:
        """As far as the account asks what happened."""
        return await self.goes("我要举报", "1", "139 0000 0000", "跳过", "兰州市城关区")

    async def works(self, name: str) -> int:
        """What the worker does for the chat, once."""
        async with clients(self.settings, self.valkey) as found:
            _, run = chores.chores(self.settings, found, Place.below(self.settings.var))[name]
            return await run()

    async def phone_fault(self) -> None:
        """WeChat's files can't be had for one call."""
        self.world.faults.append(Fault("/cgi-bin/media/get", code=40097))

    async def taps_or_says(self, name: str) -> str:
        """A button of the menu, which our own command sets."""
        async with clients(self.settings, self.valkey) as found:
            await set_menu(found[Kind.OFFICIAL], MENU)
        tapped = await self.taps(name)
        assert tapped == await self.says(name)
        return tapped

    async def another(self) -> None:
        """A second process beside the first, which is asked from now on."""
        self.web = app.build(self.settings, database=False)
        self.server = TestServer(self.web)
        await self.server.start_server()
        self.app.callback = str(self.server.make_url("/wechat/official/callback"))

    async def restarted(self) -> None:
        """Another process takes over, which remembers nothing."""
        await self.server.close()
        await self.another()

    async def state(self) -> str | None:
        talk = await Conversation.first()
        return talk.state if talk else None

    async def cases(self) -> int:
        return await Case.all().count()


def shown(delivered: Delivered) -> str:
    assert not delivered.failed, delivered
    assert delivered.reply is not None, delivered
    return str(delivered.reply["text"]["content"])


def set_up(settings: Settings, official: App, base: str) -> Settings:
    return settings.model_copy(
        update={
            "wechat_official_app_id": official.app_id,
            "wechat_official_original_id": official.original_id,
            "wechat_official_secret": SecretStr(official.secret),
            "wechat_official_token": SecretStr(official.token),
            "wechat_official_aes_key": SecretStr(official.aes_key),
            "wechat_api": base,
        }
    )


@pytest.fixture
async def chat(
    province: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Chat]:
    """张三 follows the official account, whose callback is our application."""
    world = worlds.small()
    async with worlds.serving(world) as (base, sender, _):
        built = set_up(settings, worlds.official(world), base).model_copy(
            update={"database_url": province, "redis_url": servers.valkey.url(), "var": tmp_path}
        )
        application = app.build(built, database=False)
        server = TestServer(application)
        await server.start_server()
        worlds.official(world).callback = str(server.make_url("/wechat/official/callback"))
        made = Chat(built, application, server, world, sender, valkey)
        yield made
        await made.server.close()
