"""What a file really is: by its bytes, never by its name or by what the sender says of it."""

import struct
from pathlib import Path
from typing import BinaryIO

from kit.media import boxes, matroska, office, pictures
from kit.media.found import Found, Kind
from kit.media.limits import Limits
from kit.media.refusals import FileBroken, FileEmpty, FileTooLarge, FileTooLong, FileType

SUFFIXES = {
    Kind.PHOTO: frozenset({"jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "heic", "heif"}),
    Kind.VIDEO: frozenset({"mp4", "m4v", "mov", "qt", "3gp", "3g2", "webm"}),
    Kind.VOICE: frozenset({"m4a", "mp4", "aac", "mp3", "wav", "amr", "ogg", "oga", "opus", "webm", "3gp", "flac"}),
    Kind.DOCUMENT: frozenset({"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx"}),
}
"""What a name may end with, by what the bytes are; phones name a PNG .jpg, so more is not asked."""
_FEWEST_BYTES = 32
_WANTED = {
    Kind.PHOTO: "这不是照片，请上传 JPG、PNG、GIF、WebP 或 HEIC",
    Kind.VIDEO: "这不是视频，请上传 MP4、MOV、3GP 或 WebM",
    Kind.VOICE: "这不是录音，请上传 M4A、AAC、MP3、WAV、AMR、OGG 或 WebM",
    Kind.DOCUMENT: "这不是文档，请上传 PDF、Word、Excel 或 PowerPoint 文件",
}


def known(source: Path, limits: Limits, *, wanted: Kind | None = None, name: str = "") -> Found:
    """What it is, if it may be taken: it blocks for some milliseconds and reads headers only.

    Raises FileEmpty, FileType (unknown, not the wanted kind, or named as another kind), FileBroken (a header that ends
    too soon), FileTooLarge or FileTooLong (by what the header claims). Whether it can be read to its end is not known
    yet: only cleaning tells.
    """
    size = source.stat().st_size
    if size < _FEWEST_BYTES:
        raise FileEmpty
    if size > limits.bytes:
        raise FileTooLarge
    with source.open("rb") as file:
        found = _by_signature(file, limits)
    if wanted and found.kind is not wanted:
        raise FileType(_WANTED[wanted])
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix and suffix not in SUFFIXES[found.kind]:
        raise FileType("文件的内容与扩展名不符，请上传原始文件")
    _within(found, limits)
    return found


def _by_signature(file: BinaryIO, limits: Limits) -> Found:  # noqa: C901, PLR0911, PLR0912  # a table of signatures, read downwards
    head = file.read(64)
    match head[:4]:
        case b"\x89PNG":
            return pictures.png(file)
        case b"GIF8":
            return pictures.gif(file, limits.frames)
        case b"RIFF" if head[8:12] == b"WEBP":
            return pictures.webp(file, limits.frames)
        case b"RIFF" if head[8:12] == b"WAVE":
            return _wave(file)
        case b"\x1aE\xdf\xa3":
            return matroska.webm(file)
        case b"%PDF":
            return _pdf(file)
        case b"PK\3\4":
            return office.packed(file, limits.unpacked)
        case b"\xd0\xcf\x11\xe0":
            return office.compound(file)
        case b"OggS":
            return _ogg(head)
        case b"fLaC":
            return Found(Kind.VOICE, "audio/flac", "flac")
    if head[:3] == b"\xff\xd8\xff":
        return pictures.jpeg(file)
    if head[4:8] == b"ftyp":
        return boxes.still(file) if head[8:12] in boxes.PHOTO_BRANDS else boxes.movie(file)
    if head[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip"}:  # QuickTime of before there were brands
        return boxes.movie(file)
    if head[:5] == b"#!AMR":
        return Found(Kind.VOICE, "audio/amr", "amr")
    if head[:3] == b"ID3" or _mpeg_frame(head):
        return Found(Kind.VOICE, "audio/mpeg", "mp3")
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Found(Kind.VOICE, "audio/aac", "aac")
    raise FileType


def _within(found: Found, limits: Limits) -> None:
    pixels = (found.width or 0) * (found.height or 0)
    most = limits.jpeg_pixels if found.media_type == "image/jpeg" else limits.pixels
    if found.kind is Kind.PHOTO and (pixels > most or max(found.width or 0, found.height or 0) > limits.side):
        raise FileTooLarge(f"照片像素过大（{found.width}×{found.height}），请缩小后再上传")
    if found.kind is Kind.VIDEO and pixels > limits.video_pixels:
        raise FileTooLarge(f"视频画面过大（{found.width}×{found.height}），请用 4K 或更低分辨率拍摄")
    if (found.frames or 0) > limits.frames:
        raise FileTooLarge("动图帧数过多，请上传视频或截图")
    if (found.fps or 0) > limits.fps:
        raise FileTooLarge("视频帧率过高，请用普通模式拍摄")
    if (found.seconds or 0) > limits.seconds + 1:
        raise FileTooLong(f"时长超过 {limits.seconds / 60:g} 分钟，请截取后再上传")


def _pdf(file: BinaryIO) -> Found:
    file.seek(max(0, file.seek(0, 2) - 4096))
    if b"%%EOF" not in file.read():
        raise FileBroken("PDF 不完整，可能没有传完，请重新上传")
    return Found(Kind.DOCUMENT, "application/pdf")


def _wave(file: BinaryIO) -> Found:
    file.seek(12)
    rate = 0
    while len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        if name == b"fmt " and length >= 16:
            (rate,) = struct.unpack("<8xI4x", file.read(16))
            file.seek(length - 16 + length % 2, 1)
        elif name == b"data" and rate:
            return Found(Kind.VOICE, "audio/wav", "wav", seconds=length / rate)
        else:
            file.seek(length + length % 2, 1)
    raise FileBroken


def _ogg(head: bytes) -> Found:
    """Sound only; the first packet lies behind the page's header and its table of one length."""
    if head[28:36] == b"OpusHead" or head[28:35] == b"\1vorbis":
        return Found(Kind.VOICE, "audio/ogg", "ogg")
    raise FileType


def _mpeg_frame(head: bytes) -> bool:
    """A frame's header of MPEG audio layer III whose fields have allowed values."""
    word = int.from_bytes(head[:4], "big")
    return (
        word >> 21 == 0x7FF
        and word >> 19 & 3 != 1
        and word >> 17 & 3 == 1
        and word >> 12 & 15 not in {0, 15}
        and word >> 10 & 3 != 3
    )
