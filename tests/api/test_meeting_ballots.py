"""会议测评票: a meeting's paper ballots are counted by one person and entered blindly again by another."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from openpyxl import load_workbook

from demo.persons import LISTED
from domain.figures import results as year_results
from domain.people.actors import SYSTEM
from kit import clock
from models import Entry, EntryBody, Matter, Person, RatingBox, RatingChannelCode, Recusal, Report
from tests.api.conftest import Api
from tests.api.test_reports_over_http import CHECKED, SEEN, called, submitted
from tests.voiced import shown, window_passed

CODES = ("truthful", "lawful", "serving", "mending")
FIRST, SECOND = "reviewer2", "reviewer5"
DUTIES = "/api/v1/duties?tab=unit"
DIFFERS = "“{}”与第一次录入的不一致"


def counted(*, ballots: int = 26, invalid: int = 3, **other: dict[str, int]) -> dict[str, Any]:
    """23 valid ballots: 12 times five, 8 times four, 3 times three, unless a criterion is told otherwise."""
    rows = [{"criterion": code, **other.get(code, {"five": 12, "four": 8, "three": 3})} for code in CODES]
    return {"held_on": clock.today().isoformat(), "ballots": ballots, "invalid": invalid, "tallies": rows}


async def box() -> RatingBox | None:
    return await RatingBox.get_or_none(channel=RatingChannelCode.MEETING)


async def test_two_persons_enter_the_paper_and_only_then_it_is_a_result(api: Api) -> None:
    number = await shown(api)
    offered = {one["verb"]: one for one in (await api.get(f"/api/v1/matters/{number}", FIRST))["next_steps"]}
    assert "confirm_ballots" not in offered
    form = offered["count_ballots"]["inputs"]
    assert form["properties"]["tallies"]["x-each"] == "criterion"
    criterion = form["$defs"]["Tally"]["properties"]["criterion"]
    assert (tuple(criterion["enum"]), criterion["x-labels"]["truthful"]) == (CODES, "述法真实")

    paper = counted(serving={"five": 20, "abstained": 3}, mending={"five": 9, "abstained": 14})
    await api.step(number, "count_ballots", FIRST, **paper)
    assert (await api.step(number, "count_ballots", SECOND, status=409, **paper))["code"] == "ballots_counted"
    assert (await api.step(number, "confirm_ballots", FIRST, status=409, **paper))["code"] == "same_person"
    refused = await api.step(number, "return_ballots", FIRST, status=409, reason="想改一改")
    assert refused["code"] == "same_person"
    assert (await api.step(number, "conclude", FIRST, status=409))["code"] == "ballots_unconfirmed"
    duty = next(one for one in (await api.get(DUTIES, SECOND))["items"] if one["name"] == "confirm_ballots")
    claim = f"/api/v1/duties/{duty['id']}/claim"
    assert (await (await api.call("POST", claim, FIRST)).json())["code"] == "same_person"

    wrong = counted(ballots=27, truthful={"five": 13, "four": 8, "three": 3}, serving={"five": 21, "abstained": 3})
    wrong["tallies"][1]["abstained"] = 1
    wrong["tallies"][3] = {"criterion": "mending", "five": 9, "abstained": 15}
    differ = await api.step(number, "confirm_ballots", SECOND, status=409, **wrong)
    assert differ["code"] == "ballots_differ"
    assert differ["details"]["fields"] == [
        {"path": "inputs.ballots", "message": DIFFERS.format("收回的票")},
        {"path": "inputs.tallies.0", "message": DIFFERS.format("述法真实")},
        {"path": "inputs.tallies.2", "message": DIFFERS.format("法治化营商环境")},
    ]
    assert not {str(figure) for figure in range(8, 30)} & set(str(differ["details"])), "never the numbers"

    await window_passed(api)
    path = f"/api/v1/reports/{number}/voices"
    assert [one["channel"] for one in (await api.get(path, "official1"))["results"]] == [
        "public", "complainant", "evaluator",
    ], "an unconfirmed count neither shows nor hides the others"  # fmt: skip
    assert "会议评议" not in str(await year_results._paper(await Matter.get(number=number), SYSTEM))
    await api.step(number, "confirm_ballots", SECOND, **paper)
    for who, seen in (("official1", True), (FIRST, True), ("personnel1", True), ("handler3", False), ("", False)):
        found = await api.get(path if who else f"/api/v1/public/reports/{number}/voices", who)
        meeting = [one for one in found["results"] if one["channel"] == "meeting"]
        assert bool(meeting) is seen, who
    meeting = (await api.get(path, "official1"))["results"][-1]
    assert (meeting["channel_name"], meeting["votes"]) == ("会议评议", 23)
    assert [one["shares"] for one in meeting["criteria"]] == [
        [0, 0, 13, 35, 52], [0, 0, 13, 35, 52], [0, 0, 0, 0, 100], [],
    ], "of those who gave a score; none where fewer than ten did"  # fmt: skip
    paper_of_year = str(await year_results._paper(await Matter.get(number=number), SYSTEM))
    assert "('会议评议', '23', '述法真实', '0%', '0%', '13%', '35%', '52%')" in paper_of_year
    assert "('会议评议', '23', '问题整改', '—', '—', '—', '—', '—')" in paper_of_year

    for verb, body in (("confirm_ballots", paper), ("return_ballots", {"reason": "再看一遍"})):
        assert (await api.step(number, verb, SECOND, status=409, **body))["code"] == "wrong_stage"
    assert (await api.step(number, "count_ballots", FIRST, status=409, **paper))["code"] == "ballots_counted"
    await api.step(number, "conclude", FIRST)
    sheet = await api.call("GET", f"/api/v1/matters/{number}/result?format=xlsx", "personnel1")
    rows = [row for one in load_workbook(BytesIO(await sheet.read())) for row in one.iter_rows(values_only=True)]
    assert any({"会议评议", "述法真实", "52%"} <= set(row) for row in rows)


async def test_the_numbers_lie_in_the_box_alone(api: Api) -> None:
    number = await shown(api)
    report = await Report.get(matter__number=number)
    paper = counted(ballots=4711, invalid=4000, **{code: {"five": 711} for code in CODES})
    await api.step(number, "count_ballots", FIRST, **paper)
    held = await box()
    assert held is not None
    assert (held.votes, held.invalid, held.closed_on, held.sealed, bytes(held.voters)) == (711, 4000, None, None, b"")
    await api.step(number, "confirm_ballots", SECOND, **paper)
    entries = await Entry.filter(matter_id=report.matter_id, verb__endswith="_ballots").order_by("seq")
    bodies = {one.entry_id: one.body for one in await EntryBody.filter(entry_id__in=[one.id for one in entries])}
    assert [(one.verb, bodies[one.id]) for one in entries] == [
        ("count_ballots", {"inputs": {}}), ("confirm_ballots", {"inputs": {}}),
    ]  # fmt: skip
    for who, seen in ((SECOND, 2), ("official1", 0)):
        told = (await api.get(f"/api/v1/matters/{number}/entries", who))["items"]
        assert len([one for one in told if one["verb"].endswith("_ballots")]) == seen, who


async def test_a_count_that_is_wrong_is_thrown_away_and_made_again(api: Api) -> None:
    number = await shown(api)
    await api.step(number, "count_ballots", FIRST, **counted())
    await api.step(number, "return_ballots", SECOND, reason="第一次把两摞票算在一起了")
    held, report = await box(), await Report.get(matter__number=number)
    assert held is not None
    assert (held.votes, held.sums, held.invalid, report.ballots_by, report.ballots_on) == (None,) * 5
    for who in (FIRST, SECOND):
        owed = [one for one in (await api.get(DUTIES, who))["items"] if one["name"] == "count_ballots"]
        assert [one["returned"] for one in owed] == [True]
    again = counted(truthful={"five": 23})
    await api.step(number, "count_ballots", SECOND, **again)
    await api.step(number, "confirm_ballots", FIRST, **again)
    held = await box()
    assert held is not None
    assert held.sums is not None
    assert (held.sums[:5], held.closed_on) == ([0, 0, 0, 0, 23], clock.today())


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"held_on": "2099-01-01"}, "held_on", "不能晚于今天"),
    ({"ballots": 2}, "invalid", "无效票不能多于收回的票"),
    ({"ballots": 12}, "ballots", "有效票至少 10 张才形成会议评议结果；不足的不录入"),
    ({"tallies": [{"criterion": "truthful", "five": 23}]}, "tallies", "每个评议项目填写一次"),
    ({"tallies": [{"criterion": "solved", "five": 23}] * 4}, "tallies", "每个评议项目填写一次"),
    (
        {"tallies": [{"criterion": code, "five": 20, "abstained": 1} for code in CODES]},
        "tallies.0", "“述法真实”各档票数与弃权合计 21 张，有效票是 23 张",
    ),
)  # fmt: skip


async def test_a_count_agrees_with_itself(api: Api) -> None:
    number = await shown(api)
    for verb, who in (("count_ballots", FIRST), ("confirm_ballots", SECOND)):
        for wrong, path, message in WRONG:
            refused = await api.step(number, verb, who, status=422, **{**counted(), **wrong})
            assert {"path": f"inputs.{path}", "message": message} in refused["details"]["fields"]
        await api.step(number, verb, who, **counted())


WAY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("take_back", "official1", {}), ("submit", "official1", {}), ("pass_content", FIRST, CHECKED),
    ("pass_technical", FIRST, SEEN), ("publish", FIRST, {"scope": "internal"}), ("withdraw", FIRST, {"reason": "更正"}),
)  # fmt: skip


async def test_at_every_stage_until_the_result_is_formed_and_never_before_anything_was_submitted(api: Api) -> None:
    number, _ = await called(api)
    assert (await api.step(number, "count_ballots", FIRST, status=409, **counted()))["code"] == "nothing_to_rate"
    await submitted(api, number)
    for turn, (verb, who, said) in enumerate(WAY):
        one, other = (FIRST, SECOND) if turn % 2 else (SECOND, FIRST)
        await api.step(number, "count_ballots", one, **counted())
        await api.step(number, verb, who, **said)
        await api.step(number, "return_ballots", other, reason="重新计票")
    await api.step(number, "count_ballots", FIRST, **counted())
    await api.step(number, "publish", FIRST, scope="internal")
    await api.step(number, "return_ballots", SECOND, reason="不是这次会议的票")
    await api.step(number, "conclude", FIRST)
    assert (await api.step(number, "count_ballots", SECOND, status=409, **counted()))["code"] == "wrong_stage"
    duties = (await api.get(DUTIES, SECOND))["items"]
    assert not [one for one in duties if one["name"] == "count_ballots"], "nobody owes what can't be done any more"


async def test_who_never_counts(api: Api) -> None:
    number = await shown(api)
    matter = await Matter.get(number=number)
    own = next(person for person in LISTED if person.username == SECOND)
    await Recusal.create(
        id=uuid4(), matter_id=matter.id, person=await Person.get(code=own.code), reason="述法人的下属", accused=False,
        since=clock.now(),
    )  # fmt: skip
    for who, status in ((SECOND, 404), ("reviewer1", 404), ("official1", 403), ("handler3", 404), ("evaluator1", 404)):
        await api.step(number, "count_ballots", who, status=status, **counted())
    await api.step(number, "count_ballots", FIRST, **counted())
    for verb, body in (("confirm_ballots", counted()), ("return_ballots", {"reason": "重新计票"})):
        for who, status in ((SECOND, 404), ("official1", 403)):
            await api.step(number, verb, who, status=status, **body)
