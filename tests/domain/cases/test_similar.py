"""Similar cases: found by what they share, told with reasons, kept from whoever may not know; no text in the index."""

import re
from typing import Any

import pytest

from domain.cases import indexing
from domain.cases.similar import Similar, similar
from kit.errors import NotAllowed, NotFound
from models import CaseIndex, CaseText, Recusal, Role, TermCount
from models.database import connection
from tests.makers import SETTINGS, Walk, case_at, case_filed, officer, unit
from tests.observed import rolled_back

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("shared_province")]

ARREARS = "雁滩污水泵站的混凝土款拖欠四百余天，城投说财政没有拨款，对账单已经盖章。"
AGAIN = "去年给雁滩污水泵站供混凝土，款项拖欠到现在，城投推给财政，对账单早就盖章。"
OTHER = "饭馆换招牌，窗口让补三回材料，每次要求都不同。"


async def found(walk: Walk, role: Role = Role.REGISTRAR, unit_code: str = "62-intake", nth: int = 0) -> list[Similar]:
    await indexing.indexed(SETTINGS)
    return await similar(SETTINGS, await officer(role, unit_code, nth), walk.number)


async def counts() -> dict[int, int]:
    return {row.term: row.cases for row in await TermCount.filter(cases__gt=0)}


@rolled_back
async def test_the_likest_comes_first_with_the_words_in_common() -> None:
    first, other = await case_filed(text=ARREARS, category="B03"), await case_filed(text=OTHER)
    again = await case_filed(text=AGAIN, category="B03")
    alike = await found(again)
    assert [one.number for one in alike] == [first.number]
    assert alike[0].likeness in {"high", "some"}
    assert alike[0].days == 0
    assert alike[0].reasons[:2] == ["类别相同", "地区相同"]
    assert "污水泵站" in alike[0].reasons[2]
    assert [one.number for one in await found(other)] == []


@rolled_back
async def test_a_case_is_not_like_itself_and_the_very_same_text_is_told() -> None:
    first, again = await case_filed(text=ARREARS), await case_filed(text=ARREARS)
    assert [(one.number, one.likeness) for one in await found(again)] == [(first.number, "same")]


@rolled_back
async def test_two_against_one_unit_are_told_without_a_word_in_common() -> None:
    accused = await unit("620102-market")
    first = await case_filed(text=ARREARS, accused_unit=accused.id)
    again = await case_filed(text=OTHER, accused_unit=accused.id)
    alike = await found(again)
    assert [(one.number, one.likeness, one.reasons[0]) for one in alike] == [(first.number, "none", "被举报单位相同")]


@rolled_back
async def test_names_are_not_among_the_words_and_a_supervisor_reads_none() -> None:
    await case_filed(text=f"{ARREARS}经办的是王建国局长，电话13900001234。")
    again = await case_filed(text=f"{AGAIN}王建国局长不接电话13900001234。")
    registrar, supervisor = await found(again), await found(again, Role.SUPERVISOR, "62-supervision")
    assert "共同出现" in registrar[0].reasons[-1]
    assert not any(kept in reason for reason in registrar[0].reasons for kept in ("建国", "1390000"))
    assert not any("共同出现" in reason for reason in supervisor[0].reasons)


@rolled_back
async def test_what_is_added_is_found_too_and_a_new_category_counts() -> None:
    first = await case_filed(text=OTHER)
    await first.take("add", text=ARREARS)
    again = await case_filed(text=AGAIN)
    assert [one.number for one in await found(again)] == [first.number]
    await first.take("accept")
    await first.take("screen", category="B03", tier="normal", claims=["付款"])
    await indexing.indexed(SETTINGS)
    assert (await CaseIndex.get(matter_id=first.holder.matter_id)).category_id == "B03"


@rolled_back
async def test_indexing_twice_changes_nothing() -> None:
    walk = await case_filed(text=ARREARS)
    assert await indexing.waiting() == 1
    assert await indexing.indexed(SETTINGS) == 1
    once = await counts()
    await CaseText.filter(matter_id=walk.holder.matter_id).update(indexed_on=None)
    assert await indexing.indexed(SETTINGS) == 1
    assert await counts() == once
    assert await indexing.indexed(SETTINGS) == await indexing.waiting() == 0
    assert set(once.values()) == {1}


@rolled_back
async def test_a_case_kept_from_somebody_is_counted_nowhere() -> None:
    accused = await unit("620102-market")
    walk = await case_filed(text=ARREARS)
    await indexing.indexed(SETTINGS)
    await walk.take("exclude", units=[str(accused.id)])
    await indexing.indexed(SETTINGS)
    assert await counts() == {}
    assert not (await CaseIndex.get(matter_id=walk.holder.matter_id)).counted


@rolled_back
async def test_the_excluded_read_the_same_with_and_without_it() -> None:
    """A registrar steps aside from one of two: what they read of a third tells of the other, and just the same."""
    first, third = await case_filed(text=ARREARS), await case_filed(text=AGAIN)
    without = await found(third)
    assert [one.number for one in without] == [first.number]
    kept = await case_filed(text=AGAIN)
    registrar = await officer(Role.REGISTRAR)
    assert len(await found(third)) == 2
    await Recusal.create(
        matter_id=kept.holder.matter_id, person_id=registrar.person_id, reason="亲属", accused=False, since="2026-01-01"
    )
    assert await found(third) == without
    assert len(await found(third, nth=1)) == 2
    with pytest.raises(NotFound):
        await found(kept)


@rolled_back
async def test_only_the_offices_may_ask() -> None:
    walk = await case_at("handling", text=ARREARS)
    for who in (await walk.who("assign"), await walk.who("answer")):
        with pytest.raises(NotAllowed):
            await similar(SETTINGS, who, walk.number)
    with pytest.raises(NotFound):
        await similar(SETTINGS, await officer(Role.REGISTRAR, "62-rule-of-law"), walk.number)


@rolled_back
async def test_no_text_is_in_the_index() -> None:
    """Whatever the index's tables hold, as text: neither characters nor a word, nor their hashes without the key."""
    await case_filed(text=f"金丝雀 canary5309 {ARREARS}")
    await indexing.indexed(SETTINGS)
    rows: list[Any] = []
    for table in ("case_index", "term_count"):
        rows += await connection().execute_query_dict(f"SELECT t::text AS said FROM {table} t")
    said = "\n".join(row["said"] for row in rows)
    assert said
    assert not re.search("金丝|丝雀|canary|5309|污水", said)
    keys = (indexing.key_of(SETTINGS), b"guessed")
    ours, guessed = (indexing.terms_of(key, ["金丝雀"]) for key in keys)
    index = (await CaseIndex.all())[-1].terms
    assert set(ours) <= set(index)
    assert not set(guessed) & set(index)


@rolled_back
async def test_a_long_text_keeps_a_sample_that_two_long_texts_share() -> None:
    long = "".join(chr(0x4E00 + number) for number in range(6000))
    first, again = await case_filed(text=long), await case_filed(text=long[100:])
    assert [one.number for one in await found(again)] == [first.number]
    assert all(len(index.terms) <= indexing.MOST_TERMS for index in await CaseIndex.all())
    assert await CaseText.filter(indexed_on=None).count() == 0
