"""Evidence as it is once it has been processed, made by hand: what the worker does, without the worker."""

import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

from PIL import Image, ImageDraw

from kit import clock, pdf, storage
from kit.media import ffmpeg
from kit.media.cleaned import Copy, Role
from kit.media.cleaning import Tools, cleaned
from kit.media.found import Kind
from kit.media.limits import Limits
from models import File, FileCopy, FileState
from tests.api.tus import metadata, stored, ticketed
from tests.client.conftest import Site

REPORT = {
    "mode": "anonymous",
    "text": "许可申请三个月没有结果，窗口人员不说明原因。",
    "region": "620102",
    "category": "B10",
}


@dataclass(frozen=True)
class Sample:
    """Something that somebody sends."""

    kind: Kind
    name: str
    media_type: str
    content: bytes


def photo(name: str = "大厅.jpg") -> Sample:
    """A window with a head behind it and a number plate, so to speak."""
    image = Image.new("RGB", (1200, 900), "#c9d6df")
    draw = ImageDraw.Draw(image)
    draw.rectangle((80, 120, 1120, 780), "#f4efe6", "#33475b", 12)
    draw.ellipse((480, 220, 720, 500), "#d9a377")
    draw.rectangle((300, 640, 620, 740), "#0b5cad")
    file = BytesIO()
    image.save(file, "JPEG")
    return Sample(Kind.PHOTO, name, "image/jpeg", file.getvalue())


def film(seconds: int = 6) -> Sample:
    words = ["-f", "lavfi", "-i", f"testsrc2=s=640x360:r=15:d={seconds}", "-f", "lavfi", "-i", f"sine=d={seconds}"]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    return Sample(Kind.VIDEO, "窗口.mp4", "video/mp4", _encoded("a.mp4", *words))


def voice(seconds: int = 8) -> Sample:
    beeps = f"aevalsrc='0.8*sin(440*2*PI*t)*(0.15+gt(mod(t,3),1.5))':d={seconds}"
    return Sample(Kind.VOICE, "通话.m4a", "audio/mp4", _encoded("a.m4a", "-f", "lavfi", "-i", beeps))


def letter() -> Sample:
    pages = "".join(f"<p style='page-break-after:always'>举报信第 {page} 页</p>" for page in range(1, 4))
    return Sample(Kind.DOCUMENT, "举报信.pdf", "application/pdf", pdf.render(f"<html><body>{pages}</body></html>"))


def _encoded(name: str, *words: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        subprocess.run([ffmpeg.program(), "-v", "error", "-nostdin", *words, path], check=True)
        return path.read_bytes()


async def sent(site: Site, *samples: Sample, **report: object) -> tuple[str, str, list[UUID]]:
    """A report that came with these; its number, the secret of its receipt, and the files, which are stored."""
    tus = await ticketed(site)
    files = [
        await tus.whole(one.content, Upload_Metadata=metadata(filename=one.name, filetype=one.media_type))
        for one in samples
    ]
    body = {**REPORT, **report, "files": [str(file) for file in files]}
    filed = await site.post("/api/v1/cases", body=body, status=201, Upload_Ticket=tus.key["Upload-Ticket"])
    await stored(site)
    return filed["number"], filed["secret"], files


async def made_ready(site: Site, file: UUID, sample: Sample) -> None:
    """Copies of a stored file, as `kit.media` makes them."""
    store = storage.opened(site.settings)
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as held:
        source, into = Path(held.name), Path(folder)
        held.write(sample.content)
        held.flush()
        done = await cleaned(sample.kind, source, into, Limits(), tools=Tools(soffice=None), name=sample.name)
        places: dict[Role, int] = {}
        for copy in done.copies:
            below = f"copies/{file}/{copy.path.relative_to(into).as_posix()}"
            await storage.put(store, below, copy.path.read_bytes())
            if copy.role is not Role.STREAM:
                place = places[copy.role] = places.get(copy.role, -1) + 1
                await _row(file, copy, place, below)
    await File.filter(id=file).update(state=FileState.READY, facts=done.facts)


async def _row(file: UUID, copy: Copy, place: int, below: str) -> None:
    content = copy.path.read_bytes()
    await FileCopy.create(
        id=uuid4(),
        file_id=file,
        kind=copy.role,
        place=place,
        stored=f"{below.rpartition('/')[0]}/" if copy.role is Role.PLAYLIST else below,
        media_type=copy.media_type,
        bytes=len(content),
        sha256=sha256(content).digest(),
        created_on=clock.today(),
    )
