"""Small honest files, made at run time; bad ones are made out of them."""

import base64
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from kit import pdf
from kit.media import ffmpeg

PLANTED = "PLANTED-7f3c"
"""Stands in every metadata field of every clip; no copy may hold it."""
LATITUDE = IFDRational(36061234, 1000000)

# 64 × 48 with PLANTED as the camera's maker in its EXIF; nothing that we install writes HEIC.
_HEIC = """
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA
ADRpbG9jAAAAAERAAAIAAQAAAAAB4gABAAAAAAAAACMAAgAAAAACBQABAAAAAAAAADIAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA
AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAA
kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq
5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh
cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAA
ABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAXW1kYXQAAAAfKAGvGYDuKqb61mnrGwbh66fWZ7Q+Lpq66dftU4cYYAAAAAZFeGlm
AABNTQAqAAAACAABAQ8AAgAAAA0AAAAaAAAAAFBMQU5URUQtN2YzYwAA
"""


@dataclass(frozen=True)
class Clips:
    """One of each kind that people send."""

    mp4: bytes
    faststart: bytes
    webm: bytes
    m4a: bytes
    mp3: bytes
    wav: bytes
    jpg: bytes
    png: bytes
    gif: bytes
    webp: bytes
    heic: bytes
    pdf: bytes
    docx: bytes


def made(folder: Path) -> Clips:
    film = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=15:d=1.4", "-f", "lavfi", "-i", "sine=d=1.4"]
    h264 = [*film, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", *_tags()]
    sound = ["-f", "lavfi", "-i", "sine=d=1.2", *_tags()]
    return Clips(
        mp4=encoded(folder / "a.mp4", *h264),
        faststart=encoded(folder / "b.mp4", *h264, "-movflags", "+faststart"),
        webm=encoded(folder / "a.webm", *film, "-c:v", "libvpx", "-c:a", "libopus", *_tags()),
        m4a=encoded(folder / "a.m4a", *sound),
        mp3=encoded(folder / "a.mp3", *sound),
        wav=encoded(folder / "a.wav", *sound),
        jpg=jpg(),
        png=png(),
        gif=picture("GIF", comment=PLANTED.encode()),
        webp=picture("WEBP", exif=exif(), xmp=_xmp()),
        heic=base64.b64decode(_HEIC),
        pdf=pdf.render(f"<html><head><title>{PLANTED}</title><meta name=author content={PLANTED}></head>举报信</html>"),
        docx=docx(),
    )


def encoded(path: Path, *words: str | Path) -> bytes:
    """What the bare ffmpeg makes of these words."""
    subprocess.run([ffmpeg.program(), "-v", "error", "-nostdin", "-y", *words, path], check=True)
    return path.read_bytes()


def _tags() -> list[str]:
    words = []
    for name in ("title", "artist", "comment", "location", "com.apple.quicktime.make"):
        words += ["-metadata", f"{name}={PLANTED}"]
    return words


def exif() -> Image.Exif:
    """Maker, serial number, owner, a comment, the place, and a picture of the whole within."""
    exif = Image.Exif()
    exif[0x010F] = exif[0x013B] = exif[0x010E] = PLANTED
    exif[0x0112] = 6
    exif.get_ifd(0x8769).update({0xA431: PLANTED, 0xA430: PLANTED, 0x9286: PLANTED.encode()})
    exif.get_ifd(0x8825).update({1: "N", 2: (LATITUDE, LATITUDE, LATITUDE), 29: PLANTED})
    return exif


def _xmp() -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>{PLANTED}</creator></x:xmpmeta>'.encode()


def picture(form: str, size: tuple[int, int] = (60, 40), **words: object) -> bytes:
    file = BytesIO()
    image = Image.linear_gradient("L").resize(size).convert("P" if form == "GIF" else "RGB")
    image.save(file, form, **words)
    return file.getvalue()


def jpg(comment: bytes = PLANTED.encode()) -> bytes:
    return picture("JPEG", exif=exif(), xmp=_xmp(), comment=comment)


def png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", PLANTED)
    texts.add_itxt("XML:com.adobe.xmp", PLANTED)
    return picture("PNG", pnginfo=texts, exif=exif())


def docx(more: Mapping[str, bytes] | None = None, main: str = "word/document.xml") -> bytes:
    """A Word document with these parts besides the least there must be."""
    parts = {
        "[Content_Types].xml": b"<Types/>",
        main: b"<document/>",
        "docProps/core.xml": f"<lastModifiedBy>{PLANTED}</lastModifiedBy>".encode(),
        **(more or {}),
    }
    return zipped(parts)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
