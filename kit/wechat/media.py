"""Pictures, sound and films that lie at WeChat for three days."""

from enum import StrEnum
from io import BytesIO
from typing import BinaryIO

from aiohttp import FormData

from kit.wechat.client import Call, Client, value
from kit.wechat.errors import Away

MOST_BYTES = 20 << 20
SECONDS = 60.0


class MediaKind(StrEnum):
    """What WeChat keeps, and the file name that it is given: people's own names do not leave us."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    THUMB = "thumb"


_NAMES = {MediaKind.IMAGE: "image.jpg", MediaKind.VOICE: "voice.mp3", MediaKind.VIDEO: "video.mp4"}


async def upload(client: Client, kind: MediaKind, content: bytes, content_type: str) -> str:
    """Leave bytes there and give their media id; raises Refused (40004 to 40009: type or size) or Away."""

    def form() -> FormData:
        made = FormData()
        made.add_field("media", BytesIO(content), filename=_NAMES.get(kind, "image.jpg"), content_type=content_type)
        return made

    said = await client.ask(Call("POST", "/cgi-bin/media/upload", {"type": kind}, form=form, seconds=SECONDS))
    return value(said, "thumb_media_id" if kind is MediaKind.THUMB else "media_id")


async def download(client: Client, media_id: str, into: BinaryIO, *, most: int = MOST_BYTES) -> str:
    """Write what somebody sent into a file, and give the content type that WeChat claims: judge the bytes yourself.

    Raises Refused (40007: too old, or not ours), Away, or TooLarge above `most` bytes.
    """
    path = "/cgi-bin/media/get"
    said = await client.fetch(Call("GET", path, {"media_id": media_id}, seconds=SECONDS), into, most)
    if not isinstance(said, str):  # a film lies elsewhere
        elsewhere = value(said, "video_url")
        if not elsewhere.startswith(("https://", "http://")):
            raise Away(path, "no address", taken=False)
        said = await client.fetch(Call("GET", elsewhere, token=False, seconds=SECONDS), into, most)
    if not isinstance(said, str):
        raise Away(path, "no bytes", taken=False)
    return said
