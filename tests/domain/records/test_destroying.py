"""销毁: what is planned, approved and destroyed leaves nothing but figures, a chain that verifies, and tombstones."""

import asyncio
import hashlib
import json
import runpy
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from tortoise.exceptions import BaseORMException

from domain.cases import indexing, transfer_sheet
from domain.cases.looking import text_looked_at
from domain.cases.transfer_sheet import NotTransferred
from domain.figures import verifying
from domain.figures.page import page
from domain.figures.statistics import Asked
from domain.files.writing import Place
from domain.letters import rendering
from domain.loop import attached, audit, keeping, lettered, listing, packs, proof, reading, retention, timeline
from domain.loop.engine import Archived, SamePerson
from domain.loop.keeping import AlreadyHeld, ArchiveEarly, ArchiveIncomplete, NotHeld
from domain.people.actors import SYSTEM, Actor
from domain.records import destroying, planning
from domain.records.destroying import Ground
from domain.records.planning import AlreadyApproved, AlreadyPlanned, NothingDue, PlanChanged
from domain.vault.sealing import handle_put, handle_seen, handle_taken, phone_opened
from domain.wechat import checks
from domain.wechat.checks import Opinion, Unasked, pieces_of
from kit import clock, storage
from kit.clock import CHINA
from kit.errors import Invalid, NotFound
from kit.settings import ROOT, Settings
from models import (
    Archive,
    CaseIndex,
    CaseText,
    CheckState,
    ContentCheck,
    DestructionItem,
    File,
    FileCopy,
    FileState,
    ItemState,
    Matter,
    Mode,
    Part,
    RetentionRule,
    Role,
    Tombstone,
)
from models.database import connection
from tests.makers import SETTINGS, Walk, case_at, case_filed, officer
from tests.observed import contents, refused
from tests.supervised import over_case

THEN = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
TEXT, NAME, PHONE = "正文之金丝雀不见了", "名之金丝雀", "13912345678"
FILE_NAME, BYTES, SUMMARY, NOTE = "照片之金丝雀.jpg", b"bytes of the canary", "摘要之金丝雀", "备注之金丝雀"
CANARIES = (TEXT, NAME, PHONE, FILE_NAME, SUMMARY, NOTE, "补充之金丝雀")
ANSWER = "答复之金丝雀"  # what the complainant was told goes last


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"var": tmp_path})


@pytest.fixture
def ground(there: Settings) -> Ground:
    place = Place.below(there.var)
    place.folder.mkdir(parents=True, exist_ok=True)
    return Ground(storage.opened(there), place)


@pytest.fixture(autouse=True)
def then() -> Iterator[None]:
    with clock.at(THEN):
        yield


async def security() -> Actor:
    return await officer(Role.SECURITY_ADMIN, "62-secrecy")


async def auditor() -> Actor:
    return await officer(Role.AUDIT_ADMIN, "62-audit")


def verifier() -> Any:
    """What docs/verify_chain.py does."""
    return runpy.run_path(str(ROOT / "docs" / "verify_chain.py"))["faults"]


def later(months: int) -> Any:
    """The clock so many months later, and a day."""
    on = retention.later(THEN.date(), months) + timedelta(days=1)
    return clock.at(datetime.combine(on, THEN.timetz()))


async def with_file(walk: Walk, ground: Ground, there: Settings) -> File:
    """A photo with its original, a copy of it, a piece that was checked, and what is left of its upload."""
    file_id = uuid4()
    name, copy = f"originals/{file_id.hex[:2]}/{file_id}", f"copies/{file_id.hex[:2]}/{file_id}/1/cleaned"
    piece = f"{pieces_of(await _id(walk))}{uuid4()}/1.jpg"
    for one in (name, copy, piece):
        await storage.put(ground.store, one, BYTES)
    (ground.uploads.folder / f"{file_id}.0").write_bytes(BYTES)
    file = await File.create(
        id=file_id, matter_id=walk.holder.matter_id, owner=f"receipt:{walk.holder.matter_id}", purpose="photo",
        name=FILE_NAME, media_type="image/jpeg", bytes=len(BYTES), sha256=hashlib.sha256(BYTES).digest(), stored=name,
        state=FileState.READY, created_on=clock.today(), facts={"words": FILE_NAME},
    )  # fmt: skip
    await FileCopy.create(
        id=uuid4(), file_id=file_id, kind="cleaned", stored=copy, media_type="image/jpeg", bytes=len(BYTES),
        sha256=hashlib.sha256(BYTES).digest(), created_on=clock.today(),
    )  # fmt: skip
    return file


