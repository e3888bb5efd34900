"""From an upload to what people see: cleaned copies, refusals with their texts, covering, repeating."""

from hashlib import sha256
from typing import Any

import pytest

from domain.files.processing import Lane, processed
from kit import storage
from models import FileCopy, FileState
from tests.api.conftest import Api
from tests.api.processing import filed, lying, of, shown, uploaded, worked, workshop
from tests.api.test_files import fetched, to_unit
from tests.api.tus import stored, ticketed
from tests.kit.media.clips import PLANTED, Clips
from tests.kit.media.conftest import clips
from tests.kit.media.test_bad_files import files

__all__ = ["clips"]


async def got(api: Api, copy: Any, who: str, **headers: str) -> bytes:
    response = await fetched(api, copy["url"], Authorization=who, **headers)
    assert response.status == (206 if headers else 200)
    return await response.read()


async def test_a_photo_is_shown_without_its_place_once_it_is_released(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, "现场.jpg")
    number, receipt = await filed(api, tus, file)
    before = (await shown(api, number, receipt))[str(file)]
    assert (before["state"], before["copies"]) == ("quarantined", [])
    assert await worked(api) == 1
    for who in (receipt, "registrar1"):
        seen = (await shown(api, number, who))[str(file)]
        assert (seen["state"], seen["progress"], seen["problem_text"]) == ("ready", 100, "")
        assert [(copy["kind"], copy["place"]) for copy in seen["copies"]] == [("photo", 0), ("thumbnail", 0)]
        assert seen["copies"][0]["facts"] == {"width": 40, "height": 60}, "turned upright"
    assert (await of(file)).facts["malware"] == "not"
    own = await got(api, (await shown(api, number, receipt))[str(file)]["copies"][0], receipt)
    assert own[:3] == b"\xff\xd8\xff"
    assert PLANTED.encode() not in own
    assert b"Exif" not in own
    assert await shown(api, number, receipt) != {}
    assert (await api.call("GET", f"/api/v1/matters/{number}/files", "liaison-county")).status == 404
    await to_unit(api, number)
    unit = (await shown(api, number, "liaison-county"))[str(file)]
    assert await got(api, unit["copies"][0], await api.signed_in("liaison-county")) == own
    assert (unit["original"], unit["may_blur"], unit["may_retry"]) == (False, False, False)
    row = await FileCopy.get(file_id=file, kind="photo")
    assert (row.bytes, row.sha256) == (len(own), sha256(own).digest())


async def test_what_was_not_released_is_not_shown_to_the_unit(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file, hidden = await uploaded(tus, clips.jpg, "a.jpg"), await uploaded(tus, clips.png, "b.png")
    number, _ = await filed(api, tus, file, hidden)
    assert await worked(api) == 2
    await to_unit(api, number, withheld=[str(hidden)])
    assert (await shown(api, number, "liaison-county")).keys() == {str(file)}


async def test_a_film_comes_with_poster_and_pieces(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.mp4, "现场.mp4")
    number, receipt = await filed(api, tus, file)
    assert await worked(api) == 1
    seen = (await shown(api, number, receipt))[str(file)]
    copies = {copy["kind"]: copy for copy in seen["copies"]}
    assert copies.keys() == {"video", "poster", "playlist"}
    assert copies["video"]["facts"] == {"width": 160, "height": 120, "seconds": pytest.approx(1.4, abs=0.2)}
    whole = await got(api, copies["video"], receipt)
    assert await got(api, copies["video"], receipt, Range="bytes=4-7") == whole[4:8] == b"ftyp"
    assert whole.index(b"moov") < whole.index(b"mdat")
    assert PLANTED.encode() not in whole
    assert (await got(api, copies["poster"], receipt))[:3] == b"\xff\xd8\xff"
    address = copies["playlist"]["url"]
    assert address.endswith("/master.m3u8")
    master = (await got(api, copies["playlist"], receipt)).decode()
    lists = [line for line in master.splitlines() if line and not line.startswith("#")]
    assert lists == ["360/list.m3u8", "720/list.m3u8"]
    for name in lists:
        below = address.rpartition("/")[0] + "/" + name
        response = await fetched(api, below, Authorization=receipt)
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        piece = next(line for line in (await response.text()).splitlines() if line.endswith(".ts"))
        response = await fetched(api, below.rpartition("/")[0] + "/" + piece, Authorization=receipt)
        assert (response.status, response.headers["Content-Type"]) == (200, "video/mp2t")
        assert (await response.read())[:1] == b"G"
        assert (await fetched(api, below)).status == 404, "a piece is bound to its viewer too"
    assert (await fetched(api, address.rpartition("/")[0] + "/99/x.ts", Authorization=receipt)).status == 404
    wrong = copies["video"]["url"].rpartition("/")[0] + "/360/list.m3u8"
    assert (await fetched(api, wrong, Authorization=receipt)).status == 404


async def test_a_recording_comes_with_its_waveform(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.mp3, "录音.mp3")
    number, receipt = await filed(api, tus, file)
    assert await worked(api) == 1
    copies = {copy["kind"]: copy for copy in (await shown(api, number, receipt))[str(file)]["copies"]}
    assert copies["voice"]["facts"]["seconds"] == pytest.approx(1.2, abs=0.2)
    assert copies["waveform"]["media_type"] == "application/json"
    assert b"[" in await got(api, copies["waveform"], receipt)


async def test_a_pdf_and_an_office_document(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    pdf, office = await uploaded(tus, clips.pdf, "信.pdf"), await uploaded(tus, clips.docx, "信.docx")
    number, receipt = await filed(api, tus, pdf, office)
    assert await worked(api) == 2
    seen = await shown(api, number, receipt)
    assert [copy["kind"] for copy in seen[str(pdf)]["copies"]] == ["page", "pdf"]
    assert seen[str(office)]["state"] == "ready"
    assert seen[str(office)]["copies"] == []
    assert "LibreOffice" in seen[str(office)]["facts"]["why_not"]


async def test_nothing_waits_for_a_report(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.jpg, "a.jpg")
    assert await worked(api) == 1
    number, receipt = await filed(api, tus, file)
    assert (await shown(api, number, receipt))[str(file)]["state"] == "ready"


async def test_nothing_is_left_lying(api: Api, clips: Clips) -> None:
    tus = await ticketed(api)
    file = await uploaded(tus, clips.mp4, "a.mp4")
    await stored(api)
    shop = workshop(api)
    await storage.put(shop.store, f"copies/{file.hex[:2]}/{file}/0/photo.jpg", b"of somebody who was killed")
    (shop.folder / "0f0e0d0c-0000-4000-8000-000000000000" / "x").mkdir(parents=True)
    assert await processed(shop, Lane.REST) == 0
    assert await processed(shop, Lane.FILMS) == 1
    names = [copy.stored for copy in await FileCopy.filter(file_id=file)]
    assert all(any(name.startswith(one) for one in names) for name in await lying(api))
    assert not (await of(file)).leftovers
    assert not [path for path in files(shop.folder) if path.stat().st_size]
    assert [path.name for path in shop.folder.iterdir() if path.is_dir()] == [str(shop.place.alive.id)]
    assert (await of(file)).state is FileState.READY
