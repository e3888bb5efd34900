"""What every test may ask for: the servers, an empty database, a client of Valkey, the demo province."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

import demo.persons
import demo.province
from domain.loop import packs
from kit.settings import Settings
from models.database import connected
from tests import memory, prepared
from tests.databases import database, template
from tests.servers import Servers, create_database, drop_database, servers

__all__ = ["database", "servers", "template"]

memory.used()
prepared.once()


# What takes longest, longest first: of two who share the files, neither is left with a long one at the end.
LONGEST = (
    "tests/client/test_build.py", "tests/bench/test_small_kills.py", "tests/api/test_fuzz.py", "tests/client/",
    "tests/test_processing_processes.py", "tests/bench/", "tests/test_kill.py", "tests/test_launch.py",
    "tests/test_manage.py", "tests/demo/wechat/test_page.py", "tests/kit/test_h5.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the rest as it stands."""

    def place(item: pytest.Item) -> int:
        return next((at for at, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    """Rules read from one test's database are not those of another's."""
    packs.forget()
    yield
    packs.forget()


@pytest.fixture
async def valkey(servers: Servers) -> AsyncIterator[Redis]:
    """A client of the session's Valkey, empty for each test."""
    client = Redis.from_url(servers.valkey.url())
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def province_template(servers: Servers, template: str) -> str:
    """The name of a database with the demo province: regions, rules, units, posts, accounts; no matters."""
    name = "template_province"

    async def load() -> None:
        await create_database(servers.postgres, name, template)
        async with connected(servers.postgres.url(name)):
            await demo.province.made()
            await demo.persons.accounts_made(Settings())

    asyncio.run(load())
    return name


@pytest.fixture
async def province_url(servers: Servers, province_template: str) -> AsyncIterator[str]:
    """The address of a copy of the demo province, as the application's own login sees it."""
    name = f"test_{uuid4().hex[:12]}"
    await create_database(servers.postgres, name, province_template)
    yield servers.postgres.url(name, "yijian")
    await drop_database(servers.postgres, name)


@pytest.fixture
async def province(province_url: str) -> AsyncIterator[str]:
    """Models are usable, in a copy of the demo province; gives its address."""
    async with connected(province_url, pool=6):
        yield province_url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The demo profile's settings, whatever the environment says, with a folder of its own."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings.model_construct(**{**defaults, "var": tmp_path})
