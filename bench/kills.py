"""`kill -9` of the web process at random offsets of an upload: it is resumed elsewhere, and every SHA-256 is right.

Two web processes share the database and the folder of uploads. The one that receives is killed; the client, which lost
its line, asks the other how much has come and goes on there, while the first is started again.
"""

import asyncio
import os
import random
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from uuid import UUID

from aiohttp import ClientError, ClientSession

from bench.figures import Figure
from bench.ground import Ground, settled
from domain.files import storing
from domain.files.writing import Place
from kit import storage
from kit.settings import Settings
from models import File
from models.database import connected
from tests.processes import Process

KILLS = 200
SIZE = 50_000_000
BLOCK = 1 << 16
TUS = {"Tus-Resumable": "1.0.0"}
METADATA = ",".join(
    f"{key} {b64encode(value).decode()}" for key, value in (("filename", b"film.mp4"), ("filetype", b"video/mp4"))
)


async def measured(ground: Ground, kills: int = KILLS, size: int = SIZE) -> list[Figure]:
    """How many of the killed uploads came through, byte by byte."""
    await settled(ground.postgres)
    settings = Settings(var=ground.folder / "var")
    place, store = Place.below(settings.var), storage.opened(settings)
    chance, content = random.Random(200), os.urandom(size)
    wanted = sha256(content).digest()
    right = again = 0
    known = {
        "DATABASE_URL": ground.postgres.application_url,
        "REDIS_URL": ground.valkey.url(),
        "REPORTS_PER_MINUTE": "1000000000",
    }
    settings.var.mkdir(exist_ok=True)
    webs = [Process("app", settings.var, known), Process("app", settings.var, known)]
    try:
        for web in webs:
            web.start()
        async with connected(ground.postgres.application_url), ClientSession() as session:
            for number in range(kills):
                first, other = webs[number % 2], webs[1 - number % 2]
                cut = chance.randrange(1, size)
                upload, offset = await _killed(session, first, other, content, cut)
                again += cut - min(cut, offset)
                await storing.stored(place, store)
                right += (await File.get(id=upload)).sha256 == wanted
                await storage.removed(store, [storing.stored_name(upload)])
    finally:
        for web in webs:
            web.kill()
    return [
        Figure(
            f"kills: {kills} × kill -9 while {size / 1e6:.0f} MB come, the same SHA-256",
            f"{right} of {kills}",
            f"{kills}",
            right == kills,
        ),
        Figure("kills: sent again, of each upload", f"{again / kills / 1e6:.1f} MB"),
    ]


async def _killed(session: ClientSession, first: Process, other: Process, content: bytes, cut: int) -> tuple[UUID, int]:
    """Upload; the receiving process dies when so many bytes are sent. Gives the upload, and where it was resumed."""
    base = f"http://127.0.0.1:{first.port}/api/v1/uploads"
    async with session.post(f"{base}/tickets", json={}) as answer:
        key = TUS | {"Upload-Ticket": (await answer.json())["ticket"]}
    begin = key | {"Upload-Length": str(len(content)), "Upload-Metadata": METADATA}
    async with session.post(base, headers=begin) as answer:
        upload = answer.headers["Location"].rpartition("/")[2]

    async def sent() -> AsyncIterator[bytes]:
        for start in range(0, cut, BLOCK):
            yield content[start : min(start + BLOCK, cut)]
        first.kill()
        raise ConnectionError

    chunk = key | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    with suppress(ClientError, ConnectionError):
        async with session.patch(f"{base}/{upload}", data=sent(), headers=chunk) as answer:
            raise RuntimeError(await answer.text())
    again = asyncio.create_task(asyncio.to_thread(first.start))
    address = f"http://127.0.0.1:{other.port}/api/v1/uploads/{upload}"
    async with session.head(address, headers=key) as answer:
        offset = int(answer.headers["Upload-Offset"])
    chunk["Upload-Offset"] = str(offset)
    async with session.patch(address, data=_pieces(content, offset), headers=chunk) as answer:
        if answer.status != 204:
            raise RuntimeError(await answer.text())
    await again
    return UUID(upload), offset


async def _pieces(content: bytes, start: int) -> AsyncIterator[bytes]:
    for place in range(start, len(content), BLOCK):
        yield content[place : place + BLOCK]
