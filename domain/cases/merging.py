"""并案与关联: reports of the same problem are handled as one, and everybody who reported stays informed of it."""

from uuid import UUID, uuid4

from pydantic import Field

from domain.cases import checking
from domain.cases.by import HANDLER, INTAKE, REGISTRAR, SUPERVISOR, TOLD, at
from domain.cases.inputs import Add, Because, Relay
from domain.cases.stages import OPEN, Stage
from domain.loop import attached, engine, recusal, sight
from domain.loop.clocks import Turn
from domain.loop.kinds import COMPLAINER, MACHINE, OFFICE, UNIT, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import LongText, MatterNumber, Reason
from domain.people.actors import SYSTEM
from kit.errors import Conflict, Invalid, NotFound
from models import Case, CaseText, Matter, MatterLink, Recusal

GONE = "handed_over"  # as a merged case's outcome: the leading one was handed over, and this one with it


class CannotMerge(Conflict):
    """Into itself, into what has ended or was merged itself, or while others are merged into this one."""

    code, message = "cannot_merge", "不能并案：那一件已经结束，就是本件，或另有件并入本件"


class GoneAlong(Conflict):
    """The leading case was handed over, this one with it: what is to be added, the competent body is told."""

    code, message = "gone_along", "本件已随并案件移送有权机关，不能再在这里办理"


class Merge(Inputs):
    """并案: into which case, and why they are one."""

    into: MatterNumber = Field(title="并入的举报件编号")
    reason: Reason
    told: LongText | None = Field(None, title="告知举报人", description="举报人会看到；不要写另一件的编号和内容")


class Link(Inputs):
    """关联: to which case, and how they belong together."""

    to: MatterNumber = Field(title="关联的举报件编号")
    reason: Reason


class Unlink(Inputs):
    """取消关联."""

    to: MatterNumber = Field(title="取消关联的举报件编号")


class Taken(Inputs):
    """What the leading case's timeline says of another."""

    number: MatterNumber = Field(title="举报件编号")


class Follow(Inputs):
    """How the leading case came out, for whoever reported the same."""

    summary: LongText = Field(title="办理结论")


class PassOn(Inputs):
    """What somebody else who reported the same has added."""

    summary: LongText = Field(title="并案件的补充内容")


def still_here(scene: Scene) -> None:
    """Not while the leading case is handed over."""
    if scene.subject.outcome == GONE:
        raise GoneAlong


async def _other(move: Move, number: str) -> Matter:
    """A case that this actor may see."""
    try:
        other = await sight.found(move.actor, number)
    except NotFound:
        raise Invalid("没有找到这个编号的举报件") from None
    if other.kind != move.matter.kind or other.id == move.matter.id:
        raise CannotMerge
    return other


async def merge(move: Move) -> None:
    """The other case leads; whoever steps aside here does so there too."""
    into = await _other(move, move.inputs.into)
    if into.stage not in OPEN or await Case.exists(merged_into_id=move.matter.id):
        raise CannotMerge
    move.fresh += [
        Recusal(
            id=uuid4(), matter_id=move.matter.id, unit_id=row.unit_id, person_id=row.person_id, reason=row.reason,
            accused=row.accused, since=move.at,
        )
        for row in await Recusal.filter(matter_id=into.id)
    ]  # fmt: skip
    move.change(merged_into_id=into.id)
    await engine.take(SYSTEM, into.number, "take_in", {"number": move.matter.number})


async def unmerge(move: Move) -> None:
    """On its own again; nothing that happened is undone."""
    into = await Matter.get(id=move.subject.merged_into_id)
    move.change(merged_into_id=None)
    await engine.take(SYSTEM, into.number, "let_go", {"number": move.matter.number})


async def take_in(move: Move) -> None:
    """Whoever the merged case shuts out is shut out of this one; refused if they handle it."""
    merged = await Matter.get(number=move.inputs.number)
    rows = await Recusal.filter(matter_id=merged.id)
    units, persons = {row.unit_id for row in rows if row.unit_id}, {row.person_id for row in rows if row.person_id}
    known = await Recusal.filter(matter_id=move.matter.id)
    units -= {row.unit_id for row in known if row.unit_id}
    persons -= {row.person_id for row in known if row.person_id}
    if units or persons:
        await recusal.accuse(move, units, persons, "并案件中被举报或回避")


