"""What comes out of honest files, and what stays behind when something goes wrong."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from kit.media import ffmpeg, sniff
from kit.media.cleaned import Cleaned, Copy, Rectangle, Role
from kit.media.cleaning import Tools, cleaned
from kit.media.found import Kind
from kit.media.limits import Limits
from kit.media.refusals import FileTooLong
from tests.kit.media.clips import Clips, encoded, exif, listed, picture

NONE = Tools(soffice=None)


def only(done: Cleaned, role: Role) -> Copy:
    (copy,) = (copy for copy in done.copies if copy.role is role)
    return copy


def frame(video: Path, moment: float) -> Image.Image:
    path = video.parent / f"frame-{moment}.png"
    words = ["-v", "error", "-i", str(video), "-ss", str(moment), "-frames:v", "1", "-y", str(path)]
    subprocess.run([ffmpeg.program(), *words], check=True)
    with Image.open(path) as image:
        return image.convert("RGB")


def spread(image: Image.Image, left: float, top: float, right: float, bottom: float) -> float:
    """How much the pixels of a part differ (the largest standard deviation of a channel)."""
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    return max(ImageStat.Stat(image.crop(box)).stddev)


async def test_a_photo_stands_upright_and_small(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(picture("JPEG", (3000, 2000), exif=exif()))  # turned by 90 degrees
    done = await cleaned(Kind.PHOTO, source, into, Limits(kept_pixels=600_000), tools=NONE)
    assert (done.facts["width"], done.facts["height"]) == (632, 949)
    with Image.open(only(done, Role.PHOTO).path) as photo, Image.open(only(done, Role.THUMBNAIL).path) as thumbnail:
        assert photo.size == (632, 949)
        assert not photo.getexif()
        assert max(thumbnail.size) == 400
        # The picture grew lighter from top to bottom; turned by 90 degrees, from right to left.
        assert ImageStat.Stat(photo.crop((0, 0, 20, 949))).mean[0] > 200
        assert ImageStat.Stat(photo.crop((610, 0, 632, 949))).mean[0] < 60
    assert done.facts["media_type"] == "image/jpeg"
    assert done.facts["malware"] == "not"


async def test_transparency_becomes_white_and_an_odd_mode_is_read(into: Path, tmp_path: Path) -> None:
    for number, image in enumerate(
        [Image.new("RGBA", (9, 9), (0, 0, 0, 0)), Image.new("LA", (9, 9), (0, 0)), Image.new("I;16", (9, 9), 65535)]
    ):
        source, folder = tmp_path / f"{number}.png", into / str(number)
        image.save(source)
        folder.mkdir()
        done = await cleaned(Kind.PHOTO, source, folder, Limits(), tools=NONE)
        with Image.open(only(done, Role.PHOTO).path) as photo:
            assert photo.mode == "RGB"
            assert min(ImageStat.Stat(photo).mean) > 250


async def test_a_long_screenshot_stays_readable(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(picture("PNG", (1080, 20_000)))
    facts = (await cleaned(Kind.PHOTO, source, into, Limits(), tools=NONE)).facts
    assert facts["width"] > 500


async def test_what_a_rectangle_covers_in_a_photo_is_one_colour(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    Image.effect_noise((400, 300), 90).convert("RGB").save(source, "JPEG")
    blurs = [Rectangle(0.25, 0.5, 0.25, 0.25), Rectangle(0.9, 0.9, 0.1, 0.1)]
    done = await cleaned(Kind.PHOTO, source, into, Limits(), tools=NONE, blurs=blurs)
    for copy in done.copies:
        with Image.open(copy.path) as image:
            assert spread(image, 0.27, 0.53, 0.48, 0.72) < 4, "nothing of what was there"
            assert spread(image, 0.92, 0.92, 1, 1) < 4
            assert spread(image, 0.5, 0.1, 0.9, 0.4) > 20, "the rest is as it was"


async def test_a_video_is_there_in_two_sizes_with_a_poster(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.mp4)
    heard: list[float] = []
    done = await cleaned(Kind.VIDEO, source, into, Limits(), tools=NONE, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    video = only(done, Role.VIDEO).path
    assert video.read_bytes().index(b"moov") < video.read_bytes().index(b"mdat"), "faststart"
    found = sniff.known(video, Limits())
    assert (found.width, found.height) == (160, 120), "a small one is not made larger"
    assert done.facts["seconds"] == pytest.approx(1.4, abs=0.1)
    with Image.open(only(done, Role.POSTER).path) as poster:
        assert poster.size == (160, 120)
    master = only(done, Role.PLAYLIST).path
    lists = [line for line in master.read_text().splitlines() if not line.startswith("#")]
    assert lists == ["360/list.m3u8", "720/list.m3u8"]
    for name in lists:
        playlist = (master.parent / name).read_text()
        segments = [line for line in playlist.splitlines() if not line.startswith("#")]
        assert "#EXT-X-ENDLIST" in playlist
        assert {copy.path for copy in done.copies} >= {(master.parent / name).parent / one for one in segments}
        assert all((master.parent / name).parent.joinpath(one).read_bytes()[:1] == b"\x47" for one in segments)


async def test_an_upright_film_is_scaled_by_its_shorter_side(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    lying = ["-f", "lavfi", "-i", "testsrc2=s=1280x800:r=5:d=0.6", "-c:v", "libx264", "-preset", "ultrafast"]
    encoded(tmp_path / "lying.mp4", *lying, "-pix_fmt", "yuv420p")
    encoded(source, "-display_rotation", "90", "-i", str(tmp_path / "lying.mp4"), "-c", "copy")
    done = await cleaned(Kind.VIDEO, source, into, Limits(), tools=NONE)
    assert (done.facts["width"], done.facts["height"]) == (720, 1152), "turned by its pixels, not by a note"
    assert "RESOLUTION=360x576" in only(done, Role.PLAYLIST).path.read_text()
    assert not {copy.role for copy in done.copies} & {Role.VOICE}


async def test_what_a_rectangle_covers_in_a_film_is_gone_for_its_time(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.mp4)
    blurs = [Rectangle(0.5, 0.25, 0.25, 0.5, 0.0, 0.7), Rectangle(0.0, 0.75, 1.0, 0.25)]
    done = await cleaned(Kind.VIDEO, source, into, Limits(), tools=NONE, blurs=blurs)
    video = only(done, Role.VIDEO).path
    early, late = frame(video, 0.3), frame(video, 1.1)
    assert spread(early, 0.53, 0.3, 0.72, 0.7) < 6
    assert spread(late, 0.53, 0.3, 0.72, 0.7) > 20
    for image in (early, late):
        assert spread(image, 0.02, 0.8, 0.98, 0.98) < 6
        assert spread(image, 0.0, 0.0, 0.5, 0.5) > 20
    with Image.open(only(done, Role.POSTER).path) as poster:
        assert spread(poster, 0.02, 0.8, 0.98, 0.98) < 6


@pytest.mark.parametrize(
    "values", [(-0.1, 0, 0.5, 0.5), (0.6, 0, 0.5, 0.5), (0, 0, 0, 1), (0, 0, 1, 1, 5, 5), (0, 0, 1, 1, -1)]
)
def test_a_rectangle_lies_within_the_picture(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rectangle"):
        Rectangle(*values)


@pytest.mark.parametrize("clip", ["m4a", "mp3", "wav"])
async def test_a_recording_comes_with_its_line(clip: str, clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(getattr(clips, clip))
    done = await cleaned(Kind.VOICE, source, into, Limits(), tools=NONE)
    peaks = json.loads(only(done, Role.WAVEFORM).path.read_text())
    assert 150 < len(peaks) <= 200
    assert all(0 <= peak <= 1 for peak in peaks)
    assert max(peaks) > 0.05
    assert done.facts["seconds"] == pytest.approx(1.2, abs=0.1)
    assert sniff.known(only(done, Role.VOICE).path, Limits()).media_type == "audio/mp4"


async def test_a_film_that_is_longer_than_its_header_says_is_stopped(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    long = encoded(tmp_path / "long.webm", "-f", "lavfi", "-i", "color=s=32x32:r=5:d=20", "-c:v", "libvpx")
    place = long.index(b"\x44\x89\x88") + 3
    source.write_bytes(long[:place] + bytes(8) + long[place + 8 :])
    with pytest.raises(FileTooLong):
        await cleaned(Kind.VIDEO, source, into, Limits(seconds=3), tools=NONE)
    assert listed(into) == []


async def test_cancelling_leaves_nothing(clips: Clips, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    encoded(source, "-f", "lavfi", "-i", "testsrc2=s=640x480:d=9", "-c:v", "libx264", "-preset", "ultrafast")
    begun = asyncio.Event()
    task = asyncio.create_task(cleaned(Kind.VIDEO, source, into, Limits(), tools=NONE, progress=lambda _: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert listed(into) == []
