"""What each verb changes in a typical case: out of what it is made, who looked it over, what was issued."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from domain.loop import manning, packs, recusal, sight
from domain.loop.engine import SamePerson
from domain.loop.kinds import Kind, Move, Scene, role_of
from domain.loop.manning import Accused, chain_of
from domain.people.actors import Actor
from domain.typical.finding import COUNTY, text_hash
from domain.typical.inputs import PARTS, Clearing
from domain.typical.stages import Stage
from kit import clock
from kit.errors import Conflict, Invalid
from models import (
    Audience,
    Involvement,
    Matter,
    MatterSource,
    Recusal,
    Relation,
    Role,
    Typical,
    TypicalIssue,
    TypicalMarks,
)

KIND = "typical"
COMPILING = "compile_typical"  # the step of another kind that opens one; where its table has it, it may be a source


class NoSource(Invalid):
    """A typical case is made out of something."""

    code, message = "no_source", "请填写至少一个已办结的来源举报件"


class NotASource(Conflict):
    """Only a closed case of one's own office is a source: none that is open, a part of another, or handed over."""

    code, message = "not_a_source", "来源举报件应当是本单位受理、已经办结的原件；再次办理或者已移送的不能编写"


class AlreadyCompiled(Conflict):
    """The case already leads a typical case; so that each counts once."""

    code, message = "already_compiled", "这一件已经编写过典型案例"


class TellApart(Conflict):
    """The case's own entry would tell of it to somebody who is shut out of another source: it is opened by itself."""

    code, message = "tell_apart", "其他来源件另有需要回避的单位或人员，请不要从这一件编写，另行新建"


class TooClose(Invalid):
    """A place below the county is never named, and a place that not all sources lie in would be wrong."""

    code, message = "region_too_close", "公开的地区最细到县（区），并须包含全部来源件"


class NobodyToRelease(Conflict):
    """Every leader must step aside, or there is none: the roster must be mended."""

    code, message = "nobody_to_release", "没有可以审批的领导，请联系系统管理员补充名册"


class MarksUnchecked(Conflict):
    """The text was not looked over by the system as it is now; or a place was neither mended nor explained."""

    code, message = "marks_unchecked", "请先核对这一稿中能认出人的内容，逐处改写或者说明理由"


class MustGo(Conflict):
    """Something is in the text that may never be told; `details.hits` says where."""

    code, message = "marks_must_go", "文中还有必须改写的内容"


async def made(move: Move, opener: Move | None) -> Typical:
    """Whoever is shut out of any source is shut out; an office of supervision looks it over, a leader releases it."""
    told, matter = move.inputs, move.matter
    sources = await _sources(move.actor, told.sources, opener)
    first = sources[0]
    if await Matter.filter(kind=KIND, opened_by_id=first.id).exclude(stage=Stage.ABANDONED).exists():
        raise AlreadyCompiled
    told_region = await _told_region(told.told_region, sources)
    await _known_category(told.category)
    matter.opened_by_id, matter.region_id = first.id, first.region_id
    move.fresh += [MatterSource(id=uuid4(), matter_id=matter.id, source_id=source.id) for source in sources]
    accused = await _shut_out(move, sources, opener)
    standing, person = move.actor.standing, move.actor.person_id
    matter.receiving_unit_id = standing.unit_id if standing else first.receiving_unit_id
    move.involve(Relation.INTAKE, matter.receiving_unit_id)
    others = Accused(accused.units, accused.persons | ({person} if person else set()))
    # Of the office that tells it: it answers for what is published, wherever the case lies.
    regions = chain_of(standing.region if standing else matter.region_id, None)
    leader = await manning.nearest(Role.LEADER, regions, others)
    if leader is None:
        raise NobodyToRelease
    move.involve(Relation.DECIDING, leader)
    looker = await manning.nearest(Role.SUPERVISOR, regions, others)
    if looker:
        move.involve(Relation.OVERSIGHT, looker)
    return Typical(
        matter_id=matter.id,
        public_id=uuid4(),
        **told.texts,
        category_id=told.category,
        told_region=told_region,
        writers=_written_by(move, []),
        cleared={},
    )


async def _sources(actor: Actor, numbers: Sequence[str], opener: Move | None) -> list[Matter]:
    """The matters it is made of, locked, the first first; raises NotFound for what doesn't exist for this actor."""
    found = [await sight.found(actor, number) for number in dict.fromkeys(numbers)]
    if opener:
        found = [opener.matter, *(matter for matter in found if matter.id != opener.matter.id)]
    if not found:
        raise NoSource(details={"fields": [{"path": "inputs.sources", "message": "请填写来源举报件"}]})
    ids = [matter.id for matter in found]
    locked = {matter.id: matter for matter in await sight.locked(ids)}
    for matter in locked.values():
        involved = await Involvement.filter(matter_id=matter.id, until=None)
        relations = sight.relations_of(actor, matter, involved)
        rows = Kind.REGISTRY[matter.kind].rows(matter.stage, role_of(actor), relations, ())
        if matter.opened_by_id or matter.sealed_at or not any(step.verb == COMPILING for step in rows):
            raise NotASource
    return [locked[id_] for id_ in ids]


