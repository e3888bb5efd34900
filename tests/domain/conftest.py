"""One copy of the demo province for all tests of a module that make cases of their own and leave others' alone."""

from collections.abc import AsyncIterator

import pytest_asyncio

from models.database import connected
from tests.servers import Servers, create_database, drop_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_province(servers: Servers, province_template: str, request: object) -> AsyncIterator[str]:
    """Models are usable, for tests marked `pytest.mark.asyncio(loop_scope="module")`; gives the address."""
    name = "test_" + request.module.__name__.rsplit(".", 1)[-1]  # type: ignore[attr-defined]  # pytest's request
    await create_database(servers.postgres, name, province_template)
    url = servers.postgres.url(name, "yijian")
    async with connected(url, pool=6):
        yield url
    await drop_database(servers.postgres, name)
