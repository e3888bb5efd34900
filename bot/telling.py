"""Notices as WeChat is given them: which template, which words, which page; and what its refusals mean for a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import texts
from domain.loop.deliveries import Barred, Gone, Halted, Later, Letter, Lost, Misset, Unsent
from domain.loop.delivery_plans import Means, Offer
from kit import clock
from kit.settings import Settings
from kit.wechat import messages
from kit.wechat.account import Kind
from kit.wechat.answers import Text
from kit.wechat.client import Client
from kit.wechat.errors import DAILY_QUOTA, Act, Away, Refused, WeChatError
from kit.wechat.templates import Template, template
from models import NoticeChannel

BARRED, NO_PAGE = 48004, 41030
BARRED_FOR = 3600  # seconds until it is tried whether WeChat has lifted it
PROGRESS, DUTY = "progress", "duty"
PAGES = {PROGRESS: "pages/progress/index", DUTY: "staff/queue/index"}
STATES = {PROGRESS: "有新进展", DUTY: "待处理"}
REMARKS = {PROGRESS: "请凭回执查询", DUTY: "请登录工作台查看"}


def templates(settings: Settings) -> dict[tuple[NoticeChannel, str], Template]:
    """The templates that this installation has."""
    set_up = {
        (NoticeChannel.LASTING, PROGRESS): settings.wechat_mini_progress_lasting,
        (NoticeChannel.SUBSCRIBE, PROGRESS): settings.wechat_mini_progress,
        (NoticeChannel.SUBSCRIBE, DUTY): settings.wechat_mini_duty,
        (NoticeChannel.TEMPLATE, PROGRESS): settings.wechat_official_progress,
        (NoticeChannel.TEMPLATE, DUTY): settings.wechat_official_duty,
    }
    return {key: found for key, setting in set_up.items() if (found := template(setting))}


def means(settings: Settings) -> Means:
    """The channels that this installation has."""
    apps = {kind: getattr(settings, f"wechat_{kind}_app_id") for kind in Kind}
    offers = {
        (channel, message): Offer(apps[_KINDS[channel]], found.id)
        for (channel, message), found in templates(settings).items()
        if apps[_KINDS[channel]]
    }
    if apps[Kind.OFFICIAL]:
        offers |= {(NoticeChannel.SERVICE, message): Offer(apps[Kind.OFFICIAL]) for message in PAGES}
    return offers


_KINDS = {
    NoticeChannel.LASTING: Kind.MINI,
    NoticeChannel.SUBSCRIBE: Kind.MINI,
    NoticeChannel.TEMPLATE: Kind.OFFICIAL,
    NoticeChannel.SERVICE: Kind.OFFICIAL,
}


@dataclass(frozen=True)
class Teller:
    """WeChat's API as the domain asks for it."""

    settings: Settings
    clients: Mapping[Kind, Client]

    async def said(self, letter: Letter) -> str:
        """Send it; raises what `domain.loop.deliveries` knows how to go on from."""
        client = self.clients.get(_KINDS[letter.channel])
        if client is None:
            raise Later("no_account")
        try:
            return await self._sent(client, letter)
        except WeChatError as error:
            raise meant(error) from error

    async def _sent(self, client: Client, letter: Letter) -> str:
        page = PAGES[letter.message]
        if letter.channel is NoticeChannel.SERVICE:
            link = texts.link("点这里查看", texts.page(self.settings, page))
            await messages.said(client, letter.openid, Text(f"{letter.text}。{link}"))
            return ""
        found = templates(self.settings)[letter.channel, letter.message]
        data = found.filled(values(letter))
        if letter.channel is NoticeChannel.TEMPLATE:
            url = texts.page(self.settings, page)
            return await messages.templated(client, letter.openid, found.id, data, once=letter.once, url=url)
        try:
            return await messages.subscribed(client, letter.openid, found.id, data, page=page)
        except Refused as refused:
            if refused.code != NO_PAGE:  # a release without that page: it opens nothing, but it is told
                raise
            return await messages.subscribed(client, letter.openid, found.id, data)


def values(letter: Letter) -> dict[str, str]:
    """What may stand in a template; nothing of a case. A day that is due is only an officer's."""
    now = clock.now()
    return {
        "text": letter.text,
        "state": STATES[letter.message],
        "remark": REMARKS[letter.message],
        "time": _moment(now),
        "due": _moment(letter.owed.due_at or now),
        "count": str(letter.owed.count),
        "late": str(letter.owed.late),
    }


def _moment(moment: datetime) -> str:
    at = clock.local(moment)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def meant(error: WeChatError) -> Unsent:
    """What an error says about a message."""
    if isinstance(error, Away):
        if not error.taken:
            return Later("away")
        return Lost("away", likely=not error.why.startswith("HTTP 5"))
    if not isinstance(error, Refused):
        return Later("away")
    why = str(error.code)
    if error.code == BARRED:
        return Barred(why, BARRED_FOR)
    if error.code == DAILY_QUOTA:
        return Halted(why, error.retry_after)
    match error.act:
        case Act.STOP:
            return Gone(why)
        case Act.WAIT | Act.LATER | Act.RENEW:
            return Later(why, error.retry_after)
        case _:
            return Misset(why)