async def closed(ground: Ground, there: Settings) -> Walk:
    """A named case with all that it may have, closed."""
    walk = await case_filed(mode=Mode.NAMED, text=TEXT, contact={"name": NAME, "phone": PHONE}, accused_text=NAME)
    await with_file(walk, ground, there)
    await attached.deposited()
    await walk.take("add", text="补充之金丝雀")
    await indexing.indexed(there)
    for verb in ("accept", "screen"):
        await walk.take(verb)
    await walk.take("transfer", summary=SUMMARY)
    over = await over_case("closed", walk=await _handled(walk))
    await rendering.rendered(ground.store)
    await walk.take("answer", summary=ANSWER)
    for verb in ("approve_answer", "reply", "call_back", "close"):
        await walk.take(verb)
    assert over.case is walk
    await walk.take("note", by=await officer(Role.REGISTRAR), text=NOTE)
    return walk


async def _handled(walk: Walk) -> Walk:
    await walk.take("sign")
    await walk.take("assign")
    return walk


async def signed() -> str:
    """The plan of now, made by one and approved by another."""
    batch = await planning.made(await security(), (await planning.planned()).id)
    await planning.approved(await auditor(), batch)
    return batch


async def texts() -> str:
    """All that the application can read of the database."""
    _, tables = await connection().execute_query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found = []
    for table in (row["table_name"] for row in tables):
        _, rows = await connection().execute_query(f"SELECT t::text AS row FROM {table} t")
        found += [row["row"] for row in rows]
    return "\n".join(found)


async def figures() -> Any:
    today = clock.today()
    told = await page(SYSTEM, Asked(today - timedelta(days=4000), today))
    facts = await connection().execute_query_dict("SELECT to_jsonb(f)::text AS said FROM case_fact f ORDER BY 1")
    return [(one["name"] if "name" in one else one["label"], one["value"]) for one in told["counts"]], facts


