"""The one way to the database: connect, and write rows of several tables in one round trip."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.config import TortoiseConfig
from tortoise.exceptions import BaseORMException
from tortoise.fields import JSONField
from tortoise.models import MetaInfo, Model

APP = "models"
FEW = 100  # rows that are written as parameters; more are sent as JSON
WAKE = "wake"  # the channel of NOTIFY: something is owed, look now


def config(url: str, *, pool: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for a PostgreSQL URL (a Unix socket's folder as `?host=`)."""
    scheme, rest = url.split("://", 1)
    if scheme not in {"postgres", "postgresql", "asyncpg"}:
        raise ValueError("DATABASE_URL 必须是 postgresql:// 地址")
    place = expand_db_url(f"asyncpg://{rest}")
    # No statement of ours is long enough to be worth compiling; it would cost more than it takes.
    place["credentials"] |= {"minsize": 1, "maxsize": pool, "reset": _as_left, "server_settings": {"jit": "off"}}
    return {
        "connections": {"default": place},
        "apps": {APP: {"models": ["models"], "migrations": "models.migrations"}},
        "use_tz": True,
        "timezone": "Asia/Shanghai",
    }


async def _as_left(_connection: object) -> None:
    """Give a connection back without a round trip to wipe its session: we leave nothing in one.

    What is set or locked is so for a transaction, and one left open asyncpg rolls back before it asks here.
    """


@asynccontextmanager
async def connected(url: str, *, pool: int = 10) -> AsyncIterator[BaseDBAsyncClient]:
    """Models are usable inside; raises OSError or DBConnectionError when there is no server."""
    context = await Tortoise.init(config=TortoiseConfig.from_dict(config(url, pool=pool)), _enable_global_fallback=True)
    try:
        yield connection()
    finally:
        await context.close_connections()


def connection() -> BaseDBAsyncClient:
    """The connection of the running transaction, or the pool."""
    return Tortoise.get_connection("default")


async def wake() -> None:
    """Tell the worker, after the commit, that something is owed; if that fails, its sweep finds it.

    Not within the transaction: those that notify commit one after the other, each through its flush to disk,
    which cut the speed of filing to a third.
    """
    with suppress(OSError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection().execute_query(f"NOTIFY {WAKE}")


def meta_of(model: type[Model]) -> MetaInfo:
    """Tortoise's description of a table."""
    return model._meta  # noqa: SLF001  # Tortoise offers no other way to it


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (name, meta_of(model).fields_db_projection[name], isinstance(meta_of(model).fields_map[name], JSONField))
        for name in sorted(meta_of(model).db_fields)
    )


def _table(model: type[Model]) -> str:
    schema = meta_of(model).schema
    return f'"{schema}"."{meta_of(model).db_table}"' if schema else f'"{meta_of(model).db_table}"'


async def insert(*groups: Iterable[Model]) -> None:
    """Insert instances of any tables in one statement, which is one round trip and, alone, one transaction.

    Round trips bound the speed of a filing or a step, not the disk. Raises IntegrityError as any insert;
    nothing is written then.
    """
    rows: dict[type[Model], list[Model]] = {}
    for group in groups:
        for instance in group:
            rows.setdefault(type(instance), []).append(instance)
    if not rows:
        return
    if sum(map(len, rows.values())) > FEW:
        recordsets = [orjson.dumps([_record(row) for row in given], default=_plain).decode() for given in rows.values()]
        await connection().execute_query(_insertion_of_many(tuple(rows)), recordsets)
        return
    values = [value for given in rows.values() for row in given for value in _values(row)]
    await connection().execute_query(_insertion(tuple((model, len(given)) for model, given in rows.items())), values)


def _values(row: Model) -> Iterator[Any]:
    for name, _, is_json in _columns(type(row)):
        value = getattr(row, name)
        yield orjson.dumps(value).decode() if is_json and value is not None else value


@cache
def _insertion(tables: tuple[tuple[type[Model], int], ...]) -> str:
    place = count(1)
    parts: list[str] = []
    for model, rows in tables:
        columns = _columns(model)
        names = ", ".join(f'"{column}"' for _, column, _ in columns)
        values = ", ".join(f"({', '.join(f'${next(place)}' for _ in columns)})" for _ in range(rows))
        parts.append(f"t{len(parts)} AS (INSERT INTO {_table(model)} ({names}) VALUES {values})")
    return f"WITH {', '.join(parts)} SELECT 1"


def _record(row: Model) -> dict[str, Any]:
    return {column: getattr(row, name) for name, column, _ in _columns(type(row))}


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, UUID):  # asyncpg's own
        return str(value)
    raise TypeError(f"no column holds {type(value).__name__}")


@cache
def _insertion_of_many(tables: tuple[type[Model], ...]) -> str:
    """A statement takes 32,767 parameters at most; here each table's rows are one."""
    parts = []
    for place, model in enumerate(tables, start=1):
        columns = ", ".join(f'"{column}"' for _, column, _ in _columns(model))
        source = f"jsonb_populate_recordset(NULL::{_table(model)}, ${place}::jsonb)"
        parts.append(f"t{place} AS (INSERT INTO {_table(model)} ({columns}) SELECT {columns} FROM {source})")
    return f"WITH {', '.join(parts)} SELECT 1"
