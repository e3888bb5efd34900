"""What the sandbox costs a film: a minute of 1080p, ours against ffmpeg typed by hand, with the same outputs.

Ours is the whole way of `kit.media`: headers, sandbox, whitelists, a decode that stops at the first error, two sizes, a
poster, segments. By hand the same filters and encoders run without any of that. The two take turns; both are niced, and
both may use as many threads. Processor seconds count, as the machine may have other things to do; the clock is shown
beside them.
"""

import asyncio
import resource
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench.figures import Figure
from bench.ground import Ground
from kit.media import ffmpeg, sniff, video
from kit.media.cleaning import Tools, cleaned
from kit.media.found import Found, Kind
from kit.media.limits import Limits

MOST = 1.05
_LIMITS = Limits()


async def measured(
    ground: Ground | None, *, seconds: float = 60, size: str = "1920x1080", rounds: int = 3
) -> list[Figure]:
    """Processor seconds and seconds of each, the best of the rounds, and ours by the other; `ground` is not needed."""
    del ground
    with TemporaryDirectory() as name:
        folder = Path(name)
        original = await asyncio.to_thread(clip, folder, seconds, size)
        found = await asyncio.to_thread(sniff.known, original, _LIMITS)
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(await _ours(original, _empty(folder / "ours")))
            bare.append(await asyncio.to_thread(_bare, original, found, _empty(folder / "bare")))
    ratio = min(ours)[0] / min(bare)[0]
    what = f"transcoding {seconds:g} s of {size}"
    return [
        Figure(f"{what}: ours", "{:.1f} CPU s, {:.1f} s".format(*min(ours))),
        Figure(f"{what}: ffmpeg by hand, the same outputs", "{:.1f} CPU s, {:.1f} s".format(*min(bare))),
        Figure(f"{what}: ours ÷ ffmpeg", f"{ratio:.3f}", f"≤ {MOST}", ratio <= MOST),
    ]


async def _ours(clip: Path, into: Path) -> tuple[float, float]:
    before, began = _processor(), monotonic()
    await cleaned(Kind.VIDEO, clip, into, _LIMITS, tools=Tools(soffice=None))
    return _processor() - before, monotonic() - began


def _bare(clip: Path, found: Found, into: Path) -> tuple[float, float]:
    """The outputs of the same command behind the plainest reading, then both lists of segments."""
    (into / "hls/360").mkdir(parents=True)
    (into / "hls/720").mkdir()
    guarded = ffmpeg.reading(found, _LIMITS)
    plain = [ffmpeg.program(), "-v", "error", "-nostdin", "-threads", str(_LIMITS.threads), "-i", str(clip)]
    commands = [[*plain, *video.encoding(found, _LIMITS)[len(guarded) :]]]
    for height, file in (("360", "hls/360.mp4"), ("720", "video.mp4")):
        copy = ["-c", "copy", "-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod"]
        commands.append([ffmpeg.program(), "-v", "error", "-nostdin", "-i", file, *copy, f"hls/{height}/list.m3u8"])
    before, began = _processor(), monotonic()
    for command in commands:
        subprocess.run(["nice", "-n", "10", *command], cwd=into, check=True)  # noqa: S607  # the nice of every Unix
    return _processor() - before, monotonic() - began


def clip(folder: Path, seconds: float, size: str) -> Path:
    """Moving pictures with grain, as a phone records them, and a sound."""
    made = folder / "clip.mp4"
    picture = f"testsrc2=s={size}:r=30:d={seconds},noise=alls=6:allf=t"
    words = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=d={seconds}", "-pix_fmt", "yuv420p"]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "12M", "-c:a", "aac", str(made)]
    subprocess.run([ffmpeg.program(), "-v", "error", "-nostdin", *words], check=True)
    return made


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _processor() -> float:
    """Seconds of processor that our ended children used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
