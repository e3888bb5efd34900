"""随案移送: what was merged into a case that is handed over leaves with it; a split one's part with its own."""

import io
import json
import zipfile

import pytest

from domain.cases import dossiers, facts
from domain.cases.merging import CannotMerge, GoneAlong
from domain.cases.similar import similar
from domain.figures.of_unit import of_unit
from domain.loop import duties, engine, listing, notices, reading
from domain.loop.duties import Tab
from domain.people.actors import Actor
from kit import storage
from kit.errors import Invalid, NotFound
from kit.settings import Settings
from models import CaseFact, CaseText, Entry, EntryBody, File, Matter, Mode, Recusal, Role
from models.database import connection
from tests.domain.cases.test_handing_over import downloaded, signed, there, with_file
from tests.domain.cases.test_whole_process import parts_of
from tests.makers import Walk, case_at, case_filed, officer, unit

__all__ = ["there"]
RECEIVED = {"receipt_number": "纪2026-5", "received_on": "2026-01-01"}


async def merged(text: str = "并入的一件", **report: object) -> tuple[Walk, Walk]:
    main, other = await case_at("handling"), await case_at("screened", text=text, **report)
    await other.take("merge", into=main.number, reason="同一问题")
    return main, other


async def said(walk: Walk) -> list[str]:
    return [line["label"] for line in await reading.timeline(walk.holder, walk.number)]


async def test_the_followers_leave_with_the_case(province: str, there: Settings) -> None:
    main, other = await merged("窗口的人要我送两条烟", mode=Mode.NAMED)
    evidence = await with_file(other, there)
    await other.take("add", by=other.holder, text="还有一张收据")
    liaison = await signed(main)
    registrar = await officer(Role.REGISTRAR)
    # It waits for the body: the office can neither separate it nor take more.
    assert await other.duties() == []
    for verb, by in (("unmerge", registrar), ("add", other.holder)):
        assert verb not in [step["verb"] for step in (await reading.shown(by, other.number))["next_steps"]]
        with pytest.raises(GoneAlong):
            await other.take(verb, by=by)
    assert (await reading.shown(other.holder, other.number))["case"]["outcome_label"] == "随并案件移送有权机关"
    late = await case_at("screened")
    with pytest.raises(CannotMerge):
        await late.take("merge", into=main.number, reason="同一问题")

    store = storage.opened(there)
    await dossiers.worked(there, store)
    inside = zipfile.ZipFile(io.BytesIO(await downloaded(there, liaison, main.number)))
    folder = f"merged/{other.number}/"
    assert inside.read(f"{folder}texts/1.txt").decode() == "窗口的人要我送两条烟"
    assert inside.read(f"{folder}texts/2.txt").decode() == "还有一张收据"
    assert json.loads(inside.read(f"{folder}identity.json"))["name"] == "金丝雀"
    assert any(name.startswith(f"{folder}files/{evidence.id}") for name in inside.namelist())
    assert json.loads(inside.read(f"{folder}timeline.json"))["entries"][-1]["verb"] == "go_along"
    await engine.take(liaison, main.number, "take_over", RECEIVED)
    await dossiers.worked(there, store)
    assert await storage.listed(store, "") == []

    # Out of everything, for everybody but the two complainants.
    for actor in (
        registrar,
        await officer(Role.REGISTRAR, number=1),
        await officer(Role.SUPERVISOR, "62-justice.inspection"),
    ):
        for number in (main.number, other.number):
            with pytest.raises(NotFound):
                await reading.shown(actor, number)
        assert main.number not in str(await listing.page(actor, listing.Filters()))
        assert other.number not in str(await listing.page(actor, listing.Filters()))
        for tab in Tab:
            assert other.number not in str(await duties.page(actor, tab))
        assert other.number not in str(await notices.inbox(actor))
    assert other.number not in str(await similar(there, registrar, late.number))
    matter = await other.matter()
    assert (matter.stage, matter.sealed_at is not None) == ("sealed", True)
    assert not await CaseText.filter(matter_id=matter.id).exclude(text="").exists()
    entries = [entry.id for entry in await Entry.filter(matter_id=matter.id, verb__not="seal_along")]
    assert not await EntryBody.filter(entry_id__in=entries, body__isnull=False).exists()
    # Each is told as coarsely as the other, and neither learns of the other.
    await engine.take(liaison, main.number, "report_status", {"status": "done"})
    for walk, another in ((main, other), (other, main)):
        assert (await said(walk))[-3:] == ["已移送有权机关处理", "有权机关已接收", "有权机关反馈了办理状态"]
        shown = str(await reading.shown(walk.holder, walk.number)) + str(
            await reading.timeline(walk.holder, walk.number)
        )
        assert another.number not in shown
        assert "有权机关已办结" in shown
    counted = await CaseFact.filter(matter_id__in=[main.holder.matter_id, other.holder.matter_id])
    assert [fact.handed_over_on is not None for fact in counted] == [True, True]
    assert {(fact.due_on, fact.closed_on, fact.effective) for fact in counted} == {(None, None, False)}


async def test_what_is_sent_back_brings_its_followers_back(province: str, there: Settings) -> None:
    main, other = await merged()
    liaison = await signed(main)
    await engine.take(liaison, main.number, "send_back", {"reason": "不属于本机关职责"})
    assert (await reading.shown(other.holder, other.number))["case"]["outcome"] == ""
    assert (await said(other))[-1] == "已移送有权机关处理"
    assert (await CaseFact.get(matter_id=other.holder.matter_id)).handed_over_on is None
    await other.take("unmerge")
    assert (await other.matter()).stage == "accepted"


