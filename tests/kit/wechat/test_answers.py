"""What we answer is what WeChat shows: encrypted, to the right person, within its limits, whatever the text holds."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.wechat.replies import shown
from kit import clock
from kit.wechat.account import Kind, Mode
from kit.wechat.answers import Answer, Card, Handover, Picture, Text, cut, rendered
from kit.wechat.callback import opened
from tests.kit.wechat.attacks import fields_of, taken
from tests.kit.wechat.test_callback import APP, NOW
from tests.kit.wechat.vectors import ACCOUNT, MOMENT


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    """The moment of the vectors."""
    with clock.at(MOMENT):
        yield


def answered(answer: Answer | None) -> dict[str, object] | None:
    """What the fake shows of an answer to a message of oFan's."""
    push = opened(ACCOUNT, *taken(APP, NOW))
    return shown(APP, "oFan", rendered(ACCOUNT, push, answer))


def test_nothing_is_said_as_success() -> None:
    push = opened(ACCOUNT, *taken(APP, NOW))
    assert rendered(ACCOUNT, push, None) == "success"
    assert answered(None) is None


@pytest.mark.parametrize(
    "content",
    [
        "您好",
        "0",
        'a]]><MsgType><![CDATA[image]]></MsgType><x a="b">&amp;</x>',
        "]]>" * 50,
        "]]]]>>",
        "{encrypt}{0}",
        "行\n行\t尾",
        "😀𠮷",
        '<a href="https://example.cn/?a=1&b=2">点此</a>',
    ],
)
def test_texts_arrive_as_they_are(content: str) -> None:
    assert answered(Text(content)) == {"msgtype": "text", "text": {"content": content}}


@pytest.mark.parametrize(("content", "expected"), [("a\0b\x0bc\ufffe", "abc"), ("\ud800x", "?x")])
def test_signs_that_xml_lacks_are_left_out(content: str, expected: str) -> None:
    assert answered(Text(content)) == {"msgtype": "text", "text": {"content": expected}}


def test_long_texts_are_cut_between_characters() -> None:
    assert cut("举" * 682) == "举" * 682
    assert cut("举" * 683) == "举" * 681 + "…"
    assert cut("a" + "举" * 700).endswith("举…")
    shown_text = answered(Text("]]>举报" * 1000))
    assert isinstance(shown_text, dict)
    assert str(shown_text["text"]).count("]]>举报") > 200


def test_pictures_and_cards() -> None:
    assert answered(Picture("m]]>x")) == {"msgtype": "image", "image": {"media_id": "m]]>x"}}
    card = answered(Card("标题", "说明]]>", "https://example.cn/?a=1&b=2", "https://example.cn/p.png"))
    assert card == {
        "msgtype": "news",
        "news": {
            "articles": [
                {
                    "Title": "标题",
                    "Description": "说明]]>",
                    "PicUrl": "https://example.cn/p.png",
                    "Url": "https://example.cn/?a=1&b=2",
                }
            ]
        },
    }


def test_in_plain_mode_the_answer_is_plain() -> None:
    app, account = replace(APP, mode="plain"), replace(ACCOUNT, mode=Mode.PLAIN)
    push = opened(account, *taken(app, NOW))
    answer = rendered(account, push, Text("好"))
    assert "<Encrypt>" not in answer
    assert shown(app, "oFan", answer) == {"msgtype": "text", "text": {"content": "好"}}


def test_a_mini_program_hands_over_or_says_nothing() -> None:
    app, account = replace(APP, kind="mini"), replace(ACCOUNT, kind=Kind.MINI)
    push = opened(account, *taken(app, NOW, fields_of(app, NOW)))
    assert shown(app, "oFan", rendered(account, push, Handover())) == {"msgtype": "transfer_customer_service"}
    assert rendered(account, push, None) == "success"
    with pytest.raises(ValueError, match="mini-program"):
        rendered(account, push, Text("好"))


def test_equal_answers_look_different() -> None:
    push = opened(ACCOUNT, *taken(APP, NOW))
    assert len({rendered(ACCOUNT, push, Text("好")) for _ in range(20)}) == 20
