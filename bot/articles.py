"""Drafts of articles as WeChat is asked for them."""

from collections.abc import Awaitable
from typing import TypeVar

from domain.reports.articles import Article, Lost, NoDraft, Unsent
from kit.wechat import articles
from kit.wechat.client import Client
from kit.wechat.errors import Away, Refused

AWAY = 60  # seconds until WeChat is asked again that gave no answer
NOT_THERE = 40007
T = TypeVar("T")


class Drafts:
    """The official account's."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def cover(self, jpeg: bytes) -> str:
        """A lost answer leaves a picture that nothing shows, and is asked for again."""
        return await _answered(articles.cover_kept(self._client, jpeg))

    async def add(self, article: Article, cover: str) -> str:
        """Raises Lost where it may be there without our knowing its id."""
        told = articles.Article(article.title, article.author, article.digest, article.content, article.source)
        try:
            return await articles.drafted(self._client, told, cover)
        except Away as away:
            if away.taken:
                raise Lost from away
            raise Unsent("away", AWAY) from away
        except Refused as refused:
            raise _unsent(refused) from refused

    async def delete(self, media_id: str, cover: str) -> None:
        """The draft first: the cover may stay, which does no harm."""
        try:
            await articles.undrafted(self._client, media_id)
        except Refused as refused:
            raise (NoDraft() if refused.code == NOT_THERE else _unsent(refused)) from refused
        except Away as away:
            raise Unsent("away", AWAY) from away
        try:
            await articles.cover_dropped(self._client, cover)
        except (Refused, Away):
            return


async def _answered(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except Refused as refused:
        raise _unsent(refused) from refused
    except Away as away:
        raise Unsent("away", AWAY) from away


def _unsent(refused: Refused) -> Unsent:
    return Unsent(str(refused.code), refused.retry_after)
