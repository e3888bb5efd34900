"""The application with both accounts at a small WeChat, and members of staff who bind their phones there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
import pyotp
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

import app
from demo.persons import LISTED, PASSWORD
from demo.wechat.pushing import Sender
from demo.wechat.world import Person, World
from domain.people.accounts import TOTP_SECONDS
from kit import clock
from kit.settings import Settings
from models import Account, AccountRecord
from models.database import connected
from tests.api.conftest import Api, Client
from tests.api.test_wechat_codes import configured
from tests.demo.wechat import worlds
from tests.servers import Servers, create_database, drop_database

VERIFIER = "a-random-secret-of-this-browser-only"
OFFICER, PHONE = "handler1", "13800138000"  # 张三's number, too


@dataclass
class Ground:
    """One application for a module, and what is put back between its tests."""

    site: Api
    world: World
    sender: Sender
    valkey: Redis
    owner: str

    async def put_back(self) -> None:
        """Nobody is bound or signed in, no limit is used up, and WeChat has forgotten everything but our tokens."""
        await self.valkey.flushall()
        line = await asyncpg.connect(self.owner)
        await line.execute(
            "TRUNCATE fan, session, invitation, screen_sign_in, account_record CASCADE;"
            "UPDATE account SET totp_step = 0, failures = 0, locked_until = NULL, disabled_at = NULL"
        )
        await line.close()
        self.site.people.clear()
        fresh = _world()
        for field in fields(World):
            if field.name not in {"base", "tokens", "tickets"}:
                setattr(self.world, field.name, getattr(fresh, field.name))


def _world() -> World:
    world = worlds.small()
    worlds.mini(world).pages = {"staff/confirm/index"}
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(
    servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ground]:
    """The application with both accounts of one open platform."""
    name, world = f"test_{uuid4().hex[:12]}", _world()
    await create_database(servers.postgres, name, province_template)
    async with worlds.serving(world) as (base, sender, _), connected(servers.postgres.url(name, "yijian"), pool=6):
        changed: dict[str, Any] = {}
        for account in world.apps.values():
            changed |= configured(account)
        settings = Settings(
            database_url=servers.postgres.url(name, "yijian"),
            redis_url=servers.valkey.url(),
            var=tmp_path_factory.mktemp("wechat"),
            wechat_api=base,
            wechat_pages=base,
            wechat_open_platform=True,
            public_url="https://report.example",
            **changed,
        )
        client: Client = TestClient(TestServer(app.build(settings, database=False)))
        await client.start_server()
        async with Redis.from_url(servers.valkey.url()) as valkey:
            yield Ground(Api(client, settings, {}), world, sender, valkey, servers.postgres.url(name))
        await client.close()
    await drop_database(servers.postgres, name)


@pytest_asyncio.fixture(loop_scope="module")
async def site(ground: Ground) -> Api:
    """The application, as new."""
    await ground.put_back()
    return ground.site


@pytest.fixture
def world(site: Api, ground: Ground) -> World:
    """That WeChat."""
    return ground.world


@pytest.fixture
def sender(site: Api, ground: Ground) -> Sender:
    """Whoever pushes for it."""
    official = worlds.official(ground.world)
    official.callback = str(site.client.make_url("/wechat/official/callback"))
    return ground.sender


async def fresh_code(username: str = OFFICER) -> str:
    """The code on somebody's phone; where it was used already, that of the next half minute."""
    secret = next(person.totp_secret for person in LISTED if person.username == username)
    used = (await Account.get(username=username)).totp_step
    return pyotp.TOTP(secret).generate_otp(max(used + 1, int(clock.now().timestamp()) // TOTP_SECONDS))


@dataclass
class Phone:
    """Somebody's phone with WeChat, and what our client on it asks us."""

    api: Api
    world: World
    person: Person

    def login_code(self) -> str:
        """What wx.login gives."""
        return self.world.code_for(worlds.mini(self.world), self.person)

    def phone_code(self) -> str:
        """What the phone button gives."""
        return self.world.code_for(worlds.mini(self.world), self.person, "phone")

    async def in_mini(self, status: int = 200, code: str = "") -> Any:
        """Prove who one is in the mini-program."""
        body = {"by": "mini", "code": code or self.login_code()}
        return await self.api.post("/api/v1/wechat/identities", body=body, status=status)

    async def consent(self, verifier: str = VERIFIER) -> dict[str, str]:
        """Agree on WeChat's page; the query with which the browser comes back to our address."""
        begun = await self.api.post("/api/v1/wechat/consents", body={"verifier": verifier})
        async with ClientSession() as http:
            page = f"{begun['url'].partition('#')[0]}&as={self.person.name}"
            answer = await http.get(page, allow_redirects=False)
        where = urlsplit(answer.headers["Location"])
        assert where._replace(query="").geturl() == "https://report.example/wechat/consent"
        return {name: values[0] for name, values in parse_qs(where.query).items()}

    async def on_a_page(self, back: dict[str, str] | None = None, status: int = 200, verifier: str = VERIFIER) -> Any:
        """Prove who one is on a page inside WeChat, with what the browser came back with."""
        brought = back or await self.consent(verifier)
        body = {"by": "official", **brought, "verifier": verifier}
        return await self.api.post("/api/v1/wechat/identities", body=body, status=status)

    async def binds(self, invitation: str, status: int = 201, username: str = OFFICER, **changed: Any) -> Any:
        """Bind in the mini-program."""
        body = {
            "proof": (await self.in_mini())["proof"],
            "invitation": invitation,
            "totp": await fresh_code(username),
            "phone_code": self.phone_code(),
            **changed,
        }
        return await self.api.post("/api/v1/bindings", body=body, status=status)

    async def binds_on_a_page(self, invitation: str, status: int = 201, **changed: Any) -> Any:
        """Bind on a page inside WeChat."""
        body = {
            "proof": (await self.on_a_page())["proof"],
            "invitation": invitation,
            "totp": await fresh_code(),
            "password": PASSWORD,
            **changed,
        }
        return await self.api.post("/api/v1/bindings", body=body, status=status)

    async def signs_in(self, proof: str = "", status: int = 201, **changed: Any) -> Any:
        """Sign in by WeChat."""
        body = {"proof": proof or (await self.in_mini())["proof"], "totp": await fresh_code(), **changed}
        return await self.api.post("/api/v1/session/wechat", body=body, status=status)


@pytest.fixture
def zhang(site: Api, world: World) -> Phone:
    """张三's phone."""
    return Phone(site, world, worlds.zhang(world))


@pytest.fixture
def li(site: Api, world: World) -> Phone:
    """Somebody else's phone."""
    return Phone(site, world, world.add_person("李四", "13900139000"))


async def invited(api: Api, username: str = OFFICER, phone: str = PHONE) -> str:
    """The code of an invitation."""
    path = f"/api/v1/accounts/{username}/invitations"
    return str((await api.post(path, "system-admin", {"phone": phone}, 201))["code"])


async def bound(phone: Phone, username: str = OFFICER) -> str:
    """Bind a phone; the Authorization of the session that begins with it."""
    code = await invited(phone.api, username, phone.person.phone)
    return f"Bearer {(await phone.binds(code, username=username))['token']}"


async def lives(api: Api, session: str) -> bool:
    """Whether a session is still one."""
    response = await api.call("GET", "/api/v1/session", session)
    assert response.status in {200, 401}
    return response.status == 200


async def events(username: str = OFFICER) -> list[str]:
    """What the records of an account say, in order."""
    return [record.event for record in await AccountRecord.filter(account__username=username).order_by("at")]
