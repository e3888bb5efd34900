"""WebM, as browsers record it: elements in elements (EBML, RFC 8794); what they say of size and length."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from kit.media.found import Found, Kind
from kit.media.refusals import FileBroken, FileType

_DOCTYPE, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x4282, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION, _TRACK, _TYPE, _FRAME_NANOSECONDS = 0x2AD7B1, 0x4489, 0xAE, 0x83, 0x23E383
_VIDEO, _WIDTH, _HEIGHT = 0xE0, 0xB0, 0xBA
_MOST_ELEMENTS = 10_000
_Element = tuple[int, int, int]
"""Identifier, start and end of its content."""


@dataclass(slots=True)
class _Told:
    """What the headers of a film or recording say."""

    types: set[int] = field(default_factory=set)
    """Of its tracks: 1 pictures, 2 sound."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    seconds: float = 0.0


def webm(file: BinaryIO) -> Found:
    """Size and length as claimed; a live recorder claims no length. Raises FileType for other Matroska."""
    end = file.seek(0, 2)
    outermost = _inside(file, 0, end)
    header, segment = next(outermost, None), next(outermost, None)
    if header is None or not any(_bytes(file, e) == b"webm" for e in _inside(file, *header[1:]) if e[0] == _DOCTYPE):
        raise FileType
    if segment is None or segment[0] != _SEGMENT:
        raise FileBroken
    told = _told(file, segment)
    if not told.types & {1, 2} or (1 in told.types and (told.width < 1 or told.height < 1)):
        raise FileBroken
    if 1 not in told.types:
        return Found(Kind.VOICE, "audio/webm", "matroska", seconds=told.seconds or None)
    return Found(Kind.VIDEO, "video/webm", "matroska", told.width, told.height, told.seconds or None, told.fps or None)


def _told(file: BinaryIO, segment: _Element) -> _Told:
    """Everything in front of the first cluster of pictures and sound."""
    told = _Told()
    for element in _inside(file, *segment[1:]):
        if element[0] == _INFO:
            told.seconds = _seconds(file, element)
        elif element[0] == _TRACKS:
            for track in _inside(file, *element[1:]):
                if track[0] == _TRACK:
                    _track(file, track, told)
        elif element[0] == _CLUSTER:
            break
    return told


def _seconds(file: BinaryIO, info: _Element) -> float:
    scale, duration = 1_000_000, 0.0
    for element in _inside(file, *info[1:]):
        if element[0] == _SCALE:
            scale = _number(file, element)
        elif element[0] == _DURATION:
            body = _bytes(file, element)
            if len(body) not in {4, 8}:
                raise FileBroken
            (duration,) = struct.unpack(">f" if len(body) == 4 else ">d", body)
    return duration * scale / 1e9 if duration > 0 else 0.0


def _track(file: BinaryIO, track: _Element, told: _Told) -> None:
    for element in _inside(file, *track[1:]):
        if element[0] == _TYPE:
            told.types.add(_number(file, element))
        elif element[0] == _FRAME_NANOSECONDS:
            told.fps = max(told.fps, 1e9 / max(1, _number(file, element)))
        elif element[0] == _VIDEO:
            for inner in _inside(file, *element[1:]):
                if inner[0] == _WIDTH:
                    told.width = max(told.width, _number(file, inner))
                elif inner[0] == _HEIGHT:
                    told.height = max(told.height, _number(file, inner))


def _inside(file: BinaryIO, start: int, end: int) -> Iterator[_Element]:
    place = start
    for _ in range(_MOST_ELEMENTS):
        if place >= end:
            return
        file.seek(place)
        identifier = _variable(file, keep_marker=True)
        size = _variable(file, keep_marker=False)
        body = file.tell()
        stop = end if size is None else body + size  # of unknown size: to the end, as recorders write it
        if identifier is None or stop > end:
            raise FileBroken
        yield identifier, body, min(stop, end)
        place = stop


def _variable(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """A number that says its own length by its leading zeros; None: "unknown" (all ones)."""
    first = file.read(1)
    if not first or first == b"\0":
        raise FileBroken
    length = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(length - 1), "big")
    if keep_marker:
        return value
    value &= (1 << 7 * length) - 1
    return None if value == (1 << 7 * length) - 1 else value


def _bytes(file: BinaryIO, element: _Element) -> bytes:
    """A short content: a number or a word."""
    _, start, end = element
    if end - start > 64:
        raise FileBroken
    file.seek(start)
    return file.read(end - start)


def _number(file: BinaryIO, element: _Element) -> int:
    return int.from_bytes(_bytes(file, element), "big")
