"""tus at the door: what is acknowledged is kept, what is wrong is refused and changes nothing."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientError

from domain.files import tickets, writing
from domain.files.tickets import Ticket
from domain.files.uploads import clean_name
from domain.files.writing import Place
from handlers.keys import UPLOADS
from kit import clock
from kit.errors import Refusal
from models import File, FileQuota, FileState, Upload, UploadTicket
from tests.api.conftest import Api
from tests.api.tus import CHUNK, PATH, Tus, checksum, code, content_of, metadata, row, stored, swept, ticketed

BYTES = os.urandom(300_000)


async def test_what_this_server_speaks(api: Api) -> None:
    response = await api.client.options(PATH)
    assert response.status == 204
    assert response.headers["Tus-Version"] == "1.0.0"
    assert set(response.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "creation-defer-length", "checksum", "termination", "expiration",
        "concatenation",
    }  # fmt: skip
    assert response.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
    sizes = {one["code"]: one["most_bytes"] for one in await api.get(f"{PATH}/purposes")}
    assert int(response.headers["Tus-Max-Size"]) == max(sizes.values())
    of_photo = await api.client.options(f"{PATH}?purpose=evidence_photo")
    assert int(of_photo.headers["Tus-Max-Size"]) == sizes["evidence_photo"] < max(sizes.values())


async def test_an_upload_in_pieces_becomes_a_file_in_quarantine(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(len(BYTES))
    for start in range(0, len(BYTES), 70_000):
        assert await tus.offset(path) == start
        response = await tus.append(path, start, BYTES[start : start + 70_000])
        assert (response.status, response.headers["Tus-Resumable"]) == (204, "1.0.0")
        assert int(response.headers["Upload-Offset"]) == min(start + 70_000, len(BYTES))
        assert "GMT" in response.headers["Upload-Expires"]
    upload = UUID(path.rpartition("/")[2])
    file = await File.get(id=upload)
    assert (file.state, file.stored, file.sha256, file.matter_id) == (FileState.QUARANTINED, "", None, None)
    assert (file.purpose, file.name, file.bytes) == ("evidence_photo", "现场照片.jpg", len(BYTES))
    assert await stored(api) == 1
    file = await File.get(id=upload)
    assert file.sha256 == sha256(BYTES).digest()
    assert await content_of(api, upload) == BYTES
    assert not list(Place.below(api.settings.var).folder.glob(f"{upload}.*"))
    assert await tus.offset(path) == len(BYTES), "a client that lost the last answer asks"
    assert await stored(api) == 0


async def test_the_first_bytes_may_come_with_the_creation(api: Api) -> None:
    tus = await ticketed(api)
    headers = {"Upload_Length": len(BYTES), "Upload_Metadata": metadata(), "Content_Type": CHUNK}
    response = await tus.send("POST", PATH, BYTES[:1000], **headers)
    assert (response.status, response.headers["Upload-Offset"]) == (201, "1000")
    path = response.headers["Location"].partition("8080")[2] or response.headers["Location"]
    path = path[path.index(PATH) :]
    assert (await tus.append(path, 1000, BYTES[1000:])).status == 204
    head = await tus.send("HEAD", path)
    assert head.headers["Upload-Metadata"] == metadata()
    assert head.headers["Upload-Length"] == str(len(BYTES))


async def test_a_length_may_be_told_later_and_once(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(0, Upload_Length="", Upload_Defer_Length=1)
    assert (await tus.send("HEAD", path)).headers["Upload-Defer-Length"] == "1"
    assert (await tus.append(path, 0, BYTES[:10])).status == 204
    assert (await tus.append(path, 10, BYTES[10:20], Upload_Length=30)).status == 204
    assert (await tus.send("HEAD", path)).headers["Upload-Length"] == "30"
    assert await code(await tus.append(path, 20, BYTES[20:30], Upload_Length=40)) == (400, "length_fixed")
    assert (await tus.append(path, 20, BYTES[20:30])).status == 204
    assert (await File.get(id=UUID(path.rpartition("/")[2]))).bytes == 30
    again = await tus.begin(0, Upload_Length="", Upload_Defer_Length=1)
    assert await code(await tus.append(again, 0, b"x", Upload_Length=10**12)) == (413, "too_large")


async def test_clients_without_patch_and_delete(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(10)
    override = {"X_HTTP_Method_Override": "PATCH", "Content_Type": CHUNK, "Upload_Offset": 0}
    response = await tus.send("POST", path, b"0123456789", **override)
    assert (response.status, response.headers["Upload-Offset"]) == (204, "10")
    assert (await tus.send("POST", path, X_HTTP_Method_Override="HEAD")).headers["Upload-Offset"] == "10"
    assert await code(await tus.send("POST", path, X_HTTP_Method_Override="PUT")) == (400, "upload_malformed")
    assert (await tus.send("POST", path, X_HTTP_Method_Override="DELETE")).status == 204
    assert (await tus.send("HEAD", path)).status == 404


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Tus_Resumable": ""}, (412, "tus_version")),
        ({"Tus_Resumable": "0.2.2"}, (412, "tus_version")),
        ({"Upload_Length": ""}, (400, "upload_malformed")),
        ({"Upload_Length": "-1"}, (400, "upload_malformed")),
        ({"Upload_Length": "٣"}, (400, "upload_malformed")),
        ({"Upload_Length": "0"}, (400, "file_empty")),
        ({"Upload_Length": 31457281}, (413, "too_large")),
        ({"Upload_Length": 524288001, "Upload_Metadata": metadata(filetype="video/mp4")}, (413, "too_large")),
        ({"Upload_Defer_Length": "1"}, (400, "upload_malformed")),
        ({"Upload_Metadata": metadata(filetype="text/html")}, (415, "file_type")),
        ({"Upload_Metadata": metadata(filetype="image/svg+xml")}, (415, "file_type")),
        ({"Upload_Metadata": metadata(purpose="evidence_pdf")}, (415, "file_type")),
        ({"Upload_Metadata": metadata(purpose="report_video", filetype="video/mp4")}, (415, "file_type")),
        ({"Upload_Metadata": ""}, (415, "file_type")),
        ({"Upload_Metadata": "filename !!!"}, (400, "upload_malformed")),
        ({"Upload_Metadata": "filename /w=="}, (400, "upload_malformed")),
        ({"Upload_Metadata": metadata(other="x" * 1000)}, (400, "upload_malformed")),
        ({"Upload_Concat": "half"}, (400, "upload_malformed")),
        ({"Upload_Concat": "final;/not/one"}, (400, "upload_malformed")),
        ({"Upload_Concat": f"final;{PATH}/{uuid4()}"}, (404, "not_found")),
    ],
)
async def test_a_wrong_beginning_is_refused(api: Api, headers: dict[str, Any], refusal: tuple[int, str]) -> None:
    tus = await ticketed(api)
    response = await tus.send("POST", PATH, **{"Upload_Length": 10, "Upload_Metadata": metadata(), **headers})
    assert await code(response) == refusal
    assert response.headers.get("Tus-Version") == ("1.0.0" if refusal[0] == 412 else None)
    assert not await File.all().exists()
    assert not await Upload.all().exists()


async def test_a_wrong_piece_is_refused_and_changes_nothing(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(100)
    await tus.append(path, 0, BYTES[:40])
    refusals = [
        (await tus.append(path, 0, b"x"), (409, "offset_conflict")),
        (await tus.append(path, 41, b"x"), (409, "offset_conflict")),
        (await tus.append(path, 40, BYTES[:61]), (413, "too_large")),
        (await tus.append(path, 40, b"x", Tus_Resumable="2.0.0"), (412, "tus_version")),
        (await tus.append(path, 40, b"x", Content_Type="application/json"), (415, "not_a_chunk")),
        (await tus.append(path, 40, b"x", Upload_Checksum="md5 eHh4"), (400, "upload_malformed")),
        (await tus.append(path, 40, b"x", Upload_Checksum="sha256 eHh4"), (400, "upload_malformed")),
        (await tus.append(path, 40, b"x", Upload_Checksum=checksum(b"y")), (460, "checksum_mismatch")),
        (await tus.append(f"{PATH}/{uuid4()}", 40, b"x"), (404, "not_found")),
        (await tus.send("PATCH", path, b"x", Content_Type=CHUNK), (400, "upload_malformed")),
    ]
    for response, refusal in refusals:
        assert await code(response) == refusal
        assert await tus.offset(path) == 40
    assert (await row(path)).held_until is None

    async def more_than_announced() -> AsyncIterator[bytes]:
        yield BYTES[40:90]
        yield BYTES[:50]

    assert await code(await tus.append(path, 40, more_than_announced())) == (413, "too_large")
    assert await tus.offset(path) == 40
    assert (await tus.append(path, 40, BYTES[40:100], Upload_Checksum=checksum(BYTES[40:100]))).status == 204
    assert await stored(api) == 1
    assert await content_of(api, UUID(path.rpartition("/")[2])) == BYTES[:100]


async def test_bytes_of_a_mismatch_leave_no_trace_in_a_file_whose_length_came_late(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(0, Upload_Length="", Upload_Defer_Length=1)
    assert (await tus.append(path, 0, BYTES[:1000], Upload_Checksum=checksum(b"no"))).status == 460
    assert (await tus.append(path, 0, b"0123456789", Upload_Length=10)).status == 204
    assert await stored(api) == 1
    assert await content_of(api, UUID(path.rpartition("/")[2])) == b"0123456789"


async def test_of_a_broken_line_what_came_is_kept(api: Api) -> None:
    tus = await ticketed(api)
    content = BYTES * 10
    path = await tus.begin(len(content))
    lying = Place.below(api.settings.var).path((await row(path)).id, 0)

    async def broken() -> AsyncIterator[bytes]:
        yield content[:2_000_000]
        while not lying.exists() or lying.stat().st_size < writing.BLOCK:
            await asyncio.sleep(0.01)  # a look at what the server has
        raise ConnectionError

    with pytest.raises((ClientError, ConnectionError)):
        await tus.append(path, 0, broken(), Content_Length=len(content))
    while (await row(path)).held_until is not None:
        await asyncio.sleep(0.01)  # the server has yet to see that the line is cut
    offset = await tus.offset(path)
    assert writing.BLOCK <= offset <= 2_000_000
    assert (await tus.append(path, offset, content[offset:])).status == 204
    assert await stored(api) == 1
    assert await content_of(api, UUID(path.rpartition("/")[2])) == content


async def test_an_upload_is_its_owners(api: Api) -> None:
    tus, other = await ticketed(api), await ticketed(api)
    path = await tus.begin(10)
    staff = Tus(api, Authorization=await api.signed_in("registrar1"))
    for stranger in (other, staff):
        for response in (
            await stranger.append(path, 0, b"x"),
            await stranger.send("DELETE", path),
            await stranger.send("POST", PATH, Upload_Concat=f"final;{path}", Upload_Metadata=metadata()),
        ):
            assert await code(response) == (404, "not_found")
        assert (await stranger.send("HEAD", path)).status == 404
    assert await code(await Tus(api).append(path, 0, b"x")) == (401, "not_signed_in")
    assert await code(await Tus(api, Upload_Ticket="x" * 43).append(path, 0, b"x")) == (401, "wrong_ticket")
    assert await tus.offset(path) == 0


async def test_parts_that_came_at_the_same_time_become_one_file(api: Api) -> None:
    tus = await ticketed(api)
    size = len(BYTES) // 4

    async def part(number: int) -> str:
        piece = BYTES[number * size : (number + 1) * size]
        path = await tus.begin(len(piece), Upload_Concat="partial", Upload_Metadata="")
        for start in (0, 30_000):
            end = 30_000 if not start else len(piece)
            assert (await tus.append(path, start, piece[start:end])).status == 204
        return path

    paths = await asyncio.gather(*(part(number) for number in range(4)))
    assert not await File.all().exists(), "a part is no file"
    unfinished = await tus.begin(10, Upload_Concat="partial")
    concat = {"Upload_Metadata": metadata(filetype="video/mp4")}
    wrong = await tus.send("POST", PATH, Upload_Concat=f"final;{paths[0]} {unfinished}", **concat)
    assert await code(wrong) == (409, "part_unfinished")
    absolute = " ".join(str(api.client.make_url(path)) for path in paths)
    response = await tus.send("POST", PATH, Upload_Concat=f"final;{absolute}", **concat)
    assert response.status == 201
    final = response.headers["Location"]
    final = final[final.index(PATH) :]
    head = await tus.send("HEAD", final)
    assert head.headers["Upload-Concat"] == f"final;{' '.join(paths)}"
    assert head.headers["Upload-Length"] == head.headers["Upload-Offset"] == str(4 * size)
    assert (await tus.send("HEAD", paths[0])).headers["Upload-Concat"] == "partial"
    assert await code(await tus.append(final, 4 * size, b"")) == (403, "not_allowed")
    again = await tus.send("POST", PATH, Upload_Concat=f"final;{paths[0]}", **concat)
    assert await code(again) == (409, "part_unfinished")
    assert await stored(api) == 1
    assert await content_of(api, UUID(final.rpartition("/")[2])) == BYTES[: 4 * size]


async def test_one_writes_and_the_other_waits(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(20)
    go_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"0123456789"
        await go_on.wait()
        yield b"abcdefghij"

    first = asyncio.create_task(tus.append(path, 0, slow()))
    while (await row(path)).held_until is None:
        await asyncio.sleep(0.01)  # a look whether it has begun
    assert await code(await tus.append(path, 0, b"x" * 20)) == (423, "upload_locked")
    assert await code(await tus.send("DELETE", path)) == (423, "upload_locked")
    go_on.set()
    assert (await first).headers["Upload-Offset"] == "20"
    assert await stored(api) == 1
    assert await content_of(api, UUID(path.rpartition("/")[2])) == b"0123456789abcdefghij"


async def test_a_request_that_ends_at_whichever_moment_gives_the_lock_back(api: Api) -> None:
    """The line may break between taking the lock and the first byte; the client comes back at once."""
    tus = await ticketed(api)
    path = await tus.begin(20)
    upload = await row(path)
    place = api.client.app[UPLOADS]
    for moments in (*range(50), *(50 << n for n in range(1, 16))):  # the later ones for a busy machine
        task = asyncio.create_task(writing.taken(place, upload.owner, upload.id, 0))
        for _ in range(moments):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
            break  # it had the lock already: the request goes on
        assert (await row(path)).held_until is None, moments
    assert moments > 5
    assert await writing.received(await task, _twenty())


async def _twenty() -> AsyncIterator[bytes]:
    yield b"0123456789" * 2


async def test_a_zombie_writes_nothing_that_counts(api: Api) -> None:
    """A holder that stood still for longer than its lock holds, and then goes on."""
    tus = await ticketed(api)
    path = await tus.begin(20)
    assert (await tus.append(path, 0, b"0123")).status == 204
    upload = await row(path)
    zombie = await writing.taken(Place.below(api.settings.var), upload.owner, upload.id, 4)
    await Upload.filter(id=upload.id).update(held_until=clock.now() - timedelta(seconds=1))
    assert (await tus.append(path, 4, b"456789abcdef")).status == 204

    async def late() -> AsyncIterator[bytes]:
        yield b"ZZZZZZZZZZZZZZZZ"

    with pytest.raises(Refusal) as caught:
        await writing.received(zombie, late())
    assert caught.value.code == "upload_locked"
    assert (await tus.append(path, 16, b"ghij")).status == 204
    assert await stored(api) == 1
    assert await content_of(api, upload.id) == b"0123456789abcdefghij"


async def test_what_is_taken_back_is_gone(api: Api) -> None:
    tus = await ticketed(api)
    path = await tus.begin(10)
    await tus.append(path, 0, b"01234")
    whole = await tus.whole(b"0123456789")
    await stored(api)
    kept = api.settings.var / "files" / (await File.get(id=whole)).stored
    assert kept.exists()
    for one in (path, f"{PATH}/{whole}"):
        assert (await tus.send("DELETE", one)).status == 204
        assert (await tus.send("HEAD", one)).status == 404
        assert await code(await tus.append(one, 5, b"x")) == (404, "not_found")
    await swept(api)
    assert not kept.exists()
    assert not await File.all().exists()
    assert not [one for one in (api.settings.var / "uploads").iterdir() if one.is_file()]


async def test_what_nobody_finished_or_attached_is_swept(api: Api) -> None:
    tus = await ticketed(api)
    unfinished = await tus.begin(10)
    await tus.append(unfinished, 0, b"01234")
    part = await tus.begin(10, Upload_Concat="partial")
    await tus.append(part, 0, b"0123456789")
    whole = await tus.whole(b"0123456789")
    await stored(api)
    assert await swept(api) == 0
    days = (await FileQuota.get(code="ticket")).days
    with clock.at(clock.now() + timedelta(days=days)):
        assert await swept(api) == 0
        assert (await tus.send("HEAD", unfinished)).status == 200
    with clock.at(clock.now() + timedelta(days=days + 1)):
        owner = (await row(unfinished)).owner
        with pytest.raises(Refusal) as caught:
            await writing.taken(Place.below(api.settings.var), owner, (await row(unfinished)).id, 5)
        assert (caught.value.status, caught.value.code) == (410, "upload_gone")
        assert await swept(api) == 3
        assert await swept(api) == 0
    assert [await model.all().count() for model in (File, Upload, UploadTicket)] == [0, 0, 0]
    lying = [path for path in api.settings.var.rglob("*") if path.is_file() and path.parent.name != "alive"]
    assert lying == []
    assert not (api.settings.var / "files" / "originals" / str(whole)).exists()


async def test_a_crash_between_the_last_byte_and_the_store_costs_nothing(api: Api) -> None:
    """The worker is killed after it linked the bytes and before it said so; and after it said so, before it tidied."""
    tus = await ticketed(api)
    upload = await tus.whole(BYTES)
    assert await stored(api) == 1
    place = Place.below(api.settings.var)
    await File.filter(id=upload).update(stored="", sha256=None)
    place.path(upload, 0).write_bytes(BYTES)
    assert await stored(api) == 1
    place.path(upload, 0).write_bytes(BYTES)
    await swept(api)
    assert not place.path(upload, 0).exists()
    assert await content_of(api, upload) == BYTES
    place.path(uuid4(), 3).write_bytes(b"of nobody")
    await swept(api)
    assert not [path for path in place.folder.iterdir() if path.is_file()]


async def test_quotas(api: Api) -> None:
    await FileQuota.filter(code="ticket").update(most_files=3, most_bytes=1000)
    tus, other = await ticketed(api), await ticketed(api)
    begun = await asyncio.gather(
        *(tus.send("POST", PATH, Upload_Length=100, Upload_Metadata=metadata()) for _ in "12345")
    )
    assert sorted(response.status for response in begun) == [201, 201, 201, 413, 413]
    assert {(await code(one))[1] for one in begun if one.status == 413} == {"quota_reached"}
    too_much = await tus.send("POST", PATH, Upload_Length=701, Upload_Concat="partial")
    assert await code(too_much) == (413, "quota_reached")
    assert (await tus.send("POST", PATH, Upload_Length=700, Upload_Concat="partial")).status == 201
    deferred = await other.send("POST", PATH, Upload_Defer_Length=1, Upload_Metadata=metadata())
    assert await code(deferred) == (413, "quota_reached"), "what may come is counted until it is known"
    gone = begun[[one.status for one in begun].index(201)].headers["Location"]
    assert (await tus.send("DELETE", gone[gone.index(PATH) :])).status == 204
    assert (await tus.send("POST", PATH, Upload_Length=100, Upload_Metadata=metadata())).status == 201


async def test_a_full_disk_is_said(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    tus = await ticketed(api)
    path = await tus.begin(2_000_000)
    assert (await tus.append(path, 0, BYTES)).status == 204
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        assert await code(await tus.append(path, len(BYTES), os.urandom(1_000_000))) == (507, "storage_full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    assert await tus.offset(path) == len(BYTES)
    await api.file()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\照片\\一.jpg", "一.jpg"),
        ("a\0b\r\nSet-Cookie: x.jpg", "abSet-Cookie: x.jpg"),
        ("照片\u202egpj.exe", "照片gpj.exe"),
        ("...", ""),
        ("", ""),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
        ("无" * 300, "无" * 120),
        (" .hidden. ", "hidden"),
    ],
)
def test_a_name_is_for_people_only(told: str, kept: str) -> None:
    assert clean_name(told) == kept


async def test_tickets_tell_nothing_and_end(api: Api) -> None:
    tus = await ticketed(api)
    ticket = await UploadTicket.all().first()
    assert ticket is not None
    assert tus.key["Upload-Ticket"] not in str(vars(ticket))
    assert await tickets.opened(api.settings, tus.key["Upload-Ticket"]) == Ticket(ticket.id, None, None)
    with clock.at(clock.now() + timedelta(days=3)):
        assert await tickets.opened(api.settings, tus.key["Upload-Ticket"]) is None
