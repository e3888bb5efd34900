"""What each verb changes in a report: its content, its versions, who reviews and comments, what is shown."""

from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

import orjson

from domain.loop import attached, manning, recusal
from domain.loop.kinds import By, Move, Owe
from domain.loop.manning import Accused, chain_of
from domain.reports import answering, articles, checking
from domain.reports.completeness import refuse_incomplete
from domain.reports.inputs import Answered, Content
from kit import clock
from kit.clock import CHINA
from kit.errors import Conflict, Invalid
from models import (
    DutyList,
    File,
    FileState,
    Official,
    Post,
    Recusal,
    Relation,
    Report,
    ReportCycle,
    ReportScope,
    ReportVersion,
    Role,
    Unit,
)

OFFICIAL = By(Role.OFFICIAL, Relation.ASSIGNEE)
LEADER = By(Role.LEADER, Relation.DECIDING)


class NoPreReviewer(Conflict):
    """Everybody who could review is the official's subordinate: the roster must be mended."""

    code, message = "no_pre_reviewer", "没有可以预审的单位（预审员不能是述法人的下属），请联系系统管理员补充名册"


class ClipsNotReady(Conflict):
    """A recording is still being processed."""

    code, message = "clips_not_ready", "视频还在处理，处理完成后再办理"


class NotChecked(Conflict):
    """Passing means that each point of the list holds; otherwise it goes back with points."""

    code, message = "not_checked", "清单还有未通过的项目，请退回整改"


class NoPersonnel(Conflict):
    """Nobody there takes results in who is not the official's subordinate: the roster must be mended."""

    code, message = "no_personnel", "没有可以接收结果的组织人事部门，请联系系统管理员补充名册"


class NotALeader(Conflict):
    """The chosen post is no leader in office of this region or above, is the one who reports, or must step aside."""

    code, message = "not_a_leader", "所选人员不是本级或上级在任的领导，或者就是述法人、应当回避"


async def made(move: Move, _opener: Move | None) -> Report:
    """The official, their unit, and the nearest office whose pre-reviewers are not their subordinates."""
    official = await Official.get(id=move.inputs.official).select_related("unit", "cycle")
    post = await _post_of(official)
    unit: Unit = official.unit
    accused = Accused(frozenset({unit.id}), frozenset({post.person_id}))
    office = await manning.nearest(Role.PRE_REVIEWER, chain_of(unit.region_id, None), accused)
    if office is None:
        raise NoPreReviewer
    matter = move.matter
    matter.region_id, matter.receiving_unit_id = unit.region_id, office
    move.involve(Relation.INTAKE, office)
    move.involve(Relation.LEAD, unit.id)
    move.involve(Relation.ASSIGNEE, unit.id, post.id)
    move.fresh += await subordinates(move, unit.id, office)
    move.owes.append(Owe("record_report", OFFICIAL, "record_report", until=end_of(official.cycle)))
    return Report(matter_id=matter.id, official_id=official.id, must=await answering.owed_by(official, post.id))


async def _post_of(official: Official) -> Post:
    post = (
        await Post.filter(person_id=official.person_id, unit_id=official.unit_id, role=Role.OFFICIAL, until=None)
        .order_by("since", "id")
        .first()
    )
    if post is None:
        raise LookupError("officials are called by their post")
    return post


async def subordinates(move: Move, unit_id: UUID, office: UUID) -> list[Recusal]:
    """Those of the office who work for the official elsewhere: they never see the report before it is published."""
    own = await Post.filter(until=None, unit__line__contains=[unit_id]).distinct().values_list("person_id", flat=True)
    there: Any = await Post.filter(until=None, unit_id=office, person_id__in=list(own)).values_list(
        "person_id", flat=True
    )
    return recusal.rows(move.matter.id, [], set(there), "述法人的下属", move, accused=False)


def end_of(cycle: ReportCycle) -> datetime:
    """Until when a report is to be submitted."""
    return datetime.combine(cycle.submit_by, time(23, 59, 59), CHINA)


async def save(move: Move) -> None:
    """Keep the draft whole; what is new among its files is attached, each seen by the official's side at once.

    Whoever is shut out of a matter that must be answered for leaves what is answered as it is. What must be answered
    may grow while the draft is written. The entry, which all of the unit read, says none of those answers.
    """
    report: Report = move.subject
    official = await Official.get(id=report.official_id).select_related("cycle")
    content = await _with_hidden(move, report)
    codes = {item["code"] for item in (await _list_of(official)).items}
    named = [*((f"sections.{n}.item", one.item) for n, one in enumerate(content.sections)),
             *((f"clips.{n}.item", one.item) for n, one in enumerate(content.clips) if one.item)]  # fmt: skip
    wrong = [{"path": f"inputs.{path}", "message": "清单里没有这一条"} for path, code in named if code not in codes]
    if wrong:
        raise Invalid(details={"fields": wrong})
    there: set[Any] = set(await File.filter(matter_id=move.matter.id).values_list("id", flat=True))
    fresh = [file for file in dict.fromkeys(content.files) if file not in there]
    await attached.attach(move.actor.owner, move.matter.id, fresh, released=True, path="inputs.clips")
    owes = move.standing(Relation.ASSIGNEE)
    known = {one["item"] for one in report.must}
    grown = await answering.owed_by(official, owes.post_id) if owes and owes.post_id else []
    must = [*report.must, *(one for one in grown if one["item"] not in known)]
    move.change(content=content.model_dump(mode="json", exclude_none=True), must=must)
    items = {one["item"] for one in must}
    move.inputs = content.model_copy(update={"answers": [one for one in content.answers if one.item not in items]})


