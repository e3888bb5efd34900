"""The defects of wechatpy that we work around are still there; where one is mended, our check beside it can go."""

import inspect
import string

import pytest
import wechatpy
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.replies import TextReply, create_reply
from wechatpy.utils import check_signature, random_string

from demo.wechat.sealing import enciphered, signature
from tests.kit.wechat.vectors import AES_KEY, APP_ID, ENCRYPTED, MESSAGE, MSG_SIGNATURE, NONCE, TIMESTAMP, TOKEN


def test_the_version_that_was_read() -> None:
    assert wechatpy.__version__ == "1.8.18"


def test_it_opens_the_vector() -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    assert crypto.decrypt_message({"Encrypt": ENCRYPTED}, MSG_SIGNATURE, TIMESTAMP, NONCE) == MESSAGE
    with pytest.raises(InvalidSignatureException):
        crypto.decrypt_message({"Encrypt": ENCRYPTED}, "0" * 40, TIMESTAMP, NONCE)


def test_d9_a_text_may_end_its_section() -> None:
    assert "<MsgType>x" in TextReply(content="a]]><MsgType>x").render()


def test_d10_zero_is_nothing() -> None:
    assert "<Content><![CDATA[]]></Content>" in TextReply(content=0).render()


def test_d11_d12_replies_that_are_none() -> None:
    assert create_reply(None).render() == ""
    assert create_reply({"a": 1}) is None


@pytest.mark.parametrize(
    ("xml", "error"),
    [("<a/>", KeyError), ("<xml/>", TypeError), ("<xml><MsgType><a/></MsgType></xml>", AttributeError)],
)
def test_d13_hostile_xml_raises_anything(xml: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_message(xml)


def test_d13_numbers_are_read_late() -> None:
    message = parse_message("<xml><MsgType>text</MsgType><MsgId>abc</MsgId></xml>")
    with pytest.raises(ValueError, match="abc"):
        _ = message.id


def test_d13_two_ids_are_a_list() -> None:
    message = parse_message("<xml><MsgType>text</MsgType><MsgId>1</MsgId><MsgId>2</MsgId></xml>")
    assert message.id == ["1", "2"]


def test_d14_padding_is_believed() -> None:
    plain = b"p" * 16 + (6).to_bytes(4, "big") + b"<xml/>" + APP_ID.encode()
    wrong = plain + bytes(19) + bytes([20])
    key = WeChatCrypto(TOKEN, AES_KEY, APP_ID).key
    assert PrpCrypto(key).decrypt(enciphered(AES_KEY, wrong), APP_ID) == "<xml/>"


def test_d14_comparison_tells_by_its_time() -> None:
    assert "!=" in inspect.getsource(check_signature)


def test_d15_an_empty_token_signs() -> None:
    check_signature("", signature("", "1", "2"), "1", "2")


def test_d16_d17_d18_events() -> None:
    xml = "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>{}</xml>"
    followed = parse_message(xml.format("<Event>subscribe</Event><EventKey>qrscene_x</EventKey>"))
    assert (followed.event, followed.scene_id, followed._data["Event"]) == ("subscribe_scan", "x", "subscribe_scan")
    assert followed.id == 0
    checked = parse_message(xml.format("<Event>wxa_media_check</Event><result><suggest>risky</suggest></result>"))
    assert checked._data["result"] == {"suggest": "risky"}
    assert not hasattr(checked, "result")


def test_d20_the_prefix_repeats_no_character() -> None:
    assert len(set(random_string(16))) == 16
    assert len(random_string(16)) < len(string.printable)


def test_the_old_encrypted_data_takes_the_session_key_first() -> None:
    assert list(inspect.signature(WeChatWxaCrypto).parameters) == ["key", "iv", "app_id"]
