"""Pictures of a code for each way to scan it; what WeChat draws is asked for once and kept in storage."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from io import BytesIO
from weakref import WeakValueDictionary

from obstore.store import ObjectStore
from PIL import Image

from domain.codes import scenes, sheet
from kit import storage
from kit.errors import Conflict, Unavailable
from kit.settings import Settings
from kit.wechat import codes
from kit.wechat.account import Kind
from kit.wechat.client import Client
from kit.wechat.errors import Refused, WeChatError
from models import Code

PAGE = "pages/report/index"  # of the mini-program; it reads the scene
_asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class Way(StrEnum):
    """How a code is scanned: as a link of our own, which any phone opens, or as one of WeChat's."""

    LINK = "link"
    MINI = "mini"
    OFFICIAL = "official"


class NoAccount(Conflict):
    """There is no such account at WeChat."""

    code, message = "wechat_not_set_up", "没有设置这个微信账号，请使用普通链接的二维码"


class NotDrawn(Unavailable):
    """WeChat did not give the picture; `details.wechat` is its error code, if it gave one."""

    code, message = "wechat_gives_no_code", "微信暂时没有给出这个码，请稍后再试；普通链接的二维码随时可用"


async def picture(settings: Settings, store: ObjectStore, clients: dict[Kind, Client], code: Code, way: Way) -> bytes:
    """The code as PNG; raises NoAccount or NotDrawn for one of WeChat's that can't be had."""
    if way is Way.LINK:
        return sheet.picture(settings, code)
    name = f"codes/{_client(clients, way).account.app_id}/{code.value}.png"
    async with _asking.setdefault(name, asyncio.Lock()):  # of several who want it, one asks
        try:
            return await storage.get(store, name)
        except FileNotFoundError:
            drawn = await drawn_picture(clients, way, scenes.scene_of(settings, code.value), PAGE)
        await storage.put(store, name, drawn)
    return drawn


async def drawn_picture(
    clients: Mapping[Kind, Client], way: Way, scene: str, page: str, *, seconds: int | None = None
) -> bytes:
    """A code of WeChat's for a scene, as PNG; the official account's for so many seconds, or for ever."""
    client = _client(clients, way)
    try:
        if client.account.kind is Kind.OFFICIAL:
            return sheet.drawn((await codes.account_code(client, scene, seconds=seconds)).url)
        return await asyncio.to_thread(_png, await codes.mini_program_code(client, scene, page))
    except Refused as refused:
        raise NotDrawn(details={"wechat": refused.code}) from refused
    except (WeChatError, OSError) as error:  # or a picture that is none
        raise NotDrawn from error


def _client(clients: Mapping[Kind, Client], way: Way) -> Client:
    client = clients.get(Kind(way))
    if client is None:
        raise NoAccount
    return client


def _png(given: bytes) -> bytes:
    """WeChat draws in JPEG or PNG, as it likes."""
    if given.startswith(b"\x89PNG"):
        return given
    file = BytesIO()
    with Image.open(BytesIO(given), formats=["JPEG"]) as image:
        image.save(file, "PNG")
    return file.getvalue()
