"""A bad file is refused in words that its sender reads; the report is saved with it, and intake may still look."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.files import processing
from domain.files.processing import MOST_TRIES
from kit import clock
from kit.media.cleaning import Tools
from kit.media.malware import Scanner
from models import File, FileState, Unit
from tests.api.conftest import Api
from tests.api.processing import filed, lying, of, shown, uploaded, worked, workshop
from tests.api.test_files import fetched, to_unit
from tests.api.tus import PATH, stored, swept, ticketed
from tests.kit.media.clips import Clips
from tests.kit.media.conftest import clips, pot
from tests.kit.media.corpus import BAD, Bad, Ground
from tests.kit.media.honeypot import Honeypot
from tests.kit.media.test_bad_files import ground
from tests.kit.media.test_document import office
from tests.kit.media.test_malware import EICAR, clamd, listening

__all__ = ["clips", "ground", "office", "pot"]

PHOTO, PDF = "现场.jpg", "信.pdf"
SAMPLE = (
    ("png signature only", PHOTO, "file_empty"),
    ("jpeg cut", PHOTO, "file_broken"),
    ("faststart mp4 cut at 60 percent", "现场.mp4", "file_broken"),
    ("hls list of an address", "现场.mp4", "file_type"),
    ("ffconcat of a sibling", "现场.mp4", "file_type"),
    ("png of 16000 by 16000", PHOTO, "file_too_large"),
    ("mp4 that claims ten thousand hours", "现场.mp4", "file_too_long"),
    ("pdf with a password", PDF, "file_broken"),
    ("docx with macros", "信.docx", "file_type"),
    ("mp3 that is noise after a frame", "录音.mp3", "file_broken"),
)


@pytest.mark.parametrize(("title", "name", "code"), SAMPLE, ids=[title for title, *_ in SAMPLE])
async def test_it_is_refused_and_the_report_saved(
    title: str, name: str, code: str, api: Api, ground: Ground, pot: Honeypot
) -> None:
    bad: Bad = BAD[title]
    tus = await ticketed(api)
    file = await uploaded(tus, bad.make(ground), name)
    good = await uploaded(tus, ground.clips.jpg, PHOTO)
    number, receipt = await filed(api, tus, file, good)
    assert await worked(api) == 2
    seen = await shown(api, number, receipt)
    assert (seen[str(file)]["state"], seen[str(file)]["problem"], seen[str(file)]["copies"]) == ("refused", code, [])
    assert "请" in seen[str(file)]["problem_text"]
    assert seen[str(good)]["state"] == "ready", "the others are no worse for it"
    assert (await shown(api, number, receipt, Accept_Language="en"))[str(file)]["problem_text"].isascii()
    assert pot.hits == []
    assert not [one for one in await lying(api) if str(file) in one]
    intake = (await shown(api, number, "registrar1"))[str(file)]
    assert (intake["original"], intake["may_blur"], intake["may_retry"]) == (True, False, False)
    await to_unit(api, number)
    assert (await shown(api, number, "liaison-county"))[str(file)]["copies"] == []
    steps = (await api.get(f"/api/v1/matters/{number}", receipt))["next_steps"]
    assert "add" in [step["verb"] for step in steps]


async def test_what_was_refused_before_the_report_came_does_not_hold_it_up(api: Api) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, b"<html>" * 20, PHOTO)
    assert await worked(api) == 1
    assert (await of(file)).state is FileState.REFUSED
    number, receipt = await filed(api, tus, file)
    assert (await shown(api, number, receipt))[str(file)]["problem"] == "file_type"


async def test_what_was_refused_and_belongs_to_nothing_goes(api: Api) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, b"<html>" * 20, PHOTO)
    assert await worked(api) == 1
    original = api.settings.var / "files" / (await of(file)).stored
    assert original.exists()
    with clock.at(clock.now() + timedelta(days=30)):
        await swept(api)
    assert not original.exists()


async def test_malware_is_kept_from_everybody(api: Api, clips: Clips, tmp_path: Path) -> None:
    tus = await ticketed(api)
    file, good = await uploaded(tus, clips.jpg + EICAR, PHOTO), await uploaded(tus, clips.jpg, PHOTO)
    number, receipt = await filed(api, tus, file, good)
    async with listening(clamd, tmp_path / "clamd") as scanner:
        assert await worked(api, Tools(soffice=None, scanner=scanner)) == 2
    seen = await shown(api, number, "registrar1")
    assert (seen[str(file)]["problem"], seen[str(file)]["original"]) == ("file_malware", False)
    assert (seen[str(good)]["state"], seen[str(good)]["facts"]["malware"]) == ("ready", "clean")
    look = f"/api/v1/matters/{number}/files/{file}/looks"
    assert (await api.post(look, "registrar1", {"reason": "核对"}, 409))["code"] == "file_not_ready"
    assert "恶意" in (await shown(api, number, receipt))[str(file)]["problem_text"]


async def test_a_scanner_that_is_away_makes_files_wait(api: Api, clips: Clips, tmp_path: Path) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    tools = Tools(soffice=None, scanner=Scanner.at(str(tmp_path / "clamd")))
    assert await worked(api, tools) == 0
    row = await of(file)
    assert (row.state, row.attempts, row.holder) == (FileState.QUARANTINED, 1, None)
    async with listening(clamd, tmp_path / "clamd"):
        assert await worked(api, tools) == 0, "not before its time"
        with clock.at(clock.now() + timedelta(hours=2)):
            assert await worked(api, tools) == 1
    assert (await of(file)).state is FileState.READY


async def test_an_office_document_becomes_pictures(api: Api, clips: Clips, office: Path) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.docx, "信.docx")
    number, receipt = await filed(api, tus, file)
    assert await worked(api, Tools(soffice=office)) == 1
    seen = (await shown(api, number, receipt))[str(file)]
    if seen["facts"]["converted"]:
        assert [(copy["kind"], copy["place"]) for copy in seen["copies"]] == [("page", 0), ("pdf", 0)]
    else:
        assert "隔离网络" in seen["facts"]["why_not"]


async def used_up(api: Api, clips: Clips, tools: Tools) -> tuple[Any, str, str]:
    """A file whose tries are used up."""
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    number, receipt = await filed(api, tus, file)
    for attempt in range(MOST_TRIES):
        with clock.at(clock.now() + timedelta(hours=2 * attempt)):
            assert await worked(api, tools) == (attempt == MOST_TRIES - 1)
    return file, number, receipt


async def test_a_dead_letter_is_seen_and_repeated(api: Api, clips: Clips, tmp_path: Path) -> None:
    file, number, receipt = await used_up(api, clips, Tools(soffice=None, scanner=Scanner.at(str(tmp_path / "none"))))
    seen = (await shown(api, number, receipt))[str(file)]
    assert (seen["state"], seen["problem"], seen["may_retry"]) == ("failed", "file_not_processed", False)
    assert "不需要再次上传" in seen["problem_text"]
    assert [one.id for one in await processing.failed()] == [file]
    assert (await of(file)).facts == {"error": "ScannerAway"}
    assert (await shown(api, number, "registrar1"))[str(file)]["may_retry"]
    retries = f"/api/v1/matters/{number}/files/{file}/retries"
    await to_unit(api, number)
    assert (await api.post(retries, "liaison-county", status=403))["code"] == "not_allowed"
    assert (await api.post(retries, "audit-admin", status=404))["code"] == "not_found"
    assert (await api.call("POST", retries, receipt)).status == 403
    again = await api.post(retries, "supervisor1")
    assert (again["state"], again["problem"], again["may_retry"]) == ("quarantined", "", False)
    assert (await api.post(retries, "registrar1", status=409))["code"] == "file_not_failed"
    assert await worked(api) == 1
    assert (await shown(api, number, receipt))[str(file)]["state"] == "ready"


async def test_a_file_that_kills_its_worker_is_given_up(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    await stored(api)
    for _ in range(MOST_TRIES):
        shop = workshop(api)
        job = await processing._claimed(shop, processing.Lane.REST)
        assert job is not None, "nobody waits for the lease of a process that is gone"
        assert job.id == file
        shop.place.alive.close()  # as its end would
    assert await worked(api) == 1
    assert (await of(file)).state is FileState.FAILED


async def test_an_original_that_is_lost_is_no_fault_of_the_file(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    await stored(api)
    original = api.settings.var / "files" / (await of(file)).stored
    elsewhere = original.rename(original.with_name("elsewhere"))
    assert await worked(api) == 0
    assert (await of(file)).state is FileState.QUARANTINED
    elsewhere.rename(original)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await worked(api) == 1


async def test_the_accused_never_see_a_file(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    accused = await Unit.get(code="6201-justice")
    body = {
        "mode": "anonymous",
        "text": "该局窗口刁难",
        "region": "6201",
        "accused_unit": str(accused.id),
        "files": [str(file)],
    }
    told = await api.post("/api/v1/cases", body=body, status=201, Upload_Ticket=tus.key["Upload-Ticket"])
    number = told["number"]
    assert await worked(api) == 1
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B11", tier="normal", claims=["核查"])
    await api.step(number, "transfer", "registrar1", summary="反映窗口刁难")
    link = (await shown(api, number, "registrar1"))[str(file)]["copies"][0]["url"]
    for who in ("liaison-city", "supervisor2"):
        files = f"/api/v1/matters/{number}/files"
        absent = "/api/v1/matters/JB2026-00000000/files"
        for method, path, sent in (
            ("GET", "", None),
            ("POST", f"/{file}/looks", {"reason": "看看"}),
            ("PUT", f"/{file}/blurs", {"rectangles": []}),
            ("POST", f"/{file}/retries", None),
        ):
            answers = []
            for base in (files, absent):
                response = await api.call(method, base + path, who, sent)
                answer = await response.json()
                answer.pop("request_id")
                answers.append((response.status, answer))
            assert answers[0] == answers[1]
            assert answers[0][0] == 404
        assert (await fetched(api, link, Authorization=await api.signed_in(who))).status == 404


async def test_a_store_that_is_away_makes_files_wait(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    assert await stored(api) == 1
    in_the_way = api.settings.var / "files" / "copies"
    in_the_way.write_bytes(b"no folder")
    assert await worked(api) == 0
    row = await of(file)
    assert (row.state, row.attempts, row.holder, row.leftovers) == (FileState.QUARANTINED, 1, None, True)
    assert row.next_try_at is not None
    assert row.next_try_at > clock.now()
    in_the_way.unlink()
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await worked(api) == 1
    assert not (await of(file)).leftovers


async def test_what_is_taken_back_while_it_is_processed_leaves_nothing(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, PHOTO)
    await stored(api)
    shop = workshop(api)
    job = await processing._claimed(shop, processing.Lane.REST)
    assert job is not None
    assert (await tus.send("DELETE", f"{PATH}/{file}")).status == 204
    assert not await processing._processed(shop, job)
    assert await lying(api) == set()
    with clock.at(clock.now() + timedelta(hours=2)):
        await swept(api)
    assert not await File.exists(id=file)
