"""Round trips bound the speed of a filing, a step and a page: so many statements, BEGIN and COMMIT included."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from domain.cases import by_code, filing
from domain.cases.looking import text_looked_at
from domain.codes import issuing, listing, scans, scenes
from domain.figures.of_unit import of_unit
from domain.loop import duties, engine, notices, packs, reading
from domain.loop import listing as listing_of_matters
from domain.rectification import carried, ledger, published
from domain.typical import publishing
from models import Audience, CodeKind, Mode, Role
from models.database import connected, connection
from tests import rectified
from tests.makers import CHENGGUAN, PATHS, SETTINGS, case_at, case_filed, officer, unit
from tests.typical import of_cases

# Each bound is the number counted on the day it was written: a change that needs more says why.
# A screening reads the text and the model for what was suggested; a transfer the text, and lets the unit have the
# files. Each step keeps the figures' row; a reply and an end ask who follows.
FILING = 1
FILING_AGAINST_A_UNIT = 3  # that the unit exists, and who is left to receive
FILING_BY_A_CODE = 2  # which code the scene proves; a scene that proves none costs nothing
SCAN, CODES = 1, 2
STEPS = {
    "accept": 13, "screen": 15, "transfer": 18, "sign": 12, "assign": 15, "answer": 13, "approve_answer": 12,
    "reply": 15, "call_back": 13, "close": 13,
}  # fmt: skip
# Shown: 6 for the matter, one for all names of units and persons, one for related matters.
PAGE, COUNTS, INBOX, SHOWN, TIMELINE, CLAIM, LOOK, FIGURES = 1, 1, 1, 8, 8, 12, 11, 2


@pytest.fixture
async def statements(province_url: str) -> AsyncIterator[list[str]]:
    """Every statement that reaches the server, through a pool of one."""
    async with connected(province_url, pool=1):
        seen: list[str] = []
        client = connection()
        assert isinstance(client, AsyncpgDBClient)
        async with client.acquire_connection() as raw:
            # Waking the worker goes apart, after the commit, and nobody waits for what it does.
            raw.add_query_logger(
                lambda record: None if record.query.startswith("NOTIFY") else seen.append(record.query)
            )
        await packs.book()
        yield seen


@contextmanager
def at_most(statements: list[str], bound: int) -> Iterator[None]:
    statements.clear()
    yield
    assert 0 < len(statements) <= bound, "\n".join(" ".join(each.split())[:120] for each in statements)


async def test_a_filing_is_one_statement(statements: list[str]) -> None:
    with at_most(statements, FILING):
        await case_filed_alone()
    accused = (await unit("620102-market")).id
    with at_most(statements, FILING_AGAINST_A_UNIT):
        await case_filed_alone(accused)


async def case_filed_alone(accused: UUID | None = None, scene: str = "") -> None:
    report = filing.Report(mode=Mode.ANONYMOUS, text="超期", region=CHENGGUAN, accused_unit=accused, scene=scene)
    await filing.file(SETTINGS, report)


async def test_codes_cost_little(statements: list[str]) -> None:
    supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
    draft = issuing.Draft(CodeKind.CAMPAIGN, "宣传月", "62")
    for _ in range(3):
        code = await issuing.issued(by_code.office(supervisor), draft)
    with at_most(statements, FILING_BY_A_CODE):
        await case_filed_alone(scene=scenes.scene_of(SETTINGS, code.value))
    with at_most(statements, FILING):
        await case_filed_alone(scene="hall-6201")
    for scene in (scenes.scene_of(SETTINGS, code.value), "hall-6201"):
        with at_most(statements, SCAN):
            await scans.counted(SETTINGS, [scene])
    with at_most(statements, CODES):
        listed = await by_code.page(SETTINGS, supervisor, listing.Filters())
    assert [one["cases"] for one in listed if one["value"] == code.value] == [1]


async def test_the_steps_of_a_case(statements: list[str]) -> None:
    walk = await case_filed()
    for verb in PATHS["closed"]:
        actor, inputs = await walk.who(verb), await walk.would_do(verb)
        await packs.book()
        with at_most(statements, STEPS[verb]):
            await engine.take(actor, walk.number, verb, inputs)


async def test_what_is_read(statements: list[str]) -> None:
    """The same for one case and for thirty: no statement for each row."""
    walk = await case_at("transferred")
    registrar = await officer(Role.REGISTRAR)
    for _ in range(2):
        await packs.book()
        for tab in duties.Tab:
            with at_most(statements, PAGE):
                await duties.page(registrar, tab)
        for which in (listing_of_matters.Filters(), listing_of_matters.Filters(late=True)):
            with at_most(statements, PAGE):
                await listing_of_matters.page(registrar, which)
        with at_most(statements, COUNTS):
            await duties.counts(registrar)
        with at_most(statements, INBOX):
            await notices.inbox(registrar)
        with at_most(statements, SHOWN):
            await reading.shown(registrar, walk.number)
        with at_most(statements, TIMELINE):
            await reading.timeline(registrar, walk.number)
        with at_most(statements, FIGURES):
            await of_unit(registrar)
        for _ in range(30):
            await case_filed()
        await walk.take("note", by=registrar)


async def test_what_is_published(statements: list[str]) -> None:
    """One statement a page and one a text, however many there are."""
    for number in range(1, 4):
        tale = await (await of_cases(await case_at("closed"))).at("published")
        await packs.book()
        with at_most(statements, PAGE):
            assert len(await publishing.listed(Audience.PUBLIC)) == number
        public_id = (await tale.own()).public_id
        with at_most(statements, PAGE):
            await publishing.one(Audience.PUBLIC, public_id)


async def test_the_ledger_is_read_by_one_statement_whatever_it_is_asked(statements: list[str]) -> None:
    for stage in ("rectifying", "struck_off"):
        await rectified.listed(stage=stage)
    supervisor, owner = await officer(Role.SUPERVISOR, rectified.CITY), (await unit(rectified.OWNER)).id
    await packs.book()
    for filters in (ledger.Filters(), ledger.Filters(unit=owner, state=ledger.State.OVERDUE)):
        with at_most(statements, 1):
            await ledger.page(supervisor, filters)
        for by in (None, *ledger.LedgerBy):
            with at_most(statements, 1):
                await ledger.counted(supervisor, filters, by)
    with at_most(statements, 1):
        assert len(await carried.into(2199, unit=owner, actor=supervisor)) == 1
    with at_most(statements, 1):
        await published.page()


async def test_a_claim_and_a_look(statements: list[str]) -> None:
    walk = await case_filed()
    registrar = await officer(Role.REGISTRAR)
    queue = await duties.page(registrar, duties.Tab.UNIT)
    with at_most(statements, CLAIM):
        await duties.claim(registrar, queue[0]["id"])
    with at_most(statements, LOOK):
        await text_looked_at(registrar, walk.number, "甄别")
