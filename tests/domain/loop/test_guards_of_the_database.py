"""The database refuses what nobody may do: edit the timeline, look into the vault, delete."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError

from tests.makers import case_at
from tests.servers import Servers

FORGED = """
UPDATE entry_body SET body = NULL, salt = NULL, shredded_on = current_date, public = '{"conclusion": "forged"}',
    public_salt = '', private_hash = ''
"""
NEVER = (
    "UPDATE entry SET verb = 'refuse'",
    "UPDATE entry SET hash = hash",
    "DELETE FROM entry",
    "DELETE FROM entry_body",
    "TRUNCATE entry CASCADE",
    "TRUNCATE entry_body",
    "UPDATE entry_body SET body = '{}'",
    "UPDATE entry_body SET body = NULL",
    "UPDATE entry_body SET shredded_on = current_date",
    "UPDATE entry_body SET salt = NULL, body = NULL",
    "UPDATE entry_body SET public = '{}', public_salt = '\\x00', private_hash = '\\x00'",
    FORGED,
    "TRUNCATE tombstone",
    "UPDATE entry_body SET entry_id = gen_random_uuid(), body = NULL, salt = NULL, shredded_on = current_date",
)
NOT_THE_APPLICATION = (
    "SELECT * FROM vault.sealed",
    "SELECT count(*) FROM vault.sealed",
    "UPDATE vault.sealed SET identity = NULL",
    "DELETE FROM vault.sealed",
    "DELETE FROM matter",
    "DELETE FROM case_text",
    "DELETE FROM duty",
    "DELETE FROM recusal",
    "DELETE FROM notice",
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "DROP TRIGGER entry_is_appended ON entry",
    "SET ROLE yijian_vault",
)


@pytest.fixture
async def logins(servers: Servers, province: str) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    await case_at("accepted")
    name = province.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]
    application = await asyncpg.connect(servers.postgres.url(name, "yijian"))
    owner = await asyncpg.connect(servers.postgres.url(name))
    yield {"application": application, "owner": owner}
    await application.close()
    await owner.close()


async def test_what_the_database_refuses(logins: dict[str, asyncpg.Connection]) -> None:
    before = await logins["owner"].fetchval("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM entry_body t")
    for login in logins.values():
        for statement in NEVER:
            with pytest.raises(InsufficientPrivilegeError):
                await login.execute(statement)
    for statement in NOT_THE_APPLICATION:
        with pytest.raises(InsufficientPrivilegeError):
            await logins["application"].execute(statement)
    after = await logins["owner"].fetchval("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM entry_body t")
    assert before == after
    assert await logins["owner"].fetchval("SELECT count(*) FROM vault.sealed") == 1


async def test_a_body_is_shredded_and_nothing_comes_back(logins: dict[str, asyncpg.Connection]) -> None:
    shred = "UPDATE entry_body SET body = NULL, salt = NULL, shredded_on = current_date"
    assert await logins["application"].execute(shred) == "UPDATE 2"
    with pytest.raises(InsufficientPrivilegeError):
        await logins["owner"].execute("UPDATE entry_body SET body = '{}', salt = '\\x00', shredded_on = NULL")


async def test_of_the_vault_the_application_takes_the_handle_only(logins: dict[str, asyncpg.Connection]) -> None:
    matter = await logins["owner"].fetchval("SELECT matter_id FROM vault.sealed")
    taken = await logins["application"].fetchrow("SELECT * FROM vault.take_handle($1)", matter)
    assert set(taken.keys()) == {"wrapped_key", "handle"}
