"""Before a summary leaves it is looked over; the sheet that leaves says no raw text, and each copy whose it is."""

import io
import re
from typing import Any

import pypdfium2
import pytest

from models import CaseText, EntryBody, Matter, SheetCopy
from models.database import connection
from tests.api.conftest import Api
from tests.api.test_case_over_http import sign_in_as
from tests.makers import Walk, case_at, case_filed

RAW = (
    "金丝雀贸易行拖欠我三个月，老板叫王建国，电话13900009999，欠款26.83万元，车牌甘A12345，催了无数回都不理不睬还骂人。"
)
CLEAN = "反映有关单位长期拖欠货款，多次催要无果。"
IDENTITY = {"mode": "named", "contact": {"name": "柳青青", "phone": "139-0000-9999"}}


async def screened(api: Api, **report: Any) -> str:
    number, _ = await api.file(text=RAW, **report)
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B03", tier="normal", claims=["支付货款"])
    return number


async def check(api: Api, number: str, summary: str, claims: list[str] | None = None) -> list[dict[str, Any]]:
    body = {"summary": summary} | ({"claims": claims} if claims is not None else {})
    found: list[dict[str, Any]] = await api.post(f"/api/v1/matters/{number}/summary-check", "registrar1", body)
    return found


async def looks(api: Api, number: str, who: str = "registrar1") -> list[dict[str, Any]]:
    entries = await api.get(f"/api/v1/matters/{number}/entries", who)
    return [entry for entry in entries["items"] if entry["verb"] in {"check_summary", "copy_sheet"}]


def pages(content: bytes) -> list[str]:
    """The text of each page, blanks left out: a PDF breaks lines where it likes."""
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    texts = [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in document]
    document.close()
    return texts


async def sheet(api: Api, number: str, who: str) -> bytes:
    response = await api.call("POST", f"/api/v1/matters/{number}/transfer-sheets", who, {})
    assert response.status == 200, await response.text()
    assert response.content_type == "application/pdf"
    return await response.read()


async def test_each_place_is_told_with_its_kind_and_whether_the_raw_text_has_it(api: Api) -> None:
    number = await screened(api)
    summary = "反映张伟经理拖欠26.83万元，联系13900009999。"
    found = await check(api, number, summary, ["向甘A12345车主追款"])
    assert [(one["field"], one["kind"], one["text"], one["in_raw"]) for one in found] == [
        ("summary", "person", "张伟经理", False),
        ("summary", "amount", "26.83万元", True),
        ("summary", "phone", "13900009999", True),
        ("claims.0", "plate", "甘A12345", True),
    ]
    assert all(summary[one["start"] : one["end"]] == one["text"] for one in found[:3])
    assert await check(api, number, CLEAN) == []


async def test_what_is_copied_word_for_word_is_told(api: Api) -> None:
    number = await screened(api)
    copied = "催了无数回都不理不睬还骂人"
    assert await check(api, number, copied) == [], "a short phrase may be the same by chance"
    found = await check(api, number, f"据反映：{RAW[-34:]}")
    assert [one["kind"] for one in found if one["kind"] == "quote"] == ["quote"]


@pytest.mark.parametrize(
    ("summary", "kind"),
    [("反映人柳 青青称货款被拖欠", "person"), ("可拨打１３９ ００００－９９９９核实", "phone"), ("柳青青", "person")],
)
async def test_the_sealed_identity_is_met_without_opening_it_and_that_is_a_look(
    api: Api, summary: str, kind: str
) -> None:
    number = await screened(api, **IDENTITY)
    for _ in range(2):
        found = [one for one in await check(api, number, summary) if one["identity"]]
        assert [one["kind"] for one in found] == [kind]
    told = await looks(api, number)
    assert [one["verb"] for one in told] == ["check_summary"], "once, however often the form asks"
    assert "与举报人登记的" in told[0]["shown"][0]["text"]
    assert "柳" not in str(told)


async def test_nobody_else_meets_it_and_another_case_has_other_hashes(api: Api) -> None:
    number, other = await screened(api, **IDENTITY), await screened(api, **IDENTITY)
    rows = await connection().execute_query_dict("SELECT identity_hashes FROM case_file ORDER BY matter_id")
    kept = [row["identity_hashes"] for row in rows]
    assert all(len(one) == 2 for one in kept)
    assert not set(kept[0]) & set(kept[1]), "who reported twice is not to be seen from the hashes"
    assert "柳" not in str(kept)
    assert "9999" not in str(kept)
    assert not await looks(api, number)
    assert not await looks(api, other)
    for who in ("callback1", "liaison-city", "supervisor1"):
        response = await api.call("POST", f"/api/v1/matters/{number}/summary-check", who, {"summary": CLEAN})
        assert response.status == 403


