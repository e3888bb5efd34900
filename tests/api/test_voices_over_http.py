"""我述你评 over HTTP: who may rate, one vote each, sealed until the end, nothing that leads from a vote to a person."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from demo.persons import LISTED
from domain.figures import results as year_results
from domain.people.actors import SYSTEM
from domain.records import blanking
from domain.voices import boxes, emptying
from domain.voices.electors import Elector, Rated
from handlers import voices
from kit import clock
from kit.limits import Limit
from kit.proof import solve
from kit.settings import Settings
from models import (
    Case,
    Matter,
    Notice,
    Person,
    Post,
    RatingBox,
    RatingChannel,
    RatingChannelCode,
    Recusal,
    ReportComment,
    ReportCycle,
    ReportScope,
    ReportVersion,
    Role,
    Unit,
)
from tests.api.conftest import Api
from tests.api.test_reports_over_http import called, published
from tests.makers import Walk, case_at
from tests.servers import Servers
from tests.voiced import OF_CASE, SCORES, proof, shown, switched, voted, window_passed

PUBLIC = "/api/v1/public/reports"


async def ballot(api: Api, number: str, person: str, status: int = 200) -> Any:
    return await api.post(f"{PUBLIC}/{number}/ballot", "", {"proof": proof(api, person)}, status)


def holder(walk: Walk) -> str:
    return f"Receipt {walk.filed.number}:{walk.filed.secret}"


async def test_one_person_has_one_vote_even_when_twenty_arrive_at_once(api: Api) -> None:
    number = await shown(api)
    assert (await ballot(api, number, "甲"))["voted"] is False
    body = {"scores": SCORES, "proof": proof(api, "甲")}
    answers = await asyncio.gather(*[api.call("POST", f"{PUBLIC}/{number}/votes", "", body) for _ in range(20)])
    assert sorted(answer.status for answer in answers) == [204, *[409] * 19]
    box = await RatingBox.get()
    assert (len(box.voters), boxes._unsealed(api.settings, box)[0]) == (boxes.HASH, 1)
    seen = await ballot(api, number, "甲")
    assert (seen["voted"], seen["open"]) == (True, True)
    assert {*seen} == {"channel", "channel_name", "until", "open", "voted", "criteria"}
    assert (await ballot(api, number, "乙"))["voted"] is False
    assert (await voted(api, number, "甲", 409, scores=dict.fromkeys(SCORES, 1)))["code"] == "already_voted"


async def test_whoever_came_by_two_of_our_accounts_is_one(api: Api) -> None:
    number = await shown(api)
    for person, status in (("手机", 204), ("公众号", 409)):
        body = {"scores": SCORES, "proof": proof(api, person, union="one-union")}
        await api.post(f"{PUBLIC}/{number}/votes", "", body, status)


async def test_the_same_person_is_known_by_another_index_key_but_not_in_another_report(api: Api) -> None:
    number = await shown(api)
    await voted(api, number, "甲")
    box = await RatingBox.get()
    elector = _elector(box.report_id)
    other = _elector(uuid4())
    assert boxes._hashes(api.settings, elector)[0] == box.voters
    assert boxes._hashes(api.settings, other)[0] != box.voters
    rotated = api.settings.altered(index_key_previous=api.settings.index_key, index_key=_secret())
    assert (await boxes.met(rotated, elector)).voted is True
    with pytest.raises(boxes.AlreadyVoted):
        await boxes.cast(rotated, elector, SCORES, None)


def _secret() -> Any:
    return type(Settings().index_key)("another index key, as long as they should be")


def _elector(report_id: UUID) -> Any:
    from models import RatingChannelCode

    day = clock.today() + timedelta(days=9)
    rated = Rated(report_id, "SF", ReportScope.PUBLIC, uuid4(), None, "62", 2026, day, by_public=True)
    return Elector(rated, RatingChannelCode.PUBLIC, b"wx-mini\0openid-" + "甲".encode())


async def test_a_vote_is_whole_or_refused(api: Api) -> None:
    number = await shown(api)
    lacking = await voted(api, number, "甲", 422, scores={"truthful": 5})
    assert {field["path"] for field in lacking["details"]["fields"]} == {
        "scores.lawful", "scores.serving", "scores.mending",
    }  # fmt: skip
    for scores in ({**SCORES, "truthful": 6}, {**SCORES, "truthful": 0}, {**SCORES, "handsome": 5}, {}):
        await voted(api, number, "甲", 422, scores=scores)
    for given in ("A" * 60, "x"):
        assert (await api.call("POST", f"{PUBLIC}/{number}/votes", "", {"scores": SCORES, "proof": given})).status in {
            401,
            422,
        }
    assert not await RatingBox.exists() or not (await RatingBox.get()).voters


async def test_the_public_channel_is_the_operators_to_open(api: Api) -> None:
    number, cycle = await called(api)

    await published(api, number)
    for path in ("ballot", "votes", "questions"):
        body = {"proof": proof(api, "甲"), "scores": SCORES, "text": "为什么"}
        wanted = {"ballot": {"proof"}, "votes": {"proof", "scores"}, "questions": {"proof", "text"}}[path]
        sent = {name: body[name] for name in wanted}
        assert (await api.post(f"{PUBLIC}/{number}/{path}", "", sent, 409))["code"] == "rating_off"
    assert (await api.get(f"{PUBLIC}/{number}/voices"))["by_public"] is False
    await switched(api, cycle, on=True)
    await voted(api, number, "甲")
    await switched(api, cycle, on=False)
    assert (await voted(api, number, "乙", 409))["code"] == "rating_off"


async def test_a_channel_that_was_never_open_has_no_result(api: Api) -> None:
    number = await shown(api, by_public=False)
    await window_passed(api)
    assert [one["channel"] for one in (await api.get(f"{PUBLIC}/{number}/voices"))["results"]] == ["complainant"]


async def test_nobody_of_any_role_reads_a_sum_before_the_window_is_closed(api: Api) -> None:
    await RatingChannel.all().update(fewest=2)
    number = await shown(api)
    for person in ("甲", "乙", "丙"):
        await voted(api, number, person)
    for who in ["", *{person.role: person.username for person in LISTED}.values()]:
        path = "/api/v1/reports" if who else PUBLIC
        seen = await api.get(f"{path}/{number}/voices", who)
        assert (seen["open"], seen["results"]) == (True, []), who
    assert (await RatingBox.get()).sums is None
    await ReportCycle.all().update(rate_by=clock.today() - timedelta(days=1))
    assert (await api.get(f"{PUBLIC}/{number}/voices"))["results"] == [], "until the worker has closed the box"
    assert (await voted(api, number, "丁", 409))["code"] == "rating_over"
    await window_passed(api)
    results = (await api.get(f"{PUBLIC}/{number}/voices"))["results"]
    assert [(one["channel"], one["votes"]) for one in results] == [("public", 3), ("complainant", None)]
    assert [part["shares"] for part in results[0]["criteria"]] == [
        [0, 0, 0, 0, 100], [0, 0, 0, 100, 0], [0, 0, 100, 0, 0], [0, 100, 0, 0, 0],
    ]  # fmt: skip


async def test_what_was_closed_stays_closed_whatever_day_is_set(api: Api) -> None:
    number = await shown(api)
    await voted(api, number, "甲")
    await window_passed(api)
    await ReportCycle.all().update(rate_by=clock.today() + timedelta(days=9))
    assert (await voted(api, number, "乙", 409))["code"] == "rating_over"
    assert (await ballot(api, number, "甲"))["voted"] is None, "nobody can tell any more"


async def test_what_too_few_said_is_destroyed_unread(api: Api) -> None:
    number = await shown(api)
    for person in "一二三四五六七八九":
        await voted(api, number, person)
    await window_passed(api)
    box = await RatingBox.get()
    assert (box.voters, box.sealed, box.votes, box.sums) == (b"", None, None, None)
    for one in (await api.get(f"{PUBLIC}/{number}/voices"))["results"]:
        assert (one["votes"], one["criteria"], one["fewest"]) == (None, [], 10)


async def test_channels_are_never_mixed(api: Api) -> None:
    await RatingChannel.all().update(fewest=2)
    number = await shown(api)
    for person in ("甲", "乙"):
        await voted(api, number, person)
    path = f"/api/v1/reports/{number}"
    evaluator = await api.get(f"{path}/ballot", "evaluator1")
    assert (evaluator["channel"], evaluator["voted"]) == ("evaluator", False)
    await api.post(f"{path}/votes", "evaluator1", {"scores": dict.fromkeys(SCORES, 1)}, 204)
    again = await api.post(f"{path}/votes", "evaluator1", {"scores": SCORES}, 409)
    assert again["code"] == "already_voted"
    cases = [await case_at("closed") for _ in range(2)]
    for case in cases:
        form = await api.get(f"{path}/ballot", holder(case))
        assert [one["code"] for one in form["criteria"]] == list(OF_CASE)
        await api.post(f"{path}/votes", holder(case), {"scores": OF_CASE}, 204)
    assert (await api.post(f"{path}/votes", holder(cases[0]), {"scores": OF_CASE}, 409))["code"] == "already_voted"
    await api.post(f"{path}/votes", holder(await case_at("closed")), {"scores": SCORES}, 422)
    await window_passed(api)
    assert {one.channel: one.votes for one in await RatingBox.all()} == {
        "public": 2, "evaluator": None, "complainant": 2,
    }  # fmt: skip
    inside = (await api.get(f"{path}/voices", "reviewer2"))["results"]
    assert [(one["channel"], one["votes"]) for one in inside] == [
        ("public", 2), ("complainant", 2), ("evaluator", None),
    ], "no meeting was held"  # fmt: skip
    for who, channels in (("official1", 3), ("personnel1", 3), ("leader1", 3), ("handler3", 2), ("evaluator1", 2)):
        assert len((await api.get(f"{path}/voices", who))["results"]) == channels, who


async def test_who_is_no_elector(api: Api) -> None:
    number = await shown(api)
    path = f"/api/v1/reports/{number}"
    handled = await case_at("handling")
    elsewhere = await case_at("closed")
    away = await Unit.get(code="6201-justice")

    await Case.filter(matter_id=elsewhere.holder.matter_id).update(lead_unit_id=away.id)
    for who in (holder(handled), holder(elsewhere), "handler3", "official1", "reviewer2"):
        for method, last, body in (("GET", "ballot", None), ("POST", "votes", {"scores": SCORES})):
            answer = await api.call(method, f"{path}/{last}", who, body)
            assert (answer.status, (await answer.json())["code"]) == (403, "not_an_elector"), who
    evaluator = next(person for person in LISTED if person.username == "evaluator1")
    own = await Unit.get(code="620102-market")
    await Post.create(
        id=uuid4(), person=await Person.get(code=evaluator.code), unit=own, role=Role.HANDLER, since=clock.today()
    )
    api.people.clear()
    session = await api.signed_in("evaluator1")
    posts = (await api.get("/api/v1/session", session))["posts"]
    chosen = next(post["id"] for post in posts if post["role"] == "evaluator")
    await api.call("PUT", "/api/v1/session/post", session, {"post": chosen})
    refused = await api.post(f"{path}/votes", session, {"scores": SCORES}, 403)
    assert refused["code"] == "not_an_elector", "a subordinate steps aside, whatever post they act through"


async def test_only_what_is_published_for_somebody_is_rated_by_them(api: Api) -> None:
    number = await shown(api, "evaluators")
    await voted(api, number, "甲", 404)
    case = await case_at("closed")
    assert (await api.call("GET", f"/api/v1/reports/{number}/ballot", holder(case))).status == 404
    assert (await api.get(f"/api/v1/reports/{number}/ballot", "evaluator1"))["voted"] is False
    assert (await api.call("GET", f"{PUBLIC}/{number}/voices")).status == 404
    await api.step(number, "withdraw", "reviewer2", reason="更正")
    assert (await api.call("GET", f"/api/v1/reports/{number}/ballot", "evaluator1")).status == 404


async def test_above_what_people_do_a_vote_costs_work(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(voices, "ALL_VOICES", Limit("all_voices", 1, 60))
    number = await shown(api)
    await voted(api, number, "甲")
    asked = await voted(api, number, "乙", 429)
    assert asked["code"] == "proof_required"
    challenge = asked["details"]["challenge"]
    nonce = solve(challenge)
    body = {"scores": SCORES, "proof": proof(api, "乙")}
    await api.post(f"{PUBLIC}/{number}/votes", "", body, 204, X_Proof=f"{challenge}:{nonce}")
    monkeypatch.setattr(voices, "VOICES", Limit("voices", 1, 60))
    for status in (200, 429):
        await ballot(api, number, "丙", status)


def _dumped(servers: Servers, database: str) -> str:
    tables = ("rating_box", "report_comment")
    return servers.postgres._run(
        "pg_dump", "-a", *(f"--table={one}" for one in tables), "-d", servers.postgres.url(database)
    )


async def test_two_worlds_that_swap_who_said_what_have_one_dump(api: Api, servers: Servers, province_url: str) -> None:
    """The same people, the same sums: nothing that is kept says which vote, or which words, were whose, or when."""
    number = await shown(api)
    database = urlsplit(province_url).path.strip("/")
    people = [f"人{place}" for place in range(12)]
    said = [(dict.fromkeys(SCORES, 1 + place % 5), f"意见{place}") for place in range(12)]

    async def world(order: list[tuple[str, int]]) -> tuple[str, list[int], list[str]]:
        owner = await asyncpg.connect(servers.postgres.url(database))
        await owner.execute("DELETE FROM rating_box")
        await owner.close()
        for person, vote in order:
            scores, words = said[vote]
            await voted(api, number, person, scores=scores, words=words)
        box = await RatingBox.get()
        counts, written = boxes._unsealed(api.settings, box), boxes.words_in(api.settings, box)
        dump = _dumped(servers, database)
        assert not re.search(r"\d\d:\d\d:\d\d", dump), "no time of day"
        assert not await ReportComment.exists(), "no row of words is written with a vote"
        ours = next(line for line in dump.splitlines() if str(box.id) in line)
        # The random id, and what is sealed with a nonce of its own: as long in both, and opened above.
        sealed = bytes(box.sealed or b"").hex(), bytes(box.words or b"").hex()
        for part, name in ((str(box.id), "id"), *((one, f"sealed of {len(one)}") for one in sealed)):
            ours = ours.replace(part, name)
        return ours, counts, sorted(written)

    one = await world([(person, place) for place, person in enumerate(people)])
    other = await world([(person, 11 - place) for place, person in enumerate(reversed(people[3:] + people[:3]))])
    assert one == other


async def test_no_table_has_a_row_of_a_vote() -> None:
    kept = {name: type(field).__name__ for name, field in RatingBox._meta.fields_map.items()}
    assert set(kept) == {
        "id", "report", "report_id", "channel", "criteria", "voters", "sealed", "words", "words_on", "closed_on",
        "votes", "sums", "invalid",
    }  # fmt: skip
    for model in (RatingBox, ReportComment):
        assert not [name for name, field in model._meta.fields_map.items() if "Datetime" in type(field).__name__]
    assert "person" not in ReportComment._meta.fields_map


async def test_words_leave_the_box_shuffled_with_a_day_only(api: Api) -> None:
    number = await shown(api)
    for place in range(30):
        await voted(api, number, f"人{place}", words=f"意见{place:02}")
    assert await emptying.emptied(api.settings) == 0, "those of today wait"
    await RatingBox.all().update(words_on=clock.today() - timedelta(days=1))
    assert await emptying.emptied(api.settings) == 1
    box = await RatingBox.get()
    assert (box.words, box.words_on) == (None, None)
    written = [one.text for one in await ReportComment.all()]
    assert sorted(written) == [f"意见{place:02}" for place in range(30)]
    assert written != sorted(written)
    await voted(api, number, "后来", words="最后一条")
    await window_passed(api)
    assert await ReportComment.filter(text="最后一条").exists(), "what is left comes out when the box is closed"


async def _comment(api: Api, number: str, words: str = "执法检查太频繁") -> str:
    await voted(api, number, uuid4().hex, words=words)
    await RatingBox.all().update(words_on=clock.today() - timedelta(days=1))
    await emptying.emptied(api.settings)
    return str((await ReportComment.get(text=words)).id)


async def test_words_are_read_before_they_show_and_the_official_may_reply(api: Api) -> None:
    number = await shown(api)
    ids = [await _comment(api, number, words) for words in ("公开的话", "只给述法人的话", "骂人的话")]
    listed = "/api/v1/report-comments"

    async def decide(comment: str, status: int = 204, who: str = "reviewer2", **body: Any) -> Any:
        return await api.post(f"{listed}/{comment}/decision", who, body, status)

    assert (await api.get(f"{PUBLIC}/{number}/comments"))["items"] == []
    assert (await api.get(listed, "official1"))["items"] == []
    waiting = await api.get(f"{listed}?limit=2", "reviewer2")
    rest = await api.get(f"{listed}?limit=2&cursor={waiting['next']}", "reviewer2")
    assert {one["id"] for one in (*waiting["items"], *rest["items"])} == set(ids)
    assert (await decide(ids[2], 422, outcome="refused"))["details"]["fields"][0]["path"] == "reason"
    await decide(ids[0], outcome="public")
    await decide(ids[1], outcome="official", reason="涉及个人信息")
    await decide(ids[2], outcome="refused", reason="辱骂")
    assert (await decide(ids[2], 409, outcome="public"))["code"] == "comment_decided"
    assert (await api.get(listed, "reviewer2"))["items"] == []
    page = await api.get(f"{PUBLIC}/{number}/comments")
    assert [one["text"] for one in page["items"]] == ["公开的话"]
    assert {one["text"] for one in (await api.get(listed, "official1"))["items"]} == {"公开的话", "只给述法人的话"}

    reply = {"text": "已经推行综合查一次"}
    await api.post(f"{listed}/{ids[2]}/reply", "official1", reply, 404)
    assert (await api.post(f"{listed}/{ids[1]}/reply", "official1", reply, 409))["code"] == "comment_not_public"
    await api.post(f"{listed}/{ids[0]}/reply", "official1", reply, 204)
    assert (await api.get(f"{PUBLIC}/{number}/comments"))["items"][0]["reply"] == ""
    await decide(ids[0], outcome="refused", reason="请补充数据")
    await api.post(f"{listed}/{ids[0]}/reply", "official1", reply, 204)
    await decide(ids[0], outcome="public")
    assert (await api.get(f"{PUBLIC}/{number}/comments"))["items"][0]["reply"] == reply["text"]
    await api.post(f"{listed}/{ids[0]}/reply", "official1", reply, 409)


async def test_whoever_is_to_read_words_is_told_once_a_day(api: Api) -> None:
    number = await shown(api)

    async def told(who: str) -> list[tuple[str, str]]:
        await api.told()
        notices = (await api.get("/api/v1/notices", who))["items"]
        return [(one["matter"]["number"], one["template"]) for one in notices if one["template"].startswith("words")]

    first, second, third = [await _comment(api, number, f"意见{place}") for place in range(3)]
    wait, there = (number, "words_wait"), (number, "words_told")
    assert [await told(who) for who in ("reviewer2", "official1", "handler1")] == [[wait], [], []]
    decision = "/api/v1/report-comments/{}/decision"
    await api.post(decision.format(first), "reviewer2", {"outcome": "refused", "reason": "辱骂"}, 204)
    assert await told("official1") == [], "what is refused is not for them"
    await api.post(decision.format(second), "reviewer2", {"outcome": "public"}, 204)
    await api.post(decision.format(third), "reviewer2", {"outcome": "official", "reason": "私事"}, 204)
    assert await told("official1") == [there]
    for notice in await Notice.all():  # as on the next day
        await Notice.filter(id=notice.id).update(once=str(notice.id))
    await api.post(f"/api/v1/report-comments/{second}/reply", "official1", {"text": "已经改正"}, 204)
    assert await told("reviewer2") == [wait, wait]
    await api.post(decision.format(second), "reviewer2", {"outcome": "refused", "reason": "请补充"}, 204)
    assert await told("official1") == [there, there], "what became of the reply"


async def test_an_officials_own_staff_never_moderate(api: Api) -> None:
    number = await shown(api)
    comment = await _comment(api, number)
    listed = "/api/v1/report-comments"
    for who in ("reviewer1", "official1"):  # another office's reviewer, and the official
        assert (await api.get(listed, who))["items"] == []
    await api.post(f"{listed}/{comment}/decision", "reviewer1", {"outcome": "public"}, 404)
    matter = await Matter.get(number=number)
    reviewer = next(person for person in LISTED if person.username == "reviewer2")
    await Recusal.create(
        id=uuid4(), matter_id=matter.id, person=await Person.get(code=reviewer.code), reason="述法人的下属",
        accused=False, since=clock.now(),
    )  # fmt: skip
    assert (await api.get(listed, "reviewer2"))["items"] == []
    await api.post(f"{listed}/{comment}/decision", "reviewer2", {"outcome": "public"}, 404)


async def test_words_go_with_the_content_of_their_report(api: Api) -> None:
    number = await shown(api)
    comment = await _comment(api, number)
    matter = await Matter.get(number=number)
    await blanking.blanked(matter.id)
    assert (await ReportComment.get(id=comment)).text == ""
    version = await ReportVersion.get(matter_id=matter.id)
    assert version.content == {}
    version.content = {"title": "另一稿"}
    with pytest.raises(OperationalError, match="stays as it is"):
        await version.save()


FORBIDDEN = re.compile(r"(^|_)(likes?|liked|plays?|views|ranks?|ranking|league|scoreboard|watched|forwards?)($|_)")


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _names(part)


async def test_nothing_is_liked_counted_or_ranked_anywhere(api: Api) -> None:
    """国办函〔2026〕12号: over every answer and request that the API describes."""
    described = await api.get("/api/v1/openapi.json")
    assert not [name for name in _names(described["components"]) if FORBIDDEN.search(name)]
    of_reports = [path for path in described["paths"] if "report" in path]
    assert of_reports
    assert not [path for path in described["paths"] if any(FORBIDDEN.search(part) for part in re.split(r"[/-]", path))]


async def test_the_package_of_a_year_has_the_evaluators_and_never_the_publics(api: Api) -> None:
    await RatingChannel.all().update(fewest=2)
    number = await shown(api)
    matter = await Matter.get(number=number)
    for person in ("甲", "乙"):
        await voted(api, number, person, scores=dict.fromkeys(SCORES, 1))
        elector = replace(_elector(matter.id), channel=RatingChannelCode.EVALUATOR, name=person.encode())
        await boxes.cast(api.settings, elector, dict.fromkeys(SCORES, 5), None)
    await window_passed(api)
    paper = str(await year_results._paper(matter, SYSTEM))
    assert "('评议代表', '2', '述法真实', '0%', '0%', '0%', '0%', '100%')" in paper
    assert "会议评议" not in paper, "no meeting was held"
    assert "社会公众" not in paper
