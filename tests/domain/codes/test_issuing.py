"""Codes are issued for what exists, in one's own region; they end once, with a reason; replacing is both or neither."""

import asyncio
from typing import Any

import pytest

from domain.codes import issuing, listing
from domain.codes.issuing import CodeEnded, Draft, Office
from kit.errors import Invalid, NotAllowed, NotFound
from models import Code, CodeKind, Role
from tests.makers import SETTINGS, officer, unit

PROVINCE, UNIT, PLACE, CAMPAIGN = CodeKind.PROVINCE, CodeKind.UNIT, CodeKind.PLACE, CodeKind.CAMPAIGN


async def office(unit_code: str = "62-justice.inspection") -> Office:
    actor = await officer(Role.SUPERVISOR, unit_code)
    assert actor.standing is not None
    return Office(actor.standing.post_id, actor.standing.region)


async def test_each_kind_is_issued(province: str) -> None:
    hall, who = await unit("6201-data"), await office()
    for draft in (
        Draft(PROVINCE, "全省", "62"),
        Draft(UNIT, "政务大厅", "6201", unit=hall.id),
        Draft(PLACE, "园区", "620102", place="一层", phone="0931-12345"),
        Draft(CAMPAIGN, "宣传月", "62"),
    ):
        code = await Code.get(id=(await issuing.issued(who, draft)).id)
        assert Draft(code.kind, code.title, code.region_id, code.unit_id, code.place, code.phone) == draft
        assert (len(code.value), code.issued_by_id, code.ended_on) == (8, who.post, None)
    assert await Code.all().count() == 4


@pytest.mark.parametrize(
    ("draft", "path"),
    [
        ({"kind": CAMPAIGN, "region": "99"}, "region"),
        ({"kind": PROVINCE, "region": "6201"}, "region"),
        ({"kind": PROVINCE, "region": "62", "unit": "6201-data"}, "unit"),
        ({"kind": UNIT, "region": "6201"}, "unit"),
        ({"kind": UNIT, "region": "62", "unit": "6201-data"}, "unit"),
        ({"kind": PLACE, "region": "6201"}, "place"),
        ({"kind": PLACE, "region": "6201", "place": "一层", "unit": "62-data"}, "unit"),
    ],
)
async def test_what_does_not_fit_is_refused(province: str, draft: dict[str, Any], path: str) -> None:
    if "unit" in draft:
        draft = draft | {"unit": (await unit(draft["unit"])).id}
    with pytest.raises(Invalid) as refused:
        await issuing.issued(await office(), Draft(**{"title": "某处", **draft}))
    assert path in [field["path"] for field in refused.value.details["fields"]]
    assert not await Code.exists()


async def test_a_city_looks_after_its_own_codes_only(province: str) -> None:
    above, city = await office(), await office("6201-justice.inspection")
    with pytest.raises(NotAllowed):
        await issuing.issued(city, Draft(CAMPAIGN, "别市", "6202"))
    of_province = await issuing.issued(above, Draft(CAMPAIGN, "全省", "62"))
    of_county = await issuing.issued(above, Draft(CAMPAIGN, "城关", "620102"))
    assert [row["value"] for row in await listing.page(SETTINGS, city, listing.Filters())] == [of_county.value]
    for act in (issuing.revoked(city, of_province.value, "x"), issuing.replaced(city, of_province.value, "x")):
        with pytest.raises(NotFound):
            await act
    await issuing.revoked(city, of_county.value, "拆除")
    assert (await Code.get(id=of_county.id)).end_reason == "拆除"


async def test_a_code_ends_once(province: str) -> None:
    who = await office()
    code = await issuing.issued(who, Draft(CAMPAIGN, "宣传月", "62"))
    ends = await asyncio.gather(
        *(issuing.revoked(who, code.value, "遗失") for _ in range(3)),
        *(issuing.replaced(who, code.value, "遗失") for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(end, CodeEnded) for end in ends) == 5
    assert await Code.filter(ended_on=None).count() <= 1
    with pytest.raises(CodeEnded):
        await issuing.usable(who, code.value)


async def test_replacing_is_both_or_neither(province: str) -> None:
    hall, who = await unit("6201-data"), await office()
    old = await issuing.issued(who, Draft(UNIT, "政务大厅", "6201", unit=hall.id, phone="12345"))
    new = await issuing.replaced(who, old.value, "被覆盖")
    shown = await listing.one(SETTINGS, who, old.value)
    assert (shown["replaced_by"], shown["end_reason"]) == (new.value, "被覆盖")
    assert shown["ended_on"]
    again = await listing.one(SETTINGS, who, new.value)
    assert (again["replaces"], again["unit"]["name"], again["phone"]) == (old.value, hall.name, "12345")
    hall.until = hall.since
    await hall.save()
    with pytest.raises(Invalid):
        await issuing.replaced(who, new.value, "再换")
    assert (await Code.get(id=new.id)).ended_on is None
    assert await Code.all().count() == 2


async def test_pages_hold_every_code_once(province: str) -> None:
    who = await office()
    values = {(await issuing.issued(who, Draft(CAMPAIGN, f"第{number}处", "62"))).value for number in range(7)}
    after, listed = None, []
    while rows := await listing.page(SETTINGS, who, listing.Filters(), after, 3):
        listed += [row["value"] for row in rows]
        after = listing.After(rows[-1]["issued_on"], rows[-1]["id"])
    assert len(listed) == 7
    assert set(listed) == values
    await issuing.revoked(who, listed[0], "停用")
    for ended, number in ((True, 1), (False, 6), (None, 7)):
        assert len(await listing.page(SETTINGS, who, listing.Filters(ended=ended))) == number
    assert await listing.page(SETTINGS, who, listing.Filters(kind=UNIT)) == []
    assert await listing.page(SETTINGS, who, listing.Filters(region="6201")) == []
