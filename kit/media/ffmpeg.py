"""How ffmpeg is called for a stranger's file: it may read standard input and nothing else, in a format named by us."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from kit.media import sandbox
from kit.media.found import Found
from kit.media.limits import Limits
from kit.media.refusals import FileTooLong

# Of each format what phones, browsers and the official account record; no text format that names other files.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,aac,amr,wav,ogg,flac"
DECODERS = ",".join(
    (
        *("h264", "hevc", "vp8", "libvpx", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg4", "h263"),
        *("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac", "amrnb", "amrwb"),
        *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_u8", "pcm_alaw", "pcm_mulaw"),
    )
)
BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact", "-flags", "+bitexact")
"""For each output: no titles, places, makers or chapters, not even the name of the encoder."""
SPEED = 6
"""So many seconds of work for a second of film at most; and half a minute for the rest."""


@cache
def program() -> str:
    """The ffmpeg that came with the packages."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def reading(found: Found, limits: Limits) -> list[str]:
    """Words in front of the outputs: one decoder thread, stop at the first error, read only what was handed in.

    The format is the one that the bytes showed. `fd:` is standard input; no other protocol is known to the reader, so
    no list of addresses inside the file leads anywhere.
    """
    return [
        *(program(), "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror", "-progress", "pipe:1"),
        *("-filter_threads", "1", "-filter_complex_threads", "1", "-threads", "1"),
        *("-protocol_whitelist", "fd", "-format_whitelist", FORMATS, "-codec_whitelist", DECODERS),
        *("-max_pixels", str(limits.video_pixels), "-max_streams", "16", "-f", found.demuxer, "-i", "fd:"),
    ]


async def run(
    words: list[str],
    *,
    source: Path,
    into: Path,
    limits: Limits,
    seconds: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> float:
    """Run ffmpeg and tell how many seconds it wrote; `progress` hears the part done (0 to 1) if `seconds` is known.

    Raises FileTooLong once more is written than allowed, whatever the header claimed, and what `sandbox.run` raises.
    """
    written = 0.0

    def on_line(line: str) -> None:
        nonlocal written
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            written = max(written, int(value) / 1e6)
            if written > limits.seconds + 1:
                raise FileTooLong(f"时长超过 {limits.seconds / 60:g} 分钟，请截取后再上传")
            if progress and seconds:
                progress(min(1.0, written / seconds))

    longest = 30 + SPEED * min(seconds or limits.seconds, limits.seconds)
    bounds = sandbox.Bounds(
        seconds=longest * 2,
        cpu_seconds=round(longest),
        memory=limits.memory,
        stack=sandbox.MIB,
        file_bytes=limits.bytes,
    )
    done = await sandbox.run(words, folder=into, source=source, bounds=bounds, on_line=on_line)
    done.must_have_succeeded()
    if progress:
        progress(1.0)
    return written
