"""Several web processes serve one upload: one writes, a stopped one is followed, and what it writes late is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from aiohttp import ClientSession

from domain.files import storing
from domain.files.writing import BLOCK, Place
from kit import storage
from kit.settings import Settings
from models import File
from models.database import connected
from tests.api.tus import CHUNK, PATH, metadata
from tests.processes import Process
from tests.servers import Servers

CONTENT = os.urandom(4 * BLOCK)
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def webs(province_url: str, servers: Servers, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two web processes with one folder."""
    environment = {"DATABASE_URL": province_url, "REDIS_URL": servers.valkey.url()}
    pair = Process("app", tmp_path, environment), Process("app", tmp_path, environment)
    try:
        for process in pair:
            process.start()
        yield pair
    finally:
        for process in pair:
            process.kill()


async def test_a_stopped_process_is_followed_and_writes_nothing_that_counts(
    webs: tuple[Process, Process], province_url: str, tmp_path: Path
) -> None:
    first, other = webs
    login = await asyncpg.connect(province_url)
    place, go_on = Place.below(tmp_path), asyncio.Event()
    async with ClientSession() as session:
        async with session.post(f"{first.url}{PATH}/tickets", json={}) as answer:
            key = TUS | {"Upload-Ticket": (await answer.json())["ticket"]}
        begin = key | {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": metadata()}
        async with session.post(f"{first.url}{PATH}", headers=begin) as answer:
            upload = UUID(answer.headers["Location"].rpartition("/")[2])
        path = f"{PATH}/{upload}"

        async def append(web: Process, offset: int, data: AsyncIterator[bytes] | bytes) -> tuple[int, str]:
            chunk = key | {"Content-Type": CHUNK, "Upload-Offset": str(offset)}
            body = BytesIO(data) if isinstance(data, bytes) else data
            async with session.patch(f"{web.url}{path}", data=body, headers=chunk) as answer:
                return answer.status, answer.headers.get("Upload-Offset", "")

        async def wrong_bytes() -> AsyncIterator[bytes]:
            yield bytes(2 * BLOCK)
            await go_on.wait()
            yield bytes(2 * BLOCK)

        zombie = asyncio.create_task(append(first, 0, wrong_bytes()))
        lying = place.path(upload, 0)
        while not lying.exists() or lying.stat().st_size < BLOCK:
            await asyncio.sleep(0.01)  # a look at what the first has written
        assert first.running is not None
        assert (await append(other, 0, CONTENT))[0] == 423
        first.running.send_signal(signal.SIGSTOP)
        assert (await append(other, 0, CONTENT))[0] == 423, "it is stopped, not gone, and its time is not over"
        await login.execute("UPDATE upload SET held_until = now() - interval '1 second'")
        assert await append(other, 0, CONTENT[:BLOCK]) == (204, str(BLOCK))
        first.running.send_signal(signal.SIGCONT)
        go_on.set()
        assert (await zombie)[0] == 423
        assert await append(first, BLOCK, CONTENT[BLOCK:]) == (204, str(len(CONTENT)))
    async with connected(province_url, pool=2):
        assert await storing.stored(place, storage.opened(Settings(var=tmp_path))) == 1
        assert (await File.get(id=upload)).sha256 == sha256(CONTENT).digest()
    await login.close()
    assert await asyncio.to_thread(first.end) == 0
    assert await asyncio.to_thread(other.end) == 0
    assert list((tmp_path / "uploads" / "alive").iterdir()) == []
    assert '"bug"' not in first.said()
