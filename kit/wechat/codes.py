"""Codes to scan and links that open our accounts; what they carry is a scene of ours, never an id."""

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kit.wechat.client import Call, Client, value
from kit.wechat.errors import Away

_MOST_BYTES = 2 << 20
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")  # wechat.md, 7.2
_LONGEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Ticket:
    """A parametric code: the text of the QR code, where WeChat draws it, for how many seconds (None: for ever)."""

    url: str
    picture_url: str
    seconds: int | None


async def mini_program_code(
    client: Client, scene: str, page: str, *, release: str = "release", width: int = 430, check_page: bool = True
) -> bytes:
    """The picture (PNG or JPEG) of a code that opens a page with a scene; it never ends, so keep it.

    `release` is release, trial or develop. Raises ValueError for a scene that WeChat does not take, Refused or Away.
    """
    if not _SCENE.fullmatch(scene):
        raise ValueError("a scene has 1 to 32 of the characters that WeChat lists")
    path = "/wxa/getwxacodeunlimit"
    body = {"scene": scene, "page": page, "env_version": release, "width": width, "check_path": check_page}
    picture = io.BytesIO()
    said = await client.fetch(Call("POST", path, json=body), picture, _MOST_BYTES)
    if not isinstance(said, str) or not said.startswith("image/"):
        raise Away(path, "no picture", taken=False)
    return picture.getvalue()


async def account_code(client: Client, scene: str, *, seconds: int | None = None) -> Ticket:
    """A code that leads to the chat of the official account, which then tells us the scene (1 to 64 characters).

    For `seconds` (at most 30 days), or for ever: of these WeChat grants 100,000.
    """
    if not 1 <= len(scene) <= 64:
        raise ValueError("a scene has 1 to 64 characters")
    body: dict[str, Any] = {
        "action_name": "QR_LIMIT_STR_SCENE" if seconds is None else "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": scene}},
    }
    if seconds is not None:
        body["expire_seconds"] = min(seconds, _LONGEST_DAYS * 86400)
    said = await client.post("/cgi-bin/qrcode/create", body)
    picture = f"https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket={quote(value(said, 'ticket'), safe='')}"
    return Ticket(value(said, "url"), picture, said.get("expire_seconds"))


async def link(client: Client, page: str, query: str = "", *, days: int = 30, release: str = "release") -> str:
    """An https link that opens a page of the mini-program from outside WeChat, for 1 to 30 days."""
    if not 1 <= days <= _LONGEST_DAYS or len(query) > 1024:
        raise ValueError("a link lasts 1 to 30 days, and its query has at most 1,024 characters")
    body = {"path": page, "query": query, "expire_type": 1, "expire_interval": days, "env_version": release}
    return value(await client.post("/wxa/generate_urllink", body), "url_link")
