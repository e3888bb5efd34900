"""Content checks through a served WeChat: every answer it may give, and when; and that a case is never asked about."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

import app
import worker
from bot.checks import Mini, answered
from demo.wechat.faults import Fault
from demo.wechat.world import App, World
from domain.wechat import checks
from domain.wechat.checks import Decided, Part
from kit import clock, storage
from kit.media import ffmpeg
from kit.media.limits import Limits
from kit.settings import Settings
from kit.wechat import callback
from kit.wechat.account import Kind
from kit.wechat.client import Client, connected
from kit.wechat.push import Push
from models import CheckAnswer, CheckState, ContentCheck, File, FileCopy, FileState, Post, Role
from models.database import insert
from tests.api.conftest import Api
from tests.api.test_files import filed_with, processed
from tests.api.tus import ticketed
from tests.demo.wechat import worlds
from tests.kit.wechat.conftest import account_of, client_of
from tests.processes import free_port

PNG = b"\x89PNG and more"
MP3 = b"ID3 and more"


@dataclass
class Context:
    """What the door hands over."""

    push: Push


@dataclass
class House:
    """Our web process and worker, beside a WeChat that is served."""

    settings: Settings
    world: World
    asking: Mini
    folder: Path
    client: Client

    @property
    def openid(self) -> str:
        """Somebody who is in the mini-program now."""
        self.world.visit(worlds.mini(self.world), worlds.zhang(self.world))
        return worlds.zhang(self.world).openid(worlds.mini(self.world))

    async def asked(self, *parts: Part, openid: str | None = None, of: str = "report") -> UUID:
        """Something to be published, of which the worker has asked WeChat."""
        subject = uuid4()
        given = self.openid if openid is None else openid
        await checks.asked_for(self.settings, of, subject, parts, openid=given)
        await self.work()
        return subject

    async def work(self) -> None:
        await checks.asked(self.settings, self.asking)

    async def copy(self, name: str, content: bytes) -> str:
        """A cleaned copy in storage."""
        file = File(id=uuid4(), purpose="x", media_type="x", bytes=1, state=FileState.READY, created_on=clock.today())
        stored = f"copies/{file.id}/{name}"
        copy = FileCopy(
            id=uuid4(), file_id=file.id, kind="x", stored=stored, media_type="x", bytes=len(content), sha256=b"",
            created_on=clock.today(),
        )  # fmt: skip
        await insert([file], [copy])
        path = self.folder / stored
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return stored

    async def picture(self, content: bytes = PNG, name: str = "picture") -> Part:
        return Part(name, "picture", await self.copy("a.jpg", content))


async def pushed(account: App) -> TestServer:
    """A door for pushes with nothing in it but the checks."""

    async def taken(request: web.Request) -> web.Response:
        push = callback.opened(account_of(account), dict(request.query), await request.read())
        await answered(Context(push))
        return web.Response(text="success")

    door = web.Application()
    door.router.add_post("/", taken)
    server = TestServer(door)
    await server.start_server()
    account.callback = str(server.make_url("/"))
    return server


@pytest.fixture
async def house(province: str, settings: Settings, valkey: Redis, tmp_path: Path) -> AsyncIterator[House]:
    port = free_port()
    changed = {"database_url": province, "var": tmp_path, "public_url": f"http://127.0.0.1:{port}"}
    built = settings.model_copy(update=changed)
    world = worlds.small()
    store = storage.opened(built)
    web_process = TestServer(app.build(built, database=False), host="127.0.0.1", port=port)
    await web_process.start_server()
    async with worlds.serving(world), connected() as http:
        door = await pushed(worlds.mini(world))
        client = client_of(worlds.mini(world), world, http, valkey)
        yield House(built, world, Mini(client, store), tmp_path / "files", client)
        await world.close()
        await door.close()
    await web_process.close()


async def state(subject: UUID, of: str = "report") -> CheckState:
    return await checks.state_of(of, subject)


@pytest.mark.parametrize(
    ("text", "expected", "label"),
    [
        ("全年依法行政情况", CheckState.PASSED, "100"),
        ("疑似内容", CheckState.PERSON, "21000"),
        ("甲" * 6000 + "违禁", CheckState.PERSON, "20006"),  # the last of its pieces
    ],
)
async def test_texts(house: House, text: str, expected: CheckState, label: str) -> None:
    subject = await house.asked(Part("text", "text", text))
    assert (await state(subject), (await ContentCheck.get(subject_id=subject)).label) == (expected, label)


@pytest.mark.parametrize("when", ["soon", "early", "held"])
@pytest.mark.parametrize(("more", "expected"), [(b"", CheckState.PASSED), (b" risky", CheckState.PERSON)])
async def test_files_are_fetched_and_answered_sooner_or_later(
    house: House, when: str, more: bytes, expected: CheckState
) -> None:
    house.world.media_check = when
    sound = Part("sound", "sound", await house.copy("a.mp3", MP3))
    subject = await house.asked(await house.picture(PNG + more), sound)
    if when == "held":
        assert await state(subject) is CheckState.OWED
        await house.world.let_go()
    await house.world.settled()
    assert (await state(subject), await CheckAnswer.all().count()) == (expected, 0)


async def test_an_answer_that_never_comes_is_asked_for_once_more_and_then_a_person_looks(house: House) -> None:
    house.world.media_check = "never"
    subject = await house.asked(await house.picture())
    for minutes, expected, calls in ((36, CheckState.OWED, 2), (72, CheckState.PERSON, 2)):
        house.openid  # noqa: B018  # opens the mini-program again
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            await house.work()
        assert (await state(subject), house.world.calls_of("/wxa/media_check_async")) == (expected, calls)
    check = await ContentCheck.get(subject_id=subject)
    assert check.label == "silent"
    await checks.answered(check.trace_id or "", passed=True, label="100")
    assert await state(subject) is CheckState.PASSED, "late, but before a person decided"


async def test_a_late_answer_changes_no_decision(house: House) -> None:
    house.world.media_check = "never"
    subject = await house.asked(await house.picture())
    check = await ContentCheck.get(subject_id=subject)
    await ContentCheck.filter(id=check.id).update(state=CheckState.PERSON, label="silent")
    post = await Post.filter(role=Role.PRE_REVIEWER).first()
    assert post
    await checks.decided(check.id, post.id, passed=False, reason="不宜公开")
    await checks.answered(check.trace_id or "", passed=True, label="100")
    assert await state(subject) is CheckState.REFUSED
    with pytest.raises(Decided):
        await checks.decided(check.id, post.id, passed=True, reason="再想想")


async def test_wechat_away_is_asked_again_and_at_last_a_person(house: House) -> None:
    house.world.faults.append(Fault("/wxa/msg_sec_check", times=3, status=502))
    subject = await house.asked(Part("text", "text", "很好"))
    assert await state(subject) is CheckState.OWED
    with clock.at(clock.now() + timedelta(minutes=1)):
        await house.work()
    assert await state(subject) is CheckState.PASSED
    house.world.faults[:] = [Fault("/wxa/msg_sec_check", times=99, status=502)]
    subject = await house.asked(Part("text", "text", "很好"))
    for hour in range(1, checks.MOST_ATTEMPTS):
        with clock.at(clock.now() + timedelta(hours=hour)):
            await house.work()
    assert await state(subject) is CheckState.PERSON


@pytest.mark.parametrize(("openid", "label"), [("", "no_openid"), ("o-nobody", "40003")])
async def test_without_somebody_who_was_there_a_person_looks(house: House, openid: str, label: str) -> None:
    subject = await house.asked(Part("text", "text", "很好"), openid=openid)
    assert (await state(subject), (await ContentCheck.get(subject_id=subject)).label) == (CheckState.PERSON, label)


async def test_a_quota_that_is_used_up_means_a_person(house: House) -> None:
    house.world.faults.append(Fault("/wxa/msg_sec_check", code=45009))
    midnight = clock.start_of(clock.today()) + timedelta(hours=12)
    with clock.at(midnight):
        subject = uuid4()
        await checks.asked_for(house.settings, "report", subject, [Part("text", "text", "很好")], openid=house.openid)
        await house.work()
    assert await state(subject) is CheckState.PERSON


async def test_a_film_is_looked_at_by_its_frames_and_heard(house: House, tmp_path: Path) -> None:
    source = tmp_path / "film"
    source.mkdir()
    (tmp_path / "nothing").write_bytes(b"")
    words = [
        *(ffmpeg.program(), "-v", "error", "-f", "lavfi", "-i", "testsrc=d=7:s=64x64:r=10"),
        *("-f", "lavfi", "-i", "sine=d=7", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-movflags", "+faststart", "film.mp4"),
    ]
    await ffmpeg.run(words, source=tmp_path / "nothing", into=source, limits=Limits())
    part = Part("film", "film", await house.copy("video.mp4", (source / "film.mp4").read_bytes()))
    subject = await house.asked(part)
    await house.work()
    await house.world.settled()
    rows = await ContentCheck.filter(subject_id=subject)
    sorts = sorted(row.sort for row in rows)
    assert (sorts.count("picture"), sorts.count("sound"), sorts.count("film")) == (4, 1, 1)
    assert {(row.state, row.label) for row in rows if row.sort != "film"} == {(CheckState.PASSED, "100")}
    assert await state(subject) is CheckState.PASSED


async def test_what_is_changed_is_asked_about_anew_and_the_rest_is_not(house: House) -> None:
    one, two = Part("one", "text", "一"), Part("two", "text", "二")
    subject = await house.asked(one, two)
    await checks.asked_for(house.settings, "report", subject, [one, Part("two", "text", "违禁")], openid=house.openid)
    assert await state(subject) is CheckState.OWED
    await house.work()
    assert (await state(subject), house.world.calls_of("/wxa/msg_sec_check")) == (CheckState.PERSON, 3)
    await checks.asked_for(house.settings, "report", subject, [one], openid=house.openid)
    assert await state(subject) is CheckState.PASSED


async def test_an_address_serves_one_copy_for_half_an_hour(house: House) -> None:
    house.world.media_check = "never"
    subject = await house.asked(await house.picture())
    check = await ContentCheck.get(subject_id=subject)
    address = checks.address(house.settings, check.id)
    async with ClientSession() as http:

        async def got(url: str) -> tuple[int, bytes]:
            async with http.get(url, allow_redirects=False) as answer:
                return answer.status, await answer.read() if answer.status == 200 else b""

        assert await got(address) == (200, PNG)
        assert (await got(address[:-20] + address[-20:].swapcase()))[0] == 404
        with clock.at(clock.now() - timedelta(minutes=31)):
            old = checks.address(house.settings, check.id)
        assert (await got(old))[0] == 404
        await checks.answered(check.trace_id or "", passed=True, label="100")
        assert (await got(address))[0] == 404, "it was answered"


@pytest.mark.parametrize("subject", ["case", "matter", ""])
async def test_only_what_is_to_be_published_can_be_asked_about(house: House, subject: str) -> None:
    with pytest.raises(ValueError, match="never sent"):
        await checks.asked_for(house.settings, subject, uuid4(), [Part("text", "text", "x")], openid="o")
    with pytest.raises(ValueError, match="no cleaned copy"):
        await checks.asked_for(house.settings, "report", uuid4(), [Part("a", "picture", "originals/00/x")], openid="o")
    assert await ContentCheck.all().count() == 0


async def test_filing_a_case_with_files_asks_nothing(api: Api, house: House) -> None:
    """Whatever it says, however far it goes, with an account at WeChat to ask."""
    tus = await ticketed(api)
    file = await tus.whole(b"risky 0123456789")
    filed = await filed_with(api, tus, [file])
    await processed(api, file)
    await api.step(filed["number"], "accept", "registrar1")
    for chore in worker.chores_of(api.settings, {Kind.MINI: house.client}):
        await chore.run()
    assert await File.filter(matter__number=filed["number"]).count() == 1
    assert await ContentCheck.all().count() == 0
    assert house.world.calls == []


async def test_a_person_decides_and_it_stays_who_and_why(api: Api, house: House) -> None:
    subject = await house.asked(Part("text", "text", "疑似"), of="typical_case")
    for who, status in (("", 401), ("handler1", 403)):
        assert (await api.call("GET", "/api/v1/content-checks", who)).status == status
    [waiting] = await api.get("/api/v1/content-checks", "reviewer1")
    assert (waiting["text"], waiting["label"], waiting["url"]) == ("疑似", "21000", None)
    path = f"/api/v1/content-checks/{waiting['id']}/decision"
    await api.post(path, "reviewer1", {"passed": True}, 422)
    done = await api.post(path, "reviewer1", {"passed": True, "reason": "引用法条"})
    again = await api.post(path, "reviewer1", {"passed": False, "reason": "再想想"}, 409)
    check = await ContentCheck.get(subject_id=subject).select_related("decided_by")
    assert (done["state"], again["code"], await state(subject, "typical_case")) == (
        "passed",
        "check_decided",
        CheckState.PASSED,
    )
    assert (check.reason, check.decided_by and check.decided_by.role) == ("引用法条", Role.PRE_REVIEWER)
