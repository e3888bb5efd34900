"""身份保管库: nothing in it reads as text, nothing opens elsewhere, and the application can't look inside."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from domain.cases import filing
from domain.cases.filing import Report
from domain.vault import sealing
from kit import clock, crypto
from kit.settings import Settings
from models import Channel, Matter, Mode
from models.database import connection, insert
from tests.makers import CHENGGUAN
from tests.servers import Servers

CONTACT = {"name": "金丝雀甲乙丙", "phone": "13900001234", "other": "canary@example.org"}
HANDLE = b"openid-o6_bmjrPTlm6_2sgVt7hMZOPfL2M"


@pytest.fixture(params=["aes", "sm4"])
def sealer(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Settings with each cipher."""
    return settings.model_copy(update={"cipher": request.param})


async def filed(settings: Settings, mode: Mode = Mode.NAMED) -> Matter:
    contact = None if mode is Mode.ANONYMOUS else CONTACT
    report = Report(mode=mode, text="许可申请三个月没有结果", region=CHENGGUAN, contact=contact, channel=Channel.ONLINE)
    return await Matter.get(number=(await filing.file(settings, report)).number)


async def row_of(servers: Servers, url: str, matter_id: UUID) -> asyncpg.Record:
    """What the vault holds for a case, as the superuser sees it."""
    database = url.partition("@/")[2].partition("?")[0]
    superuser = await asyncpg.connect(servers.postgres.url(database))
    try:
        row = await superuser.fetchrow("SELECT * FROM vault.sealed WHERE matter_id = $1", matter_id)
    finally:
        await superuser.close()
    assert row is not None
    return row


async def test_nothing_is_there_to_be_read(servers: Servers, province: str, sealer: Settings) -> None:
    matter = await filed(sealer)
    row = await row_of(servers, province, matter.id)
    held = b"".join(bytes(row[name] or b"") for name in ("wrapped_key", "identity", "filed_at", "handle"))
    plain = [value.encode() for value in CONTACT.values()] + [str(clock.today()).encode(), b"name", b"phone"]
    for text in plain:
        assert text not in held
        assert text.hex().encode() not in held
    assert row["identity"][0] == {"aes": 1, "sm4": 2}[sealer.cipher]


async def test_the_master_key_opens_what_it_is_about(servers: Servers, province: str, sealer: Settings) -> None:
    matter = await filed(sealer)
    row = await row_of(servers, province, matter.id)
    key = crypto.unwrap(sealer.masters, row["wrapped_key"], about=matter.id.bytes)
    about = b"identity\0" + matter.id.bytes
    assert "金丝雀甲乙丙" in crypto.open_(key, row["identity"], about=about).decode()
    with pytest.raises(crypto.Unreadable):
        crypto.unwrap([crypto.new_key()], row["wrapped_key"], about=matter.id.bytes)


async def test_a_box_opens_in_its_own_row_and_place_only(servers: Servers, province: str, sealer: Settings) -> None:
    one, other = await filed(sealer), await filed(sealer)
    row = await row_of(servers, province, one.id)
    with pytest.raises(crypto.Unreadable):  # the whole row moved to another case
        crypto.unwrap(sealer.masters, row["wrapped_key"], about=other.id.bytes)
    key = crypto.unwrap(sealer.masters, row["wrapped_key"], about=one.id.bytes)
    for about in (b"identity\0" + other.id.bytes, b"handle\0" + one.id.bytes, b"filed_at\0" + one.id.bytes):
        with pytest.raises(crypto.Unreadable):
            crypto.open_(key, row["identity"], about=about)


async def test_two_cases_share_no_key_and_no_box(servers: Servers, province: str, settings: Settings) -> None:
    rows = [await row_of(servers, province, (await filed(settings)).id) for _ in range(2)]
    for name in ("wrapped_key", "identity", "filed_at"):
        assert rows[0][name] != rows[1][name]


async def test_the_anonymous_leave_no_identity(servers: Servers, province: str, settings: Settings) -> None:
    row = await row_of(servers, province, (await filed(settings, Mode.ANONYMOUS)).id)
    assert row["identity"] is None
    assert row["handle"] is None


async def test_a_handle_serves_once(province: str, sealer: Settings) -> None:
    matter_id = uuid4()
    await insert([sealing.sealed(sealer, matter_id, None, clock.now(), HANDLE)])
    assert await sealing.handle_taken(sealer, matter_id) == HANDLE
    assert await sealing.handle_taken(sealer, matter_id) is None
    assert await sealing.handle_taken(sealer, uuid4()) is None


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM vault.sealed",
        "SELECT count(*) FROM vault.sealed",
        "UPDATE vault.sealed SET identity = NULL",
        "DELETE FROM vault.sealed",
        "TRUNCATE vault.sealed",
        "COPY vault.sealed TO STDOUT",
        "DROP FUNCTION vault.take_handle",
        "ALTER TABLE vault.sealed OWNER TO yijian",
        "SET ROLE yijian_vault",
        "CREATE TABLE vault.copy AS SELECT 1",
        "INSERT INTO vault.sealed SELECT * FROM vault.sealed RETURNING *",
    ],
)
async def test_the_application_puts_in_and_takes_nothing_out(province: str, settings: Settings, statement: str) -> None:
    await filed(settings)
    login = await asyncpg.connect(province)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(statement)
    finally:
        await login.close()


async def test_a_filing_that_fails_leaves_nothing_in_the_vault(
    servers: Servers, province: str, settings: Settings
) -> None:
    matter_id = uuid4()

    async def broken() -> None:
        async with in_transaction():
            await insert([sealing.sealed(settings, matter_id, CONTACT, clock.now())])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken()
    _, rows = await connection().execute_query("SELECT * FROM vault.take_handle($1)", [matter_id])
    assert rows[0]["wrapped_key"] is None