async def _shut_out(move: Move, sources: Sequence[Matter], opener: Move | None) -> Accused:
    """The recusals of all sources, as rows; those of the opener come down by themselves, and must be all there are."""
    all_ = await Recusal.filter(matter_id__in=[source.id for source in sources])
    seen: set[tuple[UUID | None, UUID | None]] = set()
    for row in all_:
        if opener and row.matter_id == opener.matter.id:
            seen.add((row.unit_id, row.person_id))
    for row in all_:
        if (row.unit_id, row.person_id) in seen:
            continue
        if opener:
            raise TellApart
        seen.add((row.unit_id, row.person_id))
        move.fresh.append(
            Recusal(
                id=uuid4(), matter_id=move.matter.id, unit_id=row.unit_id, person_id=row.person_id, reason=row.reason,
                accused=row.accused, since=row.since,
            )
        )  # fmt: skip
    return Accused(
        frozenset(row.unit_id for row in all_ if row.unit_id),
        frozenset(row.person_id for row in all_ if row.person_id),
    )


async def _told_region(code: str | None, sources: Sequence[Matter]) -> str:
    if not code:
        return ""
    known = (await packs.book()).regions
    if code not in known or len(code) > COUNTY or not all(one.region_id.startswith(code) for one in sources):
        raise TooClose(details={"fields": [{"path": "inputs.told_region", "message": TooClose.message}]})
    return code


async def _known_category(code: str) -> None:
    if code not in (await packs.book()).categories:
        raise Invalid(details={"fields": [{"path": "inputs.category", "message": "没有这个类别"}]})


def _written_by(move: Move, before: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*before, str(move.actor.person_id)]))


async def revise(move: Move) -> None:
    """Another text: all that was looked over is to be looked over again."""
    told, own = move.inputs, move.subject
    await _known_category(told.category)
    sources = await Matter.filter(made_from_it__matter_id=move.matter.id)
    move.change(
        **told.texts,
        category_id=told.category,
        told_region=await _told_region(told.told_region, sources),
        writers=_written_by(move, own.writers),
        cleared={},
        marked_by=None,
        checked_by=None,
        approved_by=None,
    )


async def mark(move: Move) -> None:
    """The first look: each place is mended, or it is said why it is harmless."""
    cleared = await _cleared(move, move.inputs.texts, move.inputs.cleared)
    move.change(
        **move.inputs.texts,
        writers=_written_by(move, move.subject.writers),
        marked_by=move.actor.person_id,
        cleared={"first": cleared},
    )


async def check(move: Move) -> None:
    """The second look, at the very same text, by somebody who did not write it."""
    texts = {part: getattr(move.subject, part) for part in PARTS}
    cleared = await _cleared(move, texts, move.inputs.cleared)
    move.change(checked_by=move.actor.person_id, cleared={**move.subject.cleared, "second": cleared})


async def _cleared(move: Move, texts: Mapping[str, str], given: Sequence[Clearing]) -> list[dict[str, str]]:
    """What was found in this text and is harmless, with reasons; raises unless each place is mended or explained."""
    seen = await TypicalMarks.get_or_none(matter_id=move.matter.id, person_id=move.actor.person_id)
    if seen is None or bytes(seen.text_hash) != text_hash(texts):
        raise MarksUnchecked
    if must := [hit for hit in seen.hits if hit["why"] != "looks"]:
        raise MustGo(details={"hits": must})
    reasons = {one.text: one.reason for one in given}
    if left := [hit for hit in seen.hits if hit["text"] not in reasons]:
        raise MarksUnchecked(details={"hits": left})
    wanted = dict.fromkeys(str(hit["text"]) for hit in seen.hits)
    return [{"text": text, "reason": reasons[text]} for text in wanted]


def another(scene: Scene) -> None:
    """By another person than whoever wrote of it."""
    if str(scene.actor.person_id) in scene.subject.writers:
        raise SamePerson


def released_by_another(scene: Scene) -> None:
    """By a third person, who neither wrote it nor looked it over."""
    another(scene)
    if scene.actor.person_id in (scene.subject.marked_by, scene.subject.checked_by):
        raise SamePerson


async def approve_print(move: Move) -> None:
    """编印: for the units."""
    await _still_sources(move)
    move.change(approved_by=move.actor.person_id)
    await _issue(move, Audience.INTERNAL)


async def approve_public(move: Move) -> None:
    """The text goes to the content check; it is published when that has passed it."""
    await _still_sources(move)
    move.change(approved_by=move.actor.person_id)


async def publish(move: Move) -> None:
    """发布: for everybody, as it is now."""
    await _still_sources(move)
    await _issue(move, Audience.PUBLIC)


async def restore(move: Move) -> None:
    """Back to the leader's desk, with the text that two persons looked over."""
    await _still_sources(move)


async def withdraw(move: Move) -> None:
    """撤下: from all doors, with this step."""
    await TypicalIssue.filter(matter_id=move.matter.id, live=True).update(live=False, withdrawn_on=clock.today())


async def recuse(move: Move) -> None:
    """An officer steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)


async def still_sources(matter_id: UUID) -> bool:
    """Whether all that it is made of is as it was: closed, and here."""
    sources = await Matter.filter(made_from_it__matter_id=matter_id)
    return all(
        source.sealed_at is None
        and any(step.verb == COMPILING and source.stage in step.sources for step in Kind.REGISTRY[source.kind].steps)
        for source in sources
    )


async def _still_sources(move: Move) -> None:
    if not await still_sources(move.matter.id):
        raise NotASource


async def _issue(move: Move, audience: Audience) -> None:
    """A snapshot that takes the place of the one before."""
    own = move.subject
    await TypicalIssue.filter(matter_id=move.matter.id, live=True).update(live=False)
    number = own.issues + 1
    move.fresh.append(
        TypicalIssue(
            id=uuid4(),
            matter_id=move.matter.id,
            number=number,
            audience=audience,
            public_id=own.public_id,
            **{part: getattr(own, part) for part in PARTS},
            category_id=own.category_id,
            told_region=own.told_region,
            issued_on=clock.today(),
        )
    )
    move.change(issues=number)
    move.said["issue"] = str(number)
