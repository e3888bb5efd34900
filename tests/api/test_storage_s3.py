"""The same with an S3 store: parts, hashes, and links that lead to the store for a minute."""

import os
import resource
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from handlers.keys import SETTINGS, STORE
from kit import clock, storage
from kit.settings import Settings
from models import File, FileState
from tests.api.conftest import Api
from tests.api.processing import filed, lying, shown, uploaded, worked
from tests.api.test_files import REPORT, fetched
from tests.api.tus import PATH, metadata, stored, swept, ticketed
from tests.kit.media.clips import Clips, picture
from tests.kit.media.conftest import clips

__all__ = ["clips"]

CONTENT = bytes(range(256)) * 80_000  # 20 MB: more than one part


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket, with the environment that leads to it."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/evidence", method="PUT")).close()
    yield "s3://evidence/yijian"
    server.stop()


@pytest.fixture
async def on_s3(api: Api, bucket: str) -> Api:
    """The application with that store."""
    settings: Settings = api.settings.model_copy(update={"storage_url": bucket})
    app = api.client.app
    assert app is not None
    store = storage.opened(settings)
    app._state[SETTINGS], app._state[STORE] = settings, lambda: store
    return Api(api.client, settings, api.people)


async def test_an_upload_goes_to_s3_and_is_read_by_a_link(on_s3: Api) -> None:
    api = on_s3
    tus = await ticketed(api)
    file = await tus.whole(CONTENT)
    body = {**REPORT, "files": [str(file)]}
    filed = await api.post("/api/v1/cases", body=body, status=201, Upload_Ticket=tus.key["Upload-Ticket"])
    assert await stored(api) == 1
    row = await File.get(id=file)
    assert row.sha256 == sha256(CONTENT).digest()
    store = storage.opened(api.settings)
    assert isinstance(store, S3Store)
    head = obstore.head(store, row.stored)
    assert head["size"] == len(CONTENT)
    assert "-" in (head["e_tag"] or ""), "in parts"
    attributes = obstore.get(store, row.stored).attributes
    assert attributes["Content-Disposition"] == "attachment"
    assert attributes["Content-Type"] == "application/octet-stream"
    await File.filter(id=file).update(state=FileState.READY)
    look = f"/api/v1/matters/{filed['number']}/files/{file}/looks"
    url = (await api.post(look, "registrar1", {"reason": "核对原件"}))["url"]
    headers = {"Authorization": await api.signed_in("registrar1")}
    response = await api.client.get(url, headers=headers, allow_redirects=False)
    assert response.status == 302
    elsewhere = response.headers["Location"]
    assert "X-Amz-Expires=60" in elsewhere
    async with api.client.session.get(elsewhere, headers={"Range": "bytes=5-9"}) as part:
        assert (part.status, await part.read()) == (206, CONTENT[5:10])


async def test_the_phones_pages_may_show_what_links_lead_to(on_s3: Api, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    app = on_s3.client.app
    assert app is not None
    app._state[SETTINGS] = on_s3.settings.model_copy(update={"h5_path": tmp_path})
    answer = await on_s3.call("GET", "/h5/")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    elsewhere = os.environ["AWS_ENDPOINT_URL"]
    assert {name for name, said in policy.items() if elsewhere in said} == {"img-src", "media-src", "connect-src"}


async def test_parts_go_to_s3_as_one_and_what_nobody_wants_goes(on_s3: Api) -> None:
    api = on_s3
    tus = await ticketed(api)
    paths = []
    for piece in (CONTENT[:9_000_000], CONTENT[9_000_000:]):
        path = await tus.begin(len(piece), Upload_Concat="partial")
        assert (await tus.append(path, 0, piece)).status == 204
        paths.append(path)
    final = await tus.send(
        "POST", PATH, Upload_Concat=f"final;{' '.join(paths)}", Upload_Metadata=metadata(filetype="video/mp4")
    )
    assert final.status == 201
    file = UUID(final.headers["Location"].rpartition("/")[2])
    assert await stored(api) == 1
    row = await File.get(id=file)
    assert row.sha256 == sha256(CONTENT).digest()
    store = storage.opened(api.settings)
    assert await storage.get(store, row.stored) == CONTENT
    assert (await tus.send("DELETE", f"{PATH}/{file}")).status == 204
    await swept(api)
    with pytest.raises(FileNotFoundError):
        await storage.get(store, row.stored)


async def test_copies_go_to_s3_and_lists_of_pieces_are_told_by_us(on_s3: Api, clips: Clips) -> None:
    api = on_s3
    tus = await ticketed(api)
    file = await uploaded(tus, clips.mp4, "现场.mp4")
    number, receipt = await filed(api, tus, file)
    assert await worked(api) == 1
    assert not list(api.settings.var.glob("cleaning/*/*/"))
    copies = {copy["kind"]: copy for copy in (await shown(api, number, receipt))[str(file)]["copies"]}
    poster = await fetched(api, copies["poster"]["url"], Authorization=receipt)
    assert poster.status == 302
    async with api.client.session.get(poster.headers["Location"]) as at_the_store:
        assert at_the_store.headers["Content-Type"] == "image/jpeg"
        assert at_the_store.headers["Content-Disposition"] == "attachment"
    address = copies["playlist"]["url"].rpartition("/")[0]
    for name in ("master.m3u8", "360/list.m3u8"):
        told = await fetched(api, f"{address}/{name}", Authorization=receipt)
        assert told.status == 200, "its relative addresses lead here"
        assert (await told.read()).startswith(b"#EXTM3U")
    assert (await fetched(api, f"{address}/360/000.ts", Authorization=receipt)).status == 302
    assert (await fetched(api, f"{address}/360/none.m3u8", Authorization=receipt)).status == 404
    before = await lying(api)
    blurs = {"rectangles": [{"left": 0, "top": 0, "width": 0.5, "height": 0.5}]}
    assert (await api.call("PUT", f"/api/v1/matters/{number}/files/{file}/blurs", "registrar1", blurs)).status == 200
    assert await worked(api) == 1
    after = await lying(api)
    assert len(after) == len(before)
    assert not before & after


async def test_a_full_disk_makes_files_wait(on_s3: Api) -> None:
    """The worker's own: it fetches an original to work on it."""
    api = on_s3
    tus = await ticketed(api)
    file = await uploaded(tus, picture("PNG", (900, 700), compress_level=0), "现场.png")
    number, receipt = await filed(api, tus, file)
    assert await stored(api) == 1
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        assert await worked(api) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    assert (await shown(api, number, receipt))[str(file)]["state"] == "quarantined"
    assert not [one for one in await lying(api) if str(file) in one]
    with clock.at(clock.now() + timedelta(hours=2)):
        assert await worked(api) == 1
    assert (await shown(api, number, receipt))[str(file)]["state"] == "ready"
