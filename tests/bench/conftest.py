"""The ground of the benchmarks, as small as it gets."""

import asyncio

import pytest

from bench.ground import Ground
from tests.servers import Servers, create_database, drop_database


@pytest.fixture(scope="module")
def small(servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The servers of the session, with a copy of the province where a benchmark looks for it; one fills it further."""

    async def copied() -> None:
        await drop_database(servers.postgres, "yijian")
        await create_database(servers.postgres, "yijian", province_template)

    asyncio.run(copied())
    return Ground(tmp_path_factory.mktemp("bench"), servers.postgres, servers.valkey)
