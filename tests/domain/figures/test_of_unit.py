"""My unit's numbers against a set counted by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from domain.figures.of_unit import FEWEST, of_unit
from domain.people.actors import Actor
from kit import clock
from kit.clock import CHINA
from models import Matter, Relation, Role
from models.database import connection
from tests.makers import Walk, case_at, case_filed, officer

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
NOTHING = {
    "open": 0, "due_soon": 0, "overdue": 0, "answered_30_days": 0, "answered_365_days": 0, "on_time_share": None,
    "rated": 0, "satisfied_share": None, "reopened": 0,
}  # fmt: skip


@contextmanager
def on(days: int) -> Iterator[None]:
    with clock.at(MONDAY + timedelta(days=days)):
        yield


async def answered(*, filed: int, replied: int, solved: bool | None = True) -> Walk:
    """A case of two days, counted from the Monday; rated unless `solved` is None."""
    with on(filed):
        walk = await case_at("handling")
    await reply(walk, replied, solved)
    return walk


async def reply(walk: Walk, day: int, solved: bool | None) -> None:
    with on(day):
        for verb in ("answer", "approve_answer", "reply"):
            await walk.take(verb)
        if solved is not None:
            await walk.take("rate", solved=solved)


async def counted(actor: Actor) -> dict[str, Any]:
    figures = await of_unit(actor)
    assert figures.pop("unit")
    return figures


async def test_a_set_counted_by_hand(province: str) -> None:
    """Answered within 30 days of acceptance is on time; the 365 days end with the day of the look."""
    with on(0):
        await case_filed()  # open, no clock yet
        first, late = await case_at("handling"), await case_at("handling")  # due on 1 April
        await case_at("waiting")  # due then too, but the clock stands
        await case_at("refused")  # ended, never answered
        assert (await first.matter()).statutory_due == datetime(2026, 4, 1, 23, 59, 59, tzinfo=CHINA)
    await answered(filed=-400, replied=-390)  # before the year
    for number in range(4):
        await answered(filed=0, replied=5, solved=number > 0)  # three satisfied, one not
    again = await answered(filed=0, replied=10, solved=False)
    with on(12):
        await again.take("reopen")  # answered no longer, due on 13 April
    registrar, head = await officer(Role.REGISTRAR), await first.at_place(Relation.LEAD, Role.HEAD)
    with on(28):  # 30 March, two days before 1 April
        assert await counted(registrar) == NOTHING | {
            "open": 4 + 1 + 4 + 1, "due_soon": 2, "answered_30_days": 4, "answered_365_days": 4, "rated": 4,
            "reopened": 1,
        }  # fmt: skip
    await answered(filed=0, replied=31, solved=True)  # late by a day
    await reply(late, 40, solved=None)  # late too, and not rated
    with on(45):  # 16 April
        figures = await counted(registrar)
        assert figures == {
            "open": 4 + 1 + 4 + 1 + 1, "due_soon": 0, "overdue": 2, "answered_30_days": 2, "answered_365_days": 6,
            "on_time_share": 0.667, "rated": 5, "satisfied_share": 0.8, "reopened": 1,
        }  # fmt: skip
        assert await counted(head) == figures | {"open": 10}  # of the one just filed the unit knows nothing
        assert await counted(await officer(Role.SUPERVISOR, "62-justice.inspection")) == figures
        assert await counted(await officer(Role.SUPERVISOR, "6205-justice.inspection")) == NOTHING


async def test_an_excluded_person_sees_no_trace(province: str) -> None:
    with on(0):
        walk = await answered(filed=0, replied=5)
        first, second = [await officer(Role.REGISTRAR, number=number) for number in range(2)]
        await walk.take("exclude", by=first, persons=[str(second.person_id)])
    with on(6):
        assert (await counted(first))["open"] == 1
        assert await counted(second) == NOTHING


async def test_handlers_see_their_units_numbers_not_their_own(province: str) -> None:
    walk = await case_at("handling")
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    assert handler.standing is not None
    posts = [await officer(Role.HANDLER, (await unit_code(handler)), number=number) for number in range(2)]
    assert [(await counted(actor))["open"] for actor in posts] == [1, 1]


async def unit_code(actor: Actor) -> str:
    assert actor.standing is not None
    _, rows = await connection().execute_query("SELECT code FROM unit WHERE id = $1", [actor.standing.unit_id])
    return str(rows[0]["code"])


async def test_shares_of_a_few_are_not_given(province: str) -> None:
    for _ in range(FEWEST - 1):
        await case_at("called_back")
    registrar = await officer(Role.REGISTRAR)
    figures = await counted(registrar)
    assert (figures["answered_30_days"], figures["on_time_share"], figures["satisfied_share"]) == (4, None, None)
    await case_at("called_back")
    figures = await counted(registrar)
    assert (figures["on_time_share"], figures["satisfied_share"]) == (1.0, 1.0)
    assert await Matter.all().count() == FEWEST


async def test_whoever_has_no_part_in_cases_has_no_figures(province: str) -> None:
    await case_filed()
    assert await counted(await officer(Role.SYSTEM_ADMIN, "62-justice.systems")) == NOTHING
