"""PostgreSQL and Valkey for the tests: one of each for a process that tests, a database for whoever asks."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from kit.embedded import Postgres, Valkey


@dataclass(frozen=True)
class Servers:
    """The running pair; `postgres.url(database, user)` and `valkey.url()` lead to them."""

    postgres: Postgres
    valkey: Valkey


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Servers that end with the session, and that forgot how to survive a power cut."""
    with tempfile.TemporaryDirectory(prefix="yijian-tests-") as folder:
        Path(folder).chmod(0o755)  # as root the servers run as somebody else, who has to get in
        pair = Servers(
            Postgres(Path(folder) / "postgres", durable=False), Valkey(Path(folder) / "valkey", durable=False)
        )
        try:
            pair.postgres.start()
            pair.valkey.start()
            yield pair
        finally:
            pair.valkey.stop()
            pair.postgres.stop()


async def create_database(postgres: Postgres, name: str, template: str | None = None) -> None:
    """Make a database owned by `postgres`; a copy of `template`, which nobody may be using, if one is named.

    Files are copied as they lie: through the log, PostgreSQL's ordinary way, a copy mostly takes a fifth longer.
    """
    copied = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    await _execute(postgres, f'CREATE DATABASE "{name}"{copied}')


async def drop_database(postgres: Postgres, name: str) -> None:
    """Drop a database with whatever connections it still has; absent is fine."""
    await _execute(postgres, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(postgres: Postgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
