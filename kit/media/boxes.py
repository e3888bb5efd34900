"""MP4, QuickTime, 3GP and HEIC are boxes in boxes (ISO/IEC 14496-12): what they say of size and length."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kit.media.found import Found, Kind
from kit.media.refusals import FileBroken, FileType

PHOTO_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
_KNOWN_AT_TOP = {b"ftyp", b"moov", b"mdat", b"moof", b"meta", b"free", b"skip", b"wide", b"uuid", b"mfra", b"sidx"}
_MOST_BOXES = 100_000
_LARGEST_HEADER = 64 << 20


@dataclass(frozen=True, slots=True)
class Box:
    """Its name, and where its content lies in the file."""

    name: bytes
    start: int
    end: int


@dataclass(slots=True)
class _Movie:
    """What the movie's header says, gathered track by track."""

    seconds: float = 0
    width: int = 0
    height: int = 0
    fps: float | None = None
    video: bool = False
    sound: bool = False


def movie(file: BinaryIO) -> Found:
    """Size, length and rate of pictures as claimed. Raises FileBroken where the header is missing or cut off.

    A live recorder's file (in fragments) claims no length.
    """
    header = None
    for box in _at_top(file):
        if box.name == b"moov" and header is None:
            header = box
    if header is None or header.end - header.start > _LARGEST_HEADER:
        raise FileBroken("视频没有录完整或没有传完整，请重新上传")
    told = _Movie()
    for box in _inside(file, header):
        if box.name == b"mvhd":
            told.seconds = max(told.seconds, _seconds(file, box))
        elif box.name == b"trak":
            _track(file, box, told)
    if told.video and (told.width < 1 or told.height < 1):
        raise FileBroken
    if not (told.video or told.sound):
        raise FileType
    return Found(
        Kind.VIDEO if told.video else Kind.VOICE,
        "video/mp4" if told.video else "audio/mp4",
        "mov",
        told.width or None,
        told.height or None,
        told.seconds or None,
        told.fps,
    )


def still(file: BinaryIO) -> Found:
    """A HEIC photo: the largest of the sizes that its items have (the whole is larger than its tiles)."""
    width = height = 0
    for meta in _at_top(file):
        if meta.name == b"meta":
            for properties in _path(file, Box(b"meta", meta.start + 4, meta.end), b"iprp", b"ipco"):
                for box in _inside(file, properties):
                    if box.name == b"ispe":
                        one_width, one_height = struct.unpack(">4xII", _read(file, box, 12))
                        width, height = max(width, one_width), max(height, one_height)
            break
    if width < 1 or height < 1:
        raise FileBroken
    return Found(Kind.PHOTO, "image/heic", width=width, height=height, frames=1)


def _track(file: BinaryIO, track: Box, told: _Movie) -> None:
    seconds = 0.0
    for media in _path(file, track, b"mdia"):
        what = b""
        for box in _inside(file, media):
            if box.name == b"mdhd":
                seconds = _seconds(file, box)
            elif box.name == b"hdlr":
                (what,) = struct.unpack(">8x4s", _read(file, box, 12))
        told.seconds = max(told.seconds, seconds)
        told.sound |= what == b"soun"
        if what != b"vide":
            continue
        told.video = True
        for table in _path(file, media, b"minf", b"stbl"):
            for box in _inside(file, table):
                if box.name == b"stsd":
                    width, height = struct.unpack(">40xHH", _read(file, box, 44))
                    told.width, told.height = max(told.width, width), max(told.height, height)
                elif box.name == b"stsz" and seconds:
                    (samples,) = struct.unpack(">8xI", _read(file, box, 12))
                    told.fps = max(told.fps or 0, samples / seconds)


def _seconds(file: BinaryIO, box: Box) -> float:
    """Duration by time scale, as mvhd and mdhd write it in their two versions; 0 where unknown."""
    if _read(file, box, 1) == b"\1":
        scale, duration = struct.unpack(">20xIQ", _read(file, box, 32))
        unknown = duration == 2**64 - 1
    else:
        scale, duration = struct.unpack(">12xII", _read(file, box, 20))
        unknown = duration == 2**32 - 1
    return 0 if unknown or not scale else duration / scale


def _path(file: BinaryIO, outer: Box, *names: bytes) -> Iterator[Box]:
    """Each box that is reached by these names."""
    for box in _inside(file, outer):
        if box.name == names[0]:
            if len(names) == 1:
                yield box
            else:
                yield from _path(file, box, *names[1:])


def _at_top(file: BinaryIO) -> Iterator[Box]:
    """The outermost boxes. What follows the last known one is no box of ours and is passed over, never read."""
    end = file.seek(0, 2)
    complete = False
    for box in _inside(file, Box(b"", 0, end), lenient=True):
        if box.end > end or box.name not in _KNOWN_AT_TOP:
            if box.name in _KNOWN_AT_TOP or not complete:
                raise FileBroken("文件不完整，可能没有传完，请重新上传")
            return
        complete |= box.name in {b"moov", b"meta", b"mdat"}
        yield box


def _inside(file: BinaryIO, outer: Box, *, lenient: bool = False) -> Iterator[Box]:
    place = outer.start
    for _ in range(_MOST_BOXES):
        if place + 8 > outer.end:
            return
        file.seek(place)
        size, name = struct.unpack(">I4s", file.read(8))
        start = place + 8
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
            start += 8
        elif size == 0:
            size = outer.end - place
        box = Box(name, start, place + size)
        if box.end < start or (box.end > outer.end and not lenient):
            if lenient:
                yield Box(b"", place, outer.end)
                return
            raise FileBroken
        yield box
        place = box.end
    raise FileBroken


def _read(file: BinaryIO, box: Box, count: int) -> bytes:
    if box.end - box.start < count:
        raise FileBroken
    file.seek(box.start)
    return file.read(count)
