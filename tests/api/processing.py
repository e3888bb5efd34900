"""What tests of processed files share: the worker's part, played in the test's own process."""

from typing import Any
from uuid import UUID

from domain.files import processing
from domain.files.processing import Lane, Workshop
from domain.files.writing import Place
from kit import storage
from kit.media.cleaning import Tools
from models import File
from tests.api.conftest import Api
from tests.api.test_files import REPORT
from tests.api.tus import Tus, metadata, stored

NO_TOOLS = Tools(soffice=None, scanner=None)
TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "heic": "image/heic", "gif": "image/gif", "mp4": "video/mp4",
    "webm": "video/webm", "m4a": "audio/mp4", "mp3": "audio/mpeg", "wav": "audio/wav", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


def workshop(api: Api, tools: Tools = NO_TOOLS) -> Workshop:
    """As the worker has it."""
    return Workshop.below(api.settings, Place.below(api.settings.var), storage.opened(api.settings), tools)


async def worked(api: Api, tools: Tools = NO_TOOLS) -> int:
    """What the worker does with whole uploads: stored, then processed; gives how many files ended."""
    await stored(api)
    shop = workshop(api, tools)
    return sum([await processing.processed(shop, lane) for lane in Lane])


async def uploaded(tus: Tus, content: bytes, name: str, **told: str) -> UUID:
    """A whole file of the type that its name says."""
    kind = TYPES[name.rpartition(".")[2]]
    return await tus.whole(content, Upload_Metadata=metadata(filename=name, filetype=kind, **told))


async def filed(api: Api, tus: Tus, *files: UUID) -> tuple[str, str]:
    """A report with files; its number and its receipt."""
    body = {**REPORT, "files": [str(one) for one in files]}
    told = await api.post("/api/v1/cases", body=body, status=201, Upload_Ticket=tus.key["Upload-Ticket"])
    return told["number"], f"Receipt {told['number']}:{told['secret']}"


async def shown(api: Api, number: str, who: str, **headers: str) -> dict[str, Any]:
    """The files that somebody sees, by their ids."""
    return {one["id"]: one for one in await api.get(f"/api/v1/matters/{number}/files", who, **headers)}


async def of(file: UUID) -> File:
    return await File.get(id=file)


async def lying(api: Api) -> set[str]:
    """The names of all copies in storage."""
    return set(await storage.listed(storage.opened(api.settings), "copies/"))


async def named(*files: UUID) -> set[str]:
    """The names that rows tell, folders by their beginning."""
    rows = await File.filter(id__in=files).prefetch_related("copies")
    return {copy.stored for file in rows for copy in file.copies}  # type: ignore[attr-defined]  # a back relation
