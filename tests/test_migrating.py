"""However a database came to its tables, they are the same."""

from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api import migrate

from models.database import APP, config
from models.migrating import migrated
from tests.servers import Servers, create_database, drop_database

TABLES = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
GRANTS = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


async def test_a_database_of_an_earlier_version_comes_to_the_same_tables(servers: Servers, template: str) -> None:
    name = "test_migrating"
    url = servers.postgres.url(name)
    await create_database(servers.postgres, name)
    await migrate(config=config(url, pool=1), app_labels=[APP], target=f"{APP}.0003_stopped_clocks")
    await Tortoise.close_connections()
    assert await described(url) != await described(servers.postgres.url(template))
    await migrated(url)
    assert await described(url) == await described(servers.postgres.url(template))
    await drop_database(servers.postgres, name)


async def described(url: str) -> list[Any]:
    """What a database consists of."""
    connection = await asyncpg.connect(url)
    found = [await connection.fetch(query) for query in (TABLES, CONSTRAINTS, INDEXES, GRANTS, TRIGGERS)]
    await connection.close()
    return found
