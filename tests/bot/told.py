"""Our application with both accounts at a small WeChat, a worker that tells, and people who choose to be told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from redis.asyncio import Redis

import app
from bot import telling
from bot.telling import Teller
from demo.wechat import phone
from demo.wechat.pushing import Sender
from demo.wechat.world import App, Entry, Person, World
from domain.loop import deliveries, delivery_plans, notices, reach
from domain.wechat import consents, fans
from kit import clock
from kit.settings import Settings
from kit.wechat.account import Kind, accounts
from kit.wechat.client import Client, connected
from models import Account, Fan
from tests.demo.wechat import worlds
from tests.makers import Walk

TEMPLATES = {
    "wechat_mini_progress": f"{worlds.PROGRESS} thing1=text character_string2=count phrase3=state",
    "wechat_mini_progress_lasting": f"{worlds.LASTING} thing1=text",
    "wechat_mini_duty": f"{worlds.OWED} thing1=text number2=count time3=due",
    "wechat_official_progress": f"{worlds.TOLD} thing1=text time2=time",
    "wechat_official_duty": f"{worlds.DUTY} thing1=text time2=due",
}


def configured(settings: Settings, world: World, base: str) -> Settings:
    """Both accounts, with their templates."""
    values: dict[str, Any] = {"wechat_api": base, **TEMPLATES}
    for kind, one in ((Kind.OFFICIAL, worlds.official(world)), (Kind.MINI, worlds.mini(world))):
        values |= {f"wechat_{kind}_app_id": one.app_id, f"wechat_{kind}_original_id": one.original_id}
        values |= {f"wechat_{kind}_{name}": SecretStr(getattr(one, name)) for name in ("secret", "token", "aes_key")}
    return settings.model_copy(update=values)


def really() -> AbstractContextManager[None]:
    """What comes from WeChat is signed with the time that our server has, whatever the test's is."""
    return clock.at(datetime.now(clock.CHINA))


def matter(walk: Walk) -> UUID:
    assert walk.holder.matter_id is not None
    return walk.holder.matter_id


@dataclass
class Told:
    """The settings, WeChat, and what the worker does about notices."""

    settings: Settings
    world: World
    sender: Sender
    clients: Mapping[Kind, Client]
    server: TestServer

    @property
    def official(self) -> App:
        return worlds.official(self.world)

    @property
    def mini(self) -> App:
        return worlds.mini(self.world)

    async def plan(self) -> int:
        means = telling.means(self.settings)
        return await notices.delivered(partial(delivery_plans.planned, means))

    async def send(self) -> int:
        return await deliveries.sent(self.settings, telling.means(self.settings), Teller(self.settings, self.clients))

    async def joined(self, walk: Walk, person: Person) -> None:
        """A follower who scanned a code of the case's."""
        openid = person.openid(self.official)
        fan = await fans.met(self.settings, self.official.app_id, openid, follows=True)
        scene = await reach.code_asked(self.settings, matter(walk))
        assert await reach.scanned(self.settings, scene, fan.id)

    async def work(self) -> None:
        """Everything that is owed now, and what WeChat reports of it."""
        await self.plan()
        while await self.send():
            pass
        await self.world.settled()

    async def bound(self, username: str, name: str, *, owed: int = 0) -> Person:
        """A member of staff with a phone: follower of the official account, and bound there and in the mini-program."""
        account = await Account.get(username=username)
        person = self.world.add_person(name)
        person.follows.add(self.official.app_id)
        fan = await fans.met(self.settings, self.official.app_id, person.openid(self.official), follows=True)
        small = await fans.met(self.settings, self.mini.app_id, person.openid(self.mini))
        await Fan.filter(id__in=[fan.id, small.id]).update(account_id=account.id)
        for _ in range(owed):
            await consents.told(small.id, worlds.OWED)
        person.consents[self.mini.app_id, worlds.OWED] = owed
        return person

    async def chosen(self, walk: Walk, name: str, *, times: int = 1, lasting: bool = False) -> Person:
        """A complainant who taps in the mini-program; what they accepted there is in stock."""
        person = self.world.add_person(name)
        template = worlds.LASTING if lasting else worlds.PROGRESS
        for _ in range(times):
            with really():
                await phone.answered_prompt(self.sender, self.mini, person, {template: True})
            openid = person.openid(self.mini)
            await reach.chosen_on_phone(self.settings, matter(walk), self.mini.app_id, openid, lasting=lasting)
        return person

    def messages(self, person: Person, *kinds: str) -> list[Entry]:
        wanted = kinds or ("subscription", "template", "service")
        return [entry for entry in person.chat if entry.kind in wanted]


@asynccontextmanager
async def told_at(
    settings: Settings, database: str, valkey: Redis, valkey_url: str, var: Path, *, stalled: float = 1.0
) -> AsyncIterator[Told]:
    """All of it, served; WeChat's calls are tried without pauses."""
    world = worlds.small()
    async with worlds.serving(world) as (base, sender, _), connected() as http:
        built = configured(settings, world, base).model_copy(
            update={"database_url": database, "redis_url": valkey_url, "var": var}
        )
        application = app.build(built, database=False)
        server = TestServer(application)
        await server.start_server()
        for kind, one in ((Kind.OFFICIAL, worlds.official(world)), (Kind.MINI, worlds.mini(world))):
            one.callback = str(server.make_url(f"/wechat/{kind}/callback"))
        found = accounts(built)
        clients = {
            kind: Client(one, http, valkey, base=base, waits=(0.0,), stalled=stalled) for kind, one in found.items()
        }
        made = Told(built, world, sender, clients, server)
        yield made
        await world.settled()
        await server.close()
