"""Rule files into rows: once, whole, and never against a matter's own pack."""

import shutil
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from domain.loop import calendar_days, packs, rule_books
from domain.loop.rule_lines import RulesInvalid
from domain.people import units
from kit.settings import ROOT
from models import (
    CalendarDay,
    Category,
    DutyTag,
    Matter,
    PrivacyNotice,
    RoutingRule,
    RuleTerm,
    TextTemplate,
    Tier,
    Unit,
)
from models.database import insert
from tests.makers import case_filed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's rule files that a test may change."""
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that is there."""
    path.chmod(0o644)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


async def test_it_loads_once(database: BaseDBAsyncClient, folder: Path) -> None:
    """Rows are there, the book can be read, and a second time nothing changes."""
    first = await rule_books.loaded(folder)
    assert all(count.changed == count.total > 0 for count in first.values())
    assert await Category.all().count() == 28
    book = await packs.book()
    assert book.pack_for("B10", "62-intake").code == "biz-default"
    rules = {rule.id async for rule in RoutingRule.all()}
    second = await rule_books.loaded(folder)
    assert all(count.changed == 0 for count in second.values()), second
    assert {rule.id async for rule in RoutingRule.all()} == rules


async def test_changes_follow_the_files(database: BaseDBAsyncClient, folder: Path) -> None:
    """A category is mended, a term replaced; a routing rule that is gone is ended; a hand-made one stays."""
    await rule_books.loaded(folder)
    by_hand = RoutingRule(
        id=uuid4(), order=5, tag="audit", reason="手工", effective_from=date(2026, 1, 1), source="测试"
    )
    await insert([by_hand])
    change(folder / "categories.toml", "政府失信违约、新官不理旧账", "政府失信违约")
    change(folder / "rule_packs.toml", 'clock = "screen", amount = 1', 'clock = "screen", amount = 2')
    change(folder / "routing.toml", "order = 30", "order = 31")
    counts = await rule_books.loaded(folder)
    assert counts["categories"].changed == 1
    assert counts["routing_rules"].changed == 2
    assert (await Category.get(code="B01")).name == "政府失信违约"
    assert (await RuleTerm.get(pack_id="biz-default", clock="screen")).amount == 2
    assert (await RoutingRule.get(order=30)).effective_to is not None
    assert (await RoutingRule.get(order=31)).effective_to is None
    assert (await RoutingRule.get(id=by_hand.id)).effective_to is None
    change(folder / "routing.toml", "order = 31", "order = 30")
    await rule_books.loaded(folder)
    assert (await RoutingRule.get(order=30)).effective_to is None
    assert (await RoutingRule.get(order=31)).effective_to is not None


async def test_all_contradictions_are_said_and_nothing_is_written(database: BaseDBAsyncClient, folder: Path) -> None:
    """Unknown tag, pack, category and region, a repeated code, no last choice."""
    change(folder / "categories.toml", '"development-reform", "business', '"no-such-tag", "business')
    change(folder / "duty_tags.toml", '{ code = "water"', '{ code = "transport"')
    change(folder / "rule_packs.toml", 'pack = "sme-payments"', 'pack = "no-such-pack"')
    change(folder / "rule_packs.toml", "order = 90", 'order = 90\ncategory = "B77"')
    change(folder / "routing.toml", "order = 100", 'order = 100\nregion = "6299"')
    with pytest.raises(RulesInvalid) as refused:
        await rule_books.loaded(folder)
    said = refused.value.details["problems"]
    for word in ("no-such-tag", "transport: 重复", "no-such-pack", "B77", "6299", "缺少适用于一切"):
        assert any(word in line for line in said), (word, said)
    assert await DutyTag.all().count() == 0


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('tier = "hard"', 'tier = "soft"', "tier"),
        ("discipline = true", "disciplne = true", "disciplne"),
        ('code = "B01"', 'code = "B01', "categories.toml"),
    ],
)
async def test_a_line_of_the_wrong_shape(
    database: BaseDBAsyncClient, folder: Path, old: str, new: str, word: str
) -> None:
    """A value outside its enum, a misspelt key, no TOML at all."""
    change(folder / "categories.toml", old, new)
    with pytest.raises(RulesInvalid, match=word):
        await rule_books.loaded(folder)


async def test_a_pack_in_use_does_not_change(database: BaseDBAsyncClient, folder: Path) -> None:
    """Its due dates would; an unused one may."""
    await units.regions_loaded(folder / "regions-62.csv")
    await rule_books.loaded(folder)
    unit = Unit(id=uuid4(), code="u", name="单位", region_id="62", since=date(2026, 1, 1), duty_tags=[], line=[])
    await insert([unit])
    matter = Matter(
        id=uuid4(), kind="case", number="n", stage="filed", region_id="62", receiving_unit_id=unit.id,
        rule_pack_id="biz-default", tier=Tier.NORMAL, filed_on=date(2026, 1, 5), head=b"",
    )  # fmt: skip
    await insert([matter])
    change(folder / "rule_packs.toml", 'clock = "screen", amount = 1', 'clock = "screen", amount = 2')
    with pytest.raises(RulesInvalid, match="biz-default"):
        await rule_books.loaded(folder)
    assert (await RuleTerm.get(pack_id="biz-default", clock="screen")).amount == 1


async def test_a_corrected_day_outlives_the_next_load(database: BaseDBAsyncClient, folder: Path) -> None:
    """A correction is by hand and stays so."""
    await rule_books.loaded(folder)
    day = (await CalendarDay.filter(working=True).order_by("day").first()).day  # type: ignore[union-attr]  # just loaded
    rows = calendar_days.rows_of(f"day,working,name,source\n{day},false,调整,省政府办公厅通知\n".encode("utf-8-sig"))
    assert await calendar_days.corrected(rows) == 1
    assert await calendar_days.corrected(rows) == 0
    await rule_books.loaded(folder)
    assert not (await CalendarDay.get(day=day)).working
    assert not (await packs.book()).calendar.is_working(day)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("day,working,name,source\n2026-02-30,true,,通知\n", "第 2 行 day"),
        ("day,working,name,source\n2026-02-03,true,,\n", "第 2 行 source"),
        ("day,working,name,source\n2026-02-03,true,,a\n2026-02-03,false,,a\n", "2026-02-03 重复"),
        ("day,working\n2026-02-03,true\n", "source"),
        ("day,working,name,source\n2026-02-03,true,,chinesecalendar\n", "依据"),
        ("day,working,name,source\n2026-02-03,true,,a,b\n", "多余"),
    ],
)
def test_bad_calendar_lines(text: str, word: str) -> None:
    """Each is named."""
    with pytest.raises(RulesInvalid, match=word):
        calendar_days.rows_of(text.encode())


async def test_a_privacy_notice_that_somebody_was_shown_does_not_change(province: str, folder: Path) -> None:
    """Before that it may be mended; a new version may always come."""
    change(folder / "privacy.toml", "用大白话说", "简单地说")
    assert (await rule_books.loaded(folder))["privacy_notices"].changed == 1
    await case_filed(privacy_version="2026-11.2")
    change(folder / "privacy.toml", "简单地说", "一句话")
    with pytest.raises(RulesInvalid, match=r"2026-11\.2"):
        await rule_books.loaded(folder)
    change(folder / "privacy.toml", "一句话", "简单地说")
    change(folder / "retention.toml", "content_months = 24", "content_months = 30")  # people were told 24
    with pytest.raises(RulesInvalid, match=r"2026-11\.2"):
        await rule_books.loaded(folder)
    change(folder / "privacy.toml", 'version = "2026-11.2"', 'version = "2026-12"')
    assert (await rule_books.loaded(folder))["privacy_notices"].changed == 1
    assert await PrivacyNotice.all().count() == 2


async def test_templates_are_those_of_the_file(database: BaseDBAsyncClient, folder: Path) -> None:
    """One that is gone is offered no more."""
    before = (await rule_books.loaded(folder))["text_templates"].total
    change(folder / "templates.toml", 'code = "ask-facts"', 'code = "ask-course"')
    assert (await rule_books.loaded(folder))["text_templates"].changed == 2
    assert await TextTemplate.all().count() == before
    assert {one.code for one in (await packs.book()).templates["ask", "question"]} == {"ask-papers", "ask-course"}
