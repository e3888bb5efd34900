"""Whether what we answered to a push is something WeChat would show."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from demo.wechat.sealing import decrypted, signature
from demo.wechat.world import App

_TYPES = {"text", "image", "voice", "video", "music", "news", "transfer_customer_service"}


class Wrong(Exception):
    """An answer that makes WeChat say that the service is out of order; the text says why."""


def shown(app: App, openid: str, answer: str) -> dict[str, Any] | None:
    """The reply in an answer, None if it says that there is none; raises Wrong."""
    if answer in {"", "success"}:
        return None
    outer = _parsed(answer)
    if app.mode != "plain":
        outer = _parsed(_opened(app, outer))
    reply = {child.tag: child.text or "" for child in outer}
    if reply.get("ToUserName") != openid or reply.get("FromUserName") != app.original_id:
        raise Wrong("receiver or sender")
    if not re.fullmatch(r"\d+", reply.get("CreateTime", "")):
        raise Wrong("CreateTime")
    kind = reply.get("MsgType")
    if kind not in _TYPES or (app.kind == "mini" and kind != "transfer_customer_service"):
        raise Wrong("MsgType")
    if len(list(outer)) != len(reply):
        raise Wrong("repeated fields")
    return _content(kind, outer)


def _content(kind: str, outer: ET.Element) -> dict[str, Any]:
    match kind:
        case "text":
            content = outer.findtext("Content") or ""
            if not 1 <= len(content.encode()) <= 2048:
                raise Wrong("length of the text")
            return {"msgtype": "text", "text": {"content": content}}
        case "news":
            items = outer.findall("Articles/item")
            if outer.findtext("ArticleCount") != "1" or len(items) != 1:
                raise Wrong("articles")
            return {"msgtype": "news", "news": {"articles": [{part.tag: part.text or "" for part in items[0]}]}}
        case "image":
            media_id = outer.findtext("Image/MediaId")
            if not media_id:
                raise Wrong("MediaId")
            return {"msgtype": "image", "image": {"media_id": media_id}}
        case _:
            return {"msgtype": kind}


def _parsed(text: str) -> ET.Element:
    if text != text.strip() or "<!DOCTYPE" in text:
        raise Wrong("something around the XML")
    try:
        root = ET.fromstring(text)  # noqa: S314  # what the system under test answered
    except ET.ParseError as error:
        raise Wrong(f"XML: {error}") from None
    if root.tag != "xml":
        raise Wrong("root")
    return root


def _opened(app: App, outer: ET.Element) -> str:
    parts = {name: outer.findtext(name) or "" for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    if not all(parts.values()):
        raise Wrong("not encrypted")
    if signature(app.token, parts["TimeStamp"], parts["Nonce"], parts["Encrypt"]) != parts["MsgSignature"]:
        raise Wrong("MsgSignature")
    try:
        return decrypted(app.aes_key, app.app_id, parts["Encrypt"])
    except ValueError as error:
        raise Wrong(f"Encrypt: {error}") from None
