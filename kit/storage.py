"""Where bytes are kept that are too large for a row or must lie outside the database: a folder, or any S3."""

import asyncio

import obstore
from obstore.store import ObjectStore, from_url

from kit.settings import Settings


def opened(settings: Settings) -> ObjectStore:
    """The store that STORAGE_URL names, else a folder below VAR, made when missing."""
    if settings.storage_url:
        return from_url(settings.storage_url)
    folder = settings.var / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return from_url(folder.as_uri())


async def put(store: ObjectStore, name: str, content: bytes) -> None:
    """Keep content under a name of ours; raises OSError or obstore's errors when the store is away."""
    await asyncio.to_thread(obstore.put, store, name, content)


async def get(store: ObjectStore, name: str) -> bytes:
    """What was kept under a name; raises FileNotFoundError if nothing was."""

    def read() -> bytes:
        return bytes(obstore.get(store, name).bytes())

    return await asyncio.to_thread(read)
