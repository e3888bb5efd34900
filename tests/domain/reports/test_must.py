"""必述内容: what comes in of ledger, lawsuits and supervision, and that nobody reads of what they are shut out of."""

from typing import Any
from uuid import uuid4

import pytest

from bench.officials import cycle_of
from domain.figures import results
from domain.loop import engine, reading
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from domain.reports import calling, officials, versions
from domain.reports.officials import COLUMNS
from kit import clock
from kit.errors import Invalid
from models import Matter, Official, Person, Post, Recusal, Report, Role
from tests.makers import officer, unit
from tests.rectified import CITY, OWNER, listed
from tests.supervised import over_unit

SUIT = "兰州铁路运输法院（2026）甘7101行初12号：处罚决定程序违法，判决撤销"
SECRET = "行政许可超期"


async def called() -> tuple[str, Actor]:
    """The head of the county's market supervision reports; the report's number, and they as its official."""
    cycle = await cycle_of(clock.today().year)
    head = await officer(Role.HEAD, OWNER)
    code = (await Person.get(id=head.person_id)).code
    line = (code, "负责人", "局长", OWNER, "department", "government_department", "")
    file = "\n".join(",".join(cells) for cells in (COLUMNS.values(), line)).encode()
    assert (await officials.imported(SYSTEM, cycle, "名册.csv", file)).applied
    assert await calling.called() == 1
    report = await Report.get(official__cycle_id=cycle.id).select_related("matter")
    post = await Post.get(person_id=head.person_id, role=Role.OFFICIAL)
    return report.matter.number, await actors.of_post(post.id)


async def clerk() -> Actor:
    person = await Person.create(id=uuid4(), code="clerk-x", name="联络人")
    post = await Post.create(
        person_id=person.id, unit_id=(await unit(OWNER)).id, role=Role.REPORT_CLERK, since="2026-01-01"
    )
    return await actors.of_post(post.id)


async def shut_out(actor: Actor, number: str) -> None:
    matter = await Matter.get(number=number)
    await Recusal.create(
        id=uuid4(), matter_id=matter.id, person_id=actor.person_id, reason="亲属", accused=False, since=clock.now()
    )


def content(*answers: tuple[str, str]) -> dict[str, Any]:
    return {
        "title": "述法",
        "forms": ["written"],
        "sections": [
            {"item": item, "text": "内容"}
            for item in ("study", "lead", "decide", "enforce", "suits", "business", "inspect")
        ],
        "answers": [{"item": item, "text": text} for item, text in answers],
        "problems": ["问题"],
        "measures": "措施",
    }


async def test_the_years_suits_and_supervisions_must_be_answered_whatever_became_of_them(province: str) -> None:
    lost = await listed(source="lawsuit", problem=SUIT, stage="struck_off")
    done = await listed(stage="struck_off")
    over, unseen = await over_unit(OWNER, by=CITY), await over_unit(OWNER, by=CITY)
    await over.take("issue")
    number, _ = await called()
    must = {one["item"]: one["text"] for one in (await Report.get(matter__number=number)).must}
    assert must[lost.number] == SUIT
    assert done.number not in must, "put right within the year"
    assert must[over.number].endswith("：许可办理逾期")
    assert unseen.number not in must, "the unit does not know of it yet"


async def test_whoever_is_shut_out_of_a_matter_reads_the_report_as_if_it_were_not_asked_for(province: str) -> None:
    number, official = await called()
    helper = await clerk()
    await engine.take(official, number, "save", content())
    before = (await reading.shown(helper, number))["report"]
    told = await reading.timeline(helper, number)

    line = await listed(problem=SECRET)
    open_ = await listed(problem="没有回避的问题")
    await shut_out(helper, line.number)
    await engine.take(official, number, "save", content())
    owed = (await reading.shown(official, number))["report"]["must"]
    assert {one["item"] for one in owed} == {line.number, open_.number}, "what must be told grows with the draft"
    await engine.take(official, number, "save", content((line.number, "机密说明"), (open_.number, "公开说明")))
    after = (await reading.shown(helper, number))["report"]
    expected = {"must": [{"item": open_.number, "text": "没有回避的问题"}]}
    assert after == {**before, **expected, "content": {**before["content"], "answers": after["content"]["answers"]}}
    assert after["content"]["answers"] == [{"item": open_.number, "text": "公开说明"}]

    # What the helper saves leaves alone what they may not know of, and can't claim to answer it.
    await engine.take(helper, number, "save", content((open_.number, "改了"), (line.number, "冒充")))
    draft = (await reading.shown(official, number))["report"]["content"]["answers"]
    assert {one["item"]: one["text"] for one in draft} == {line.number: "机密说明", open_.number: "改了"}
    entries = await reading.timeline(helper, number)
    assert [entry["said"]["answers"] for entry in entries if entry["verb"] == "save"] == [[]] * 4
    assert told[1]["said"] == entries[1]["said"]

    # Of what the official is shut out of after it was asked, nothing is asked any more.
    later = await listed(problem="后来回避的问题")
    answered = content((line.number, "机密说明"), (open_.number, "改了"))
    await engine.take(official, number, "save", answered)
    with pytest.raises(Invalid):
        await engine.take(official, number, "submit", {})
    await shut_out(official, later.number)
    assert later.number not in str(await reading.shown(official, number))
    await engine.take(official, number, "submit", {})
    assert "机密说明" in str(await versions.of(official, number))
    for read in (await versions.of(helper, number), await reading.timeline(helper, number)):
        assert not [secret for secret in ("机密说明", SECRET, line.number) if secret in str(read)]
    matter = await Matter.get(number=number)
    assert "机密说明" in str(await results._paper(matter, official))
    assert "机密说明" not in str(await results._paper(matter, helper))
    assert await Official.filter(submitted_on=clock.today()).count() == 1
