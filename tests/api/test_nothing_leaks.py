"""Planted names, numbers and secrets are found nowhere but where they belong: sealed, or in intake's own text."""

import io
import logging

import pytest
import structlog
from redis.asyncio import Redis

from kit import logs
from kit.clock import CHINA
from models.database import connected, connection
from tests.api.conftest import Api
from tests.servers import Servers

NAME, PHONE = "金丝雀之名", "13912345678"
TEXT = "金丝雀之文，只有受理中心能读"
AGENT, ADDRESS = "CanaryBrowser/7.7", "203.0.113.77"


async def everywhere(url: str) -> str:
    """Every row of every table, as text."""
    found = []
    async with connected(url):
        _, tables = await connection().execute_query(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
            " WHERE table_schema IN ('public', 'vault') AND table_type = 'BASE TABLE'"
        )
        for table in tables:
            _, rows = await connection().execute_query(f"SELECT t::text AS row FROM {table['name']} t")
            found += [f"{table['name']}: {row['row']}" for row in rows]
    return "\n".join(found)


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


async def test_nothing_leaks(api: Api, servers: Servers, valkey: Redis, log: io.StringIO) -> None:
    logs.configure(api.settings, log)
    sender = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS}
    try:
        named = {"mode": "named", "contact": {"name": NAME, "phone": PHONE}, "text": TEXT, "region": "620102"}
        response = await api.client.post("/api/v1/cases", json=named, headers={**sender, "Idempotency-Key": "canary"})
        filed = await response.json()
        anonymous = {"mode": "anonymous", "text": TEXT, "region": "620102"}
        hidden = await (await api.client.post("/api/v1/cases", json=anonymous, headers=sender)).json()
        receipt = {"Authorization": f"Receipt {filed['number']}:{filed['secret']}", **sender}
        await api.client.get(f"/api/v1/matters/{filed['number']}", headers=receipt)
        await api.client.post(
            f"/api/v1/matters/{filed['number']}/steps/add", json={"inputs": {"text": TEXT}}, headers=receipt
        )
        await api.step(filed["number"], "accept", "registrar1")
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
        logging.captureWarnings(capture=False)
    shown = [
        *(await api.get("/api/v1/duties?tab=unit", "registrar1"))["items"],
        await api.get(f"/api/v1/matters/{filed['number']}", "registrar1"),
        await api.get(f"/api/v1/matters/{filed['number']}/entries", "supervisor1"),
    ]
    _, name = await connection().execute_query("SELECT current_database() AS name")
    stored = await everywhere(servers.postgres.url(name[0]["name"]))
    remembered = [str(key) + str(await valkey.dump(key)) async for key in valkey.scan_iter()]
    secrets = [filed["secret"], filed["secret"].replace("-", ""), hidden["secret"], hidden["secret"].replace("-", "")]
    for place in (log.getvalue(), str(remembered), str(shown)):
        for canary in (NAME, PHONE, TEXT, AGENT, ADDRESS, *secrets):
            assert canary not in place
    for canary in (NAME, PHONE, AGENT, ADDRESS, *secrets):
        assert canary not in stored
        assert canary.encode().hex() not in stored
    where = {line.partition(":")[0] for line in stored.splitlines() if TEXT in line}
    assert where == {"public.case_text", "public.entry_body"}  # the added text is intake's and the complainant's entry


async def test_an_anonymous_case_holds_no_time_of_day(api: Api, servers: Servers) -> None:
    number, receipt = await api.file()
    await api.step(number, "add", receipt, text="再补充一点")
    await api.told()
    _, rows = await connection().execute_query(
        """
        SELECT e.at FROM entry e WHERE e.matter_id = (SELECT id FROM matter WHERE number = $1)
        UNION ALL SELECT d.opened_at FROM duty d UNION ALL SELECT n.owed_at FROM notice n
        UNION ALL SELECT i.since FROM involvement i
        """,
        [number],
    )
    assert len(rows) >= 5
    assert {row["at"].astimezone(CHINA).strftime("%H:%M:%S.%f") for row in rows} == {"00:00:00.000000"}
