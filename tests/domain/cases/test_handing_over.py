"""移送: two signatures, one sealed package, and afterwards nothing readable here, for nobody, in no number."""

import asyncio
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.cases import dossiers
from domain.cases.dossiers import HELD, DossierNotReady
from domain.cases.handing_over import DossierNotTaken, HandOverWaiting, NoRecipient, TakesItself
from domain.cases.receipts import opened as receipt_opened
from domain.figures.of_unit import of_unit
from domain.loop import audit, duties, engine, listing, notices, reading
from domain.loop.duties import Tab
from domain.loop.engine import SamePerson
from domain.people.actors import Actor
from domain.vault.sealing import identity_for_hand_over
from kit import clock, packages, storage
from kit.crypto import Unreadable
from kit.errors import NotFound
from kit.settings import Settings
from models import CaseText, Dossier, DossierState, Duty, File, FileState, Matter, Mode, Relation, Role, Unit
from models.database import connection
from tests.makers import Walk, case_at, officer, unit
from tests.observed import refused
from tests.supervised import over_case

WHY = {"reason": "反映工作人员索要好处费，属于纪检监察机关管辖。", "basis": "纪检监察机关处理检举控告工作规则"}
SECRET = "窗口的人要我送两条烟"


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"var": tmp_path})


async def signed(walk: Walk) -> Actor:
    """Proposed by one registrar, countersigned by another; gives the recipient's liaison."""
    await engine.take(await officer(Role.REGISTRAR), walk.number, "hand_over", WHY)
    await engine.take(await officer(Role.REGISTRAR, number=1), walk.number, "countersign", {})
    dossier = await Dossier.get(matter_id=walk.holder.matter_id)
    recipient = await Unit.get(id=dossier.recipient_id)
    return await officer(Role.DISCIPLINE_LIAISON, recipient.code)


async def with_file(walk: Walk, settings: Settings, content: bytes = b"evidence") -> File:
    store = storage.opened(settings)
    name = f"originals/{uuid4()}"
    await storage.put(store, name, content)
    return await File.create(
        id=uuid4(), matter_id=walk.holder.matter_id, owner=f"receipt:{walk.holder.matter_id}", purpose="evidence_pdf",
        name="录音.pdf", media_type="application/pdf", bytes=len(content), sha256=hashlib.sha256(content).digest(),
        stored=name, state=FileState.READY, created_on=clock.today(), deposited=True,
    )  # fmt: skip


async def downloaded(settings: Settings, liaison: Actor, number: str) -> bytes:
    matter_id, code = await dossiers.ticket(settings, liaison, number)
    _, pieces = await dossiers.taken(settings, storage.opened(settings), liaison, matter_id, code)
    return b"".join(pieces)