async def test_the_whole_way(province: str, ground: Ground, there: Settings) -> None:
    walk = await closed(ground, there)
    beside = await case_at("handling", text="另一件的内容")
    matter_id = await _id(walk)
    registrar, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    async with refused(ArchiveEarly):
        await walk.take("archive")
    with later(3):
        assert await keeping.archived() == 2  # the case, and the supervision that it opened
        archive = await Archive.get(matter_id=matter_id)
        shown = await reading.shown(registrar, walk.number)
        assert shown["keeping"]["archive_number"] == archive.number
        assert "archive" not in {step["verb"] for step in shown["next_steps"]} >= {"hold"}
        async with refused(Archived):
            await walk.take("note", by=registrar, text="太晚")
        async with refused(Archived):
            await walk.take("ask_reopen")
        told = (await reading.shown(walk.holder, walk.number))["keeping"]
        assert [(one["part"], str(one["due_on"])) for one in told["parts"]] == [
            ("identity", "2027-03-02"), ("content", "2031-03-02"), ("record", "2036-03-02"),
        ]  # fmt: skip
        assert "举报内容和附件保存到2031年3月2日，此后销毁（举报件：结束后5年）" in told["text"]
        await walk.take("ask_deletion")
        assert (await reading.timeline(walk.holder, walk.number))[-1]["shown"][0]["text"] == "2027-03-02"
        before = await figures()
    assert (await audit.anchored(there.anchors)) > 0

    with later(12):
        plan = await planning.planned()
        assert [(kind, rule, part) for kind, rule, part in plan.counts] == [("case", "case", Part.IDENTITY)]
        await signed()
        assert await destroying.worked(ground) == 1
        assert (await reading.shown(walk.holder, walk.number))["case"]["texts"]  # who it was is gone, the rest is not
    with later(60):
        await walk.take("hold")
        async with refused(AlreadyHeld):
            await walk.take("hold")
        async with refused(SamePerson):
            await walk.take("lift_hold", by=registrar)
        plan = await planning.planned()
        assert (plan.due, plan.waiting) == ([], {"held": 1})
        async with refused(NothingDue):
            await planning.made(await security(), plan.id)
        held = await reading.shown(second, walk.number)
        assert held["keeping"]["hold"]["reason"] == "行政诉讼尚未终结"
        told = (await reading.shown(walk.holder, walk.number))["keeping"]
        assert (told["hold"], told["held"], "依法保全" in told["text"]) == (None, True, True)
        await walk.take("lift_hold", by=second)
        async with refused(NotHeld):
            await walk.take("lift_hold", by=second)
        dry = await contents()
        plan = await planning.planned()
        assert await contents() == dry
        async with refused(PlanChanged):
            await planning.made(await security(), "0" * 16)
        batch = await planning.made(await security(), plan.id)
        async with refused(AlreadyPlanned):
            await planning.made(await security(), plan.id)
        async with refused(SamePerson):
            await planning.approved(await security(), batch)
        assert await destroying.worked(ground) == 0  # nobody has approved
        await planning.approved(await auditor(), batch)
        async with refused(AlreadyApproved):
            await planning.approved(await auditor(), batch)
        assert await destroying.worked(ground) == 1
        await nothing_is_left(walk, ground, there)
        [stone] = await Tombstone.filter(matter_id=matter_id, part=Part.CONTENT)
        assert stone.files == [hashlib.sha256(BYTES).hexdigest()]
        shown = await reading.shown(walk.holder, walk.number)
        assert "举报内容和附件已于2031年3月3日按规定期限销毁（举报件：结束后5年）" in shown["keeping"]["text"]
        # What the complainant could read of each step is there until the record goes.
        said = {line["verb"]: line for line in await reading.timeline(walk.holder, walk.number)}
        assert (said["close"]["shredded"], said["close"]["said"]) == (False, {"conclusion": "已办结"})
        assert said["add"]["shredded"]
        chain = json.loads(orjson.dumps(await proof.chain(walk.holder, walk.number)))
        assert chain["intact"]
        assert verifier()(chain, {}) == []  # as anybody does it at home
        assert any("public" in link for link in chain["links"])
        assert (await figures())[1] == before[1]
        assert (await verifying.verified()).faults == []
        assert (await audit.verified(there.anchors)).faults == []
    with later(120):
        await signed()
        assert await destroying.worked(ground) == 3  # the record, and the supervision whole
        assert all(line["shredded"] for line in await reading.timeline(walk.holder, walk.number))
        assert ANSWER not in await texts()
        assert (await Matter.get(id=matter_id)).destroyed is Part.RECORD
        assert (await planning.planned()).due == []
        assert (await figures())[1] == before[1]
        assert (await verifying.verified()).faults == []
        assert (await audit.verified(there.anchors)).faults == []
        assert (await reading.shown(registrar, beside.number))["keeping"] is None
        [over] = await Matter.filter(kind="supervision")
        supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
        shown = await reading.shown(supervisor, over.number)
        assert (shown["supervision"]["subject"], len(shown["keeping"]["parts"])) == ("", 2)
        assert await lettered.letters_of(supervisor, over.number) == []
        assert await reading.timeline(supervisor, over.number)


async def _id(walk: Walk) -> UUID:
    assert walk.holder.matter_id is not None
    return walk.holder.matter_id


