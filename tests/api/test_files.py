"""附件: they come with a report or a step, are seen by relation, and are opened by links that serve one viewer."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiohttp import ClientResponse
from tortoise.exceptions import OperationalError

import handlers.files
from domain.loop import attached
from handlers.files import disposition
from kit import clock, storage
from models import Entry, File, FileCopy, FileQuota, FileState, Session
from tests.api.conftest import Api
from tests.api.tus import PATH, Tus, metadata, stored, swept, ticketed

CONTENT = b"0123456789" * 100
CLEANED = b"cleaned" * 50
REPORT = {"mode": "anonymous", "text": "许可申请三个月没有结果", "region": "620102", "category": "B10"}


async def filed_with(api: Api, tus: Tus, files: list[Any], status: int = 201, **headers: str) -> Any:
    """File a report with a ticket."""
    ids = [str(one) for one in files]
    headers = {"Upload_Ticket": tus.key["Upload-Ticket"], **headers}
    return await api.post("/api/v1/cases", body={**REPORT, "files": ids}, status=status, **headers)


async def test_a_report_that_is_filed_while_its_last_bytes_come(api: Api) -> None:
    """Both write the upload and its file: whoever has the upload gets the file too, and the other waits."""
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    line = await asyncpg.connect(api.settings.database_url)
    async with line.transaction():
        await line.execute("UPDATE upload SET fence = fence + 1 WHERE id = $1", file)
        filing = asyncio.create_task(filed_with(api, tus, [file]))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while not await line.fetchval(waiting):
            assert not filing.done()
        await line.execute("UPDATE file SET state = 'quarantined' WHERE id = $1", file)
    await filing
    await line.close()
    assert (await File.get(id=file)).matter_id is not None


async def to_unit(api: Api, number: str, **transfer: Any) -> None:
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["办结"])
    await api.step(number, "transfer", "registrar1", summary="反映许可超期", **transfer)


async def processed(api: Api, *files: UUID) -> None:
    """What processing will leave behind: a cleaned copy of each, and a film in pieces."""
    store = storage.opened(api.settings)
    for file in files:
        await storage.put(store, f"copies/{file}/cleaned", CLEANED)
        await storage.put(store, f"copies/{file}/hls/master.m3u8", b"#EXTM3U\n720p_0.ts\n")
        await storage.put(store, f"copies/{file}/hls/720p_0.ts", b"piece")
        for kind, stored_, media_type in (
            ("cleaned", f"copies/{file}/cleaned", "image/jpeg"),
            ("hls", f"copies/{file}/hls/", "application/vnd.apple.mpegurl"),
        ):
            await FileCopy.create(
                id=uuid4(), file_id=file, kind=kind, stored=stored_, media_type=media_type, bytes=len(CLEANED),
                sha256=bytes(32), created_on=clock.today(),
            )  # fmt: skip
        await File.filter(id=file).update(state=FileState.READY)


async def test_a_report_comes_with_its_files_and_with_one_that_is_not_finished(api: Api) -> None:
    tus = await ticketed(api)
    whole = await tus.whole(CONTENT)
    path = await tus.begin(len(CONTENT))
    await tus.append(path, 0, CONTENT[:300])
    late = UUID(path.rpartition("/")[2])
    filed = await filed_with(api, tus, [whole, late])
    receipt = f"Receipt {filed['number']}:{filed['secret']}"
    shown = await api.get(f"/api/v1/matters/{filed['number']}/files", receipt)
    assert {one["id"]: (one["state"], one["name"]) for one in shown} == {
        str(whole): ("quarantined", "现场照片.jpg"),
        str(late): ("receiving", "现场照片.jpg"),
    }
    assert (await tus.append(path, 300, CONTENT[300:600])).status == 204, "with the ticket"
    holder = Tus(api, Authorization=receipt)
    assert (await holder.append(path, 600, CONTENT[600:])).status == 204, "or with the receipt"
    assert (await holder.send("DELETE", path)).status == 409, "what belongs to a matter stays"
    assert await stored(api) == 2
    assert await attached.deposited() == 2
    assert await attached.deposited() == 0
    entries = (await api.get(f"/api/v1/matters/{filed['number']}/entries", receipt))["items"]
    deposits = {entry["said"]["file"]: entry["said"] for entry in entries if entry["verb"] == "deposit"}
    shown = {one["id"]: one for one in await api.get(f"/api/v1/matters/{filed['number']}/files", receipt)}
    assert deposits.keys() == shown.keys() == {str(whole), str(late)}
    for file, said in deposits.items():
        assert said["sha256"] == shown[file]["sha256"]
        assert said["bytes"] == len(CONTENT)
    assert entries[0]["said"]["files"] == [str(whole), str(late)]
    read = await api.get(f"/api/v1/matters/{filed['number']}/entries", "registrar1")
    told = [entry["shown"] for entry in read["items"] if entry["verb"] == "deposit"]
    assert [line["label"] for line in told[0]] == ["附件", "大小", "SHA-256 校验值"]
    assert {lines[-1]["text"] for lines in told} == {one["sha256"] for one in shown.values()}
    assert (await api.get(f"/api/v1/matters/{filed['number']}/chain", receipt))["intact"]
    times = {entry.at.astimezone(clock.CHINA).strftime("%H:%M:%S.%f") for entry in await Entry.all()}
    assert times == {"00:00:00.000000"}, "when bytes came would tell when the anonymous was there"


async def test_files_come_all_or_none(api: Api) -> None:
    tus, other = await ticketed(api), await ticketed(api, idempotency_key="draft-1")
    mine, theirs = await tus.whole(CONTENT), await other.whole(CONTENT)
    for files, wrong in (([mine, theirs], [1]), ([mine, uuid4()], [1]), ([mine, mine], [1]), ([theirs], [0])):
        refused = await filed_with(api, tus, files, 422)
        assert [field["path"] for field in refused["details"]["fields"]] == [f"files.{place}" for place in wrong]
    assert (await api.post("/api/v1/cases", body={**REPORT, "files": [str(mine)]}, status=422))["code"] == "invalid"
    no_ticket = await api.post("/api/v1/cases", body={**REPORT, "files": []}, status=422, Upload_Ticket="x" * 43)
    assert no_ticket["details"]["fields"][0]["path"] == "Upload-Ticket"
    for key in ({}, {"Idempotency_Key": "draft-2"}):
        assert (await filed_with(api, other, [theirs], 409, **key))["code"] == "ticket_of_another"
    await FileQuota.filter(code="matter").update(most_bytes=len(CONTENT) - 1)
    assert (await filed_with(api, tus, [mine], 413))["code"] == "quota_reached"
    assert not await File.filter(matter_id__not_isnull=True).exists()
    await FileQuota.filter(code="matter").update(most_bytes=len(CONTENT))
    filed = await filed_with(api, other, [theirs], Idempotency_Key="draft-1")
    assert await filed_with(api, other, [theirs], Idempotency_Key="draft-1") == filed
    assert await File.filter(matter_id__not_isnull=True).count() == 1
    assert (await filed_with(api, other, [theirs], 409, Idempotency_Key="again"))["code"] == "ticket_of_another"


async def test_files_come_with_steps_and_are_seen_by_relation(api: Api) -> None:
    tus = await ticketed(api)
    first, hidden = await tus.whole(CONTENT), await tus.whole(CONTENT)
    filed = await filed_with(api, tus, [first, hidden])
    number, receipt = filed["number"], f"Receipt {filed['number']}:{filed['secret']}"

    async def seen(who: str) -> dict[str, str]:
        return {one["id"]: one["name"] for one in await api.get(f"/api/v1/matters/{number}/files", who)}

    await to_unit(api, number, withheld=[str(hidden)])
    assert await seen("liaison-county") == {str(first): "照片"}, "the name may tell who they are"
    assert await seen("registrar1") == await seen(receipt) == {str(first): "现场照片.jpg", str(hidden): "现场照片.jpg"}
    assert (await api.call("GET", f"/api/v1/matters/{number}/files", "audit-admin")).status == 404
    added = await Tus(api, Authorization=receipt).whole(CONTENT)
    assert (await api.step(number, "add", receipt, 422, text="补充", files=[str(first)]))["code"] == "invalid"
    await api.step(number, "add", receipt, text="补充", files=[str(added)])
    assert str(added) not in await seen("liaison-county")
    await api.step(number, "relay", "registrar1", summary="另有一张照片", withheld=[str(hidden)])
    assert (await seen("liaison-county")).keys() == {str(first), str(added)}
    staff = Tus(api, Authorization=await api.signed_in("liaison-county"))
    internal = await staff.whole(CONTENT, Upload_Metadata=metadata(filename="核查记录.pdf", filetype="application/pdf"))
    assert (await api.step(number, "note", "registrar1", 422, text="x", files=[str(internal)]))["code"] == "invalid"
    await api.step(number, "note", "liaison-county", text="核查记录", files=[str(internal)])
    assert (await seen("liaison-county"))[str(internal)] == "核查记录.pdf"
    assert str(internal) not in await seen(receipt)
    assert str(internal) in await seen("registrar1")


async def fetched(api: Api, url: str, cookie: str = "", **headers: str) -> ClientResponse:
    """Follow a link as a browser does that knows this cookie and no other."""
    api.client.session.cookie_jar.clear()
    sent = {"Cookie": cookie} if cookie else {}
    return await api.client.get(url, headers={**sent, **headers}, allow_redirects=False)


async def linked(api: Api, number: str, who: str) -> tuple[dict[str, str], str]:
    """The links of the first file's copies, and the cookie that came with them."""
    response = await api.call("GET", f"/api/v1/matters/{number}/files", who)
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/api/v1/downloads" in cookie
    links = {copy["kind"]: copy["url"] for copy in (await response.json())[0]["copies"]}
    return links, cookie.partition(";")[0]


