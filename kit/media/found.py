"""What a file turned out to be, as told by its bytes."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be attached; each is cleaned in its own way."""

    PHOTO = "photo"
    VIDEO = "video"
    VOICE = "voice"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Found:
    """From headers alone, before any decoder. A number is None where headers don't say it; decoders then watch it."""

    kind: Kind
    media_type: str
    demuxer: str = ""
    """Which of ffmpeg's readers is for it."""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    fps: float | None = None
    frames: int | None = None
