"""The client under each fault: it tries again where that helps and does no harm, within bounds, and tells no secret."""

import asyncio
import io
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import datetime

import pytest
import structlog
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from demo.wechat.faults import Fault
from demo.wechat.pushing import Sender
from demo.wechat.world import World
from kit import clock, logs
from kit.settings import ROOT, Profile, Settings
from kit.wechat import codes, login, menu, messages
from kit.wechat.answers import Text
from kit.wechat.client import Call, Client
from kit.wechat.errors import Act, Away, Refused, WeChatError
from tests.demo.wechat import worlds
from tests.kit.wechat.conftest import account_of, client_of
from tests.servers import Servers

STABLE, MENU, QR, TEMPLATE = (
    "/cgi-bin/stable_token",
    "/cgi-bin/menu/create",
    "/cgi-bin/qrcode/create",
    "/cgi-bin/message/template/send",
)
CUSTOM = "/cgi-bin/message/custom/send"
STALL, STALLED = 1.5, 0.5  # seconds of silence, and after how many of them a try is given up
BUTTONS = [menu.Click("我要举报", "report")]


async def set_menu(client: Client) -> None:
    """Something that may be repeated."""
    await menu.set_menu(client, BUTTONS)


async def say(client: Client, world: World) -> None:
    """Something that may not."""
    await messages.said(client, worlds.zhang(world).openid(worlds.official(world)), Text("好"))


async def test_many_calls_share_one_token(official: Client, world: World) -> None:
    await asyncio.gather(*(set_menu(official) for _ in range(30)))
    assert world.calls_of(STABLE) == 1
    assert world.calls_of(MENU) == 30


async def test_two_clients_that_race_fetch_one_token(
    world: World, http: ClientSession, valkey: Redis, servers: Servers
) -> None:
    app = worlds.official(world)
    world.faults.append(Fault(STABLE, stall=0.2))
    async with Redis.from_url(servers.valkey.url()) as one, Redis.from_url(servers.valkey.url()) as two:
        clients = [client_of(app, world, http, one), client_of(app, world, http, two)]
        await asyncio.gather(*(set_menu(client) for client in clients * 5))
        assert world.calls_of(STABLE) == 1
        world.kill_tokens()
        await asyncio.gather(*(set_menu(client) for client in clients * 5))
    assert world.calls_of(STABLE) == 2
    assert world.complaints == []


async def test_two_real_processes_fetch_one_token(world: World, valkey: Redis, servers: Servers) -> None:
    await valkey.ping()
    world.faults.append(Fault(STABLE, stall=0.3))
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.kit.wechat.racer", world.base, servers.valkey.url())
    racers = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT) for _ in range(2)]
    for racer in racers:
        assert racer.stdout
        assert await racer.stdout.readline() == b"ready\n"
    await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    assert [racer.returncode for racer in racers] == [0, 0]
    assert (world.calls_of(STABLE), world.calls_of(MENU)) == (1, 20)


async def test_a_new_process_takes_the_token_that_is_there(
    official: Client, world: World, http: ClientSession, valkey: Redis
) -> None:
    await set_menu(official)
    await set_menu(client_of(worlds.official(world), world, http, valkey))
    assert world.calls_of(STABLE) == 1
    assert 6000 < await valkey.ttl("wx:tok:wx-official") <= 6900


async def test_the_token_is_left_before_its_end(official: Client, world: World, valkey: Redis) -> None:
    world.pass_time(seconds=0)
    await set_menu(official)
    world.pass_time(seconds=7200 - 200)  # the platform lends another one by now
    await valkey.delete("wx:tok:wx-official")
    official.token._held = None
    await set_menu(official)
    assert len(world.tokens) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001, 41001])
async def test_one_refresh_and_one_more_try(official: Client, world: World, code: int) -> None:
    world.faults.append(Fault(MENU, times=100, code=code))
    with pytest.raises(Refused) as refused:
        await set_menu(official)
    assert (refused.value.code, refused.value.act) == (code, Act.RENEW)
    assert world.calls_of(MENU) == 1  # the same token came back: asking again would be the same
    assert world.calls_of(STABLE) == 2


async def test_a_dead_token_is_replaced(official: Client, world: World) -> None:
    await set_menu(official)
    world.kill_tokens()
    await set_menu(official)
    assert (world.calls_of(STABLE), world.calls_of(MENU)) == (2, 3)


async def test_an_expired_token_is_replaced(official: Client, world: World) -> None:
    await set_menu(official)
    world.pass_time(hours=3)
    await set_menu(official)
    assert (world.calls_of(STABLE), world.calls_of(MENU)) == (2, 3)