async def test_a_transfer_wants_a_confirmation_where_something_is_met(api: Api) -> None:
    number = await screened(api)
    path = f"/api/v1/matters/{number}/steps/transfer"
    refused = await api.post(path, "registrar1", {"inputs": {"summary": "电话13900009999"}}, 409)
    assert refused["code"] == "summary_unchecked"
    assert [(one["kind"], one["in_raw"]) for one in refused["details"]["hits"]] == [("phone", True)]
    await api.step(number, "transfer", "registrar1", summary="电话13900009999", hits_confirmed=True)
    body = (await EntryBody.filter(entry__matter__number=number, entry__verb="transfer"))[0].body
    assert body["checked"] == {"hits": 1, "confirmed": True}


async def test_a_clean_summary_of_the_anonymous_leaves_at_once(api: Api) -> None:
    number = await screened(api)
    await api.step(number, "transfer", "registrar1", summary=CLEAN)


async def test_a_refusal_does_not_tell_whether_the_identity_was_met(api: Api) -> None:
    """A guess without a title is no mark of its own: right or wrong, the refusal is the same."""
    number = await screened(api, **IDENTITY)
    path = f"/api/v1/matters/{number}/steps/transfer"
    answers = []
    for guess in ("柳青青", "柳依依", ""):
        answer = await api.post(path, "registrar1", {"inputs": {"summary": f"反映拖欠货款 {guess}"}}, 409)
        answer.pop("request_id")
        answers.append(answer)
    assert answers[0]["code"] == "summary_unchecked"
    assert answers[0]["details"]["hits"] == answers[2]["details"]["hits"] == []
    assert answers[0] == answers[2]


async def at_the_handler(api: Api, **report: Any) -> tuple[Walk, str]:
    """A case with the officer in charge, who is signed in."""
    walk = await case_at("handling", text=RAW, **report)
    return walk, await sign_in_as(api, "the-handler", str((await walk.who("ask")).post_id))


async def test_what_is_relayed_is_looked_over_like_the_summary(api: Api) -> None:
    walk, handler = await at_the_handler(api)
    number = walk.number
    for words in ("补充：我的车是甘A12345", "再补充一点"):
        await walk.take("add", by=walk.holder, text=words)
        path, given = f"/api/v1/matters/{number}/steps/relay", {"summary": "另有车辆甘A12345在场"}
        refused = await api.post(path, "registrar1", {"inputs": given}, 409)
        assert refused["code"] == "summary_unchecked"
        assert [(one["kind"], one["in_raw"], one["text"]) for one in refused["details"]["hits"]] == [
            ("plate", True, "甘A12345")
        ]
        assert "甘A12345" not in str(await api.get(f"/api/v1/matters/{number}/entries", handler))
        await api.step(number, "relay", "registrar1", summary="举报人另有补充")  # of the anonymous, and clean
    await walk.take("add", by=walk.holder, text="又补充")
    await api.step(number, "relay", "registrar1", summary="车辆甘A12345", hits_confirmed=True)
    body = (await EntryBody.filter(entry__matter__number=number, entry__verb="relay").order_by("-entry__seq"))[0].body
    assert body["checked"] == {"hits": 1, "confirmed": True}
    await walk.take("add", by=walk.holder, text="不用转告")
    await api.step(number, "relay", "registrar1")


async def test_who_gave_a_name_is_never_told_of_by_a_refusal_to_relay(api: Api) -> None:
    walk, _ = await at_the_handler(api, **IDENTITY)
    await walk.take("add", by=walk.holder, text="补充")
    answers = []
    for guess in ("柳青青", "柳依依", ""):
        given = {"inputs": {"summary": f"反映拖欠货款 {guess}"}}
        answers.append(await api.post(f"/api/v1/matters/{walk.number}/steps/relay", "registrar1", given, 409))
        answers[-1].pop("request_id")
    assert answers[0] == answers[1] == answers[2]


async def test_what_is_relayed_of_a_merged_case_is_looked_over_too(api: Api) -> None:
    main, handler = await at_the_handler(api)
    other = await case_at("screened", text=RAW)
    await api.step(other.number, "merge", "registrar1", into=main.number, reason="同一问题")
    await other.take("add", by=other.holder, text="我叫柳青青，电话13900009999")
    path = f"/api/v1/matters/{other.number}/steps/relay"
    refused = await api.post(path, "registrar1", {"inputs": {"summary": "另一人电话13900009999"}}, 409)
    assert [one["kind"] for one in refused["details"]["hits"]] == ["phone"]
    assert "13900009999" not in str(await api.get(f"/api/v1/matters/{main.number}/entries", handler))


