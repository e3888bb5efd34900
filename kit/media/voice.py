"""Recordings, encoded anew as AAC, and the line to draw beside the play button."""

import asyncio
import json
from array import array
from collections.abc import Callable
from pathlib import Path

from kit.media import ffmpeg
from kit.media.cleaned import Cleaned, Copy, Role
from kit.media.ffmpeg import BARE
from kit.media.found import Found
from kit.media.limits import Limits
from kit.media.refusals import FileBroken

PEAKS = 200
_RATE = 4000


async def cleaned(
    source: Path,
    into: Path,
    found: Found,
    limits: Limits,
    *,
    progress: Callable[[float], None] | None = None,
) -> Cleaned:
    """voice.m4a (AAC, mono) and waveform.json, decoded once from end to end; raises as `video.cleaned` does."""
    words = [
        *(*ffmpeg.reading(found, limits), "-map", "0:a:0", *BARE, "-vn", "-ac", "1", "-c:a", "aac", "-b:a", "64k"),
        *("-movflags", "+faststart", "-f", "ipod", "voice.m4a"),
        *("-map", "0:a:0", *BARE, "-vn", "-ac", "1", "-ar", str(_RATE), "-f", "s16le", "samples"),
    ]
    seconds = await ffmpeg.run(words, source=source, into=into, limits=limits, seconds=found.seconds, progress=progress)
    samples = into / "samples"
    peaks = await asyncio.to_thread(_peaks, samples.read_bytes())
    samples.unlink()
    if not peaks:
        raise FileBroken("录音里没有声音，请重新录制")
    (into / "waveform.json").write_text(json.dumps(peaks))
    return Cleaned(
        (
            Copy(Role.VOICE, into / "voice.m4a", "audio/mp4"),
            Copy(Role.WAVEFORM, into / "waveform.json", "application/json"),
        ),
        {"seconds": round(seconds, 1)},
    )


def _peaks(content: bytes) -> list[float]:
    """The loudest sample of each of at most 200 equal parts, from 0 to 1."""
    samples = array("h", content)  # ffmpeg writes as the machine of nearly everybody reads: little-endian
    each = max(1, -(-len(samples) // PEAKS))
    parts = (samples[begin : begin + each] for begin in range(0, len(samples), each))
    return [round(min(1.0, max(abs(sample) for sample in part) / 32767), 3) for part in parts]
