"""Photos, films and voice notes from a phone: on a line that breaks, through a reload, beside a report that is sent."""

import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from PIL import Image
from playwright.async_api import FilePayload, Route, expect

from models import File, FileState, Matter
from tests.api.tus import stored
from tests.client.conftest import Phone, Phones, Site
from tests.client.hands import Citizen, Hands, listed

LEFT_ON_THE_PHONE = """() => new Promise((told) => {
    indexedDB.open('yijian-uploads').onsuccess = ({target: {result}}) => {
        result.transaction('blobs').objectStore('blobs').count().onsuccess = ({target}) => told(target.result)
    }
})"""
UPLOADS = re.compile(r"/api/v1/uploads(/[0-9a-f-]{36})?$")


def photo() -> bytes:
    """A picture of noise, so that it has some size."""
    made = io.BytesIO()
    Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3)).save(made, "JPEG", quality=90)
    return made.getvalue()


def payload(name: str, media_type: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


@dataclass
class Line:
    """A line on which so many more pieces come through; the others break off."""

    pieces: int = 0
    begun: int = 0
    offsets: list[int] = field(default_factory=list)

    async def carry(self, route: Route) -> None:
        told = route.request.headers
        method = told.get("x-http-method-override", "")
        self.begun += not method
        if method != "PATCH":
            return await route.continue_()
        if not self.pieces:
            return await route.abort()
        self.pieces -= 1
        self.offsets.append(int(told["upload-offset"]))
        return await route.continue_()


@asynccontextmanager
async def on(line: Line, phone: Phone) -> AsyncIterator[None]:
    phone.forgive("ERR_FAILED")
    await phone.page.route(UPLOADS, line.carry)
    yield
    await phone.page.unroute(UPLOADS)


async def attaches(citizen: Hands, way: str, *files: FilePayload | Path) -> None:
    """Choose files by one of the form's buttons."""
    async with citizen.phone.page.expect_file_chooser() as chooser:
        await citizen.tap(way)
    await (await chooser.value).set_files(list(files))  # type: ignore[arg-type]  # all of one kind


async def test_a_photo_and_a_film_on_a_bad_line(phones: Phones, site: Site) -> None:
    picture, film = photo(), os.urandom(3 * 1024 * 1024 + 17)
    phone = await phones()
    citizen = Citizen(phone)
    await phone.open("/pages/report/index")
    await citizen.fills_report("施工噪声，附照片和视频。")
    await attaches(citizen, "相册", payload("现场.jpg", "image/jpeg", picture))
    await citizen.reads("已上传")

    line = Line(pieces=1)
    async with on(line, phone):
        await attaches(citizen, "视频", payload("现场.mp4", "video/mp4", film))
        await citizen.reads("连接不上，稍后自动继续（已传 33%）")
        line.pieces = 1  # the line is back for one piece; the page is reloaded before the next
        await expect(citizen.words(re.compile(r"（已传 (6\d|9\d)%）")).first).to_be_visible()
        await citizen.reads("已保存在这台手机上")
        await phone.page.reload()
        await citizen.reads("现场.mp4")

        await citizen.tap("提交举报")  # with a part of the film
        await citizen.reads("举报已收到")
        await citizen.reads("还有 1 个附件正在发送")
        number = await citizen.notes_receipt()
        line.pieces = 99
        await expect(citizen.words(re.compile("个附件正在发送"))).to_have_count(0)

    assert line.begun == 1  # one upload through it all
    assert line.offsets == sorted(set(line.offsets))  # and no byte twice
    assert await stored(site) == 2
    matter = await Matter.get(number=number)
    files = {file.name: file for file in await File.filter(matter_id=matter.id)}
    assert {name: file.sha256 for name, file in files.items()} == {
        "现场.jpg": sha256(picture).digest(),
        "现场.mp4": sha256(film).digest(),
    }
    assert {file.owner for file in files.values()} == {f"receipt:{matter.id}"}
    assert await phone.page.evaluate(LEFT_ON_THE_PHONE) == 0


async def test_what_can_not_be_sent_is_refused_in_words_before_it_is(
    phones: Phones, site: Site, tmp_path: Path
) -> None:
    large = tmp_path / "全景.jpg"
    with large.open("wb") as file:
        file.truncate(31 * 1024 * 1024)
    phone = await phones()
    citizen = Citizen(phone)
    await phone.open("/pages/report/index")
    line = Line()
    async with on(line, phone):
        await attaches(citizen, "文件", payload("安装.exe", "application/x-msdownload", b"MZ"))
        await citizen.reads("“安装.exe”的类型不能上传。可以上传：办公文档、PDF 文件、照片、视频、录音")
        await attaches(citizen, "相册", large)
        await citizen.reads("“全景.jpg”太大（31 MB）：照片不能超过 30 MB")
        await attaches(citizen, "相册", payload("空.jpg", "image/jpeg", b""))
        await citizen.reads("“空.jpg”是空文件")
    assert (line.begun, await File.all().count()) == (0, 0)


async def test_a_report_without_files_asks_for_no_ticket(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    asked: list[str] = []
    citizen.phone.page.on("request", lambda request: asked.append(request.url))
    await citizen.phone.open("/pages/report/index")
    await citizen.reports()
    assert [url for url in asked if "tickets" in url] == []


async def test_a_voice_note(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones(permissions=["microphone"]))
    await citizen.phone.open("/pages/report/index")
    await citizen.fills_report("窗口人员说的话，附录音。")
    await citizen.tap("录音")
    await citizen.tap("开始录音")
    await citizen.reads("正在录音 0:01")
    await citizen.tap("停止")
    await citizen.reads(re.compile("已录 0:0[1-9]"))
    await citizen.tap("听一听")
    await citizen.reads("停止播放")
    await citizen.tap("停止播放")
    await citizen.tap("添加这段录音")
    await citizen.reads("已上传")
    await citizen.tap("提交举报")
    await citizen.reads("举报已收到")
    note = await File.get()
    assert (note.purpose, note.media_type, note.state) == ("evidence_voice", "audio/webm", FileState.QUARANTINED)
    assert note.bytes > 1000
    assert note.matter_id is not None


async def test_without_a_microphone_it_says_so(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.tap("录音")
    await citizen.tap("开始录音")
    await citizen.reads("不能使用麦克风")


async def test_a_file_chosen_without_a_line_goes_with_the_report_when_it_is_back(phones: Phones, site: Site) -> None:
    picture = photo()
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.fills_report("没有网络时拍下的照片。")
    async with citizen.phone.without_a_line():
        await attaches(citizen, "相册", payload("路面.jpg", "image/jpeg", picture))
        await citizen.reads("路面.jpg")
        await citizen.tap("提交举报")
        await citizen.reads("已经保存好，联网后自动提交")
    await citizen.reads("举报已收到")
    number = await citizen.notes_receipt()
    await expect(citizen.words(re.compile("个附件正在发送"))).to_have_count(0)
    assert await stored(site) == 1
    file = await File.get().select_related("matter")
    assert file.matter is not None
    assert (file.matter.number, file.sha256) == (number, sha256(picture).digest())


async def test_files_with_steps_and_those_that_the_unit_must_not_see(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.fills_report("工地夜间施工，附照片。")
    await attaches(citizen, "相册", payload("窗外.jpg", "image/jpeg", photo()))
    await citizen.tap("提交举报")
    await citizen.reads("举报已收到")
    number = await citizen.notes_receipt()
    await citizen.follows()
    await citizen.tap("补充内容")
    await citizen.write("补充内容", "昨晚又拍了一张。", place=1)  # the form itself is called so too
    await attaches(citizen, "相册", payload("路口.jpg", "image/jpeg", photo()))
    await citizen.reads("已上传")
    await citizen.tap("提交")
    await citizen.reads("已提交")

    await site.step(number, "accept", "registrar1")
    await site.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["停止夜间施工"])
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.begins("备注")
    await registrar.write("内部备注", "来信一并附上。")
    await attaches(registrar, "文件", payload("来信.pdf", "application/pdf", b"%PDF-1.7 ..."))
    await registrar.reads("已上传")
    await registrar.sends()
    await registrar.done("备注")
    await registrar.opens(number)
    await registrar.begins("移交转办")
    await registrar.write("转办摘要", "反映工地夜间施工。")
    await registrar.seen(registrar.phone.page.get_by_role("checkbox", name=re.compile("^窗外"))).click()
    await registrar.sends(seen=True)
    await registrar.done("移交转办")

    files = await File.filter(matter__number=number)
    assert {file.name: (file.released, file.state) for file in files} == {
        "窗外.jpg": (False, FileState.QUARANTINED),
        "路口.jpg": (True, FileState.QUARANTINED),
        "来信.pdf": (True, FileState.QUARANTINED),
    }
