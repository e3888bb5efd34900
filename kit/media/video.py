"""Videos, encoded anew: 720p for phones, a ladder of two for bad lines, a poster; decoded once, from end to end."""

from collections.abc import Callable, Sequence
from pathlib import Path

from kit.media import ffmpeg
from kit.media.boxes import movie
from kit.media.cleaned import Cleaned, Copy, Rectangle, Role
from kit.media.ffmpeg import BARE
from kit.media.found import Found
from kit.media.limits import Limits

LADDER = {"360": ("28", "64k"), "720": ("23", "96k")}
"""Height: quality (x264's CRF), rate of the sound."""
KEYFRAMES = "expr:gte(t,n_forced*2)"
_FASTEST = 61
"""Frames a second that are kept; slow motion above it is brought to 30."""


async def cleaned(
    source: Path,
    into: Path,
    found: Found,
    limits: Limits,
    *,
    blurs: Sequence[Rectangle] = (),
    progress: Callable[[float], None] | None = None,
) -> Cleaned:
    """video.mp4 (H.264/AAC, 720p, faststart), poster.jpg and hls/ with 360p and 720p, without metadata.

    One run decodes everything and stops at the first error: a file that was cut off is found here. Raises FileBroken,
    FileTooLong and FileTooLarge. About 45 processor seconds for a minute of 1080p.
    """
    for folder in ("hls/360", "hls/720"):
        (into / folder).mkdir(parents=True)
    await ffmpeg.run(
        encoding(found, limits, blurs),
        source=source,
        into=into,
        limits=limits,
        seconds=found.seconds,
        progress=progress,
    )
    for height in LADDER:
        await ffmpeg.run(_segmenting(height), source=into / _file(height), into=into, limits=limits)
    with (into / "video.mp4").open("rb") as file:
        told = movie(file)
    master = _master(into)
    (into / "hls/360.mp4").unlink()
    streams = sorted(path for path in (into / "hls").rglob("*") if path.is_file() and path != master)
    return Cleaned(
        (
            Copy(Role.VIDEO, into / "video.mp4", "video/mp4"),
            Copy(Role.POSTER, into / "poster.jpg", "image/jpeg"),
            Copy(Role.PLAYLIST, master, "application/vnd.apple.mpegurl"),
            *(
                Copy(Role.STREAM, path, "video/mp2t" if path.suffix == ".ts" else "application/vnd.apple.mpegurl")
                for path in streams
            ),
        ),
        {"width": told.width, "height": told.height, "seconds": round(told.seconds or 0, 1)},
    )


def encoding(found: Found, limits: Limits, blurs: Sequence[Rectangle] = ()) -> list[str]:
    """The whole command: read once, written three times. (`bench/transcoding.py` runs the same without us.)"""
    words = [*ffmpeg.reading(found, limits), "-filter_complex", _filters(found, blurs)]
    for height, (quality, rate) in LADDER.items():
        words += [
            *("-map", f"[v{height}]", "-map", "0:a:0?", *BARE, "-threads", str(limits.threads)),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", quality, "-force_key_frames", KEYFRAMES),
            *("-c:a", "aac", "-b:a", rate, "-ac", "2", "-movflags", "+faststart", "-f", "mp4", _file(height)),
        ]
    poster = ("-map", "[poster]", *BARE, "-frames:v", "2", "-update", "1", "-q:v", "4", "-f", "image2", "poster.jpg")
    return [*words, *poster]


def _file(height: str) -> str:
    return "video.mp4" if height == "720" else f"hls/{height}.mp4"


def _filters(found: Found, blurs: Sequence[Rectangle]) -> str:
    """Slow down, scale, cover, and scale again for the small one: large frames are gone before anything holds many."""
    slower = "fps=30," if (found.fps or 0) > _FASTEST else ""
    chain = [f"[0:v:0]{slower}{_scaled('720')}[b0]"]
    for number, one in enumerate(blurs):
        x, y = f"floor(iw*{one.left:.6f}/2)*2", f"floor(ih*{one.top:.6f}/2)*2"
        right, bottom = f"ceil(iw*{one.left + one.width:.6f}/2)*2", f"ceil(ih*{one.top + one.height:.6f}/2)*2"
        during = f"gte(t,{one.begin:.3f})" + (f"*lte(t,{one.end:.3f})" if one.end is not None else "")
        crop = f"crop=w='min(iw,{right})-{x}':h='min(ih,{bottom})-{y}':x='{x}':y='{y}'"
        place = f"x='{x}':y='{y}'".replace("iw", "main_w").replace("ih", "main_h")
        chain += [
            f"[b{number}]split[whole{number}][part{number}]",
            # One cell, the mean: print behind a finer mosaic could be tried out, over many frames all the more.
            f"[part{number}]{crop},pixelize=w=1024:h=1024[mean{number}]",
            f"[whole{number}][mean{number}]overlay={place}:enable='{during}'[b{number + 1}]",
        ]
    moment = min(1.0, (found.seconds or 0) / 2)
    chain += [
        f"[b{len(blurs)}]split=3[v720][large][seen]",
        f"[large]{_scaled('360')}[v360]",
        # The first frame, and over it a later one if there is: first frames are often black.
        f"[seen]select='eq(n,0)+gte(t,{moment:.3f})*lt(prev_selected_t,{moment:.3f})'[poster]",
    ]
    return ";".join(chain)


def _scaled(height: str) -> str:
    """By the shorter side, so that upright pictures keep as many pixels as lying ones; none is made larger."""
    short = f"trunc(min({height},min(iw,ih))/2)*2"
    return f"scale=w='if(gt(iw,ih),-2,{short})':h='if(gt(iw,ih),{short},-2)':out_range=tv,format=yuv420p"


def _segmenting(height: str) -> list[str]:
    """Cut at key frames without another encoding; MPEG-TS, which every phone plays."""
    return [
        *(ffmpeg.program(), "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-xerror"),
        *("-protocol_whitelist", "fd", "-format_whitelist", ffmpeg.FORMATS, "-f", "mov", "-i", "fd:"),
        *("-map", "0", "-c", "copy", *BARE, "-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod"),
        *("-hls_segment_filename", f"hls/{height}/%03d.ts", f"hls/{height}/list.m3u8"),
    ]


def _master(into: Path) -> Path:
    """The list of lists: highest and mean rate of each, by the sizes of its segments."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for height in LADDER:
        folder = into / "hls" / height
        seconds = [
            float(line[8:].rstrip(","))
            for line in (folder / "list.m3u8").read_text().splitlines()
            if line.startswith("#EXTINF:")
        ]
        bits = [8 * segment.stat().st_size for segment in sorted(folder.glob("*.ts"))]
        highest = max(size / max(length, 0.1) for size, length in zip(bits, seconds, strict=True))
        with (into / _file(height)).open("rb") as file:
            told = movie(file)
        mean = sum(bits) / max(sum(seconds), 0.1)
        rates = f"BANDWIDTH={highest:.0f},AVERAGE-BANDWIDTH={mean:.0f}"
        lines += [
            f"#EXT-X-STREAM-INF:{rates},RESOLUTION={told.width}x{told.height}",
            f"{height}/list.m3u8",
        ]
    master = into / "hls" / "master.m3u8"
    master.write_text("\n".join(lines) + "\n")
    return master