async def test_a_question_is_looked_over_and_tells_the_unit_nothing_of_the_text(api: Api) -> None:
    walk, handler = await at_the_handler(api)
    number = walk.number
    path = f"/api/v1/matters/{number}/steps/ask"
    given: dict[str, Any] = {"question": "您的电话是否为13900009999？是否由王科长经办？"}
    refused = await api.post(path, handler, {"inputs": given}, 409)
    assert [(one["field"], one["kind"], one["in_raw"]) for one in refused["details"]["hits"]] == [
        ("question", "phone", False), ("question", "person", False),
    ]  # fmt: skip
    assert "13900009999" in (await CaseText.get(matter__number=number)).text
    assert (await Matter.get(number=number)).stage == "handling"
    await api.step(number, "ask", handler, **given, hits_confirmed=True)


async def test_the_sheet_is_made_of_the_summary_and_marked_for_its_reader(api: Api) -> None:
    number = await screened(api, **IDENTITY)
    response = await api.call("POST", f"/api/v1/matters/{number}/transfer-sheets", "registrar1", {})
    assert (response.status, (await response.json())["code"]) == (409, "not_transferred")
    await api.step(number, "transfer", "registrar1", summary=CLEAN, hits_confirmed=True)
    text = "".join(pages(await sheet(api, number, "registrar1")))
    for said in (number, CLEAN, "支付货款", "B03", "一般", "系统没有提示，已逐项核对"):
        assert said in text
    for kept in ("金丝雀", "王建国", "26.83", "9999", "甘A12345", "柳青青", "不理不睬"):
        assert kept not in text
    copy = await SheetCopy.get(matter__number=number)
    assert f"{copy.code[:5]}-{copy.code[5:]}" in text
    told = await looks(api, number)
    assert [one["verb"] for one in told] == ["copy_sheet"]
    assert copy.seq == told[0]["seq"]
    typed = f"{copy.code[:5]} {copy.code[5:]}".lower()
    found = await api.get(f"/api/v1/audit/copies/{typed}", "audit-admin")
    assert (found["number"], found["made_at"][:10]) == (number, told[0]["at"][:10])
    assert found["person"]
    assert found["person"] in text
    missing = await api.call("GET", "/api/v1/audit/copies/0000000000", "audit-admin")
    assert missing.status == 404


async def test_a_long_sheet_is_marked_on_every_page(api: Api) -> None:
    number = await screened(api)
    await api.step(number, "transfer", "registrar1", summary="反映拖欠货款。\n" * 400)
    texts = pages(await sheet(api, number, "registrar1"))
    code = (await SheetCopy.get(matter__number=number)).code
    assert len(texts) > 3
    assert all(f"{code[:5]}-{code[5:]}" in text for text in texts)


async def test_two_readers_have_two_codes_and_who_is_none_gets_none(api: Api) -> None:
    number = await screened(api)
    await api.step(number, "transfer", "registrar1", summary=CLEAN)
    first, again = await sheet(api, number, "registrar1"), await sheet(api, number, "registrar1")
    assert first != again
    assert await SheetCopy.filter(matter__number=number).count() == 2
    assert (await api.call("POST", f"/api/v1/matters/{number}/transfer-sheets", "handler1", {})).status in {403, 404}
    assert (await api.call("POST", f"/api/v1/matters/{number}/transfer-sheets", "supervisor1", {})).status == 403
    matter = await Matter.get(number=number)
    with pytest.raises(Exception, match="permission denied"):
        await connection().execute_query("UPDATE sheet_copy SET code = 'x' WHERE matter_id = $1", [matter.id])


@pytest.mark.usefixtures("province")
async def test_handlers_heads_and_liaisons_have_theirs() -> None:
    from domain.cases import transfer_sheet
    from kit.errors import NotAllowed, NotFound
    from models import Role
    from tests.makers import officer

    walk: Walk = await case_at("handling", text=RAW)
    readers = [await walk.who(verb) for verb in ("sign", "answer", "approve_answer", "transfer")]
    for reader in readers:
        assert reader.name in await transfer_sheet.copied(reader, walk.number)
    codes = await SheetCopy.all().values_list("code", flat=True)
    assert len(set(codes)) == 4
    with pytest.raises(NotAllowed):
        await transfer_sheet.copied(await officer(Role.SUPERVISOR, "62-supervision"), walk.number)
    with pytest.raises(NotFound):
        await transfer_sheet.copied(await officer(Role.LIAISON, "6201-justice"), (await case_filed()).number)
