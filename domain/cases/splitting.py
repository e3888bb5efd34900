"""拆分: the claims of one report, each part handled as a case of its own; the whole ends when its last part has."""

from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.cases import erasing
from domain.cases.by import CALLER, NEW, REGISTRAR, at
from domain.cases.merging import tell_followers
from domain.cases.stages import ENDS, Stage
from domain.loop import engine, opening, packs
from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import COMPLAINER, MACHINE, OFFICE, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import CategoryCode, Claims, LongText, MatterFileIds
from domain.people.actors import SYSTEM
from kit.errors import Conflict, Invalid
from kit.shapes import Whole
from models import Case, Entry, File, Matter, Relation
from models.database import insert

TOLD = frozenset({Relation.COMPLAINANT})


class PartsUnderWay(Conflict):
    """The whole ends after its parts."""

    code, message = "parts_under_way", "拆分的各件还没有全部结束"


class ClaimCategory(Inputs):
    """What one claim is about."""

    claim: Whole = Field(
        ge=0, le=19, title="诉求序号", json_schema_extra={"minimum": 0, "maximum": 19, "x-counted-from": 0}
    )
    category: CategoryCode = Field(title="类别")
    files: MatterFileIds = Field(
        default_factory=list, title="归入该件的附件", description="没有归入的附件留在原件，只有受理中心能看到"
    )


class Split(Inputs):
    """拆分: the category of every claim; those of one category are a part."""

    claims: list[ClaimCategory] = Field(
        min_length=2, max_length=20, title="逐项归类", description="类别相同的诉求归入同一件",
        json_schema_extra={"x-widget": "claims"},
    )  # fmt: skip
    note: LongText | None = Field(None, title="说明")


class Part(Inputs):
    """What a part is about, from the case it was split from."""

    category: CategoryCode = Field(title="类别")
    claims: Claims = Field(title="诉求清单")
    files: MatterFileIds = Field(default_factory=list, title="附件")


async def split(move: Move) -> None:
    """A case of its own for each category, by the system, with the claims that are its."""
    case: Case = move.subject
    book, given = await packs.book(), {one.claim: one.category for one in move.inputs.claims}
    if sorted(one.claim for one in move.inputs.claims) != list(range(len(case.claims))):
        raise Invalid("每一项诉求都要归类一次")
    parts = list(dict.fromkeys(given[claim] for claim in sorted(given)))
    if not book.categories.keys() >= set(parts):
        raise Invalid("没有这个类别")
    if len(parts) < 2:
        raise Invalid("各项诉求类别相同，不需要拆分")
    files = await _files_by_part(move, given)
    made: dict[str, Matter] = {}
    for category in parts:
        claims = [case.claims[claim] for claim in sorted(given) if given[claim] == category]
        part = Part(category=category, claims=claims, files=files[category])
        made[category] = await opening.out_of(move, "case", part, actor=SYSTEM)
    await insert(move.fresh)  # a file can only go to a case that is there
    move.fresh.clear()
    for category, part_of in made.items():
        await File.filter(id__in=files[category]).update(matter_id=part_of.id, released=False)
    move.change(parts_open=len(parts))


async def _files_by_part(move: Move, given: dict[int, str]) -> dict[str, list[UUID]]:
    """Which files go with which part; each with one at most, and all of them the whole's."""
    files: dict[str, list[UUID]] = {category: [] for category in given.values()}
    for place, one in enumerate(move.inputs.claims):
        wanted = set(one.files) - set(files[one.category])
        elsewhere = {file for category, known in files.items() if category != one.category for file in known}
        if await File.filter(id__in=list(wanted), matter_id=move.matter.id).count() < len(wanted) or wanted & elsewhere:
            path = f"inputs.claims.{place}.files"
            raise Invalid(details={"fields": [{"path": path, "message": "没有这个附件，或者已经归入另一件"}]})
        files[one.category] += sorted(wanted)
    return files


async def made(move: Move, opener: Move | None) -> Case:
    """The part's own row; its clock is counted from when the whole was accepted, and its receipt is the whole's."""
    if opener is None:
        raise LookupError("a part is of a case")
    whole: Case = opener.subject
    move.counted_from = await _accepted(opener.matter.id)
    move.involve(Relation.INTAKE, move.matter.receiving_unit_id)
    return Case(
        matter_id=move.matter.id,
        mode=whole.mode,
        channel=whole.channel,
        category_id=move.inputs.category,
        claims=list(move.inputs.claims),
        accused_text=whole.accused_text,
        occurred_on=whole.occurred_on,
        privacy_version=whole.privacy_version,
        secret_hash=token_bytes(32),  # of no secret: the whole's receipt opens it
        code_id=None,
        lead_unit_id=None,
        merged_into_id=None,
        answer=None,
    )


async def _accepted(matter_id: UUID) -> datetime | None:
    first = await Entry.filter(matter_id=matter_id, clock__isnull=False).order_by("seq").first()
    return datetime.fromisoformat(str(first.clock["at"])) if first and first.clock else None


async def ended(move: Move) -> None:
    """When a part ends, its whole may; and when a case is closed, those merged into it are told."""
    if move.matter.stage == Stage.CLOSED:
        await tell_followers(move.matter, move.inputs.conclusion)
    if move.matter.opened_by_id is None:
        return
    whole = await Matter.get(id=move.matter.opened_by_id)
    parts = await Matter.filter(opened_by_id=whole.id, kind=whole.kind).exclude(stage__in=list(ENDS)).count()
    await Case.filter(matter_id=whole.id).update(parts_open=parts)
    if not parts and await Matter.exists(opened_by_id=whole.id, kind=whole.kind, sealed_at__isnull=False):
        await erasing.texts_blanked(whole.id)  # they tell of the part that was handed over, and nobody needs them now
    if whole.stage == Stage.SPLIT and not parts:
        await engine.take(SYSTEM, whole.number, "parts_ended", {})


def all_over(scene: Scene) -> None:
    """Every part has ended."""
    if scene.subject.parts_open:
        raise PartsUnderWay


def identity_of(matter: Matter) -> UUID:
    """Whose vault entry, texts and receipt a case goes by: its own, or those of the whole that it is a part of."""
    return matter.opened_by_id or matter.id


PART = Step(
    "part", "拆分立件", NEW, Stage.SCREENED, (MACHINE,), Part, readers=OFFICE | TOLD, shows=("category", "claims"),
    clock=Turn.START, opens=(Owe("transfer", REGISTRAR, "transfer"),), plain="按诉求单独立件",
)  # fmt: skip

STEPS: tuple[Any, ...] = (
    PART,
    Step(
        "split", "拆分", at(Stage.SCREENED), Stage.SPLIT, (REGISTRAR,), Split, effect=split, readers=OFFICE | TOLD,
        shows=("opened",), closes=("transfer",), opens=(Owe("finish_parts", CALLER, ON_CLOCK),),
        tells=(Tell(COMPLAINER, "case_split"),), warning="拆分后各件分别转办，本件在各件都结束后办结",
        plain="已按诉求分别立件办理",
    ),
    Step(
        "parts_ended", "各件均已结束", at(Stage.SPLIT), Stage.CALLED_BACK, (CALLER, MACHINE), guard=all_over,
        readers=OFFICE | TOLD, clock=Turn.STOP, closes=("finish_parts",), opens=(Owe("close", CALLER, "close"),),
        tells=(Tell(CALLER, "duty_opened"),), plain="分别办理的各件都已结束",
    ),
)  # fmt: skip
