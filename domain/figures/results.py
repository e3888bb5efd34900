"""述法结果: what came of one official's year, for 组织人事: the report, its review, what leaders named, the ledger.

Nothing of the public's channels is in it (国办函〔2026〕12号: no votes as a basis of appraisal).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from tortoise.transactions import in_transaction

from domain.loop import sight
from domain.loop.engine import met
from domain.loop.kinds import Kind
from domain.loop.reading import recorded_look
from domain.people.actors import Actor
from domain.people.names import named
from domain.questions import asking
from domain.reports import answering
from domain.reports.inputs import FORMS, OCCASIONS, SCOPES, Form, Occasion
from domain.reports.officials import KINDS
from domain.reports.stages import Stage
from domain.voices import results as ratings
from kit import clock
from kit.errors import Conflict, NotAllowed
from kit.papers import Paper, Section, Table
from models import Entry, EntryBody, Matter, Official, Rectification, Relation, Report, ReportScope

READERS = frozenset({Relation.INTAKE, Relation.PERSONNEL})


class NoResultYet(Conflict):
    """The year of this official is not concluded."""

    code, message = "no_result_yet", "述法还没有办结，结果尚未形成"


async def result(actor: Actor, number: str) -> Paper:
    """The package, as it stands; each download is an entry. Raises NotFound, NotAllowed or NoResultYet."""
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        if scene.matter.kind != "report" or not relations & READERS:
            raise NotAllowed
        if scene.matter.stage not in {Stage.DELIVERED, Stage.CONCLUDED}:
            raise NoResultYet
        await recorded_look(scene, "open_result", "", READERS)
    return await _paper(scene.matter, actor)


async def _paper(matter: Matter, actor: Actor) -> Paper:
    report = await Report.get(matter_id=matter.id)
    hidden = await answering.hidden_from(actor, report.must)
    official = await Official.get(id=report.official_id).select_related("cycle", "unit", "duty_list")
    # Withdrawn since, it is told from what was submitted last, which is the same.
    content = report.published or report.content
    sections = [
        Section("基本情况", table=Table(("项目", "内容"), tuple(_facts(official, report, content)))),
        Section("查摆的问题", _numbered(content.get("problems", []))),
        Section("下一步措施", tuple(content.get("measures", "").splitlines())),
        Section("必述内容的说明", _numbered(_answers(report, hidden))),
        Section("领导点评", tuple(await _comments(matter)) or _NONE),
        Section("联系点观察记录", _numbered(await _notes(matter))),
        await _ratings(matter),
        await _questions(matter),
        await _ledger(actor, official),
    ]
    return Paper(
        f"{official.name}同志{official.cycle.year}年度述法结果",
        f"{official.unit.name}　{official.title}　　编号：{matter.number}　　打印日期：{clock.today():%Y年%m月%d日}",
        tuple(
            Section(f"{'一二三四五六七八九'[place]}、{part.heading}", part.paragraphs, part.table)
            for place, part in enumerate(sections)
        ),
    )


_NONE = ("无",)
_FEW = ["—"] * 5  # too few gave a score for any share to be told


def _numbered(texts: list[str]) -> tuple[str, ...]:
    return tuple(f"{place}．{text}" for place, text in enumerate(texts, 1)) or _NONE


def _answers(report: Report, hidden: set[str]) -> list[str]:
    """Each to the problem as the ledger has it: the column's words of it are others."""
    asked = {one["item"]: one["text"] for one in report.must}
    answers = answering.without(report.content, hidden).get("answers", [])
    return [f"{asked.get(one['item'], one['item'])}：{one['text']}" for one in answers]


def _facts(official: Official, report: Report, content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "述法主体", KINDS[official.kind]
    yield "责任清单", official.duty_list.name
    yield "述法形式", "、".join(FORMS[Form(form)] for form in content.get("forms", []))
    yield "视频", f"{len(content.get('clips', []))} 段"
    yield "首次提交", _day(official.submitted_on)
    yield "预审退回", f"{report.returns} 次"
    yield "定稿", f"第 {report.version} 稿"
    yield "公开范围", SCOPES[ReportScope(report.scope)] if report.scope and report.published else "已撤下"
    yield "发布日期", _day(official.done_on)


async def _comments(matter: Matter) -> list[str]:
    return [said["text"] for _, said in await _said(matter, "comment")]


async def _notes(matter: Matter) -> list[str]:
    """What observers noted, each with who, when and at what; corrections as what they are."""
    found = await _said(matter, "observe")
    names = await named([entry.post_id for entry, _ in found])
    told = []
    for entry, said in found:
        name = names.get(entry.post_id) if entry.post_id else None
        who = f"{name.unit} {name.person}" if name else ""
        head = f"{said['on']}　{OCCASIONS[Occasion(said['occasion'])]}　{who}{'（更正）' if said['correction'] else ''}"
        told.append(f"{head}：{said['text']}")
    return told


async def _said(matter: Matter, verb: str) -> list[tuple[Entry, dict[str, Any]]]:
    entries = await Entry.filter(matter_id=matter.id, verb=verb).order_by("seq")
    bodies = {one.entry_id: one.body for one in await EntryBody.filter(entry_id__in=[entry.id for entry in entries])}
    told: list[tuple[Entry, dict[str, Any]]] = [(entry, bodies.get(entry.id) or {}) for entry in entries]
    return [(entry, body["inputs"]) for entry, body in told if body]


async def _ratings(matter: Matter) -> Section:
    """Of evaluators and meetings, channel by channel; never the public's."""
    found = await ratings.appraised(matter.id)
    few = [
        f"{one.channel.name}：参与人数不足 {one.channel.fewest} 人，没有结果。" for one in found if one.votes is None
    ]
    rows = tuple(
        (one.channel.name, str(one.votes), part.name, *([f"{share}%" for share in part.shares] or _FEW))
        for one in found
        for part in one.criteria
    )
    heads = ("渠道", "人数", "评议项目", "1 分", "2 分", "3 分", "4 分", "5 分")
    return Section("评议代表和会议的评议", tuple(few), Table(heads, rows) if rows else None)


async def _questions(matter: Matter) -> Section:
    """Those that were answered in public."""
    found = await asking.answered(matter.id)
    return Section("质询和答复", _numbered([f"{one['text']}　答复：{one['answer']}" for one in found]))


async def _ledger(actor: Actor, official: Official) -> Section:
    """What was named to the official from the beginning of the cycle on, and what became of it.

    As far as whoever takes the package away may know of it.
    """
    stages = Kind.REGISTRY["rectification"].stages
    found = (
        await Rectification.filter(official_id=official.person_id, matter__filed_on__gte=official.cycle.begins_on)
        .order_by("matter__filed_on", "matter_id")
        .select_related("matter")
        if official.person_id
        else []
    )
    known = await sight.open_among(actor, [one.matter.number for one in found])
    found = [one for one in found if one.matter.number in known]
    rows = tuple(
        (str(place), one.problem, stages[one.matter.stage], _day(one.struck_off_on), str(one.reopenings))
        for place, one in enumerate(found, 1)
    )
    if not rows:
        return Section("问题清单和整改", _NONE)
    done = sum(one.matter.ended_at is not None for one in found)
    heads = ("序号", "问题", "状态", "销号日期", "重启次数")
    return Section("问题清单和整改", (f"共 {len(rows)} 项，已办结 {done} 项。",), Table(heads, rows))


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else "—"
