"""A few invented files, made when they are needed, and the way by which anybody's file comes in."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from PIL import Image, ImageDraw

from domain.files import tickets, uploads, writing
from domain.files.uploads import Wish
from domain.files.writing import Place
from kit import pdf
from kit.media import ffmpeg
from kit.settings import Settings

_LETTER = """<h2>情况说明（演示）</h2><p>本页由演示程序生成。许可申请于三个月前提交，至今没有答复；
窗口先后三次要求补正，每次要求不同。</p>"""


def _photo() -> bytes:
    """A counter with a closed shutter, as far as a few rectangles can show it, with a maker in its metadata."""
    photo = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    draw = ImageDraw.Draw(photo)
    draw.rectangle((200, 320, 1400, 900), fill=(96, 112, 128))
    for y in range(340, 900, 40):
        draw.line((200, y, 1400, y), fill=(64, 72, 80), width=6)
    draw.rectangle((120, 900, 1480, 1010), fill=(140, 100, 60))
    exif = Image.Exif()
    exif[0x010F] = "演示相机"
    file = BytesIO()
    photo.save(file, "JPEG", exif=exif)
    return file.getvalue()


def _recorded(suffix: str, *words: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"made.{suffix}"
        subprocess.run([ffmpeg.program(), "-v", "error", "-nostdin", *words, path], check=True)  # noqa: S603  # our words
        return path.read_bytes()


def _clip() -> bytes:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=5", "-f", "lavfi", "-i", "sine=d=5")
    return _recorded("mp4", *picture, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")


def _voice() -> bytes:
    return _recorded("m4a", "-f", "lavfi", "-i", "sine=f=220:d=6,tremolo=f=3:d=0.9", "-c:a", "aac")


MADE: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "photo": ("窗口照片.jpg", "image/jpeg", _photo),
    "clip": ("现场视频.mp4", "video/mp4", _clip),
    "voice": ("通话录音.m4a", "audio/mp4", _voice),
    "pdf": ("情况说明.pdf", "application/pdf", lambda: pdf.render(_LETTER)),
}
GIVEN = (("photo", "clip"), ("voice",), ("photo", "pdf"))
"""With each of the first cases that are left open in the demo's county, what comes."""


async def given(settings: Settings, kinds: tuple[str, ...]) -> tuple[UUID, tuple[UUID, ...]]:
    """A ticket with files, as a report that is about to be filed has them."""
    token, _ = await tickets.issued(settings, None)
    ticket = await tickets.opened(settings, token)
    if ticket is None:
        raise LookupError("a ticket that was just issued does not open")
    place = Place.below(settings.var)
    files = []
    for kind in kinds:
        name, media_type, make = MADE[kind]
        files.append(await brought(place, f"ticket:{ticket.id}", name, media_type, await asyncio.to_thread(make)))
    place.alive.close()
    return ticket.id, tuple(files)


async def brought(place: Place, owner: str, name: str, media_type: str, content: bytes, purpose: str = "") -> UUID:
    """Upload a file, whole; its id. Without a purpose the first that takes its type."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    upload = await uploads.begun(owner, Wish(len(content), name, media_type, purpose))
    await writing.received(await writing.taken(place, owner, upload.id, 0), chunks())
    return upload.id
