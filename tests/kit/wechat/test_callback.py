"""A push is taken when WeChat made it lately for this account, and read without surprises; nothing else is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message

from demo.wechat.pushing import request_for, signed_query, xml
from demo.wechat.sealing import encrypted
from demo.wechat.world import App
from kit import clock
from kit.errors import Refusal
from kit.wechat import events
from kit.wechat.account import Account, Kind, Mode
from kit.wechat.callback import FRESH, echoed, opened
from kit.wechat.envelope import signature, unsealed
from kit.wechat.push import Push
from kit.wechat.refusals import Forged, Unreadable
from tests.kit.wechat import vectors
from tests.kit.wechat.attacks import ATTACKS, Attack, fields_of, taken
from tests.kit.wechat.vectors import ACCOUNT, MOMENT

NOW = int(MOMENT.timestamp())
APP = App("official", ACCOUNT.app_id, ACCOUNT.original_id, ACCOUNT.secret, ACCOUNT.token, ACCOUNT.aes_key)
MINI = replace(ACCOUNT, kind=Kind.MINI)


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """The moment of the vectors."""
    with clock.at(MOMENT):
        yield


def pushed(account: Account = ACCOUNT, *, app: App = APP, **fields: Any) -> Push:
    """What our side reads of a push of the fake's."""
    return opened(account, *taken(app, NOW, {**fields_of(app, NOW), **fields}))


def event(name: str, *, app: App = APP, account: Account = ACCOUNT, **fields: Any) -> Push:
    """The same for an event, which has no MsgId."""
    common = {"ToUserName": app.original_id, "FromUserName": "oFan", "CreateTime": NOW, "MsgType": "event"}
    return opened(account, *taken(app, NOW, common | {"Event": name} | fields))


def test_vector_of_the_query() -> None:
    assert signature("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert signature(vectors.TOKEN, vectors.TIMESTAMP, vectors.NONCE) == vectors.SIGNATURE


def test_vector_of_the_body() -> None:
    assert ACCOUNT.keys == (bytes.fromhex(vectors.KEY),)
    assert unsealed(ACCOUNT, vectors.ENCRYPTED) == vectors.MESSAGE
    push = opened(ACCOUNT, vectors.QUERY, vectors.BODY)
    assert (push.openid, push.type, push.id, push.message.content) == ("oU", "text", "1", "举报")
    assert push.sent == MOMENT - timedelta(seconds=1)


def test_the_fake_encrypts_as_the_vector() -> None:
    made = encrypted(vectors.AES_KEY, vectors.APP_ID, vectors.MESSAGE.encode(), prefix=vectors.PREFIX)
    assert made == vectors.ENCRYPTED


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attacks(attack: Attack) -> None:
    query, body = attack.made(APP, NOW)
    with pytest.raises(Refusal) as refusal:
        opened(ACCOUNT, query, body)
    assert refusal.value.status == attack.status


def test_forgeries_are_told_apart_by_nobody() -> None:
    answers = set()
    for attack in ATTACKS:
        if attack.status == 403:
            with pytest.raises(Forged) as refusal:
                opened(ACCOUNT, *attack.made(APP, NOW))
            answers.add((refusal.value.status, refusal.value.code, refusal.value.text, str(refusal.value.details)))
    assert len(answers) == 1


@given(st.binary(max_size=300), st.dictionaries(st.sampled_from([*vectors.QUERY, "signature"]), st.text(max_size=50)))
def test_whatever_comes_is_taken_or_refused(body: bytes, query: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        opened(ACCOUNT, query, body)


@given(st.text(max_size=300))
def test_whatever_is_inside_is_taken_or_refused(text: str) -> None:
    sealed = encrypted(APP.aes_key, APP.app_id, f"<xml>{text}</xml>".encode(errors="replace"))
    with clock.at(MOMENT), pytest.raises(Unreadable):
        opened(ACCOUNT, signed_query(APP, sealed, timestamp=NOW), xml({"Encrypt": sealed}).encode())


NAMES = [
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Event", "EventKey", "Content", "MediaId",
    "Location_X", "Scale", "Latitude", "MenuId", "Status", "result", "detail", "errcode", "trace_id", "List",
    "ScanCodeInfo", "SendPicsInfo", "SendLocationInfo", "Ticket",
]  # fmt: skip
KINDS = ["text", "image", "location", "event", "link", "device_event", "hologram"]
EVENTS = ["subscribe", "SCAN", "LOCATION", "CLICK", "scancode_push", "pic_weixin", "wxa_media_check", "odd"]
VALUES = st.recursive(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20)
    | st.integers()
    | st.sampled_from(["qrscene_x", "scanbarcode|x", "1", "gh_1", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "List", "suggest"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.sampled_from(KINDS), st.sampled_from(["", *EVENTS]))
def test_every_field_of_what_is_taken_can_be_read(fields: dict[str, Any], kind: str, name: str) -> None:
    """Whatever WeChat comes to send: taken and readable, or refused."""
    known = {"ToUserName": "gh_1", "FromUserName": "oFan", "CreateTime": NOW, "MsgType": kind}
    about: dict[str, Any] = {"Event": name} if name else {"MsgId": 7}
    with clock.at(MOMENT):
        try:
            push = opened(ACCOUNT, *taken(APP, NOW, known | about | fields))
        except Refusal:
            return
        for attribute in push.message._fields:
            getattr(push.message, attribute)
        assert isinstance(push.scene, str)
        assert len(push.once) == 64
        assert isinstance(events.subscriptions(push), list)
        assert isinstance(events.checked(push).trace_id, str)
        assert all(isinstance(part, str) for part in events.template_outcome(push))


@given(
    st.sampled_from(["text", "image", "location"]), st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]))
)
def test_a_flat_message_is_read_as_wechatpy_reads_it(kind: str, content: str) -> None:
    with clock.at(MOMENT):
        fields = fields_of(APP, NOW, MsgType=kind, Content=content, Scale="1", Label=" a\n")
        push = opened(ACCOUNT, *taken(APP, NOW, fields))
    theirs = parse_message(xml(fields))
    assert type(push.message) is type(theirs)
    assert push.message._data == theirs._data