async def test_the_whole_way(province: str, there: Settings) -> None:
    walk = await case_at("handling", mode=Mode.NAMED, text=SECRET, category="B12")
    child = await over_case("issued", walk=walk)
    await with_file(walk, there)
    registrar, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    assert (await reading.shown(registrar, walk.number))["case"]["hand_over_suggested"] is False  # screened as B10
    async with refused(NotFound):
        await dossiers.ticket(there, registrar, walk.number)
    await engine.take(registrar, walk.number, "hand_over", WHY)
    async with refused(HandOverWaiting):
        await engine.take(registrar, walk.number, "hand_over", WHY)
    async with refused(SamePerson):
        await engine.take(registrar, walk.number, "countersign", {})
    owed = await Duty.get(matter_id=walk.holder.matter_id, name="countersign", closed_at=None)
    async with refused(SamePerson):  # or nobody else could sign any more
        await duties.claim(registrar, owed.id)
    assert await identity_for_hand_over(there, walk.holder.matter_id) is None  # type: ignore[arg-type]  # a receipt's
    head = await walk.at_place(Relation.LEAD, Role.HEAD)
    await engine.take(second, walk.number, "countersign", {})
    with pytest.raises(NotFound):
        await reading.shown(head, walk.number)
    assert await walk.duties() == ["take_over"]
    liaison = await officer(Role.DISCIPLINE_LIAISON, "620102-discipline")
    with pytest.raises(DossierNotReady):
        await dossiers.ticket(there, liaison, walk.number)
    store = storage.opened(there)
    assert await dossiers.worked(there, store) == 1
    async with refused(DossierNotTaken):
        await engine.take(liaison, walk.number, "take_over", {"receipt_number": "1", "received_on": "2026-01-01"})
    async with refused(TakesItself):
        await engine.take(registrar, walk.number, "take_over", {"receipt_number": "1", "received_on": "2026-01-01"})
    # At rest nobody reads it.
    dossier = await Dossier.get(matter_id=walk.holder.matter_id)
    assert SECRET.encode() not in await storage.get(store, dossier.stored)
    package = await downloaded(there, liaison, walk.number)
    assert hashlib.sha256(package).digest() == dossier.sha256
    inside = zipfile.ZipFile(io.BytesIO(package))
    manifest = json.loads(inside.read("manifest.json"))
    for listed in manifest["files"]:
        assert hashlib.sha256(inside.read(listed["name"])).hexdigest() == listed["sha256"], listed["name"]
    assert {listed["name"] for listed in manifest["files"]} | {"manifest.json"} == set(inside.namelist())
    assert inside.read("texts/1.txt").decode() == SECRET
    assert json.loads(inside.read("identity.json"))["name"] == "金丝雀"
    assert inside.read(next(name for name in inside.namelist() if name.startswith("files/"))) == b"evidence"
    timeline = json.loads(inside.read("timeline.json"))
    assert (timeline["head"], len(timeline["entries"])) == (manifest["head"], manifest["entries"])
    await engine.take(liaison, walk.number, "take_over", {"receipt_number": "纪2026-5", "received_on": "2026-01-01"})
    assert await dossiers.worked(there, store) == 1  # shredded
    assert await dossiers.worked(there, store) == 0
    assert await storage.listed(store, "") == []
    await _nothing_is_left(walk)
    for actor in (registrar, second, head, await officer(Role.SUPERVISOR, "62-justice.inspection")):
        for number in (walk.number, child.number):
            with pytest.raises(NotFound):
                await reading.shown(actor, number)
        assert await listing.page(actor, listing.Filters()) == []
        for tab in Tab:
            assert await duties.page(actor, tab) == []
        assert await notices.inbox(actor) == []
        assert {value for value in (await of_unit(actor)).values() if isinstance(value, int)} == {0}
    # The complainant follows it as coarsely as may be, and the chain holds.
    await engine.take(liaison, walk.number, "report_status", {"status": "under_way"})
    shown = await reading.shown(walk.holder, walk.number)
    assert (shown["case"]["stage_plain"], shown["case"]["texts"]) == ("有权机关已接收", [])
    said = [(line["label"], line["shown"]) for line in await reading.timeline(walk.holder, walk.number)][-3:]
    assert [label for label, _ in said] == ["已移送有权机关处理", "有权机关已接收", "有权机关反馈了办理状态"]
    assert said[-1][1] == [{"label": "办理状态", "text": "有权机关正在办理"}]
    report = await audit.verified(there.var / "anchors.jsonl")
    assert report.faults == []
    assert await receipt_opened(there, walk.number, walk.filed.secret)


async def _nothing_is_left(walk: Walk) -> None:
    """No table that the application reads holds what was told or who told it."""
    matter_id = walk.holder.matter_id
    assert not await CaseText.filter(matter_id=matter_id).exclude(text="").exists()
    _, tables = await connection().execute_query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    for table in (row["table_name"] for row in tables):
        _, rows = await connection().execute_query(
            f"SELECT count(*) AS n FROM {table} t WHERE t::text LIKE ANY(ARRAY['%两条烟%', '%金丝雀%', '%好处费%'])"
        )
        assert rows[0]["n"] == 0, table
    assert (await Dossier.get(matter_id=matter_id)).wrapped_key is None