async def test_a_hopeless_token_makes_no_storm(official: Client, world: World) -> None:
    await set_menu(official)
    world.faults.append(Fault(MENU, times=1000, code=40001))
    outcomes = await asyncio.gather(*(set_menu(official) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert world.calls_of(STABLE) == 2
    assert world.calls_of(MENU) == 51


async def test_after_a_dead_token_fifty_fetch_once(official: Client, world: World) -> None:
    await set_menu(official)
    world.kill_tokens()
    await asyncio.gather(*(set_menu(official) for _ in range(50)))
    assert world.calls_of(STABLE) == 2


@pytest.mark.parametrize("code", [-1, 44990])
async def test_busy_is_asked_again_in_bounds(official: Client, world: World, code: int) -> None:
    world.faults.append(Fault(MENU, times=2, code=code))
    await set_menu(official)
    assert world.calls_of(MENU) == 3
    world.faults.append(Fault(MENU, times=100, code=code))
    with pytest.raises(Refused) as refused:
        await set_menu(official)
    assert refused.value.retry_after == 5
    assert world.calls_of(MENU) == 6


async def test_a_send_is_tried_twice_at_most(official: Client, world: World) -> None:
    world.faults.append(Fault(CUSTOM, times=100, code=-1))
    with pytest.raises(Refused):
        await say(official, world)
    assert world.calls_of(CUSTOM) == 2


@pytest.mark.parametrize(("code", "seconds"), [(45011, 60), (45009, 3600 + 1)])
async def test_quotas_are_waited_for_elsewhere(official: Client, world: World, code: int, seconds: int) -> None:
    world.faults.append(Fault(MENU, times=100, code=code))
    with pytest.raises(Refused) as refused:
        await set_menu(official)
    with clock.at(datetime(2026, 11, 23, 23, 0, tzinfo=clock.CHINA)):
        assert refused.value.retry_after == seconds
    assert world.calls_of(MENU) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(MENU, status=502),
        Fault(MENU, stall=STALL),
        Fault(MENU, reset=True),
        Fault(MENU, reset=True, done=True),
    ],
    ids=["HTML", "stall", "reset before", "reset after"],
)
async def test_a_lost_answer_is_asked_for_again(official: Client, world: World, fault: Fault) -> None:
    official._stalled = STALLED
    world.faults.append(fault)
    await set_menu(official)
    assert worlds.official(world).menu


@pytest.mark.parametrize(
    "fault",
    [Fault(CUSTOM, status=502), Fault(CUSTOM, stall=STALL), Fault(CUSTOM, reset=True, done=True)],
    ids=["HTML", "stall", "reset after"],
)
async def test_a_send_whose_answer_is_lost_is_not_repeated(
    official: Client, wechat: tuple[World, Sender], fault: Fault
) -> None:
    world, sender = wechat
    await sender.message(worlds.official(world), worlds.zhang(world), "text", Content="在吗")
    await official.token.current()
    official._stalled = STALLED
    world.faults.append(fault)
    with pytest.raises(Away) as away:
        await say(official, world)
    assert away.value.taken
    assert world.calls_of(CUSTOM) <= 1


async def test_a_send_that_cannot_have_left_is_repeated(world: World, http: ClientSession, valkey: Redis) -> None:
    client = client_of(worlds.official(world), world, http, valkey)
    await client.token.current()
    client._base = "http://127.0.0.1:1"
    with pytest.raises(Away) as away:
        await say(client, world)
    assert not away.value.taken


async def test_without_a_token_nothing_was_sent(official: Client, world: World) -> None:
    world.faults.append(Fault(STABLE, times=100, status=502))
    with pytest.raises(Away) as away:
        await say(official, world)
    assert not away.value.taken
    assert world.calls_of(CUSTOM) == 0


async def test_a_template_message_is_repeated_and_arrives_once(official: Client, world: World) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    world.faults.append(Fault(TEMPLATE, reset=True, done=True))
    data = {"thing1": "事项", "time2": "2026年11月23日 09:00"}
    number = await messages.templated(official, person.openid(app), worlds.DUTY, data, once="n1")
    assert number == ""  # taken the first time, when its number was lost
    assert [line.kind for line in person.chat] == ["template"]


@pytest.mark.parametrize("fault", [Fault(QR, plain=True), Fault(QR, raw=True)], ids=["text/plain", "control signs"])
async def test_json_is_read_however_it_comes(official: Client, world: World, fault: Fault) -> None:
    world.faults.append(fault)
    assert (await codes.account_code(official, "c/ABC")).url.startswith("http://weixin.qq.com/q/")


async def test_all_tries_together_have_an_end(official: Client, world: World) -> None:
    await official.token.current()
    official._stalled = STALLED
    world.faults.append(Fault(MENU, times=100, stall=4))
    began = asyncio.get_running_loop().time()
    with pytest.raises(Away):
        await official.ask(Call("POST", MENU, json={"button": []}, seconds=0.8))
    assert asyncio.get_running_loop().time() - began < 3


