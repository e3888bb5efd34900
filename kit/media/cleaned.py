"""What cleaning gives: files to be kept, and what is known of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Role(StrEnum):
    """What a copy is for."""

    PHOTO = "photo"
    THUMBNAIL = "thumbnail"
    VIDEO = "video"
    POSTER = "poster"
    PLAYLIST = "playlist"
    """hls/master.m3u8, which names one list for each size; segments and lists name each other by relative paths."""
    STREAM = "stream"
    """A list of segments, or a segment."""
    VOICE = "voice"
    WAVEFORM = "waveform"
    """JSON: a list of numbers from 0 to 1."""
    PAGE = "page"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Copy:
    """A cleaned file; its place below the folder that was given is the name to keep it under."""

    role: Role
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """All copies of one file, the one to show first. No copies: it is kept, but could not be converted here."""

    copies: tuple[Copy, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    """Numbers and words for the row: media_type, width, height, seconds, pages, converted, why_not …"""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """What an officer drew over a face or a plate, in parts (0 to 1) of the picture as shown.

    For a video from `begin` to `end` in seconds; None: to its end.
    """

    left: float
    top: float
    width: float
    height: float
    begin: float = 0.0
    end: float | None = None

    def __post_init__(self) -> None:
        corners = (self.left, self.top, self.left + self.width, self.top + self.height)
        if not (all(0 <= part <= 1.000001 for part in corners) and self.width > 0 and self.height > 0):
            raise ValueError("a rectangle lies within the picture")
        if self.begin < 0 or (self.end is not None and self.end <= self.begin):
            raise ValueError("a rectangle lasts from begin to a later end")
