"""Captions: SRT or WebVTT as people upload or type them, kept as WebVTT that any browser's player takes."""

import io
import re

from webvtt import Caption, WebVTT
from webvtt.errors import MalformedCaptionError, MalformedFileError

_MARKUP = re.compile(r"<[^>]*>|\{[^}]*\}")
_TIMES = re.compile(r"\s*(\d+:)?\d{1,2}:\d\d[.,]\d{3} +--> +(\d+:)?\d{1,2}:\d\d[.,]\d{3}( .*)?")
_ARROW = "-->"


class CaptionsUnreadable(ValueError):
    """Neither SRT nor WebVTT, or a cue that ends before it begins; `line` says where, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def as_vtt(text: str) -> str:
    """The cues in order of time, without styles, positions and markup; raises CaptionsUnreadable."""
    text = text.removeprefix("\ufeff")
    lines = text.splitlines()
    times = [number for number, line in enumerate(lines, 1) if _ARROW in line]
    for number in times:
        if not _TIMES.fullmatch(lines[number - 1]):
            raise CaptionsUnreadable(number)
    try:
        found = WebVTT.from_buffer(io.StringIO(text), format="vtt" if text.startswith("WEBVTT") else "srt", strict=True)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise CaptionsUnreadable(1) from error
    read = list(found.captions)
    if len(read) != len(times) or not times:  # the library passes over what it can't read
        raise CaptionsUnreadable(times[0] if times else 1)
    cues = []
    for number, cue in zip(times, read, strict=True):
        if cue.end <= cue.start:
            raise CaptionsUnreadable(number)
        if said := _MARKUP.sub("", "\n".join(cue.lines)).strip():
            cues.append(Caption(cue.start, cue.end, said))
    if not cues:
        raise CaptionsUnreadable(times[0])
    return WebVTT(captions=sorted(cues, key=lambda cue: cue.start)).content


def said(vtt: str) -> str:
    """The words alone, of what `as_vtt` made."""
    return "\n".join("\n".join(cue.lines) for cue in WebVTT.from_string(vtt).captions)