def test_everything_within_the_window_is_fresh() -> None:
    for seconds in (-FRESH, 0, FRESH):
        assert opened(ACCOUNT, *request_for(APP, fields_of(APP, NOW), timestamp=NOW + seconds)).id


def test_the_previous_key_opens_and_a_strange_one_does_not() -> None:
    changed = replace(ACCOUNT, aes_key="C" * 43, previous_aes_key=ACCOUNT.aes_key)
    assert opened(changed, *taken(APP, NOW)).type == "text"
    with pytest.raises(Forged):
        opened(replace(ACCOUNT, aes_key="C" * 43), *taken(APP, NOW))


def test_plain_only_where_configured() -> None:
    plain = replace(APP, mode="plain")
    assert pushed(replace(ACCOUNT, mode=Mode.PLAIN), app=plain).message.content == "举报"
    for mode in (Mode.SAFE, Mode.COMPATIBLE):
        with pytest.raises(Forged):
            pushed(replace(ACCOUNT, mode=mode), app=plain)


def test_in_compatible_mode_only_the_encrypted_part_counts() -> None:
    compatible = replace(APP, mode="compatible")
    query, body = request_for(compatible, fields_of(APP, NOW), timestamp=NOW)
    body = body.replace("举报".encode(), "别的".encode())
    assert opened(replace(ACCOUNT, mode=Mode.COMPATIBLE), query, body).message.content == "举报"
    with pytest.raises(Forged):
        opened(ACCOUNT, query, body)


def test_the_openid_of_the_query_is_not_believed() -> None:
    query, body = taken(APP, NOW)
    assert opened(ACCOUNT, query | {"openid": "oSomebodyElse"}, body).openid == "oFan"


def test_address_verification_echoes_what_is_signed() -> None:
    query = signed_query(APP, timestamp=NOW) | {"echostr": "1234567890"}
    assert echoed(ACCOUNT, query) == "1234567890"
    for wrong in ({"signature": "0" * 40}, {"nonce": "other"}, {"timestamp": str(NOW - FRESH - 1)}):
        with pytest.raises(Forged):
            echoed(ACCOUNT, query | wrong)
    for echo in ("", "<script> x", "中文", "1" * 257, "a\nb"):
        with pytest.raises(Unreadable):
            echoed(ACCOUNT, query | {"echostr": echo})


@pytest.mark.parametrize("token", ["", "ab", "a" * 33, "含中文的", "with space"])
def test_no_account_without_a_proper_token(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        replace(ACCOUNT, token=token)


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 42 + "="])
def test_no_account_without_a_proper_key(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        replace(ACCOUNT, aes_key=key)


def test_what_is_printed_tells_no_secret_and_no_person() -> None:
    printed = repr(ACCOUNT) + repr(pushed())
    for secret in (ACCOUNT.secret, ACCOUNT.token, ACCOUNT.aes_key, "oFan", "举报"):
        assert secret not in printed


def test_redeliveries_are_the_same_once_and_other_pushes_are_not() -> None:
    first, again = pushed(), pushed()
    assert first.once == again.once
    assert len(first.once) == 64
    others = [
        pushed(MsgId=7),
        pushed(FromUserName="oOther"),
        event("subscribe"),
        event("unsubscribe"),
        event("CLICK", EventKey="a"),
        event("CLICK", EventKey="b"),
        event("CLICK", EventKey="a", CreateTime=NOW + 1),
        event("wxa_media_check", trace_id="1"),
        event("wxa_media_check", trace_id="2"),
        event("TEMPLATESENDJOBFINISH", MsgID="1"),
        event("TEMPLATESENDJOBFINISH", MsgID="2"),
        event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": {"TemplateId": "t", "MsgID": "1"}}),
        event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": {"TemplateId": "t", "MsgID": "2"}}),
    ]
    assert len({first.once, *(other.once for other in others)}) == len(others) + 1
    assert event("CLICK", EventKey="a").once == event("CLICK", EventKey="a").once


@pytest.mark.parametrize(
    ("name", "key", "expected", "scene"),
    [
        ("subscribe", "qrscene_c/ABC123", "subscribe", "c/ABC123"),
        ("subscribe", "", "subscribe", ""),
        ("SCAN", "c/ABC123", "scan", "c/ABC123"),
        ("CLICK", "report", "click", ""),
    ],
)
def test_scenes(name: str, key: str, expected: str, scene: str) -> None:
    push = event(name, EventKey=key, Ticket="t")
    assert (push.event, push.key, push.scene, push.id) == (expected, key, scene, "")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image", {"PicUrl": "http://x", "MediaId": "m"}),
        ("voice", {"MediaId": "m", "Format": "amr"}),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}),
        ("shortvideo", {"MediaId": "m", "ThumbMediaId": "t"}),
    ],
)
def test_media(kind: str, fields: dict[str, Any]) -> None:
    push = pushed(MsgType=kind, **fields)
    assert (push.type, push.message.media_id, push.text("MediaId")) == (kind, "m", "m")


