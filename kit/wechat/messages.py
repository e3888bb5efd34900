"""What we send of our own accord: subscription messages, template messages, customer-service messages.

Sending twice is seen twice, so a lost answer is not asked for again: Away says whether it may be out (`taken`).
"""

from collections.abc import Mapping
from typing import Any

from kit.wechat.answers import Card, Picture, Text, cut
from kit.wechat.client import Client
from kit.wechat.errors import Refused
from kit.wechat.values import fitted

_ALREADY = {45065, 45066}


async def subscribed(
    client: Client,
    openid: str,
    template_id: str,
    data: Mapping[str, str],
    *,
    page: str = "",
    state: str = "formal",
    language: str = "zh_CN",
) -> str:
    """Send one subscription message of the mini-program; it uses up one consent, unless that is a long-term one.

    Gives its id, under which its fate is reported, or nothing where WeChat tells none. `page` opens at a tap; `state`
    is formal, trial or developer. Raises Refused (43101: no consent left …) or Away.
    """
    body: dict[str, Any] = {
        "touser": openid,
        "template_id": template_id,
        "data": fitted(data),
        "miniprogram_state": state,
        "lang": language,
    }
    whole = body | ({"page": page} if page else {})
    said = await client.post("/cgi-bin/message/subscribe/send", whole, repeatable=False)
    return str(said.get("msgid") or "")


async def templated(
    client: Client,
    openid: str,
    template_id: str,
    data: Mapping[str, str],
    *,
    once: str,
    url: str = "",
    mini_program: tuple[str, str] | None = None,
) -> str:
    """Send one template message to a follower of the official account; gives its id, under which its fate is reported.

    WeChat sends the same `once` (at most 32 characters) one time in about ten minutes, so this may be repeated; the id
    is then empty. `mini_program` is the app id and page that open at a tap, before `url`. Raises Refused (43004: does
    not follow …) or Away.
    """
    body: dict[str, Any] = {
        "touser": openid,
        "template_id": template_id,
        "data": fitted(data),
        "client_msg_id": once,
    }
    if url:
        body["url"] = url
    if mini_program:
        body["miniprogram"] = {"appid": mini_program[0], "pagepath": mini_program[1]}
    try:
        said = await client.post("/cgi-bin/message/template/send", body)
    except Refused as refused:
        if refused.code in _ALREADY:
            return ""
        raise
    return str(said.get("msgid", ""))


async def said(client: Client, openid: str, message: Text | Picture | Card) -> None:
    """Say something in the chat to somebody who acted lately; raises Refused (45015: late, 45047: often) or Away."""
    match message:
        case Text(content):
            body: dict[str, Any] = {"msgtype": "text", "text": {"content": cut(content)}}
        case Picture(media_id):
            body = {"msgtype": "image", "image": {"media_id": media_id}}
        case Card(title, description, url, picture_url):
            article = {"title": title, "description": description, "url": url, "picurl": picture_url}
            body = {"msgtype": "news", "news": {"articles": [article]}}
    await client.post("/cgi-bin/message/custom/send", {"touser": openid} | body, repeatable=False)