async def test_a_link_serves_once_and_only_its_recipient(province: str, there: Settings) -> None:
    walk = await case_at("screened")
    liaison = await signed(walk)
    await dossiers.worked(there, storage.opened(there))
    matter_id, code = await dossiers.ticket(there, liaison, walk.number)
    store = storage.opened(there)
    stranger = await officer(Role.DISCIPLINE_LIAISON, "6202-discipline")
    for actor in (stranger, await officer(Role.REGISTRAR)):
        with pytest.raises(NotFound):
            await dossiers.taken(there, store, actor, matter_id, code)
    found = await asyncio.gather(
        *(dossiers.taken(there, store, liaison, matter_id, code) for _ in range(4)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in found) == 1
    assert await downloaded(there, liaison, walk.number)  # again, with another entry
    entries = [line["verb"] for line in await reading.timeline(liaison, walk.number)]
    assert entries.count("open_dossier") == 2


async def test_whoever_packs_may_be_killed(province: str, there: Settings) -> None:
    walk = await case_at("screened")
    await signed(walk)
    store, now = storage.opened(there), clock.now()
    [first] = await connection().execute_query_dict(dossiers._CLAIMED, [now, now + HELD])  # and is killed
    assert await dossiers.worked(there, store) == 0
    with clock.at(now + HELD + timedelta(seconds=1)):
        assert await dossiers.worked(there, store) == 1
    done = await Dossier.get(matter_id=walk.holder.matter_id)
    assert await dossiers._made(there, store, done.matter_id, first["fence"]) is False  # it comes back
    assert await storage.listed(store, "dossiers/") == [done.stored]
    assert (await Dossier.get(matter_id=done.matter_id)).sha256 == done.sha256


async def test_it_may_be_declined_or_sent_back(province: str, there: Settings) -> None:
    walk = await case_at("handling")
    before = (await walk.matter()).statutory_due
    await engine.take(await officer(Role.REGISTRAR), walk.number, "hand_over", WHY)
    await engine.take(
        await officer(Role.SUPERVISOR, "62-justice.inspection"), walk.number, "decline_hand_over", {"reason": "不属"}
    )
    assert await walk.duties() == ["handle"]
    liaison = await signed(walk)
    await dossiers.worked(there, storage.opened(there))
    await engine.take(liaison, walk.number, "send_back", {"reason": "不属于本机关职责"})
    assert await dossiers.worked(there, storage.opened(there)) == 1
    matter = await walk.matter()
    assert (matter.stage, matter.paused_since, matter.statutory_due, matter.sealed_at) == (
        "screened", None, before, None,
    )  # fmt: skip
    assert await CaseText.filter(matter_id=matter.id).exclude(text="").exists()
    with pytest.raises(NotFound):
        await reading.shown(liaison, walk.number)
    await signed(walk)  # and once more
    assert (await Dossier.get(matter_id=matter.id)).state is DossierState.OWED


@pytest.mark.parametrize(
    ("accused", "recipient"),
    [
        ("", "620102-discipline"),
        ("620102-market:head", "6201-discipline"),  # a body's own head: a level up
        ("620102-discipline", "6201-discipline"),
        ("6201-party", "620102-discipline"),
        ("620102-party", "6201-discipline"),  # whose discipline body stands below it
    ],
)
async def test_to_whom_it_goes(province: str, accused: str, recipient: str) -> None:
    walk = await case_at("accepted")
    code, _, head = accused.partition(":")
    given: dict[str, Any] = {}
    if head:
        given["accused_persons"] = [str((await officer(Role.HEAD, code)).person_id)]
    elif code:
        given["accused_units"] = [str((await unit(code)).id)]
    await walk.take("screen", **given)
    await engine.take(await officer(Role.REGISTRAR), walk.number, "hand_over", WHY)
    dossier = await Dossier.get(matter_id=walk.holder.matter_id)
    assert (await Unit.get(id=dossier.recipient_id)).code == recipient


async def test_above_the_province_it_goes_by_hand(province: str, there: Settings) -> None:
    walk = await case_at("accepted", region="62")
    await walk.take("screen", accused_units=[str((await unit("62-discipline")).id)])
    registrar, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    async with refused(NoRecipient):
        await engine.take(registrar, walk.number, "hand_over", WHY)
    await engine.take(registrar, walk.number, "hand_over", {**WHY, "outside": "中央纪委国家监委"})
    await engine.take(second, walk.number, "countersign", {})
    await dossiers.worked(there, storage.opened(there))
    assert await downloaded(there, registrar, walk.number)
    await engine.take(registrar, walk.number, "take_over", {"receipt_number": "1", "received_on": "2026-01-01"})
    assert (await Matter.get(id=walk.holder.matter_id)).sealed_at
    with pytest.raises(NotFound):
        await reading.shown(registrar, walk.number)


def test_a_sealed_file_opens_whole_or_not_at_all(tmp_path: Path) -> None:
    plain, box, key = tmp_path / "plain", tmp_path / "box", bytes(range(32))
    for size in (0, 1, packages.PIECE, packages.PIECE + 1, 3 * packages.PIECE):
        plain.write_bytes(b"x" * size)
        packages.sealed(plain, box, key, b"about", "aes")
        assert b"".join(packages.opened(box, key, b"about")) == b"x" * size
    whole = box.read_bytes()
    cut = len(whole) // 3
    for broken in (whole[:-1], whole[: 2 * cut], whole[cut:] + whole[:cut], whole[:100] + b"y" + whole[101:]):
        box.write_bytes(broken)
        with pytest.raises(Unreadable):
            list(packages.opened(box, key, b"about"))
    box.write_bytes(whole)
    for wrong in ((bytes(32), b"about"), (key, b"other")):
        with pytest.raises(Unreadable):
            list(packages.opened(box, *wrong))