async def merged_into(matter_id: UUID) -> list[Matter]:
    """The cases that follow this one, in one order whoever asks."""
    rows = await Case.filter(merged_into_id=matter_id).prefetch_related("matter")
    return sorted((row.matter for row in rows), key=lambda matter: matter.number)


async def tell_followers(matter: Matter, summary: str) -> None:
    """Whoever reported the same reads how it came out; on their own timeline, by their own receipt."""
    for follower in await merged_into(matter.id):
        await engine.take(SYSTEM, follower.number, "follow", {"summary": summary})


async def add(move: Move) -> None:
    """Kept word for word with the merged case."""
    move.fresh.append(
        CaseText(id=uuid4(), matter_id=move.matter.id, seq=move.matter.entries_made + 1, text=move.inputs.text)
    )
    await attached.attach_given(move, released=False)


async def relay(move: Move) -> None:
    """What was added goes to the case that leads, if it is still under way."""
    into = await Matter.get(id=move.subject.merged_into_id)
    if move.inputs.summary:
        move.said["checked"] = await checking.confirmed(move, move.inputs.summary)
    if move.inputs.summary and into.stage in OPEN:
        await engine.take(SYSTEM, into.number, "pass_on", {"summary": move.inputs.summary})


async def link(move: Move) -> None:
    """Both show each other, to whoever may see both."""
    other = await _other(move, move.inputs.to)
    if not await MatterLink.exists(matter_id=move.matter.id, other_id=other.id):
        move.fresh.append(MatterLink(id=uuid4(), matter_id=move.matter.id, other_id=other.id))


async def unlink(move: Move) -> None:
    """From either side."""
    other = await _other(move, move.inputs.to)
    gone = await MatterLink.filter(matter_id=move.matter.id, other_id=other.id).delete()
    gone += await MatterLink.filter(matter_id=other.id, other_id=move.matter.id).delete()
    if not gone:
        raise Invalid("两件没有关联")


STEPS = (
    Step(
        "merge", "并案", at(Stage.ACCEPTED, Stage.SCREENED), Stage.MERGED, (REGISTRAR,), Merge, effect=merge,
        readers=OFFICE | TOLD, shows=("told",), clock=Turn.STOP, closes=("screen", "transfer"),
        tells=(Tell(COMPLAINER, "case_merged"),), warning="本件并入另一件一并办理，办理结果会告知本件举报人",
        plain="与同一问题的举报件一并办理", meets="into",
    ),
    Step(
        "unmerge", "解除并案", at(Stage.MERGED), Stage.ACCEPTED, (REGISTRAR, SUPERVISOR), Because, still_here,
        unmerge,
        readers=OFFICE | TOLD, shows=("reason",), clock=Turn.RESTART, closes=("relay",),
        opens=(Owe("screen", REGISTRAR, "screen", returned=True),), tells=(Tell(COMPLAINER, "case_accepted"),),
        plain="单独办理",
    ),
    Step("take_in", "并入他件", OPEN, None, (MACHINE,), Taken, effect=take_in, readers=OFFICE),
    Step("let_go", "他件解除并案", frozenset(Stage), None, (MACHINE,), Taken, readers=OFFICE),
    Step(
        "follow", "告知并案结果", at(Stage.MERGED), None, (MACHINE,), Follow, readers=OFFICE | TOLD, shows=("summary",),
        tells=(Tell(COMPLAINER, "case_replied"),), plain="一并办理的举报件有了结果",
    ),
    Step(
        "add", "补充内容", at(Stage.MERGED), None, (COMPLAINER,), Add, still_here, add, readers=INTAKE | TOLD,
        shows=("text", "files"), opens=(Owe("relay", REGISTRAR, "relay"),), tells=(Tell(REGISTRAR, "case_added_to"),),
        plain="您补充了内容",
    ),
    Step(
        "relay", "转告补充内容", at(Stage.MERGED), None, (REGISTRAR,), Relay, answers="relay", effect=relay,
        readers=OFFICE, closes=("relay",),
    ),
    Step(
        "pass_on", "并案件补充", OPEN, None, (MACHINE,), PassOn, readers=OFFICE | UNIT,
        tells=(Tell(HANDLER, "case_added_to"),),
    ),
    Step("link", "关联", frozenset(Stage), None, (REGISTRAR, SUPERVISOR), Link, effect=link, readers=OFFICE),
    Step("unlink", "取消关联", frozenset(Stage), None, (REGISTRAR, SUPERVISOR), Unlink, effect=unlink, readers=OFFICE),
)  # fmt: skip
