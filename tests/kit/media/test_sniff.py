"""What a file is, by its bytes; the corpus of bad ones is next door."""

from pathlib import Path

import pytest

from kit.media import sniff
from kit.media.found import Kind
from kit.media.limits import Limits
from kit.media.refusals import FileTooLarge, FileTooLong, FileType
from tests.kit.media.clips import Clips, docx, encoded


@pytest.mark.parametrize(
    ("clip", "kind", "media_type", "size"),
    [
        ("jpg", Kind.PHOTO, "image/jpeg", (60, 40)),
        ("png", Kind.PHOTO, "image/png", (60, 40)),
        ("gif", Kind.PHOTO, "image/gif", (60, 40)),
        ("webp", Kind.PHOTO, "image/webp", (60, 40)),
        ("heic", Kind.PHOTO, "image/heic", (64, 64)),  # as coded; a decoder cuts it to 48 rows
        ("mp4", Kind.VIDEO, "video/mp4", (160, 120)),
        ("faststart", Kind.VIDEO, "video/mp4", (160, 120)),
        ("webm", Kind.VIDEO, "video/webm", (160, 120)),
        ("m4a", Kind.VOICE, "audio/mp4", (None, None)),
        ("mp3", Kind.VOICE, "audio/mpeg", (None, None)),
        ("wav", Kind.VOICE, "audio/wav", (None, None)),
        ("pdf", Kind.DOCUMENT, "application/pdf", (None, None)),
    ],
)
def test_each_kind_is_known_with_its_size(
    clip: str, kind: Kind, media_type: str, size: tuple[int | None, int | None], clips: Clips, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(getattr(clips, clip))
    found = sniff.known(source, Limits())
    assert (found.kind, found.media_type, (found.width, found.height)) == (kind, media_type, size)


@pytest.mark.parametrize(
    ("main", "media_type"),
    [
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ],
)
def test_office_documents_are_told_apart(main: str, media_type: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(docx(main=main))
    assert sniff.known(source, Limits()).media_type.endswith(media_type)


@pytest.mark.parametrize(
    ("stream", "media_type"),
    [("WordDocument", "application/msword"), ("Workbook", "application/vnd.ms-excel")],
)
def test_old_office_documents_are_told_apart(stream: str, media_type: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512))
    assert sniff.known(source, Limits()).media_type == media_type


@pytest.mark.parametrize(
    ("suffix", "words", "media_type", "demuxer"),
    [
        ("aac", [], "audio/aac", "aac"),
        ("ogg", ["-c:a", "libopus"], "audio/ogg", "ogg"),
        ("amr", ["-ar", "8000"], "audio/amr", "amr"),
        ("flac", [], "audio/flac", "flac"),
        ("webm", ["-c:a", "libopus"], "audio/webm", "matroska"),
        ("3gp", ["-ar", "8000", "-c:a", "libopencore_amrnb"], "audio/mp4", "mov"),
    ],
)
def test_recordings_of_phones_browsers_and_chats_are_known(
    suffix: str, words: list[str], media_type: str, demuxer: str, tmp_path: Path
) -> None:
    source = tmp_path / f"a.{suffix}"
    encoded(source, "-f", "lavfi", "-i", "sine=d=0.3", *words)
    found = sniff.known(source, Limits(), wanted=Kind.VOICE, name=source.name)
    assert (found.media_type, found.demuxer) == (media_type, demuxer)


def test_length_and_rate_are_read_from_headers(clips: Clips, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for content in (clips.mp4, clips.webm):
        source.write_bytes(content)
        found = sniff.known(source, Limits())
        assert found.seconds == pytest.approx(1.4, abs=0.1)
    source.write_bytes(clips.mp4)
    assert sniff.known(source, Limits()).fps == pytest.approx(15, abs=0.5)


def test_the_limits_are_the_callers(clips: Clips, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.mp4)
    with pytest.raises(FileTooLong, match="时长超过"):
        sniff.known(source, Limits(seconds=0.3))
    with pytest.raises(FileTooLarge):
        sniff.known(source, Limits(bytes=1000))
    with pytest.raises(FileTooLarge, match="160×120"):
        sniff.known(source, Limits(video_pixels=100))
    with pytest.raises(FileType, match="这不是照片"):
        sniff.known(source, Limits(), wanted=Kind.PHOTO)


@pytest.mark.parametrize("name", ["IMG_1.PNG", "照片", "无后缀.", "a.b.jpeg"])
def test_a_name_of_the_same_kind_is_enough(name: str, clips: Clips, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(clips.jpg)
    assert sniff.known(source, Limits(), name=name).media_type == "image/jpeg"
