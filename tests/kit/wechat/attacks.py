"""What others send to the callback (security.md, 3.3): nothing of it may have an effect, or be a bug of ours.

`ATTACKS` are for an account in safe mode; each makes query and body anew, around a message that would be taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from demo.wechat.pushing import request_for, signed_query, xml
from demo.wechat.sealing import enciphered, encrypted
from demo.wechat.world import App

Request = tuple[dict[str, str], bytes]
OTHER_KEY = "B" * 43


@dataclass(frozen=True)
class Attack:
    """One way; `status` is the answer."""

    name: str
    status: int
    made: Callable[[App, int], Request]


def fields_of(app: App, now: int, **more: Any) -> dict[str, Any]:
    """A text message that would be taken."""
    common = {"ToUserName": app.original_id, "FromUserName": "oFan", "CreateTime": now, "MsgType": "text"}
    return common | {"Content": "举报", "MsgId": 25_000_000_000_000_001} | more


def sealed(app: App, now: int, inner: bytes) -> Request:
    """This text, properly signed and encrypted."""
    return around(app, now, encrypted(app.aes_key, app.app_id, inner))


def around(app: App, now: int, cipher: str) -> Request:
    """This cipher text, properly signed."""
    return signed_query(app, cipher, timestamp=now), xml({"ToUserName": app.original_id, "Encrypt": cipher}).encode()


def query(**changed: str | None) -> Callable[[App, int], Request]:
    """A proper push whose query says something else, or nothing (None)."""

    def made(app: App, now: int) -> Request:
        proper, body = request_for(app, fields_of(app, now), timestamp=now)
        return {name: value for name, value in (proper | changed).items() if value is not None}, body

    return made


def at(seconds: int) -> Callable[[App, int], Request]:
    """A proper push of another time."""
    return lambda app, now: request_for(app, fields_of(app, now), timestamp=now + seconds)


def inside(text: str | bytes) -> Callable[[App, int], Request]:
    """A proper push with this in it."""
    return lambda app, now: sealed(app, now, text if isinstance(text, bytes) else text.encode())


def outside(text: str | bytes) -> Callable[[App, int], Request]:
    """This as the whole body, under signatures that are right for it wherever they can be."""

    def made(app: App, now: int) -> Request:
        return signed_query(app, "x", timestamp=now), text if isinstance(text, bytes) else text.encode()

    return made


def changed(**fields: Any) -> Callable[[App, int], Request]:
    """A proper push with another field."""
    return lambda app, now: sealed(app, now, xml(fields_of(app, now, **fields)).encode())


def replaced(old: str, new: str) -> Callable[[App, int], Request]:
    """A proper push whose XML was changed before it was encrypted."""

    def made(app: App, now: int) -> Request:
        text = xml(fields_of(app, now, MsgId="<id>"))
        if old not in text:
            raise ValueError(old)
        return sealed(app, now, text.replace(old, new).encode())

    return made


def without(name: str) -> Callable[[App, int], Request]:
    """A proper push that lacks a field."""

    def made(app: App, now: int) -> Request:
        rest = {key: value for key, value in fields_of(app, now).items() if key != name}
        return sealed(app, now, xml(rest).encode())

    return made


def plain(app: App, now: int) -> Request:
    """In plain text, signed as in plain mode."""
    return signed_query(app, timestamp=now), xml(fields_of(app, now)).encode()


def compatible(app: App, now: int) -> Request:
    """Encrypted, and beside it in plain text."""
    return request_for(replace(app, mode="compatible"), fields_of(app, now), timestamp=now)


def other_body(app: App, now: int) -> Request:
    """The query of one push, the body of another."""
    first, _ = request_for(app, fields_of(app, now), timestamp=now)
    _, second = request_for(app, fields_of(app, now, Content="别的"), timestamp=now)
    return first, second


def of_another(**other: Any) -> Callable[[App, int], Request]:
    """From an account that is not ours."""
    return lambda app, now: request_for(replace(app, **other), fields_of(app, now), timestamp=now)


def flipped(app: App, now: int) -> Request:
    """One bit of the cipher text is another, under the old signature."""
    proper, body = request_for(app, fields_of(app, now), timestamp=now)
    place = body.index(b"<Encrypt>") + 40
    return proper, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def swapped(app: App, now: int) -> Request:
    """The signature that does not cover the body, in the place of the one that does."""
    proper, body = request_for(app, fields_of(app, now), timestamp=now)
    return proper | {"msg_signature": proper["signature"]}, body


_ENTITIES = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
)
_OUTSIDE_FILE = '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_PARAMETER = '<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'

ATTACKS = [
    # who says it
    Attack("no query", 403, lambda app, now: ({}, plain(app, now)[1])),
    Attack("no signature", 403, query(msg_signature=None)),
    Attack("empty signature", 403, query(msg_signature="")),
    Attack("wrong signature", 403, query(msg_signature="0" * 40)),
    Attack("signature in capitals and Chinese", 403, query(msg_signature="签名")),
    Attack("half a character as signature", 403, query(msg_signature="\ud800")),
    Attack("half a character as nonce", 403, query(nonce="\ud800")),
    Attack("the signature of the query for that of the body", 403, swapped),
    Attack("signed by another account", 403, of_another(token="another")),
    Attack("query of one push, body of another", 403, other_body),
    Attack("one bit changed", 403, flipped),
    Attack("plain in safe mode", 403, plain),
    Attack("plain, called raw", 403, lambda a, n: (plain(a, n)[0] | {"encrypt_type": "raw"}, plain(a, n)[1])),
    Attack("compatible in safe mode", 403, compatible),
    # when
    Attack("six minutes old", 403, at(-360)),
    Attack("six minutes ahead", 403, at(360)),
    Attack("of the year 1970", 403, lambda app, now: request_for(app, fields_of(app, now), timestamp=0)),
    Attack("a time before all times", 403, lambda app, now: request_for(app, fields_of(app, now), timestamp=-1)),
    Attack("a time too long", 403, lambda app, now: request_for(app, fields_of(app, now), timestamp=10**30)),
    # for whom, and how encrypted
    Attack("for another app", 403, of_another(app_id="wxffffffffffffffff")),
    Attack("with another key", 403, of_another(aes_key=OTHER_KEY)),
    Attack("padding of zeros", 403, lambda app, now: around(app, now, enciphered(app.aes_key, _filled(app, now, 0)))),
    Attack("padding of two kinds", 403, lambda a, n: around(a, n, enciphered(a.aes_key, _filled(a, n, 7, 9)))),
    Attack("padding of 33", 403, lambda a, n: around(a, n, enciphered(a.aes_key, b"!" * 64))),
    Attack("a length beyond the end", 403, lambda a, n: around(a, n, enciphered(a.aes_key, _too_long(a)))),
    Attack("not whole blocks", 403, lambda app, now: around(app, now, "AAAA")),
    Attack("not Base64", 403, lambda app, now: around(app, now, "这不是密文")),
    Attack("nothing encrypted", 400, lambda app, now: around(app, now, "")),
    # XML that breaks readers
    Attack("empty", 400, outside("")),
    Attack("rubbish", 400, outside(b"\xff\xfe\x00\x01")),
    Attack("larger than 64 KiB", 413, outside(b"<xml>" + b"x" * (64 << 10) + b"</xml>")),
    Attack("10 MB", 413, outside(b"<xml>" + b"x" * (10 << 20))),
    Attack("DTD", 400, outside("<!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>")),
    Attack("external entity", 400, outside(f"{_OUTSIDE_FILE}<xml><Encrypt>&x;</Encrypt></xml>")),
    Attack("parameter entity", 400, outside(f"{_PARAMETER}<xml><Encrypt>x</Encrypt></xml>")),
    Attack("entities of entities", 400, outside(f"{_ENTITIES}<xml><Encrypt>&c;</Encrypt></xml>")),
    Attack("entities inside", 400, inside(f"{_ENTITIES}<xml><Content>&c;</Content></xml>")),
    Attack("other encoding", 400, outside("<?xml version='1.0' encoding='utf-16'?><xml/>".encode("utf-16"))),
    Attack("processing instruction", 400, outside("<?php x ?><xml><Encrypt>x</Encrypt></xml>")),
    Attack("8,000 nested", 400, outside("<a>" * 8000 + "</a>" * 8000)),
    Attack("17 nested inside", 400, inside("<xml>" + "<a>" * 17 + "</a>" * 17 + "</xml>")),
    Attack("5,000 elements", 400, outside("<xml>" + "<a/>" * 5000 + "</xml>")),
    Attack("another root", 400, inside("<a/>")),
    Attack("two roots", 400, outside("<xml/><xml/>")),
    Attack("two ciphers", 400, outside("<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>")),
    Attack("a cipher in a cipher", 400, outside("<xml><Encrypt><Encrypt>a</Encrypt></Encrypt></xml>")),
    Attack("attributes", 400, inside('<xml a="1"><MsgType>text</MsgType></xml>')),
    Attack("empty inside", 400, inside("")),
    Attack("no UTF-8 inside", 403, inside(b"<xml>\xff</xml>")),
    Attack("NUL inside", 400, changed(Content="a\0b")),
    Attack("JSON for an official account", 400, inside('{"MsgType":"text"}')),
    # fields that are not what they should be
    Attack("no ToUserName", 400, without("ToUserName")),
    Attack("no FromUserName", 400, without("FromUserName")),
    Attack("no CreateTime", 400, without("CreateTime")),
    Attack("no MsgType", 400, without("MsgType")),
    Attack("no MsgId", 400, without("MsgId")),
    Attack("two MsgIds", 400, replaced("</MsgId>", "</MsgId><MsgId>2</MsgId>")),
    Attack("an element as MsgType", 400, replaced("<![CDATA[text]]>", "<a/>")),
    Attack("an element as Content", 400, changed(Content={"b": "c"})),
    Attack("MsgId is no number", 400, changed(MsgId="abc")),
    Attack("MsgId is negative", 400, changed(MsgId=-5)),
    Attack("MsgId beyond 64 bits", 400, changed(MsgId=1 << 64)),
    Attack("MsgId of other digits", 400, changed(MsgId="１２")),
    Attack("CreateTime is no number", 400, changed(CreateTime="soon")),
    Attack("CreateTime beyond all years", 400, changed(CreateTime=10**12)),
    Attack("openid with quotes", 400, changed(FromUserName="o'; drop table")),
    Attack("openid of 65", 400, changed(FromUserName="o" * 65)),
    Attack("to another account", 400, changed(ToUserName="gh_other")),
    Attack("event without a name", 400, changed(MsgType="event")),
    Attack("a message that calls itself an event", 400, changed(Event="subscribe")),
    Attack("an element as EventKey", 400, changed(MsgType="event", Event="subscribe", EventKey={"a": "b"})),
    Attack("a place that is none", 400, changed(MsgType="location", Location_X="north", Location_Y="2", Scale="1")),
    Attack("a scale that is none", 400, changed(MsgType="location", Location_X="1", Location_Y="2", Scale="x")),
]  # fmt: skip


def _filled(app: App, now: int, last: int, rest: int = 0) -> bytes:
    """A proper text, filled to whole blocks with something else."""
    text = xml(fields_of(app, now)).encode()
    plain = b"p" * 16 + len(text).to_bytes(4, "big") + text + app.app_id.encode()
    return plain + bytes([rest]) * (63 - len(plain) % 32) + bytes([last])


def _too_long(app: App) -> bytes:
    plain = b"p" * 16 + (1 << 31).to_bytes(4, "big") + b"<xml/>" + app.app_id.encode()
    missing = 32 - len(plain) % 32
    return plain + bytes([missing]) * missing


def taken(app: App, now: int, fields: Mapping[str, Any] | None = None) -> Request:
    """What should be taken, for comparison."""
    return request_for(app, fields or fields_of(app, now), timestamp=now)
