"""A cleaned film taken apart for whoever looks at pictures and listens to sound, but not at films."""

import re
from pathlib import Path

from kit.media import ffmpeg
from kit.media.boxes import movie
from kit.media.limits import Limits

_MOST = 40  # pictures of a long film
_LEAST = 3  # of a short one
_EVERY = 2.0  # seconds between two of them where neither binds
_SOUND_PIECE = "1200"  # seconds of one piece of sound: 5 MB


async def taken_apart(film: Path, into: Path, limits: Limits) -> tuple[list[Path], list[Path]]:
    """Pictures from beginning to end, and the sound in pieces (none if it is silent); `film` is a copy made by `video`.

    Raises FileBroken and the others of `ffmpeg.run`.
    """
    with film.open("rb") as file:
        seconds = movie(file).seconds or 0.0
        file.seek(0)
        sounds = re.search(rb"hdlr.{8}soun", file.read(4 << 20), re.DOTALL) is not None
    step = max(min(seconds / _LEAST, _EVERY), seconds / _MOST)
    words = [
        *(ffmpeg.program(), "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror"),
        *("-protocol_whitelist", "fd", "-format_whitelist", ffmpeg.FORMATS, "-f", "mov", "-i", "fd:"),
    ]
    chosen = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{step:.3f})'"
    pictures = ("-map", "0:v:0", "-vf", chosen, "-fps_mode", "vfr", "-q:v", "4", "-f", "image2", "frame-%03d.jpg")
    await ffmpeg.run([*words, *pictures], source=film, into=into, limits=limits, seconds=seconds)
    if sounds:
        mp3 = ("-map", "0:a:0", "-ac", "1", "-b:a", "32k", "-f", "segment", "-segment_time", _SOUND_PIECE)
        await ffmpeg.run([*words, *mp3, "sound-%03d.mp3"], source=film, into=into, limits=limits, seconds=seconds)
    return _made(into, "frame-*.jpg"), _made(into, "sound-*.mp3")


def _made(into: Path, names: str) -> list[Path]:
    return sorted(into.glob(names))
