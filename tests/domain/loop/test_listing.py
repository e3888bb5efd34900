"""Lists of matters: the late in the order of their lateness, the open and the ended newest first, each by an index."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tortoise.backends.asyncpg.client import AsyncpgDBClient

from bench.million import filled
from domain.loop import listing
from domain.loop.duties import NIL
from domain.loop.listing import After, Filters
from domain.people.actors import Actor
from kit import clock
from kit.clock import CHINA
from models import Matter, Role
from models.database import connected, connection
from tests.makers import case_at, officer
from tests.servers import Servers

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
DUE = datetime(2026, 4, 1, 23, 59, 59, tzinfo=CHINA)  # of what is accepted on the Monday


async def walked(actor: Actor, filters: Filters) -> list[str]:
    """All numbers, by pages of two."""
    numbers: list[str] = []
    after = None
    while rows := await listing.page(actor, filters, after, limit=2):
        numbers += [row["number"] for row in rows]
        last = rows[-1]
        after = After(last["statutory_due"] if filters.late else last["filed_on"], last["id"])
    return numbers


async def test_late_is_past_the_statutory_due_with_the_clock_running(province: str) -> None:
    registrar = await officer(Role.REGISTRAR)
    late = []
    for number in (2, 0, 1):
        with clock.at(MONDAY + timedelta(days=number)):
            late.append((number, (await case_at("handling")).number))
    in_order = [number for _, number in sorted(late)]
    with clock.at(MONDAY):
        paused, answered, ended = await case_at("waiting"), await case_at("replied"), await case_at("closed")
        reopened = await case_at("replied")
        unaccepted = await case_at("filed")
    with clock.at(DUE):
        assert await walked(registrar, Filters(late=True)) == []
        await reopened.take("reopen")
    with clock.at(DUE + timedelta(days=10)):
        assert await walked(registrar, Filters(late=True)) == in_order
        assert await walked(registrar, Filters(late=True, ended=True)) == []
    with clock.at(DUE + timedelta(days=60)):  # the reopening's own time has passed, and its clock was set going anew
        assert await walked(registrar, Filters(late=True)) == [*in_order, reopened.number]
    open_ = await walked(registrar, Filters(ended=False))
    assert sorted(open_) == sorted(
        [*in_order, *(walk.number for walk in (paused, answered, reopened, unaccepted))]
    )  # fmt: skip
    filed = dict(await Matter.all().values_list("number", "filed_on"))
    assert [filed[number] for number in open_] == sorted((filed[number] for number in open_), reverse=True)
    assert await walked(registrar, Filters(ended=True)) == [ended.number]
    assert len(await walked(registrar, Filters())) == len(open_) + 1


async def test_a_page_walks_its_index_and_sorts_nothing(province_url: str, servers: Servers) -> None:
    """The first page and one from the middle, for who sees a region and who sees what an office received."""
    async with connected(servers.postgres.url(urlsplit(province_url).path[1:]), pool=2):
        await filled(20_000)
        await connection().execute_script(
            "UPDATE matter SET ended_at = now() WHERE get_byte(head, 0) < 128;"
            "UPDATE matter SET clock_stopped_at = now() WHERE get_byte(head, 1) < 64; ANALYZE matter;"
        )
    async with connected(province_url, pool=1):
        late, days = After(clock.now() - timedelta(days=4), NIL), After(clock.today() - timedelta(days=150), NIL)
        for actor in (await officer(Role.SUPERVISOR, "62-justice.inspection"), await officer(Role.REGISTRAR)):
            for filters, middle, index in (
                (Filters(late=True), late, "matter_late"),
                (Filters(ended=False), days, "matter_open"),
                (Filters(ended=True), days, "matter_ended"),
                (Filters(), days, "matter_newest"),
            ):
                for after in (None, middle):
                    said = await plan(actor, filters, after)
                    assert f"using {index} on matter m" in said, said
                    assert "Sort" not in said, said


async def plan(actor: Actor, filters: Filters, after: After | None = None) -> str:
    """How the server does what the list asks of it."""
    asked: list[Any] = []
    client = connection()
    assert isinstance(client, AsyncpgDBClient)
    async with client.acquire_connection() as raw:
        raw.add_query_logger(asked.append)
    assert len(await listing.page(actor, filters, after)) == 50
    async with client.acquire_connection() as raw:  # the same: the pool has one
        raw.remove_query_logger(asked.append)
        (statement,) = asked
        return "\n".join(line[0] for line in await raw.fetch(f"EXPLAIN {statement.query}", *statement.args))
