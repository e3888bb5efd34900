"""A migrated database for a test, copied from one that is migrated once a session."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import connected
from models.migrating import migrated
from tests.servers import Servers, create_database, drop_database


@pytest.fixture(scope="session")
def template(servers: Servers) -> Iterator[str]:
    """The name of a database with all tables and no rows; whoever uses it makes a copy."""
    name = "template_migrated"
    asyncio.run(create_database(servers.postgres, name))
    asyncio.run(migrated(servers.postgres.url(name)))
    yield name
    asyncio.run(drop_database(servers.postgres, name))


@pytest.fixture
async def database(servers: Servers, template: str) -> AsyncIterator[BaseDBAsyncClient]:
    """Models are usable, in an empty database of the test's own."""
    name = f"test_{uuid4().hex[:12]}"
    await create_database(servers.postgres, name, template)
    async with connected(servers.postgres.url(name), pool=4) as connection:
        yield connection
    await drop_database(servers.postgres, name)
