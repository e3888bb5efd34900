"""Articles as drafts of the official account: publishing them is a person's doing, in WeChat's own console.

A draft's cover has to be permanent material. What was published or sent is no draft any more.
"""

from dataclasses import dataclass
from io import BytesIO

from aiohttp import FormData

from kit.wechat.client import Call, Client, value

TITLE, AUTHOR, DIGEST, CONTENT = 32, 16, 128, 20_000  # characters, from which on WeChat refuses a content
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `content` is HTML without scripts and without pictures of elsewhere, `source` is 阅读原文."""

    title: str
    author: str
    digest: str
    content: str
    source: str


async def cover_kept(client: Client, jpeg: bytes) -> str:
    """Leave a picture there for good and give its media id; raises Refused or Away."""

    def form() -> FormData:
        made = FormData()
        made.add_field("media", BytesIO(jpeg), filename="cover.jpg", content_type="image/jpeg")
        return made

    said = await client.ask(
        Call("POST", "/cgi-bin/material/add_material", {"type": "image"}, form=form, seconds=SECONDS)
    )
    return value(said, "media_id")


async def cover_dropped(client: Client, media_id: str) -> None:
    """Remove it; raises Refused (40007: it is not there) or Away."""
    await client.post("/cgi-bin/material/del_material", {"media_id": media_id})


async def drafted(client: Client, article: Article, cover: str) -> str:
    """Put an article among the drafts and give its media id. Asking twice makes two: a lost answer is Away, `taken`."""
    told = {
        "title": article.title,
        "author": article.author,
        "digest": article.digest,
        "content": article.content,
        "content_source_url": article.source,
        "thumb_media_id": cover,
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
    }
    return value(await client.post("/cgi-bin/draft/add", {"articles": [told]}, repeatable=False), "media_id")


async def undrafted(client: Client, media_id: str) -> None:
    """Delete a draft; raises Refused (40007: no draft any more, perhaps published) or Away."""
    await client.post("/cgi-bin/draft/delete", {"media_id": media_id})