async def _with_hidden(move: Move, report: Report) -> Content:
    """The draft as it was given, with the answers that whoever saves it may not know of."""
    given: Content = move.inputs
    hidden = await answering.hidden_from(move.actor, report.must)
    if not hidden:
        return given
    kept = [Answered.model_validate(one) for one in report.content.get("answers", []) if one["item"] in hidden]
    open_ = [one for one in given.answers if one.item not in hidden]
    return given.model_copy(update={"answers": [*open_, *kept]})


async def submit(move: Move) -> None:
    """A version of its own each time; nothing is submitted that does not tell of what it must."""
    report: Report = move.subject
    official = await _official(move)
    content = Content.model_validate_json(orjson.dumps(report.content)) if report.content else None
    if content is None:
        raise Invalid("述法报告还没有内容，请先保存草稿")
    hidden = await answering.hidden_from(move.actor, report.must)  # shut out since: nothing is asked of it any more
    must = [one for one in report.must if one["item"] not in hidden]
    await refuse_incomplete(content, (await _list_of(official)).items, must)
    version = report.version + 1
    move.fresh.append(
        ReportVersion(
            id=uuid4(), matter_id=move.matter.id, version=version, content=report.content,
            files=content.files, submitted_at=move.at,
        )
    )  # fmt: skip
    move.change(version=version, points=[])
    move.said["version"] = version
    await Official.filter(id=official.id, submitted_on=None).update(submitted_on=clock.today())


async def send_back(move: Move) -> None:
    """Each point stays beside the draft until the next version."""
    points = [point.model_dump(mode="json", exclude_none=True) for point in move.inputs.points]
    move.change(points=points, returns=move.subject.returns + 1)


async def pass_content(move: Move) -> None:
    """Everything on the list, or it goes back."""
    _all_checked(move)


async def pass_technical(move: Move) -> None:
    """Everything on the list, of recordings that are there to be seen."""
    _all_checked(move)
    await _ready(move.subject)


def _all_checked(move: Move) -> None:
    if not all(value for value in move.inputs.model_dump(exclude={"opinion"}).values()):
        raise NotChecked


async def _ready(report: Report) -> None:
    wanted = [clip["file"] for clip in report.content.get("clips", [])]
    wanted += [report.content["document"]] if report.content.get("document") else []
    if await File.filter(id__in=wanted, state=FileState.READY).count() < len(set(wanted)):
        raise ClipsNotReady


async def publish(move: Move) -> None:
    """What is shown from now on, to whom; a later draft does not change it."""
    report: Report = move.subject
    await _ready(report)
    scope = ReportScope(move.inputs.scope)
    if scope is ReportScope.PUBLIC:
        await checking.refuse_unpassed(report)
    official = await _official(move)
    shown = {
        **report.content,
        "name": official.name,
        "post": official.title,
        "version": report.version,
        "items": {item["code"]: item["name"] for item in (await _list_of(official)).items},
        "answers": await answering.shown(report.content.get("answers", []), report.must),
    }
    move.change(published=shown, scope=scope, published_at=move.at)
    await Official.filter(id=official.id).update(done_on=clock.today())


async def withdraw(move: Move) -> None:
    """Gone from every column at once; the official has to be heard again."""
    move.change(published=None, published_at=None)
    await articles.take_back(move.matter.id)
    await Official.filter(id=move.subject.official_id).update(done_on=None)


async def designate(move: Move) -> None:
    """A leader in office at the official's level or above who is not the official, and need not step aside."""
    today = clock.today()
    post = await Post.get_or_none(id=move.inputs.post, role=Role.LEADER).select_related("unit")
    official = await _official(move)
    here = post and official.region_id.startswith(post.unit.region_id)
    if post is None or not here or post.since > today or (post.until and post.until < today):
        raise NotALeader
    if post.person_id == official.person_id:
        raise NotALeader
    if await manning.stepping_aside([post.id], await recusal.accused_of(move.matter.id)):
        raise NotALeader
    await move.release(Relation.DECIDING)
    move.involve(Relation.DECIDING, post.unit_id, post.id)


async def conclude(move: Move) -> None:
    """组织人事 nearest to the official gets the result; none of them works for the official."""
    official = await _official(move)
    persons = frozenset({official.person_id} if official.person_id else ())
    beside = Accused(frozenset({official.unit_id}), persons)
    office = await manning.nearest(Role.PERSONNEL, chain_of(official.region_id, None), beside)
    if office is None:
        raise NoPersonnel
    move.involve(Relation.PERSONNEL, office)


async def _official(move: Move) -> Official:
    return await Official.get(id=move.subject.official_id)


async def _list_of(official: Official) -> DutyList:
    return await DutyList.get(code=official.duty_list_id)
