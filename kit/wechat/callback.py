"""From a request at the callback to what WeChat said, or a Refusal: no input or output, nothing remembered.

Left to whoever calls, since it needs a memory: that `Push.once` has one effect, whoever delivers it again. It comes
after `opened`: nobody fills that memory with forgeries.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from wechatpy import parse_message
from wechatpy.fields import StringField
from wechatpy.messages import MESSAGE_TYPES

from kit import clock
from kit.errors import TooLarge
from kit.wechat import xml
from kit.wechat.account import Account, Kind, Mode
from kit.wechat.envelope import signed, unsealed
from kit.wechat.push import Push
from kit.wechat.refusals import Forged, Unreadable

FRESH = 300  # seconds that a push may be old, or ahead of our clock
_MOST_IN_A_MESSAGE_ID = 1 << 64
# Fields that are text, whatever the kind: repeated or nested they would be lists and dictionaries further on.
_TEXTS = frozenset(
    {
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "MsgId",
        "MsgID",
        "Event",
        "EventKey",
        "Ticket",
        "Status",
        "MenuId",
        "Content",
        "MediaId",
        "PicUrl",
        "Format",
        "Recognition",
        "MediaId16K",
        "ThumbMediaId",
        "Location_X",
        "Location_Y",
        "Scale",
        "Label",
        "Title",
        "Description",
        "Url",
        "Latitude",
        "Longitude",
        "Precision",
        "AppId",
        "PagePath",
        "ThumbUrl",
        "SessionFrom",
        "KfAccount",
        "OpenID",
        "AppID",
        "trace_id",
        "errcode",
        "errmsg",
        "bizmsgmenuid",
        "Encrypt",
    }
)
_MOMENT, _NUMBER, _OPENID = map(re.compile, (r"[0-9]{1,11}", r"[0-9]{0,20}", r"[0-9A-Za-z_@-]{1,64}"))
_PROVED = {"CreateTime", "MsgId"}
_NUMBERS = {"Location_X", "Location_Y", "Scale", "Latitude", "Longitude", "Precision"}


def echoed(account: Account, query: Mapping[str, str]) -> str:
    """What to answer, as plain text, when WeChat's console verifies the address; raises Forged or Unreadable."""
    _prove(account, query, "signature")
    echo = query.get("echostr", "")
    if not re.fullmatch(r"[\x21-\x7e]{1,256}", echo):
        raise Unreadable("echostr")
    return echo


def opened(account: Account, query: Mapping[str, str], body: bytes) -> Push:
    """What was pushed; raises TooLarge, Forged or Unreadable, and nothing else, whatever came in.

    `query` is the address's, `body` the whole body. The openid in the query is not looked at: it is not signed.
    """
    if len(body) > xml.MOST_BYTES:
        raise TooLarge
    outer = _text(account, body)
    if query.get("encrypt_type", "raw") == "raw":
        if account.mode is not Mode.PLAIN:
            raise Forged("plain")
        _prove(account, query, "signature")
        return _push(account, outer)
    return _push(account, _decrypted(account, query, outer))


def _decrypted(account: Account, query: Mapping[str, str], outer: str) -> str:
    fields = xml.read(outer)
    encrypted = fields.get("Encrypt")
    if not encrypted:
        raise Unreadable("Encrypt")
    if account.mode is Mode.SAFE and "FromUserName" in fields:
        raise Forged("compatible")  # the plain text went beside it
    _prove(account, query, "msg_signature", encrypted)
    inner = unsealed(account, encrypted)
    return _text(account, inner.encode())


def _prove(account: Account, query: Mapping[str, str], name: str, *parts: str) -> None:
    """Only who knows the token can have signed this, and lately."""
    timestamp, nonce, given = query.get("timestamp", ""), query.get("nonce", ""), query.get(name, "")
    try:
        proved = signed(given, account.token, timestamp, nonce, *parts)
    except UnicodeEncodeError:  # half a character of UTF-16
        proved = False
    if not proved:
        raise Forged("signature")
    if not _MOMENT.fullmatch(timestamp) or abs(clock.now().timestamp() - int(timestamp)) > FRESH:
        raise Forged("stale")


def _text(account: Account, raw: bytes) -> str:
    try:
        text = raw.decode().strip()
    except UnicodeDecodeError:
        raise Unreadable("utf-8") from None
    # In JSON we could not answer: an official account has to push XML, a mini-program is never answered.
    return xml.from_json(text) if account.kind is Kind.MINI and text.startswith("{") else text


def _push(account: Account, text: str) -> Push:
    fields = xml.read(text)
    if None in fields.values() and any(fields[name] is None for name in fields.keys() & _TEXTS):
        raise Unreadable("fields")
    sent, number = fields.get("CreateTime") or "", fields.get("MsgId") or ""
    openid, original_id = fields.get("FromUserName") or "", fields.get("ToUserName") or ""
    if not _OPENID.fullmatch(openid) or original_id != account.original_id:
        raise Unreadable("names")
    if not _MOMENT.fullmatch(sent) or not _NUMBER.fullmatch(number):
        raise Unreadable("numbers")
    type_, event = (fields.get("MsgType") or "").lower(), (fields.get("Event") or "").lower()
    if (type_ == "event") != bool(event) or (not event and not 0 < int(number or 0) < _MOST_IN_A_MESSAGE_ID):
        raise Unreadable("kind")
    return Push(
        app_id=account.app_id,
        openid=openid,
        original_id=original_id,
        sent=datetime.fromtimestamp(int(sent), clock.CHINA),
        type=type_,
        event=event,
        key=fields.get("EventKey") or "",
        id="" if event else number,
        message=_message(text, fields),
    )


def _message(text: str, fields: Mapping[str, str | None]) -> Any:
    """An object of wechatpy, which converts a field when it is read: they are read here, so none fails later."""
    try:
        message = _flat(fields) or parse_message(text)
        sent = message._data  # noqa: SLF001  # wechatpy has no other name for it
        for name, key in _converted(message.__class__):
            if key in sent:
                getattr(message, name)
        for name in sent.keys() & _NUMBERS:
            float(sent[name] or 0)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError, OSError):
        raise Unreadable("fields") from None
    return message


def _flat(fields: Mapping[str, str | None]) -> Any:
    """What `parse_message` would give, for a message that has nothing nested: it need not be parsed twice."""
    kind = MESSAGE_TYPES.get((fields.get("MsgType") or "").lower())
    values = {name: value.strip() or None for name, value in fields.items() if value is not None}
    return kind(values) if kind and len(values) == len(fields) else None


@cache
def _converted(kind: Any) -> tuple[tuple[str, str], ...]:
    """The fields that are more than text, by wechatpy's name and WeChat's, without those already looked at."""
    fields = kind._fields.items()
    return tuple(
        (name, one.name) for name, one in fields if one.name not in _PROVED and not isinstance(one, StringField)
    )