async def test_a_link_serves_its_viewer_only(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    filed = await filed_with(api, tus, [file])
    number, receipt = filed["number"], f"Receipt {filed['number']}:{filed['secret']}"
    await to_unit(api, number)
    await stored(api)
    assert (await linked(api, number, "liaison-county"))[0] == {}, "nothing is shown before it is processed"
    await processed(api, file)
    links, cookie = await linked(api, number, "liaison-county")
    _, others = await linked(api, number, "registrar1")
    url = links["cleaned"]
    response = await fetched(api, url, cookie)
    assert (response.status, await response.read()) == (200, CLEANED)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    part = await fetched(api, url, cookie, Range="bytes=7-13")
    assert (part.status, await part.read()) == (206, CLEANED[7:14])
    assert part.headers["Content-Range"] == f"bytes 7-13/{len(CLEANED)}"
    assert (await fetched(api, url, cookie, Range="bytes=9999-")).status == 416
    mine = await api.signed_in("liaison-county")
    assert (await fetched(api, url, Authorization=mine)).status == 200
    theirs = await api.signed_in("registrar1")
    for wrong in (
        await fetched(api, url),
        await fetched(api, url, others),
        await fetched(api, url, "viewer=x"),
        await fetched(api, url, cookie, Authorization=theirs),
        await fetched(api, url, cookie, Authorization="Bearer nobody-at-all-xxxxxxxx"),
        await fetched(api, url, Authorization=receipt),
        await fetched(api, url[:-12] + "AAAA" + url[-8:], cookie),
        await fetched(api, url.replace("/cleaned", "/../../etc/passwd"), cookie),
        await fetched(api, "/api/v1/downloads/" + "A" * 80 + "/cleaned", cookie),
    ):
        assert wrong.status == 404, str(wrong.url)
        assert set(await wrong.json()) == {"code", "message", "details", "request_id"}
    film = await fetched(api, links["hls"].replace("/hls", "/master.m3u8"), cookie)
    assert (film.status, film.headers["Content-Type"]) == (200, "application/vnd.apple.mpegurl")
    piece = await fetched(api, links["hls"].replace("/hls", "/720p_0.ts"), cookie)
    assert await piece.read() == b"piece"
    assert (await fetched(api, links["hls"].replace("/hls", "/nothing.ts"), cookie)).status == 404
    answer = await api.call("GET", f"/api/v1/matters/{number}/files", receipt)
    assert "Set-Cookie" not in answer.headers, "who reports gets no cookie"
    own = (await answer.json())[0]["copies"][0]["url"]
    assert await (await fetched(api, own, Authorization=receipt)).read() == CLEANED
    for wrong in (
        await fetched(api, own),
        await fetched(api, own, cookie),
        await fetched(api, own, Authorization=mine),
    ):
        assert wrong.status == 404
    with monkeypatch.context() as patched:
        patched.setattr(handlers.files, "GOOD_FOR", timedelta(seconds=-1))
        late, _ = await linked(api, number, "liaison-county")
    assert (await fetched(api, late["cleaned"], cookie)).status == 404
    assert await Session.filter(account__username="liaison-county").update(ended_at=clock.now()) == 1
    assert (await fetched(api, url, cookie)).status == 404, "a session that ended follows no link"


async def test_a_link_does_not_outlive_a_recusal(api: Api) -> None:
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    filed = await filed_with(api, tus, [file])
    await to_unit(api, filed["number"])
    await stored(api)
    await processed(api, file)
    links, cookie = await linked(api, filed["number"], "registrar2")
    assert (await fetched(api, links["cleaned"], cookie)).status == 200
    await api.step(filed["number"], "recuse", "registrar2", reason="与当事人有亲属关系")
    assert (await fetched(api, links["cleaned"], cookie)).status == 404


async def test_the_original_is_opened_with_a_reason_that_stays(api: Api) -> None:
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    filed = await filed_with(api, tus, [file])
    number, receipt = filed["number"], f"Receipt {filed['number']}:{filed['secret']}"
    await to_unit(api, number)
    await stored(api)
    look, reason = f"/api/v1/matters/{number}/files/{file}/looks", {"reason": "核对原始拍摄信息"}
    assert (await api.post(look, "registrar1", reason, 409))["code"] == "file_not_ready"
    await processed(api, file)
    assert (await api.post(look, "liaison-county", reason, 403))["code"] == "not_allowed"
    assert (await api.post(look, "audit-admin", reason, 404))["code"] == "not_found"
    assert (await api.post(look, "registrar1", {}, 422))["code"] == "invalid"
    response = await api.call("POST", look, "registrar1", reason)
    opened, cookie = await response.json(), response.headers["Set-Cookie"].partition(";")[0]
    original = await fetched(api, opened["url"], cookie)
    assert await original.read() == CONTENT
    assert original.headers["Content-Type"] == "application/octet-stream"
    assert "filename*=UTF-8''%E7%8E%B0" in original.headers["Content-Disposition"]
    entries = (await api.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    looks = [entry["said"] for entry in entries if entry["verb"] == "look_file"]
    assert looks == [{**reason, "file": str(file)}]
    for who in ("liaison-county", receipt):
        entries = (await api.get(f"/api/v1/matters/{number}/entries", who))["items"]
        assert not [entry for entry in entries if entry["verb"] == "look_file"]


async def test_a_file_of_a_matter_stays(api: Api) -> None:
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    path = await tus.begin(10)
    unfinished = UUID(path.rpartition("/")[2])
    await filed_with(api, tus, [file, unfinished])
    with pytest.raises(OperationalError, match="kept"):
        await File.filter(id=file).delete()
    with clock.at(clock.now() + timedelta(days=30)):
        await swept(api)
        assert (await File.get(id=file)).state is FileState.QUARANTINED, "whole, but not stored: the worker was away"
        assert (await File.get(id=unfinished)).state is FileState.ABANDONED
        assert await stored(api) == 1
        await swept(api)
    assert (await File.get(id=file)).stored
    kept = api.settings.var / "files" / (await File.get(id=file)).stored
    assert kept.read_bytes() == CONTENT
    assert kept.stat().st_mode & 0o777 == 0o400
    assert kept.stat().st_mtime % 60 == 0, "dated by the day"


async def test_a_report_and_a_sweep_at_once_leave_no_half(api: Api) -> None:
    tus = await ticketed(api)
    files = [await tus.whole(CONTENT) for _ in range(3)]
    _, filed = await asyncio.gather(swept(api), filed_with(api, tus, files))
    assert await File.filter(matter_id__not_isnull=True, state=FileState.QUARANTINED).count() == 3
    assert filed["number"]


async def test_a_registrar_brings_what_came_by_letter(api: Api) -> None:
    staff = Tus(api, Authorization=await api.signed_in("registrar1"))
    file = await staff.whole(CONTENT)
    filed = await api.post(
        "/api/v1/cases/taken-down", "registrar1", {**REPORT, "channel": "letter", "files": [str(file)]}, 201
    )
    shown = await api.get(f"/api/v1/matters/{filed['number']}/files", f"Receipt {filed['number']}:{filed['secret']}")
    assert [one["id"] for one in shown] == [str(file)]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("一.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E4%B8%80.jpg"),
        ('a"b;c.pdf', "attachment; filename=\"a_b_c.pdf\"; filename*=UTF-8''a%22b%3Bc.pdf"),
        ("a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"),
    ],
)
def test_a_name_in_a_header(name: str, header: str) -> None:
    assert disposition(name) == header


async def test_the_address_says_where_it_is(api: Api) -> None:
    tus = await ticketed(api)
    response = await tus.send("POST", PATH, Upload_Length=5, Upload_Metadata=metadata(), Host="report.example.org")
    assert response.headers["Location"].startswith(f"http://report.example.org{PATH}/")