async def test_whom_either_keeps_out_is_kept_out_of_both(province: str) -> None:
    main, other = await case_at("screened"), await case_at("screened")
    finance, health = await unit("6201-finance"), await unit("6201-discipline")
    await main.take("exclude", units=[str(finance.id)])
    await other.take("merge", into=main.number, reason="同一问题")
    assert await Recusal.exists(matter_id=other.holder.matter_id, unit_id=finance.id)
    await main.take("exclude", units=[str(health.id)])
    assert await Recusal.exists(matter_id=other.holder.matter_id, unit_id=health.id)


# 拆分


async def split(there: Settings) -> tuple[Walk, list[Walk], list[File]]:
    whole = await case_filed(mode="named", text="两件事：窗口要好处，许可又拖")
    await whole.take("accept")
    await whole.take("screen")
    files = [await with_file(whole, there, content) for content in (b"first", b"second", b"of nobody")]
    claims = [
        {"claim": 0, "category": "B10", "files": [str(files[0].id)]},
        {"claim": 1, "category": "B11", "files": [str(files[1].id)]},
    ]
    await whole.take("split", claims=claims)
    parts = {(await part.case()).category_id: part for part in await parts_of(whole)}
    return whole, [parts["B10"], parts["B11"]], files


async def shown_to(actor: Actor, walk: Walk) -> set[object]:
    from domain.loop import attached

    return {file["id"] for file in await attached.files_of(actor, walk.number)}


async def test_the_files_of_a_part_go_with_it(province: str, there: Settings) -> None:
    whole, parts, files = await split(there)
    registrar = await officer(Role.REGISTRAR)
    assert [await shown_to(registrar, walk) for walk in (*parts, whole)] == [{file.id} for file in files]
    for verb in ("transfer", "sign", "assign"):
        await parts[0].take(verb)
    assert await shown_to(await parts[0].who("answer"), parts[0]) == {files[0].id}
    assert await shown_to(whole.holder, parts[1]) == {files[1].id}
    assert len(await reading.timeline(registrar, parts[0].number)) >= 4


@pytest.mark.parametrize("wrong", ["not its own", "in two parts"])
async def test_a_file_goes_with_one_part(province: str, there: Settings, wrong: str) -> None:
    whole, stranger = await case_at("screened"), await case_at("screened")
    own, others = await with_file(whole, there), await with_file(stranger, there)
    one = str((others if wrong == "not its own" else own).id)
    claims = [{"claim": 0, "category": "B10", "files": [one]}, {"claim": 1, "category": "B11", "files": [one]}]
    with pytest.raises(Invalid) as caught:
        await whole.take("split", claims=claims)
    place = 0 if wrong == "not its own" else 1
    assert caught.value.details["fields"][0]["path"] == f"inputs.claims.{place}.files"
    assert await Matter.filter(opened_by_id=whole.holder.matter_id).count() == 0
    assert (await File.get(id=own.id)).matter_id == whole.holder.matter_id


async def test_a_part_is_handed_over_with_what_its_complainant_told(province: str, there: Settings) -> None:
    whole, (part, other), files = await split(there)
    liaison = await signed(part)
    store = storage.opened(there)
    await dossiers.worked(there, store)
    inside = zipfile.ZipFile(io.BytesIO(await downloaded(there, liaison, part.number)))
    assert inside.read("texts/1.txt").decode() == "两件事：窗口要好处，许可又拖"
    assert json.loads(inside.read("identity.json"))["name"] == "金丝雀"
    assert [name for name in inside.namelist() if name.startswith("files/")] == [f"files/{files[0].id}_录音.pdf"]
    await engine.take(liaison, part.number, "take_over", RECEIVED)
    await dossiers.worked(there, store)
    registrar = await officer(Role.REGISTRAR)
    with pytest.raises(NotFound):
        await reading.shown(registrar, part.number)
    assert part.number not in str(await reading.shown(registrar, whole.number))
    # The other part is worked on, so its text is still there; with the last of them it goes.
    assert await CaseText.filter(matter_id=whole.holder.matter_id).exclude(text="").exists()
    await other.take("redirect")
    assert not await CaseText.filter(matter_id=whole.holder.matter_id).exclude(text="").exists()
    assert (await whole.matter()).stage == "called_back"


async def test_the_facts_that_are_kept_are_those_of_the_entries(province: str, there: Settings) -> None:
    main, other = await merged()
    liaison = await signed(main)
    await dossiers.worked(there, storage.opened(there))
    await downloaded(there, liaison, main.number)
    await engine.take(liaison, main.number, "take_over", RECEIVED)
    for walk in (main, other):
        derived = await connection().execute_query_dict(facts.derived("m.id = $1::uuid"), [walk.holder.matter_id])
        kept = await CaseFact.get(matter_id=walk.holder.matter_id)
        assert {name: getattr(kept, name) for name in derived[0] if name != "matter_id"} == {
            name: value for name, value in derived[0].items() if name != "matter_id"
        }
    assert (await of_unit(await officer(Role.REGISTRAR)))["open"] == 1  # which the maker of a merging files beside
