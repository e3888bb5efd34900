"""The vault keeps its own account: an identity comes out for two persons, for minutes, and each time is counted."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.vault import sealing
from kit import clock
from kit.settings import Settings
from models.database import insert
from tests.servers import Servers

CONTACT = {"name": "金丝雀甲乙丙", "phone": "13900001234"}


@pytest.fixture
async def login(province: str) -> AsyncIterator[asyncpg.Connection]:
    """The application's own login."""
    connection = await asyncpg.connect(province)
    yield connection
    await connection.close()


@pytest.fixture
async def owner(servers: Servers, province: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser."""
    connection = await asyncpg.connect(servers.postgres.url(province.partition("@/")[2].partition("?")[0]))
    yield connection
    await connection.close()


@pytest.fixture
async def case(province: str, settings: Settings) -> UUID:
    matter_id = uuid4()
    await insert([sealing.sealed(settings, matter_id, CONTACT, clock.now())])
    return matter_id


async def opened(login: asyncpg.Connection, request: UUID, person: UUID) -> bool:
    row = await login.fetchrow("SELECT * FROM vault.open_identity($1, $2)", request, person)
    assert row is not None
    assert (row["identity"] is None) == (row["wrapped_key"] is None)
    return row["identity"] is not None


async def call(login: asyncpg.Connection, function: str, *values: Any) -> Any:
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    return await login.fetchval(f"SELECT vault.{function}({places})", *values)


async def test_nothing_comes_out_until_another_person_approved(
    login: asyncpg.Connection, case: UUID, settings: Settings
) -> None:
    request, asking, approving = uuid4(), uuid4(), uuid4()
    assert not await opened(login, request, asking)  # forged: never asked
    await call(login, "ask_identity", request, case, asking)
    assert not await opened(login, request, asking)  # never approved
    assert not await call(login, "approve_identity", request, asking, 30)  # by the same person
    assert not await opened(login, request, asking)
    assert await call(login, "approve_identity", request, approving, 30)
    for other in (approving, uuid4()):
        assert not await opened(login, request, other)
    assert await opened(login, request, asking)
    identity = await sealing.identity_opened(settings, request, case, asking)
    assert identity == CONTACT
    rows = await login.fetch("SELECT * FROM vault.openings()")
    assert [
        (row["request_id"], row["matter_id"], row["asked_by"], row["approved_by"], row["times"]) for row in rows
    ] == [(request, case, asking, approving, 2)]
    await call(login, "close_identity", request)
    assert not await opened(login, request, asking)
    assert not await call(login, "approve_identity", request, approving, 30)  # once
    with pytest.raises(asyncpg.UniqueViolationError):
        await call(login, "ask_identity", request, case, asking)


async def test_its_own_clock_shuts_it_and_an_hour_is_the_most(
    login: asyncpg.Connection, owner: asyncpg.Connection, case: UUID
) -> None:
    request, asking = uuid4(), uuid4()
    await call(login, "ask_identity", request, case, asking)
    assert await call(login, "approve_identity", request, uuid4(), 10_000)
    length = await owner.fetchval("SELECT open_until - approved_at FROM vault.approval")
    assert length.total_seconds() == 3600
    await owner.execute("UPDATE vault.approval SET open_until = clock_timestamp() - interval '1 second'")
    assert not await opened(login, request, asking)
    for wrong in (
        "UPDATE vault.approval SET approved_by = asked_by",
        "UPDATE vault.approval SET open_until = approved_at + interval '61 minutes'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(wrong)


async def test_what_was_closed_undecided_is_never_approved(login: asyncpg.Connection, case: UUID) -> None:
    request, asking = uuid4(), uuid4()
    await call(login, "ask_identity", request, case, asking)
    await call(login, "close_identity", request)
    assert not await call(login, "approve_identity", request, uuid4(), 30)
    assert not await opened(login, request, asking)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vault.approval",
        "SELECT * FROM vault.opening",
        "SELECT identity FROM vault.sealed",
        "INSERT INTO vault.opening (request_id) VALUES (gen_random_uuid())",
        "INSERT INTO vault.approval (request_id) VALUES (gen_random_uuid())",
        "UPDATE vault.approval SET open_until = now()",
        "DELETE FROM vault.approval",
        "DELETE FROM vault.opening",
        "TRUNCATE vault.opening",
        "ALTER FUNCTION vault.open_identity(uuid, uuid) OWNER TO yijian",
        "CREATE FUNCTION vault.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION vault.approve_identity(uuid, uuid, integer)",
    ],
)
async def test_the_applications_login_reads_and_changes_none_of_it(login: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.execute(statement)


async def test_nobody_else_may_call(servers: Servers, login: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    """EXECUTE is taken from PUBLIC: a new login of the database gets nothing."""
    functions = await owner.fetch(
        "SELECT p.proname, p.prosecdef, p.proconfig, r.rolname, p.proacl::text AS acl FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner WHERE n.nspname = 'vault'"
    )
    assert len(functions) >= 7
    for one in functions:
        assert one["rolname"] == "yijian_vault"
        assert one["prosecdef"]
        assert one["proconfig"] == ["search_path=vault, pg_temp"]
        assert {part.partition("=")[0] for part in one["acl"].strip("{}").split(",")} == {
            "yijian_vault",
            "yijian_app",
        }
