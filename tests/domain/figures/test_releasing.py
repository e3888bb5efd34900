"""What is published: counted once, the same for all readers, and nothing of it gives a small number away."""

from collections.abc import Hashable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import BaseORMException

from domain.figures import public, releasing
from domain.figures.definitions import definitions
from domain.figures.releasing import Grain, Published, ended
from domain.figures.suppression import Sum, solved
from kit import clock
from kit.clock import CHINA
from kit.errors import NotAllowed
from models import Matter, Release, Role
from models.database import connection, insert
from tests.makers import officer, unit

TODAY = datetime(2026, 7, 2, 3, 0, tzinfo=CHINA)


async def facts(cases: int, seed: int = 1) -> None:
    """Cases of half a year, most of them in one city, as far as figures know them; none has an entry."""
    from models import CaseFact

    chance, office = Random(seed), (await unit("62-intake")).id
    rows: list[Any] = []
    for number in range(cases):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(181))
        region = chance.choice(("620102",) * 8 + ("6201", "62", "620402", "620502", "620602", "620702", "620802"))
        matter = Matter(
            id=uuid4(), kind="case", number=f"JB2026-{number:08}", stage="closed", region_id=region, tier="normal",
            receiving_unit_id=office, rule_pack_id="biz-default", opened_by_id=None, filed_on=day, head=b"",
            ended_at=TODAY,
        )  # fmt: skip
        closed = day + timedelta(days=20)
        rated = chance.random() < 0.6
        rows += [
            matter,
            CaseFact(
                matter_id=matter.id, region_id=region, office_id=office, unit_id=None,
                category_id=chance.choice(("B10",) * 6 + ("B11", "B01", "B02", "B03", "B04", "B05")),
                received_on=day, accepted_on=day, replied_on=closed, on_time=True, due_on=closed, closed_on=closed,
                effective=chance.random() < 0.9, rated=rated, solved=rated, satisfied=rated and chance.random() < 0.9,
            ),
        ]  # fmt: skip
    await insert(rows)


async def shown() -> list[Release]:
    return await Release.all().order_by("since", "grain")


def test_periods_end_before_they_are_told() -> None:
    told = [(period.grain, str(period.since)) for period in ended(date(2026, 1, 20), date(2026, 4, 30))]
    assert told == [
        (Grain.MONTH, "2026-01-01"), (Grain.MONTH, "2026-02-01"), (Grain.MONTH, "2026-03-01"),
        (Grain.QUARTER, "2026-01-01"),
    ]  # fmt: skip
    assert ended(date(2026, 1, 20), date(2026, 1, 31)) == []
    late = [period.grain for period in ended(date(2026, 2, 1), date(2026, 4, 1))]
    assert late == [Grain.MONTH, Grain.MONTH], "the quarter lacks a month"


@pytest.mark.parametrize("cases", [30, 90, 400])
async def test_nothing_published_gives_a_small_number_away(province: str, cases: int) -> None:
    """An attacker with everything that was ever published: months, quarters, regions, categories, for each figure."""
    with clock.at(TODAY):
        await facts(cases)
        assert await releasing.made() == 6 + 2
        assert await releasing.made() == 0
    releases = await shown()
    left = 0
    for figure in releasing._shown_names():
        values: dict[Hashable, int] = {}
        hidden: set[Hashable] = set()
        sums = []
        for release in releases:
            name, tables = f"{release.grain} {release.since}", []
            for table in release.shown:
                kept: Any = release.counted[table]
                told: Any = release.shown[table]
                cells: dict[Hashable, int] = {(name, table, key): row[figure] for key, row in kept.items()}
                values.update(cells)
                hidden |= {(name, table, key) for key, row in told.items() if row[figure] is None}
                assert all(row[figure] in (None, kept[key][figure]) for key, row in told.items())
                tables += [Sum((name, "total", ""), tuple(cells))] if table != "total" else []
            if release.grain == Grain.QUARTER:
                months = [releasing._later(release.since, n) for n in range(3)]
                tables.append(Sum((name, "total", ""), tuple((f"month {month}", "total", "") for month in months)))
            sums += tables
        assert {cell for cell, n in values.items() if 0 < n < definitions().fewest} <= hidden
        assert solved(values, sums, hidden) == set()
        left += len(hidden)
        if cases == 400 and figure == "accepted":
            quarters = [n for cell, n in values.items() if str(cell).startswith("('quarter") and "'total'" in str(cell)]
            assert sum(quarters) == cases
    assert left > 0


async def test_a_rate_of_a_few_is_not_published(province: str) -> None:
    with clock.at(TODAY):
        await facts(60)
        await releasing.made()
    for release in await shown():
        for rows in release.shown.values():
            assert isinstance(rows, dict)
            for told in rows.values():
                for rate in map(definitions().rate, definitions().public_rates):
                    assert told[rate.code] is None or (told[rate.of] or 0) >= definitions().fewest


async def test_only_the_supervisors_of_the_whole_place_publish_and_only_once(province: str) -> None:
    with clock.at(TODAY):
        await facts(90)
        await releasing.made()
        month = (await shown())[0]
        for actor in (await officer(Role.SUPERVISOR, "6201-justice.inspection"), await officer(Role.REGISTRAR)):
            with pytest.raises(NotAllowed):
                await releasing.publish(actor, month.id)
        supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
        assert (await public.published())["months"] == []
        await releasing.publish(supervisor, month.id)
        with pytest.raises(Published):
            await releasing.publish(supervisor, month.id)
        told = await public.published()
    assert [row["since"] for row in told["months"]] == [month.since]
    assert told["quarter"] is None
    assert "counted" not in str(told)
    with pytest.raises(BaseORMException, match="never changed"):
        await connection().execute_query("UPDATE release SET shown = '{}' WHERE id = $1", [month.id])


async def test_later_changes_don_t_change_what_was_published(province: str) -> None:
    with clock.at(TODAY):
        await facts(200)
        await releasing.made()
        supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
        for release in await shown():
            await releasing.publish(supervisor, release.id)
        before = await public.published()
        await connection().execute_query("UPDATE case_fact SET closed_on = NULL, rated = false, satisfied = false")
        assert await releasing.made() == 0
        assert await public.published() == before
        assert (await public.published("2026-Q1"))["quarter"]["quarter"] == "2026-Q1"
        assert before["quarters"] == ["2026-Q2", "2026-Q1"]
        assert before["sums"]["accepted"]["value"] == 200
