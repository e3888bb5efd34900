"""Lost lawsuits from a file: listed all or none, once, by whoever is over the unit, and answered for by its head."""

import io
from base64 import b64encode
from typing import Any
from uuid import uuid4

from openpyxl import Workbook
from tortoise.expressions import Q

from domain.people import actors
from domain.people.actors import SYSTEM
from domain.rectification import carried, lost
from domain.rectification.lost import COLUMNS
from kit import clock
from models import Matter, Person, Post, Rectification, Report, Role
from tests.api.conftest import Api
from tests.domain.reports.test_must import called
from tests.makers import officer, unit
from tests.rectified import CITY, OWNER

DOOR = "/api/v1/rectifications/lawsuits"
SUIT = "（2026）甘7101行初12号"
LOST = (OWNER, SUIT, "兰州铁路运输法院", "2026-05-06", "处罚决定被撤销", "程序违法")
REVIEW = (
    "620102-justice",
    "兰政复决字〔2025〕8号",
    "兰州市人民政府",
    "2025年12月30日",
    "不予公开答复被撤销",
    "事实不清",
)


def csv(*lines: tuple[str, ...]) -> bytes:
    return "\n".join(",".join(cells) for cells in (tuple(COLUMNS.values()), *lines)).encode()


def file(content: bytes, name: str = "败诉案件.csv", *, dry_run: bool = False) -> dict[str, Any]:
    return {"name": name, "content": b64encode(content).decode(), "dry_run": dry_run}


async def ledger() -> int:
    return await Rectification.filter(source="lawsuit").count()


async def test_each_is_listed_once_or_none_is_and_every_wrong_line_is_named(api: Api) -> None:
    for wanted, name, content in ((415, "案件.pdf", b"%PDF"), (422, "案件.xlsx", b"PK"), (422, "案件.csv", b"")):
        refused = await api.post(DOOR, "supervisor2", file(content, name), wanted)
        assert "名册" not in refused["message"], "no roster is what they bring"
    tried = await api.post(DOOR, "supervisor2", file(csv(LOST, REVIEW), dry_run=True))
    assert (tried, await ledger(), await Matter.all().count()) == (
        {"applied": False, "added": 2, "known": 0, "problems": []}, 0, 0
    )  # fmt: skip
    wrong = csv(
        LOST,
        LOST,
        ("nowhere", *LOST[1:]),
        ("6201-justice", *LOST[1:]),
        (OWNER, "9号", "", "2199-01-01", "\t", "x" * 1001),
    )
    refused = await api.post(DOOR, "supervisor2", file(wrong))
    assert [(one["line"], one["column"], one["code"]) for one in refused["problems"]] == [
        (3, "案号", "twice"), (4, "单位编码", "unknown_unit"), (5, "单位编码", "not_over_them"),
        (6, "裁判日期", "bad_date"), (6, "败诉原因", "too_long"),
        (6, "审理机关", "missing"), (6, "败诉情形", "missing"),
    ]  # fmt: skip
    assert (refused["applied"], await ledger(), await Matter.all().count()) == (False, 0, 0)
    # A unit with nobody to answer for it is found by the import's own checks, in a dry run too.
    gone = Post.filter(until=None).filter(Q(unit=await unit("620102-justice")) | Q(role=Role.LIAISON))
    ids = await gone.values_list("id", flat=True)
    await Post.filter(id__in=ids).update(until="2026-01-02")
    nobody = await api.post(DOOR, "supervisor2", file(csv(LOST, REVIEW), dry_run=True))
    assert [(one["line"], one["code"]) for one in nobody["problems"]] == [(3, "nobody_to_supervise")]
    assert (await ledger(), await Matter.all().count()) == (0, 0)
    await Post.filter(id__in=ids).update(until=None)

    book = Workbook()
    for line in (tuple(COLUMNS.values()), LOST, REVIEW):
        book.active.append(line)  # type: ignore[union-attr]  # there is a sheet
    written = io.BytesIO()
    book.save(written)
    done = await api.post(DOOR, "supervisor2", file(written.getvalue(), "败诉案件.xlsx"))
    assert done == {"applied": True, "added": 2, "known": 0, "problems": []}
    [line] = (await api.get(f"/api/v1/rectifications?source=lawsuit&unit={(await unit(OWNER)).id}", "supervisor2"))[
        "items"
    ]
    assert line["problem"] == f"兰州铁路运输法院{SUIT}（2026年5月6日）：处罚决定被撤销。败诉原因：程序违法。"
    assert "take_on" in str((await api.get(f"/api/v1/matters/{line['number']}", "head2"))["next_steps"])
    other_brackets = (OWNER, "[2026] 甘7101行初12号", *LOST[2:4], "改了", "改了")
    again = await api.post(DOOR, "supervisor1", file(csv(other_brackets, REVIEW)))
    assert (again["added"], again["known"], await ledger()) == (0, 2, 2)

    # What was listed by hand, by its number, is there already.
    told = {
        "problem": "兰州中院(2026)甘01行终7号，判决撤销",
        "owner_unit": str((await unit(OWNER)).id),
        "source": "lawsuit",
    }
    await api.post("/api/v1/matters", "supervisor2", {"kind": "rectification", "inputs": told}, 201)
    by_hand = await api.post(DOOR, "supervisor2", file(csv((OWNER, "（2026）甘01行终7号", *LOST[2:]))))
    assert (by_hand["added"], by_hand["known"], await ledger()) == (0, 1, 3)


async def test_whoever_must_step_aside_lists_none_and_learns_of_none(province: str) -> None:
    supervisor = await officer(Role.SUPERVISOR, CITY)
    assert (await lost.imported(supervisor, "a.csv", csv(LOST))).added == 1
    own = await Post.create(
        id=uuid4(), person_id=supervisor.person_id, unit=await unit(OWNER), role=Role.HANDLER, since="2026-01-01"
    )
    inside = await actors.of_person((await Person.get(posts__id=own.id)).id, active=supervisor.post_id)
    for number in (SUIT, "（2026）甘7101行初13号"):
        tried = await lost.imported(inside, "a.csv", csv((OWNER, number, *LOST[2:])), dry_run=True)
        assert (tried.added, tried.known, [one.code for one in tried.problems]) == (0, 0, ["not_over_them"])


async def test_the_head_must_answer_for_what_was_judged_or_listed_in_the_year(province: str) -> None:
    year = clock.today().year
    last = (OWNER, "（2025）甘01行终3号", "兰州市中级人民法院", f"{year - 1}-12-20", "确认违法", "超期")
    assert (await lost.imported(SYSTEM, "a.csv", csv(LOST, last))).added == 2
    number, _ = await called()
    must = str((await Report.get(matter__number=number)).must)
    assert (SUIT in must, "（2025）甘01行终3号" in must) == (True, True)
    before = await carried.lost_in(year - 1, unit=(await unit(OWNER)).id, actor=SYSTEM)
    assert ["（2025）甘01行终3号" in one["problem"] for one in before] == [True]
