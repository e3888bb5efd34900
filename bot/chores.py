"""What the worker does for WeChat: fetches what was sent in the chat, reminds, ends talks, sends notices, forgets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import structlog

from bot import telling, texts
from bot.articles import Drafts
from bot.telling import Teller
from domain.files.writing import Place
from domain.loop import deliveries, reach
from domain.reports import articles
from domain.wechat import chat_media, drafts, fans, pickups, pushes
from domain.wechat.chat_media import Lost
from kit.settings import Settings
from kit.wechat import media, messages
from kit.wechat.account import Kind
from kit.wechat.answers import Text
from kit.wechat.client import Client
from kit.wechat.errors import Act, Refused, WeChatError
from models import Fan

_log = structlog.get_logger("wechat")
Run = Callable[[], Awaitable[int]]


def chores(settings: Settings, wechat: Mapping[Kind, Client], uploads: Place) -> dict[str, tuple[float, Run]]:
    """Each chore with the seconds between its runs; any number of workers may do so at once."""
    mouth = _Mouth(settings, {client.account.app_id: client for client in wechat.values()})

    async def fetched() -> int:
        if not mouth.clients:
            return 0
        lost = partial(mouth.tell, "lost")
        return await chat_media.fetched(settings, uploads, mouth.download, lost)

    async def reminded() -> int:
        found = await drafts.to_remind()
        for fan in found:
            await mouth.tell("soon", fan)
        return len(found)

    async def ended() -> int:
        found = await drafts.ended()
        for fan in found:
            await mouth.tell("ended", fan)
            await fans.unneeded(fan.id)
        return len(found)

    async def forgotten() -> int:
        return await pushes.swept() + await pickups.swept() + await fans.swept()

    drafting = Drafts(wechat[Kind.OFFICIAL]) if Kind.OFFICIAL in wechat else None
    ways = telling.means(settings) if wechat else {}
    teller = Teller(settings, wechat)

    return {
        "chat_media": (2, fetched),
        "talks_reminded": (60, reminded),
        "talks_ended": (60, ended),
        "pushes_swept": (3600, forgotten),
        "notices_sent": (2, lambda: deliveries.sent(settings, ways, teller)),
        "articles": (10, lambda: articles.carried(settings, drafting)),
        "reach_ended": (60, lambda: reach.ended(settings)),
    }


@dataclass(frozen=True)
class _Mouth:
    """WeChat's API as the domain asks for it."""

    settings: Settings
    clients: Mapping[str, Client]  # by app id

    async def download(self, app_id: str, media_id: str, into: BinaryIO) -> None:
        """The bytes of something sent; raises Lost when asking again would change nothing."""
        try:
            await media.download(self.clients[app_id], media_id, into, most=drafts.LARGEST)
        except Refused as refused:
            if refused.act is Act.STOP:
                raise Lost from None
            raise

    async def tell(self, name: str, fan: Fan) -> None:
        """Say something as far as WeChat lets us; whoever can't be reached loses nothing but the notice."""
        if fan.app_id not in self.clients or fan.spoke_at is None:
            return
        try:
            await messages.said(self.clients[fan.app_id], fans.openid_of(self.settings, fan), Text(texts.SAYS[name]))
        except WeChatError as error:
            _log.info("not told", about=name, why=str(error))
