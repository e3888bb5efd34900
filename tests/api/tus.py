"""What tests say to the upload routes, header by header."""

from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from aiohttp import ClientResponse

from domain.files import storing
from domain.files.writing import Place
from kit import storage
from models import File, Upload
from tests.api.conftest import Api

PATH = "/api/v1/uploads"
CHUNK = "application/offset+octet-stream"


def metadata(**told: str) -> str:
    """`Upload-Metadata` of a photo, unless said otherwise."""
    values = {"filename": "现场照片.jpg", "filetype": "image/jpeg", **told}
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(content: bytes) -> str:
    return "sha256 " + b64encode(sha256(content).digest()).decode()


class Tus:
    """One holder of a key, who uploads."""

    def __init__(self, api: Api, **key: str) -> None:
        self.api = api
        self.key = {name.replace("_", "-"): value for name, value in key.items()}

    async def send(self, method: str, path: str, data: Any = None, **headers: Any) -> ClientResponse:
        """One request, as a client of tus says it; a header of "" is left out."""
        said = {"Tus-Resumable": "1.0.0", **self.key}
        said |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        said = {name: value for name, value in said.items() if value}
        body = BytesIO(data) if isinstance(data, bytes) else data
        return await self.api.client.request(method, path, data=body, headers=said)

    async def begin(self, length: int, **headers: Any) -> str:
        """Begin an upload; gives its path."""
        given = {"Upload_Length": length, "Upload_Metadata": metadata(), **headers}
        response = await self.send("POST", PATH, **given)
        assert response.status == 201, await response.text()
        address = response.headers["Location"]
        assert address.startswith("http://")
        return address[address.index(PATH) :]

    async def append(self, path: str, offset: int, content: Any, **headers: Any) -> ClientResponse:
        """Send bytes."""
        return await self.send("PATCH", path, content, **{"Upload_Offset": offset, "Content_Type": CHUNK, **headers})

    async def whole(self, content: bytes, **headers: Any) -> UUID:
        """A whole upload; gives its id."""
        path = await self.begin(len(content), **headers)
        response = await self.append(path, 0, content)
        assert response.status == 204, await response.text()
        return UUID(path.rpartition("/")[2])

    async def offset(self, path: str) -> int:
        """How much has come."""
        response = await self.send("HEAD", path)
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        return int(response.headers["Upload-Offset"])


async def ticketed(api: Api, **body: str) -> Tus:
    """Somebody with a fresh ticket."""
    given = await api.post(f"{PATH}/tickets", body=body, status=201)
    return Tus(api, Upload_Ticket=given["ticket"])


async def code(response: ClientResponse) -> tuple[int, str]:
    """The status and code of a refusal, which has the one shape and names the version."""
    answer = await response.json()
    assert set(answer) == {"code", "message", "details", "request_id"}
    assert response.headers["Tus-Resumable"] == "1.0.0"
    return response.status, answer["code"]


async def stored(api: Api) -> int:
    """What the worker does with whole uploads."""
    return await storing.stored(Place.below(api.settings.var), storage.opened(api.settings))


async def swept(api: Api) -> int:
    """What the worker does once an hour."""
    return await storing.swept(Place.below(api.settings.var), storage.opened(api.settings))


async def content_of(api: Api, upload: UUID) -> bytes:
    """The stored original."""
    file = await File.get(id=upload)
    return await storage.get(storage.opened(api.settings), file.stored)


async def row(path: str) -> Upload:
    return await Upload.get(id=UUID(path.rpartition("/")[2]))
