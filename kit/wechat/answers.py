"""What the account answers in the callback itself, as (encrypted) XML in WeChat's limits."""

import re
from dataclasses import dataclass

from wechatpy.replies import ArticlesReply, ImageReply, TransferCustomerServiceReply

from kit import clock
from kit.wechat.account import Account, Kind, Mode
from kit.wechat.envelope import sealed
from kit.wechat.push import Push

NOTHING = "success"  # nothing to answer, and no need to deliver again
MOST_BYTES = 2048  # of a text in UTF-8 (wechat.md, 4)
_NO_SIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Text:
    """A text; <a href> in it is a link, so whatever a person wrote must not get in unescaped. Cut at 2,048 bytes."""

    content: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by the id of its upload."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Card:
    """A title with a picture and a link; a message takes one."""

    title: str
    description: str
    url: str
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """To the human customer service: all that a mini-program may answer."""


Answer = Text | Picture | Card | Handover


def rendered(account: Account, push: Push, answer: Answer | None) -> str:
    """The body to answer a push with; encrypted unless the account pushes plain.

    Raises ValueError for an answer that this kind of account can't give.
    """
    if answer is None:
        return NOTHING
    if account.kind is Kind.MINI and not isinstance(answer, Handover):
        raise ValueError("a mini-program says things by customer-service messages")
    moment = int(clock.now().timestamp())
    xml = _text(push, answer, moment) if isinstance(answer, Text) else str(_reply(push, answer, moment).render())
    return xml if account.mode is Mode.PLAIN else sealed(account, xml, timestamp=str(moment))


def cut(text: str, most: int = MOST_BYTES) -> str:
    """The text, or as much of it as fits into so many bytes, with … at its end; without what XML has no sign for."""
    raw = _NO_SIGN.sub("", text).encode(errors="replace")
    return raw.decode() if len(raw) <= most else raw[: most - len("…".encode())].decode(errors="ignore") + "…"


def _text(push: Push, answer: Text, moment: int) -> str:
    """What nearly every answer is, without wechatpy's way round."""
    return (
        f"<xml><ToUserName><![CDATA[{push.openid}]]></ToUserName>"
        f"<FromUserName><![CDATA[{push.original_id}]]></FromUserName><CreateTime>{moment}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{_inside(answer.content)}]]></Content></xml>"
    )


def _reply(
    push: Push, answer: Picture | Card | Handover, moment: int
) -> ImageReply | ArticlesReply | TransferCustomerServiceReply:
    head = {"source": push.original_id, "target": push.openid, "time": moment}
    match answer:
        case Picture(media_id):
            return ImageReply(media_id=_inside(media_id), **head)
        case Card():
            article = {
                "title": _inside(answer.title),
                "description": _inside(answer.description),
                "image": _inside(answer.picture_url),
                "url": _inside(answer.url),
            }
            return ArticlesReply(articles=[article], **head)
        case Handover():
            return TransferCustomerServiceReply(**head)


def _inside(text: str) -> str:
    """Fit for a CDATA section: wechatpy would let "]]>" end it, and what follows be elements."""
    return cut(text).replace("]]>", "]]]]><![CDATA[>")
