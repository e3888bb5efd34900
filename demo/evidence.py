"""A few invented files, made when they are needed, and the way by which anybody's file comes in."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from obstore.store import ObjectStore
from PIL import Image, ImageDraw

from domain.files import tickets, uploads, writing
from domain.files.storing import copies_of, stored_name
from domain.files.uploads import Wish
from domain.files.writing import Place
from kit import clock, pdf, storage
from kit.media import ffmpeg
from kit.settings import Settings
from models import File, FileCopy
from models.database import insert

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


async def again(store: ObjectStore, there: File, owner: str) -> UUID:
    """A file that was cleaned before, once more for somebody else: bytes and copies of its own, made of the others."""
    file = File(
        id=uuid4(), owner=owner, purpose=there.purpose, name=there.name, media_type=there.media_type,
        bytes=there.bytes, sha256=there.sha256, state=there.state, facts=there.facts, created_on=clock.today(),
    )  # fmt: skip
    file.stored = stored_name(file.id)
    await storage.put(store, file.stored, await storage.get(store, there.stored))
    copies = []
    for one in await FileCopy.filter(file_id=there.id).exclude(stored__endswith="/"):  # a ladder is a folder
        stored = f"{copies_of(file.id)}0/{one.stored.rpartition('/')[2]}"
        await storage.put(store, stored, await storage.get(store, one.stored))
        copies.append(
            FileCopy(
                id=uuid4(),
                file_id=file.id,
                kind=one.kind,
                place=one.place,
                stored=stored,
                media_type=one.media_type,
                bytes=one.bytes,
                sha256=one.sha256,
                facts=one.facts,
                created_on=file.created_on,
            )
        )
    await insert([file], copies)
    return file.id
