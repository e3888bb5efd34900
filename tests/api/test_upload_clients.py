"""The clients that there are, unmodified, over a line that breaks: each resumes, and every byte is right."""

import asyncio
import io
import os
import shutil
import subprocess
from pathlib import Path
from uuid import UUID

import aiotus
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed

import kit.node
from models import File
from tests.api.conftest import Api
from tests.api.line import line
from tests.api.tus import PATH, content_of, stored, ticketed

CONTENT = os.urandom(5_000_000)
METADATA = {"filename": "现场.mp4", "filetype": "video/mp4"}
NODE = Path(__file__).parents[1] / "node"


async def ticket_of(api: Api) -> str:
    return (await ticketed(api)).key["Upload-Ticket"]


async def arrived(api: Api, address: str) -> None:
    """It is stored, under the name it was given, byte by byte."""
    upload = UUID(address.rstrip("/").rpartition("/")[2])
    assert await stored(api) == 1
    assert await content_of(api, upload) == CONTENT
    assert (await File.get(id=upload)).name == "现场.mp4"


async def test_tuspy(api: Api) -> None:
    ticket, port = await ticket_of(api), api.client.port or 0

    def upload(at: str, url: str | None) -> str | None:
        client = TusClient(f"{at}{PATH}", headers={"Upload-Ticket": ticket})
        uploader = client.uploader(
            file_stream=io.BytesIO(CONTENT), chunk_size=1_500_000, metadata=METADATA, url=url, upload_checksum=True
        )
        try:
            uploader.upload()
        except TusUploadFailed:
            assert url is None, "the line breaks once"
            return upload(at, uploader.url)
        return uploader.url

    async with line(port, 2_000_000) as way:
        address = await asyncio.to_thread(upload, way.at, None)
        assert way.broken == 1
    assert address
    await arrived(api, address)


async def test_aiotus(api: Api) -> None:
    ticket = await ticket_of(api)
    async with line(api.client.port or 0, 2_500_000) as way:
        address = await aiotus.upload(
            f"{way.at}{PATH}",
            io.BytesIO(CONTENT),
            {key: value.encode() for key, value in METADATA.items()},
            headers={"Upload-Ticket": ticket},
            chunksize=1_000_000,
        )
        assert way.broken == 1
    assert address is not None
    await arrived(api, str(address))


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the client of `tests/node`, installed from its lock when that has changed."""
    environment, mark = kit.node.environment(), NODE / "node_modules" / ".package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < (NODE / "package-lock.json").stat().st_mtime:
        kit.node.npm("ci", "--no-audit", "--no-fund", folder=NODE, environment=environment)
    program = shutil.which("node", path=environment["PATH"])
    assert program
    return program


@pytest.mark.parametrize(("parallel", "cuts"), [(1, (2_500_000,)), (4, (900_000, 1_100_000))])
async def test_tus_js_client(api: Api, node: str, tmp_path: Path, parallel: int, cuts: tuple[int, ...]) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(CONTENT)
    async with line(api.client.port or 0, *cuts) as way:
        process = await asyncio.create_subprocess_exec(
            node, NODE / "upload.mjs", f"{way.at}{PATH}", file, await ticket_of(api), str(parallel),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        out, wrong = await process.communicate()
        assert process.returncode == 0, wrong.decode()
        assert way.broken == len(cuts)
    await arrived(api, out.decode().strip())
