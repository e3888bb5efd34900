"""Storage keeps bytes in a folder by default, and wherever STORAGE_URL says."""

from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import MemoryStore, ObjectStore

from kit import storage
from kit.settings import Settings


@pytest.mark.parametrize("named", [False, True])
async def test_what_is_put_is_got(tmp_path: Path, named: bool) -> None:
    (tmp_path / "store").mkdir()
    url = (tmp_path / "store").as_uri() if named else ""
    store = storage.opened(Settings(var=tmp_path, storage_url=url))
    await storage.put(store, "anchors/one.json", b"1")
    assert await storage.get(store, "anchors/one.json") == b"1"
    assert (tmp_path / ("store" if named else "files") / "anchors" / "one.json").read_bytes() == b"1"
    with pytest.raises(FileNotFoundError):
        await storage.get(store, "anchors/two.json")


@pytest.fixture
def folder(tmp_path: Path) -> ObjectStore:
    """A store that is a folder."""
    return storage.opened(Settings(var=tmp_path))


def file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


async def test_a_file_is_kept_as_one_that_nobody_writes_any_more(folder: ObjectStore, tmp_path: Path) -> None:
    source = file(tmp_path / "source", b"0123456789")
    assert await storage.keep(folder, "copies/a/1", [(source, 10)], {}) == sha256(b"0123456789").digest()
    kept = tmp_path / "files" / "copies" / "a" / "1"
    assert kept.read_bytes() == b"0123456789"
    assert kept.stat().st_mode & 0o777 == 0o400
    assert kept.stat().st_mtime % 60 == 0, "dated by the day"
    assert kept.stat().st_ino == source.stat().st_ino, "linked, not copied"
    assert await storage.keep(folder, "copies/a/1", [(source, 10)], {}) == sha256(b"0123456789").digest(), "twice"
    assert [path.name for path in kept.parent.iterdir()] == ["1"]


async def test_pieces_are_one_and_bytes_that_do_not_count_are_left_out(folder: ObjectStore, tmp_path: Path) -> None:
    one, two = file(tmp_path / "one", b"abcXX"), file(tmp_path / "two", b"def")
    assert await storage.keep(folder, "x/y", [(one, 3), (two, 3)], {}) == sha256(b"abcdef").digest()
    assert await storage.get(folder, "x/y") == b"abcdef"
    assert await storage.keep(folder, "x/z", [(one, 3)], {}) == sha256(b"abc").digest()
    assert await storage.get(folder, "x/z") == b"abc"
    with pytest.raises(FileNotFoundError):
        await storage.keep(folder, "x/short", [(two, 4), (one, 3)], {})
    with pytest.raises(FileNotFoundError):
        await storage.keep(folder, "x/missing", [(tmp_path / "nothing", 1)], {})
    assert await storage.listed(folder, "x/") == ["x/y", "x/z"], "nothing of what failed is left"


async def test_what_lies_below_a_prefix_is_listed_and_removed(folder: ObjectStore) -> None:
    for name in ("copies/a/1/photo", "copies/a/1/hls/0.ts", "copies/ab/1/photo", "other"):
        await storage.put(folder, name, b"x")
    assert sorted(await storage.listed(folder, "copies/a/")) == ["copies/a/1/hls/0.ts", "copies/a/1/photo"]
    assert await storage.listed(folder, "copies/none/") == []
    await storage.removed(folder, [*await storage.listed(folder, "copies/a/"), "copies/a/never-was"])
    assert sorted(await storage.listed(folder, "copies/")) == ["copies/ab/1/photo"]


async def test_an_original_is_read_in_place_where_storage_is_a_folder(folder: ObjectStore, tmp_path: Path) -> None:
    await storage.put(folder, "originals/a", b"whole")
    assert await storage.fetched(folder, "originals/a", tmp_path / "copy") == tmp_path / "files" / "originals" / "a"
    assert not (tmp_path / "copy").exists()
    with pytest.raises(FileNotFoundError):
        await storage.fetched(folder, "originals/b", tmp_path / "copy")
    assert await storage.link(folder, "originals/a", 60) is None, "a folder has no addresses"


async def test_from_another_store_it_is_copied(tmp_path: Path) -> None:
    store = MemoryStore()
    await storage.put(store, "originals/a", b"whole" * 100_000)
    assert await storage.fetched(store, "originals/a", tmp_path / "copy") == tmp_path / "copy"
    assert (tmp_path / "copy").read_bytes() == b"whole" * 100_000
    assert storage.folder_of(store) is None
    with pytest.raises(FileNotFoundError):
        await storage.fetched(store, "originals/b", tmp_path / "copy")
