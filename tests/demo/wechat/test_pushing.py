"""What the fake pushes, how often, and what it makes of our answers: as wechat.md, 2 to 4, says of the real one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from demo.wechat import phone
from demo.wechat.pushing import OUT_OF_ORDER, Sender, request_for, signed_query, xml
from demo.wechat.sealing import decrypted, encrypted, signature
from demo.wechat.world import App, World
from kit import clock
from kit.wechat.answers import Text, rendered
from kit.wechat.callback import opened
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver
from tests.kit.wechat.conftest import account_of


async def test_verification_takes_the_echo_and_nothing_else(world: World, sender: Sender, receiver: Receiver) -> None:
    app = worlds.official(world)
    assert await sender.verified(app)
    query = receiver.queries[0]
    assert signature(app.token, query["timestamp"], query["nonce"]) == query["signature"]
    assert "msg_signature" not in query
    for echo in ("", f'"{query["echostr"]}"', "success"):
        receiver.echo = echo
        assert not await sender.verified(app)


async def test_an_answer_in_time_is_the_end(world: World, sender: Sender, receiver: Receiver) -> None:
    delivered = await sender.message(worlds.official(world), worlds.zhang(world), "text", Content="在吗")
    assert (delivered.attempts, delivered.status, delivered.reply, delivered.failed) == (1, 200, None, False)
    assert "<Content><![CDATA[在吗]]></Content>" in receiver.bodies[0]
    assert "在吗".encode() not in receiver.raw[0]
    assert "<FromUserName>" not in receiver.raw[0].decode()


@pytest.mark.parametrize("answers", [[500, 500], [1.5, 1.5], [403, 1.5]], ids=["errors", "silence", "both"])
async def test_three_deliveries_of_the_same(
    world: World, sender: Sender, receiver: Receiver, answers: list[int | float]
) -> None:
    world.patience = 0.5
    receiver.answers = list(answers)
    delivered = await sender.message(worlds.official(world), worlds.zhang(world), "text", Content="在吗")
    assert (delivered.attempts, delivered.failed) == (3, False)
    assert len(set(receiver.bodies)) == 1
    assert len(set(receiver.raw)) == 3
    assert len({query["nonce"] for query in receiver.queries}) == 3
    assert len({query["msg_signature"] for query in receiver.queries}) == 3


async def test_after_three_the_person_reads_that_it_is_out_of_order(
    world: World, sender: Sender, receiver: Receiver
) -> None:
    receiver.answers = [500, 500, 500, "success"]
    person = worlds.zhang(world)
    delivered = await sender.message(worlds.official(world), person, "text", Content="在吗")
    assert (delivered.attempts, delivered.failed, len(receiver.bodies)) == (3, True, 3)
    assert person.chat[-1].content["text"]["content"] == OUT_OF_ORDER
    assert world.complaints == ["no answer, last status 500"]


async def test_our_answer_is_shown(world: World, sender: Sender, receiver: Receiver) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    account = account_of(app)
    await sender.message(app, person, "text", Content="在吗")
    push = opened(account, receiver.queries[0], receiver.raw[0])
    answer = rendered(account, push, Text("在"))
    receiver.answers = [answer]
    delivered = await sender.message(app, person, "text", Content="在吗")
    assert delivered.reply == {"msgtype": "text", "text": {"content": "在"}}
    assert [line.kind for line in person.chat] == ["said", "said", "reply"]
    receiver.answers = [answer]
    other = world.add_person("李四")
    other.follows.add(app.app_id)
    assert (await sender.message(app, other, "text", Content="在吗")).failed
    assert world.complaints == ["receiver or sender"]


def reply(app: App, openid: str, inner: str, **around: str) -> str:
    """An answer as somebody careless would write it."""
    text = (
        f"<xml><ToUserName>{openid}</ToUserName><FromUserName>{app.original_id}</FromUserName>"
        f"<CreateTime>1</CreateTime>{inner}</xml>"
    )
    sealed = encrypted(app.aes_key, app.app_id, text.encode())
    parts = {"Encrypt": sealed, "TimeStamp": "1", "Nonce": "n"}
    parts["MsgSignature"] = signature(app.token, "1", "n", sealed)
    return xml(parts | around)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ("<MsgType>text</MsgType><Content></Content>", "length"),
        (f"<MsgType>text</MsgType><Content>{'举' * 683}</Content>", "length"),
        ("<MsgType>poem</MsgType>", "MsgType"),
        ("<MsgType>image</MsgType>", "MediaId"),
        ("<MsgType>news</MsgType><ArticleCount>2</ArticleCount>", "articles"),
        ("<MsgType>text</MsgType><Content>a</Content><Content>b</Content>", "repeated"),
        ("<MsgType>text</MsgType><Content>]]></Content", "XML"),
    ],
)
async def test_wrong_answers_are_seen(world: World, sender: Sender, receiver: Receiver, inner: str, why: str) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    receiver.answers = [reply(app, person.openid(app), inner)]
    delivered = await sender.message(app, person, "text", Content="在吗")
    assert (delivered.failed, delivered.attempts) == (True, 1)
    assert why in world.complaints[0]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("好的", "XML"),
        ("\ufeffsuccess", "XML"),
        ("success\n", "around"),
        ("<xml><ToUserName>o</ToUserName></xml>", "not encrypted"),
    ],
)
async def test_answers_that_are_none_are_seen(
    world: World, sender: Sender, receiver: Receiver, answer: str, why: str
) -> None:
    receiver.answers = [answer]
    assert (await sender.message(worlds.official(world), worlds.zhang(world), "text", Content="在吗")).failed
    assert why in world.complaints[0]


async def test_badly_sealed_answers_are_seen(world: World, sender: Sender, receiver: Receiver) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    inner, openid = "<MsgType>text</MsgType><Content>好</Content>", person.openid(app)
    sealed = encrypted(app.aes_key, app.app_id, b"<xml/>")
    for answer, why in (
        (reply(app, openid, inner, MsgSignature="0" * 40), "MsgSignature"),
        (reply(app, openid, inner, Encrypt=sealed), "MsgSignature"),
        (reply(replace(app, app_id="wx-another"), openid, inner), "app id"),
        (reply(replace(app, aes_key="C" * 43), openid, inner), "Encrypt"),
        (reply(app, "oSomebodyElse", inner), "receiver"),
    ):
        receiver.answers = [answer]
        assert (await sender.message(app, person, "text", Content="在吗")).failed
        assert why in world.complaints[-1]
    assert not [line for line in person.chat if line.kind == "reply"]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
@pytest.mark.parametrize("as_json", [False, True])
def test_modes(mode: str, *, as_json: bool) -> None:
    app = replace(worlds.official(worlds.small()), mode=mode, as_json=as_json)
    fields = {"ToUserName": app.original_id, "FromUserName": "oFan", "MsgType": "text", "Content": "举报"}
    query, body = request_for(app, fields, timestamp=1_700_000_000)
    text = body.decode()
    assert ("举报" in text) == (mode != "safe")
    assert ("encrypt_type" in query) == (mode != "plain")
    assert text.startswith("{" if as_json else "<xml>")
    assert query["openid"] == "oFan"
    assert query["signature"] == signature(app.token, query["timestamp"], query["nonce"])


def test_a_list_of_one_is_no_list_in_json() -> None:
    app = replace(worlds.official(worlds.small()), mode="plain", as_json=True)
    for number, expected in ((1, '"List":{'), (2, '"List":[{')):
        fields = {"FromUserName": "oFan", "List": [{"TemplateId": "t"}] * number}
        assert expected in request_for(app, fields, timestamp=1)[1].decode()


def test_what_is_sealed_comes_back() -> None:
    sealed = encrypted("A" * 43, "wx1", "举报".encode())
    assert decrypted("A" * 43, "wx1", sealed) == "举报"
    with pytest.raises(ValueError, match="app id"):
        decrypted("A" * 43, "wx2", sealed)
    assert "encrypt_type" not in signed_query(worlds.official(worlds.small()), timestamp=1)


async def test_only_followers_chat(world: World, sender: Sender) -> None:
    with pytest.raises(ValueError, match="following"):
        await sender.message(worlds.official(world), world.add_person("李四"), "text", Content="在吗")


async def test_following_by_a_code_and_coming_back(world: World, sender: Sender, receiver: Receiver) -> None:
    app, other = worlds.official(world), world.add_person("李四")
    await phone.followed(sender, app, other)
    await phone.unfollowed(sender, app, other)
    assert [("subscribe" in body, "unsubscribe" in body) for body in receiver.bodies] == [(True, False), (True, True)]
    assert app.app_id not in other.follows


async def test_days_later_a_push_is_signed_now(world: World, sender: Sender, receiver: Receiver) -> None:
    world.pass_time(days=3)
    await sender.message(worlds.official(world), worlds.zhang(world), "text", Content="在吗")
    push = opened(account_of(worlds.official(world)), receiver.queries[0], receiver.raw[0])
    assert push.sent - clock.now() > timedelta(days=2)


async def test_domains_are_ours_if_the_file_lies_there(sender: Sender, receiver: Receiver) -> None:
    address = receiver.url.rsplit("/", 1)[0]
    assert await sender.owns(address, "MP_verify_abc.txt", "abc")
    assert not await sender.owns(address, "MP_verify_abc.txt", "abcd")
    assert not await sender.owns(address, "MP_verify_other.txt", "abc")
