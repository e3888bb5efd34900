"""提交举报: a report becomes a case in one statement; it is confirmed only when that has committed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from domain.cases import facts
from domain.cases.receipts import secret_hash
from domain.cases.table import CASE, FILE
from domain.codes import scenes
from domain.files import tickets
from domain.loop import attached, manning, once, packs, reach
from domain.loop.engine import moving, settled
from domain.loop.kinds import Nothing, Scene
from domain.loop.manning import Accused
from domain.loop.once import Kept
from domain.loop.timeline import GENESIS
from domain.marks import matching
from domain.people.actors import VISITOR, Actor
from domain.vault.sealing import sealed
from kit import clock, crockford
from kit.errors import Invalid, Unavailable
from kit.settings import Settings
from models import ActorKind, Case, CaseText, Channel, Matter, Mode, ReachWay, Recusal, Relation, Tier, Unit
from models.database import insert

NUMBER_CODE = 8  # Crockford characters: 40 random bits a year, so gaps tell nothing and none is read back
SECRET_CODE = 16  # 80 random bits: beyond guessing, see docs/security.md
TRIES = 5
DEFAULT_CATEGORY = "B99"


@dataclass(frozen=True, slots=True)
class Report:
    """What a complainant sends, or a registrar takes down."""

    mode: Mode
    text: str
    region: str
    category: str | None = None
    accused_unit: UUID | None = None
    accused_text: str = ""
    occurred_on: date | None = None
    scene: str = ""
    privacy_version: str = ""
    contact: dict[str, Any] | None = None
    channel: Channel = Channel.ONLINE
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """What the complainant gets: shown once, and the only key there is."""

    number: str
    secret: str
    filed_on: date
    promises: dict[str, datetime] = field(default_factory=dict)
    entry_hash: str = ""


async def file(
    settings: Settings,
    report: Report,
    actor: Actor = VISITOR,
    kept: Kept | None = None,
    ticket_id: UUID | None = None,
    handle: bytes | None = None,
) -> Filed:
    """Take a report in. Nobody is woken: the registrar's notice waits for the worker's next sweep, seconds later.

    `kept` stores the answer under the caller's Idempotency-Key in the same statement. `handle` is how whoever reports
    in the chat chose to be told there. The files of the report are those
    that came with the ticket, or that the actor brought; whichever is not finished yet may be finished afterwards.

    Raises Invalid for an unknown region, category, unit, file or privacy notice, or an identity given by the anonymous;
    NoReceiver; IntegrityError when the key was used in the meantime (the caller then reads what was kept).
    """
    book = await packs.book()
    category = report.category or DEFAULT_CATEGORY
    _check(report, category, book)
    accused = await _accused(report)
    receiver = await manning.receiver(Accused(accused, frozenset()))
    pack = book.pack_for(category, receiver.code)
    code = await scenes.code_of(settings, report.scene)
    for _ in range(TRIES):
        filed, rows = _written(
            settings,
            report,
            actor,
            category,
            accused,
            receiver.unit_id,
            pack,
            book.categories[category].tier,
            code,
            handle,
        )
        if kept:
            rows.append(kept.row(201, once.dumped(filed)))
        try:
            await _kept(rows, report.files, ticket_id, actor)
        except IntegrityError as error:
            if "matter_number" in str(error):
                continue
            raise
        return filed
    raise Unavailable


async def _kept(rows: list[Any], files: tuple[UUID, ...], ticket_id: UUID | None, actor: Actor) -> None:
    """Write the report; only one with files needs more than one statement."""
    if not files and ticket_id is None:
        await insert(rows)
        return
    matter_id = rows[0].id
    async with in_transaction():
        await insert(rows)
        if ticket_id:  # first, as it locks uploads before files, in the order of whoever brings the last bytes
            await tickets.spent(ticket_id, matter_id)
            await attached.attach(f"receipt:{matter_id}", matter_id, files, released=False)
        else:
            await attached.attach(actor.owner, matter_id, files, released=False)
            await attached.handed_over(matter_id)


def _check(report: Report, category: str, book: packs.Book) -> None:
    fields = []
    if report.region not in book.regions:
        fields.append({"path": "region", "message": "没有这个地区"})
    if category not in book.categories:
        fields.append({"path": "category", "message": "没有这个类别"})
    if report.mode is Mode.ANONYMOUS and report.contact:
        fields.append({"path": "contact", "message": "匿名举报不收集姓名和联系方式"})
    if report.mode is not Mode.ANONYMOUS and not report.contact:
        fields.append({"path": "contact", "message": "实名和保密举报需要联系方式"})
    if report.occurred_on and report.occurred_on > clock.today():
        fields.append({"path": "occurred_on", "message": "不能晚于今天"})
    if report.privacy_version and report.privacy_version not in {notice.version for notice in book.notices}:
        fields.append({"path": "privacy_version", "message": "没有这个版本的隐私告知"})
    if fields:
        raise Invalid(details={"fields": fields})


async def _accused(report: Report) -> frozenset[UUID]:
    """The chosen unit, and one that is named word for word: nobody waits for a screening to step aside."""
    units = set()
    if report.accused_unit:
        if not await Unit.exists(id=report.accused_unit):
            raise Invalid(details={"fields": [{"path": "accused_unit", "message": "没有这个单位"}]})
        units.add(report.accused_unit)
    if report.accused_text:
        units |= {unit.id for unit in await Unit.filter(name=report.accused_text, until=None).limit(5).only("id")}
    return frozenset(units)


def _written(
    settings: Settings,
    report: Report,
    actor: Actor,
    category: str,
    accused: frozenset[UUID],
    receiving: UUID,
    pack: packs.Pack,
    tier: Tier,
    code: UUID | None,
    handle: bytes | None,
) -> tuple[Filed, list[Any]]:
    exact, coarse = clock.now(), report.mode is Mode.ANONYMOUS
    number = f"JB{exact.year}-{crockford.random_code(NUMBER_CODE)}"
    secret = crockford.random_code(SECRET_CODE)
    matter = Matter(
        id=uuid4(),
        kind=CASE.name,
        number=number,
        stage="",
        region_id=report.region,
        receiving_unit_id=receiving,
        rule_pack_id=pack.code,
        opened_by_id=None,
        tier=tier,
        coarse=coarse,
        filed_on=exact.date(),
        head=GENESIS,
    )
    case = Case(
        matter_id=matter.id,
        mode=report.mode,
        channel=report.channel,
        scene=report.scene,
        code_id=code,
        privacy_version=report.privacy_version,
        category_id=category,
        accused_text=report.accused_text,
        occurred_on=report.occurred_on,
        secret_hash=secret_hash(settings, number, secret),
        identity_hashes=matching.identity_hashes(settings, matter.id, report.contact),
        lead_unit_id=None,
        answer=None,
    )
    # Whoever files online is the receipt's holder; a registrar takes down what was said by phone or at the window.
    filer = actor if actor.kind is ActorKind.POST else Actor(ActorKind.RECEIPT, matter_id=matter.id)
    at = clock.start_of(exact.date()) if coarse else exact
    scene = Scene(kind=CASE, matter=matter, subject=case, actor=filer, now=at, pack=pack, involved=[], duties=[])
    move = moving(scene, FILE, Nothing())
    move.involve(Relation.INTAKE, receiving)
    move.said = {
        "mode": report.mode,
        "region": report.region,
        "category": category,
        "channel": report.channel,
        "text_sha256": sha256(report.text.encode()).hexdigest(),
        "files": [str(file) for file in report.files],
    }
    matter.stage = FILE.target or ""
    rows = settled(move)
    recusals = [
        Recusal(
            id=uuid4(), matter_id=matter.id, unit_id=unit, person_id=None, reason="被举报", accused=True, since=at
        )
        for unit in accused
    ]  # fmt: skip
    filed = Filed(
        number=number,
        secret=crockford.grouped(secret),
        filed_on=exact.date(),
        promises={
            "accept_by": clock.local(move.duties[0].due_at),
            "finish_by": pack.due(move.duties[0].due_at, "finish", matter.tier),
        },
        entry_hash=matter.head.hex(),
    )
    text = CaseText(id=uuid4(), matter_id=matter.id, seq=1, text=report.text)
    vault = sealed(settings, matter.id, report.contact, exact, handle)
    fact = facts.at_filing(matter, case, move.duties)
    told = [reach.row_of(matter.id, ReachWay.ACCOUNT)] if handle else []
    return filed, [matter, case, text, vault, fact, *recusals, *told, *rows]
