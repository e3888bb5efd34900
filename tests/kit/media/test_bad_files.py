"""Every bad file is refused with a clear text or made harmless; nobody is asked, nothing is left, little is used."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.errors import Refusal
from kit.media import ffmpeg
from kit.media.cleaned import Cleaned
from kit.media.cleaning import Tools, cleaned
from kit.media.limits import Limits
from tests.kit.media.clips import PLANTED, Clips
from tests.kit.media.corpus import BAD, HARMLESS, Ground
from tests.kit.media.honeypot import Honeypot, honeypot

MOST_MEMORY = 600 << 20
_REGISTERED = {"file_empty", "file_type", "file_broken", "file_too_large", "file_too_long"}


class Watch(threading.Thread):
    """The most memory (resident bytes) that all processes which we start hold together."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self.over = threading.Event()
        self._before = set(_children(os.getpid()))

    def run(self) -> None:
        while not self.over.wait(0.01):
            mine = set(_children(os.getpid())) - self._before
            self.peak = max(self.peak, sum(_tree(pid) for pid in mine))


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    watch = Watch()
    watch.start()
    yield watch
    watch.over.set()
    watch.join()


@pytest.fixture(scope="module")
def ground(clips: Clips, pot: Honeypot, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(clips, pot.url, tmp_path_factory.mktemp("corpus"))


def test_there_are_enough_of_them() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize("title", BAD)
async def test_it_is_refused_or_harmless(
    title: str, ground: Ground, pot: Honeypot, into: Path, tmp_path: Path, watch: Watch
) -> None:
    one = BAD[title]
    source = tmp_path / "source"
    source.write_bytes(one.make(ground))
    (tmp_path / "sibling.mp4").write_bytes(ground.clips.mp4)
    try:
        done = await cleaned(one.kind, source, into, Limits(), tools=Tools(soffice=None), name=one.name)
    except Refusal as refusal:
        assert refusal.code in one.ends, refusal
        assert refusal.code in _REGISTERED
        assert 400 <= refusal.status < 500
        assert re.search("[\u4e00-\u9fff]{4}", refusal.text), "it says in Chinese what to do"
        assert files(into) == set(), "nothing is left"
    else:
        assert HARMLESS in one.ends, done
        assert_clean(done, into)
    assert pot.hits == [], "nobody asked for an address in a file"
    assert watch.peak < MOST_MEMORY, f"{watch.peak >> 20} MB"


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def assert_clean(done: Cleaned, into: Path) -> None:
    """All that was written is named, is readable by its own kind, and holds nothing of what was planted."""
    assert files(into) == {copy.path for copy in done.copies}
    assert done.copies or done.facts["why_not"]
    for copy in done.copies:
        content = copy.path.read_bytes()
        assert content
        for planted in (
            PLANTED.encode(),
            PLANTED.encode("utf-16-le"),
            PLANTED.encode("utf-16-be"),
            b"<script",
            b"<?php",
        ):
            assert planted not in content, copy
        if copy.media_type == "image/jpeg":
            assert b"Exif" not in content
            assert b"<x:xmpmeta" not in content


def test_the_honeypot_hears_whoever_does_ask(ground: Ground) -> None:
    """Else its silence would prove nothing: ffmpeg, allowed to follow addresses, follows this one."""
    with honeypot() as other:
        playlist = ground.folder / "control.m3u8"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other.url}/control.ts\n#EXT-X-ENDLIST\n")
        words = ["-v", "quiet", "-protocol_whitelist", "file,http,tcp", "-i", str(playlist), "-f", "null", "-"]
        subprocess.run([ffmpeg.program(), *words], check=False, stdin=subprocess.DEVNULL)
        assert "/control.ts" in other.hits


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:  # gone
        return []


def _tree(pid: int) -> int:
    try:
        if Path(f"/proc/{pid}/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes():
            return 0  # between fork and exec: the pages are still those of the tests
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # gone
        return 0
    return resident + sum(_tree(child) for child in _children(pid))