async def nothing_is_left(walk: Walk, ground: Ground, there: Settings) -> None:
    """Neither in a table, nor in storage, nor on the disk; and what reads it says so."""
    everything = await texts()
    assert [one for one in CANARIES if one in everything] == []
    assert [path for path in there.var.rglob("*") if path.is_file() and BYTES in path.read_bytes()] == []
    matter_id, registrar = walk.holder.matter_id, await officer(Role.REGISTRAR)
    assert not await CaseIndex.exists(matter_id=matter_id)
    assert not await CaseText.filter(matter_id=matter_id).exclude(text="").exists()
    assert await attached.files_of(registrar, walk.number) == []
    with pytest.raises(NotFound):
        await text_looked_at(registrar, walk.number, "看看")
    with pytest.raises(NotTransferred):
        await transfer_sheet.copied(registrar, walk.number)
    assert await listing.page(registrar, listing.Filters(ended=True))
    assert await lettered.letters_of(registrar, walk.number) == []


class Killed(BaseException):
    """Somebody pulled the plug."""


async def due(ground: Ground, there: Settings) -> Walk:
    """A named case with a file, archived; everything of it is due ten years later."""
    walk = await case_filed(mode=Mode.NAMED, text=TEXT, contact={"name": NAME, "phone": PHONE})
    await with_file(walk, ground, there)
    await attached.deposited()
    await walk.take("refuse")
    with later(3):
        await walk.take("archive")
    return walk


def dies(*_: Any, **__: Any) -> Any:
    raise Killed


async def half(store: Any, names: Any) -> None:
    await _removed(store, names[:1])
    raise Killed


_removed = storage.removed


