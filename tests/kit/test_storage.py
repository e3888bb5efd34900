"""Storage keeps bytes in a folder by default, and wherever STORAGE_URL says."""

from pathlib import Path

import pytest

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