async def test_a_slow_token_counts_too(official: Client, world: World) -> None:
    world.faults.append(Fault(STABLE, times=100, stall=0.3))
    with pytest.raises(Away) as away:
        await official.ask(Call("POST", MENU, json={"button": []}, seconds=0.1))
    assert not away.value.taken
    assert world.calls_of(MENU) == 0


async def test_what_comes_slowly_but_steadily_is_taken(official: Client, world: World) -> None:
    slow = web.Application()
    slow.router.add_get("/film", _dripping)
    async with TestServer(slow) as server:
        official._stalled = STALLED
        into = io.BytesIO()
        call = Call("GET", str(server.make_url("/film")), token=False)
        assert await official.fetch(call, into, 100) == "video/mp4"
    assert into.getvalue() == b"film" * 4


async def _dripping(request: web.Request) -> web.StreamResponse:
    """A film over a bad line: longer altogether than WeChat may be silent."""
    response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
    await response.prepare(request)
    for _ in range(4):
        await response.write(b"film")
        await asyncio.sleep(0.2)
    return response


async def test_while_valkey_is_away_it_goes_on(world: World, http: ClientSession) -> None:
    away = Redis(port=1, retry=Retry(NoBackoff(), 0))
    client = client_of(worlds.official(world), world, http, away)
    await asyncio.gather(*(set_menu(client) for _ in range(5)))
    world.kill_tokens()
    await set_menu(client)
    assert world.calls_of(STABLE) == 2
    await away.aclose()


async def test_an_abandoned_lock_is_not_waited_for_long(
    official: Client, world: World, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.wechat.kept._PATIENCE", 0.2)
    await valkey.set("wx:tok:wx-official:lock", "whoever died", ex=100)
    await set_menu(official)
    assert world.calls_of(MENU) == 1


async def test_a_wrong_secret_is_a_matter_for_the_operators(world: World, http: ClientSession, valkey: Redis) -> None:
    app = worlds.official(world)
    client = client_of(app, world, http, valkey)
    app.secret = "changed-in-the-console"
    with pytest.raises(Refused) as refused:
        await set_menu(client)
    assert (refused.value.code, refused.value.act, refused.value.path) == (40125, Act.ALARM, STABLE)
    assert world.calls_of(STABLE) == 1


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative, with the messages of errors."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(Settings(log_format="json", log_level="DEBUG", profile=Profile.DEVELOPMENT), stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


async def test_nothing_secret_is_logged_or_raised(
    stream: io.StringIO, world: World, http: ClientSession, valkey: Redis
) -> None:
    official = client_of(worlds.official(world), world, http, valkey)
    mini = client_of(worlds.mini(world), world, http, valkey)
    app, person = worlds.mini(world), worlds.zhang(world)
    code = world.code_for(app, person)
    tokens = [await official.token.current(), await mini.token.current()]
    official._stalled = mini._stalled = 0.1
    said: list[str] = []
    for fault in (
        Fault(code=-1, times=9),
        Fault(code=40001, times=9),
        Fault(code=45009, times=9),
        Fault(status=502, times=9),
        Fault(stall=0.3, times=9),
        Fault(reset=True, times=9),
    ):
        for client in (official, mini):
            for call in (
                client.get("/cgi-bin/user/info", openid=person.openid(app)),
                login.signed_in(client, code),
                codes.mini_program_code(client, "c/ABC", "pages/index/index"),
            ):
                world.faults[:] = [fault]
                fault.times = 9
                try:
                    await call
                except WeChatError as error:
                    said.append("".join(traceback.format_exception(error)) + repr(error))
                    structlog.get_logger().exception("as a bug")
    assert len(said) > 30
    told = stream.getvalue() + "".join(said)
    assert "wechat refused" in told
    assert '"rid":"' in told
    for secret in (*tokens, *world.tokens, *(one.secret for one in world.apps.values()), code, person.openid(app)):
        assert secret not in told
    assert repr(account_of(app)) not in told or app.secret not in told


async def test_the_rid_is_kept(official: Client, world: World) -> None:
    world.faults.append(Fault(MENU, code=40018))
    with pytest.raises(Refused) as refused:
        await set_menu(official)
    assert len(refused.value.rid) == 26
    assert refused.value.rid in str(refused.value)


def test_codes_that_nobody_knows_are_told_as_such() -> None:
    assert Refused("/x", 99999).act is Act.BUG
    assert Refused("/x", 99999).retry_after is None
    assert Refused("/x", 43101, "user refuse").act is Act.STOP
