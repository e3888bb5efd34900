"""Sizes and numbers of frames of PNG, JPEG, GIF and WebP, from their headers."""

import struct
from typing import BinaryIO

from kit.media.found import Found, Kind
from kit.media.refusals import FileBroken

_FRAMELESS_MARKERS = {0xC4, 0xC8, 0xCC}  # of the markers C0 to CF: tables, not a frame


def png(file: BinaryIO) -> Found:
    """Also APNG, whose frames are announced before the first."""
    file.seek(8)
    width = height = 0
    frames = 1
    while head := _exactly(file, 8):
        length, name = struct.unpack(">I4s", head)
        if name == b"IHDR":
            width, height = struct.unpack(">II", _exactly(file, 8))
            file.seek(length - 8 + 4, 1)
        elif name == b"acTL":
            (frames,) = struct.unpack(">I", _exactly(file, 4))
            break
        elif name == b"IDAT" or not width:
            break
        else:
            file.seek(length + 4, 1)
    return _photo("image/png", width, height, frames)


def jpeg(file: BinaryIO) -> Found:
    """The size stands in the frame's header (SOF), behind any number of other segments."""
    file.seek(2)
    while True:
        byte, marker = _exactly(file, 2)
        while marker == 0xFF:
            (marker,) = _exactly(file, 1)
        if byte != 0xFF or marker in {0xD9, 0xDA}:
            raise FileBroken
        (length,) = struct.unpack(">H", _exactly(file, 2))
        if length < 2:
            raise FileBroken
        if 0xC0 <= marker <= 0xCF and marker not in _FRAMELESS_MARKERS:
            _, height, width = struct.unpack(">BHH", _exactly(file, 5))
            return _photo("image/jpeg", width, height, 1)
        file.seek(length - 2, 1)


def gif(file: BinaryIO, most_frames: int) -> Found:
    """Counts frames up to one more than `most_frames`."""
    file.seek(6)
    width, height, flags, _, _ = struct.unpack("<HHBBB", _exactly(file, 7))
    _skip_palette(file, flags)
    frames = 0
    while (block := file.read(1)) and block != b";" and frames <= most_frames:
        if block == b",":
            frames += 1
            *_, frame_width, frame_height, flags = struct.unpack("<HHHHB", _exactly(file, 9))
            width, height = max(width, frame_width), max(height, frame_height)
            _skip_palette(file, flags)
            file.seek(1, 1)
        elif block == b"!":
            file.seek(1, 1)
        else:
            raise FileBroken
        while (size := _exactly(file, 1)[0]) != 0:
            file.seek(size, 1)
    return _photo("image/gif", width, height, frames)


def webp(file: BinaryIO, most_frames: int) -> Found:
    """Lossy, lossless or extended; frames are chunks of their own."""
    file.seek(12)
    width = height = frames = 0
    while frames <= most_frames and len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        body = file.tell()
        if name == b"VP8X":
            extended = _exactly(file, 10)
            width = int.from_bytes(extended[4:7], "little") + 1
            height = int.from_bytes(extended[7:10], "little") + 1
        elif name == b"VP8 ":
            frames += 1
            lossy = _exactly(file, 10)
            width = max(width, int.from_bytes(lossy[6:8], "little") & 0x3FFF)
            height = max(height, int.from_bytes(lossy[8:10], "little") & 0x3FFF)
        elif name == b"VP8L":
            frames += 1
            bits = int.from_bytes(_exactly(file, 5)[1:], "little")
            width, height = max(width, (bits & 0x3FFF) + 1), max(height, (bits >> 14 & 0x3FFF) + 1)
        elif name == b"ANMF":
            frames += 1
        file.seek(body + length + length % 2)
    return _photo("image/webp", width, height, frames)


def _photo(media_type: str, width: int, height: int, frames: int) -> Found:
    if width < 1 or height < 1 or frames < 1:
        raise FileBroken
    return Found(Kind.PHOTO, media_type, width=width, height=height, frames=frames)


def _skip_palette(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 * 2 ** ((flags & 7) + 1), 1)


def _exactly(file: BinaryIO, count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise FileBroken
    return found