def test_places_and_links() -> None:
    place = pushed(MsgType="location", Location_X=36.06, Location_Y=103.83, Scale=20, Label="兰州")
    assert place.message.location == ("36.06", "103.83")
    assert pushed(MsgType="link", Title="t", Description="d", Url="https://x").message.url == "https://x"


def test_what_nobody_knows_is_read_all_the_same() -> None:
    assert pushed(MsgType="hologram", Depth={"a": [1, 2]}).type == "hologram"
    assert event("user_authorization_revoke", RevokeInfo="1").text("RevokeInfo") == "1"


@pytest.mark.parametrize("wrapper", ["SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "Anything", ""])
@pytest.mark.parametrize("number", [1, 2])
def test_lists_of_subscriptions(wrapper: str, number: int) -> None:
    items = [{"TemplateId": f"t{n}", "SubscribeStatusString": "accept", "PopupScene": 0} for n in range(number)]
    fields: dict[str, Any] = {wrapper: {"List": items}} if wrapper else {"List": items}
    found = events.subscriptions(event("subscribe_msg_popup_event", **fields))
    assert [(one.template_id, one.accepted) for one in found] == [(f"t{n}", True) for n in range(number)]


def test_the_fate_of_sends() -> None:
    item = {"TemplateId": "t", "MsgID": 2**60, "ErrorCode": 43101, "ErrorStatus": "refused"}
    (one,) = events.subscriptions(event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": item}))
    assert (one.accepted, one.message_id, one.error) == (None, str(2**60), "43101")
    push = event("TEMPLATESENDJOBFINISH", MsgID=2**60, Status="failed:user block")
    assert events.template_outcome(push) == (str(2**60), "failed:user block")


@pytest.mark.parametrize(
    ("fields", "suggestion", "error"),
    [
        ({"errcode": 0, "result": {"suggest": "risky", "label": 20002}}, events.Suggestion.RISKY, "0"),
        ({"errcode": 0, "result": {"suggest": "odd", "label": 1}}, events.Suggestion.REVIEW, "0"),
        ({"errcode": -1008, "errmsg": "download failed"}, None, "-1008"),
        ({"errcode": 0, "result": {"suggest": "pass", "label": 100}, "detail": [{}, {}]}, events.Suggestion.PASS, "0"),
        ({}, events.Suggestion.REVIEW, "0"),
    ],
)
def test_results_of_checks(fields: dict[str, Any], suggestion: events.Suggestion | None, error: str) -> None:
    checked = events.checked(event("wxa_media_check", trace_id="abc", version=2, **fields))
    assert (checked.trace_id, checked.suggestion, checked.error) == ("abc", suggestion, error)


@pytest.mark.parametrize("number", [1, 2])
def test_json_of_a_mini_program(number: int) -> None:
    app = replace(APP, kind="mini", as_json=True)
    items = [{"TemplateId": f"t{n}", "SubscribeStatusString": "reject"} for n in range(number)]
    push = event("subscribe_msg_change_event", app=app, account=MINI, List=items)
    assert [one.accepted for one in events.subscriptions(push)] == [False] * number
    assert pushed(MINI, app=app, Content="<b>&]]>").message.content == "<b>&]]>"


@pytest.mark.parametrize(
    "body", ["{", "[]", "{}", '{"a b": 1}', '{"Encrypt": {"a": 1}}', '{"Encrypt":' * 20_000, '{"Encrypt": "\\u0000"}']
)
def test_broken_json_is_refused(body: str) -> None:
    with pytest.raises(Refusal):
        opened(MINI, signed_query(APP, "x", timestamp=NOW), body.encode()[: 64 << 10])


def test_the_signature_is_sha1_over_the_sorted_parts() -> None:
    assert signature("b", "a", "c") == sha1(b"abc", usedforsecurity=False).hexdigest()