@pytest.mark.parametrize(
    ("where", "what", "left"),
    [
        (retention, "outlook", dies),
        (indexing, "removed", dies),
        (timeline, "left_over", dies),
        (destroying, "_bytes_removed", dies),
        (storage, "removed", half),
        (destroying, "forgotten", dies),
        (destroying, "_finished", dies),
        (destroying, "_files_forgotten", dies),
        (destroying, "insert", dies),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_whoever_is_killed_is_followed(
    province: str, ground: Ground, there: Settings, monkeypatch: pytest.MonkeyPatch, where: Any, what: str, left: Any
) -> None:
    walk = await due(ground, there)
    with later(36):
        batch = await signed()
        with monkeypatch.context() as patched:
            patched.setattr(where, what, left)
            with pytest.raises(Killed):
                await destroying.worked(ground, batch)
        gone = {stone.part for stone in await Tombstone.filter(matter__number=walk.number)}
        assert Part.CONTENT not in gone
        assert (await walk.matter()).destroyed in (None, Part.IDENTITY)
        assert (await audit.verified(there.anchors, walk.number)).faults == []
        await destroying.worked(ground, batch)
        assert {stone.part for stone in await Tombstone.filter(matter__number=walk.number)} == {*Part}
        assert {item.state for item in await DestructionItem.filter(batch_id=batch)} == {ItemState.DONE}
        assert await storage.listed(ground.store, "") == []
        assert list(ground.uploads.folder.glob("*.*")) == []
        everything = await texts()
        assert [one for one in CANARIES if one in everything] == []
        assert await destroying.worked(ground, batch) == 0


async def test_what_can_not_be_removed_has_no_tombstone(
    province: str, ground: Ground, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = await due(ground, there)

    async def nothing(*_: Any) -> None:
        """A store that says yes and keeps it."""

    with later(36):
        batch = await signed()
        with monkeypatch.context() as patched:
            patched.setattr(storage, "removed", nothing)
            assert await destroying.worked(ground, batch) == 1  # who it was; nothing further
        assert {stone.part for stone in await Tombstone.all()} == {Part.IDENTITY}
        assert await destroying.worked(ground, batch) == 2
        assert (await walk.matter()).destroyed is Part.RECORD


class Cutter:
    """Cuts a film, and does something between two pieces."""

    def __init__(self, ground: Ground, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        self.ground, self.meanwhile = ground, meanwhile

    async def pieces(self, _stored: str, below: str) -> list[tuple[str, str]]:
        names = [f"{below}/{number}.jpg" for number in (1, 2)]
        await storage.put(self.ground.store, names[0], BYTES)
        await self.meanwhile()
        await storage.put(self.ground.store, names[1], BYTES)
        return [("picture", name) for name in names]

    async def dropped(self, pieces: list[tuple[str, str]]) -> None:
        await storage.removed(self.ground.store, [name for _, name in pieces])

    async def text(self, *_: str) -> Opinion:
        raise Unasked("no_account")

    async def file(self, *_: str) -> str:
        raise Unasked("no_account")


async def _film(matter_id: UUID) -> ContentCheck:
    return await ContentCheck.create(
        id=uuid4(), subject="report", subject_id=matter_id, part="film-1", sort="film", content="copies/00/x/video",
        openid=b"somebody", state=CheckState.OWED, due_at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("end", ["done", "killed", "replaced"])
async def test_what_is_destroyed_while_a_film_is_cut_leaves_no_frames(
    province: str, ground: Ground, there: Settings, end: str
) -> None:
    """Nothing is destroyed until nobody writes pieces any more; what is cut for nobody is removed by who cut it."""
    walk = await due(ground, there)
    matter_id = await _id(walk)
    with later(36):
        batch = await signed()
        film = await _film(matter_id)

        async def meanwhile() -> None:
            assert await destroying.worked(ground, batch) == 1  # who it was; nothing further
            if end == "killed":
                raise asyncio.CancelledError
            if end == "replaced":
                await ContentCheck.filter(id=film.id).delete()
                assert await destroying.worked(ground, batch) == 2

        with suppress(asyncio.CancelledError):
            await checks.asked(there, Cutter(ground, meanwhile), limit=1)
        if end != "replaced":
            assert len(await storage.listed(ground.store, pieces_of(matter_id))) > 1
        assert await destroying.worked(ground, batch) == {"done": 2, "killed": 0, "replaced": 0}[end]
        with clock.at(clock.now() + timedelta(minutes=11)):
            await destroying.worked(ground, batch)
        assert (await walk.matter()).destroyed is Part.RECORD
        assert await storage.listed(ground.store, "") == []
        assert not await ContentCheck.exists()


async def test_two_workers_write_one_tombstone(province: str, ground: Ground, there: Settings) -> None:
    await due(ground, there)
    with later(36):
        batch = await signed()
        await asyncio.gather(*(destroying.worked(ground, batch) for _ in range(3)))
        await destroying.worked(ground, batch)
        assert len(await Tombstone.all()) == 3
        assert {item.state for item in await DestructionItem.filter(batch_id=batch)} == {ItemState.DONE}
        [told] = await planning.batches()
        assert (told["done"], told["total"], told["done_at"] is not None) == (3, 3, True)


@pytest.mark.parametrize("why", ["held", "open", "not_due"])
async def test_what_is_not_due_any_more_is_skipped(province: str, ground: Ground, there: Settings, why: str) -> None:
    """Between the approval and the work: a hold on what belongs with it, a new matter of it, a longer rule."""
    walk = await due(ground, there)
    with later(36):
        batch = await signed()
        match why:
            case "held":
                await walk.take("hold")
            case "open":
                other = await case_at("accepted")
                await connection().execute_query(
                    "UPDATE matter SET opened_by_id = $1 WHERE id = $2", [walk.holder.matter_id, other.holder.matter_id]
                )
            case "not_due":
                await RetentionRule.filter(code="refused").update(
                    identity_months=240, content_months=240, record_months=240
                )
                packs.forget()
        assert await destroying.worked(ground, batch) == 0
        items = await DestructionItem.filter(batch_id=batch)
        assert {(item.state, item.problem) for item in items} == {(ItemState.SKIPPED, why)}
        assert await CaseText.filter(matter_id=walk.holder.matter_id, text=TEXT).exists()
        assert not await Tombstone.exists()
        assert len(await storage.listed(ground.store, "")) == 3


async def test_a_case_that_is_not_complete_is_not_archived(province: str, ground: Ground, there: Settings) -> None:
    walk = await case_at("handling")
    over = await over_case("issued", walk=walk)
    for verb in ("answer", "approve_answer", "reply", "call_back", "close"):
        await walk.take(verb)
    file = await with_file(walk, ground, there)
    with later(3):
        with pytest.raises(ArchiveIncomplete) as caught:
            await walk.take("archive")
        assert caught.value.details == {"missing": ["opened", "files"]}
        assert await keeping.archived() == 0
        await over.take("lift")
        await File.filter(id=file.id).update(state=FileState.PROCESSING, deposited=True)
        with pytest.raises(ArchiveIncomplete) as caught:
            await walk.take("archive")
        assert caught.value.details == {"missing": ["files"]}
        await File.filter(id=file.id).update(state=FileState.READY)
        await walk.take("ask_reopen")
        with pytest.raises(ArchiveIncomplete) as caught:
            await walk.take("archive")
        assert caught.value.details == {"missing": ["decide_reopen"]}
        await walk.take("decline_reopen")
        await walk.take("archive")
        archive = await Archive.get(matter_id=walk.holder.matter_id)
        assert [one["sha256"] for one in archive.manifest["files"]] == [hashlib.sha256(BYTES).hexdigest()]  # type: ignore[attr-defined]  # a list
        with later(6), pytest.raises(ArchiveIncomplete) as caught:  # its letter is not rendered
            await over.take("archive")
        assert caught.value.details == {"missing": ["letters"]}
        async with refused(Archived):
            await attached.covered(await officer(Role.REGISTRAR), walk.number, file.id, [])


async def test_a_hold_lapses_on_its_day(province: str) -> None:
    walk = await case_at("handling")
    await walk.take("hold", until="2026-03-10")
    with clock.at(THEN + timedelta(days=8)):
        assert await keeping.holds_lapsed() == 0
    with clock.at(THEN + timedelta(days=9)):
        assert await keeping.holds_lapsed() == 1
        assert (await walk.matter()).held_by is None
    with pytest.raises(Invalid):
        await walk.take("hold", until="2026-03-01")


async def test_whoever_is_excluded_finds_no_hold(province: str) -> None:
    walk = await case_at("accepted")
    await walk.take("hold")
    other = await officer(Role.REGISTRAR, number=1)
    await walk.take("exclude", persons=[str(other.person_id)])
    with pytest.raises(NotFound):
        await walk.take("lift_hold", by=other)
    supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
    assert (await reading.shown(supervisor, walk.number))["keeping"]["hold"]["reason"]
    await walk.take("lift_hold", by=supervisor)


async def test_the_vault_wants_two_persons_of_its_own(province: str) -> None:
    walk = await case_filed(mode=Mode.NAMED)
    first, second = (await security()).person_id, (await auditor()).person_id

    async def asked(what: str, *given: Any) -> Any:
        places = ", ".join(f"${place}" for place in range(1, len(given) + 1))
        rows = await connection().execute_query_dict(f"SELECT vault.{what}({places}) AS said", list(given))
        return rows[0]["said"]

    assert await asked("destroy", "batch", walk.holder.matter_id) is False
    await asked("plan_destruction", "batch", first)
    assert await asked("approve_destruction", "batch", first) is False
    assert await asked("destroy", "batch", walk.holder.matter_id) is False
    assert await phone_opened(SETTINGS, await _id(walk)) == "13900009999"
    assert await asked("approve_destruction", "batch", second) is True
    await asked("plan_destruction", "batch", second)  # who planned it stays so
    assert await asked("destroy", "batch", walk.holder.matter_id) is True
    assert await phone_opened(SETTINGS, await _id(walk)) is None
    assert await handle_seen(SETTINGS, await _id(walk)) is None
    await handle_put(SETTINGS, await _id(walk), b"handle")
    assert await handle_taken(SETTINGS, await _id(walk)) is None


async def test_a_tombstone_stays_as_it_is(province: str, ground: Ground, there: Settings) -> None:
    await due(ground, there)
    with later(36):
        await destroying.worked(ground, await signed())
    for change in ("UPDATE tombstone SET rule = 'none'", "DELETE FROM tombstone"):
        with pytest.raises(BaseORMException):
            await connection().execute_query(change)
    assert await Tombstone.all().count() == 3
