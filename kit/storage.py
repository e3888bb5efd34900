"""Where bytes are kept that are too large for a row or must lie outside the database: a folder, or any S3."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from kit import clock
from kit.settings import Settings

BLOCK = 1 << 20
PART = 8 << 20  # of a multipart upload to S3; at most two are in memory
Piece = tuple[Path, int]  # a file, and how many of its bytes count


def opened(settings: Settings) -> ObjectStore:
    """The store that STORAGE_URL names, else a folder below VAR, made when missing.

    S3 takes its keys, region and endpoint from the usual AWS_… variables of the environment.
    """
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


async def keep(store: ObjectStore, name: str, pieces: Sequence[Piece], attributes: dict[str, str]) -> bytes:
    """Keep files, one after the other, as one object; gives the SHA-256. Safe to do twice; the files stay.

    In a folder the object is dated by the day and can't be written any more; a single file is linked, not copied.
    `attributes` (Content-Type …) are told to a store that can hold them. Raises FileNotFoundError for a file that is
    missing or too short.
    """
    folder = folder_of(store)
    if folder is not None:
        return await asyncio.to_thread(_kept_in, folder / name, pieces)
    return await asyncio.to_thread(_sent, store, name, pieces, attributes)


def folder_of(store: ObjectStore) -> Path | None:
    """The folder of a store that is one."""
    return Path(str(store.prefix)) if isinstance(store, LocalStore) else None


async def fetched(store: ObjectStore, name: str, into: Path) -> Path:
    """A file with an object's bytes: the object itself where storage is a folder, else a copy at `into`.

    Raises FileNotFoundError if there is none, OSError or obstore's errors when the store is away.
    """
    folder = folder_of(store)
    if folder is not None:
        if not (folder / name).is_file():
            raise FileNotFoundError(name)
        return folder / name
    await asyncio.to_thread(_fetched, store, name, into)
    return into


def _fetched(store: ObjectStore, name: str, into: Path) -> None:
    with into.open("wb") as file:
        for block in obstore.get(store, name).stream(min_chunk_size=BLOCK):
            file.write(block)


async def exists(store: ObjectStore, name: str) -> bool:
    """Whether there is such an object."""

    def look() -> bool:
        try:
            obstore.head(store, name)
        except FileNotFoundError:
            return False
        return True

    return await asyncio.to_thread(look)


async def listed(store: ObjectStore, prefix: str) -> list[str]:
    """The names of all objects below a prefix that ends in "/"."""

    def collect() -> list[str]:
        return sorted(meta["path"] for batch in obstore.list(store, prefix) for meta in batch)

    return await asyncio.to_thread(collect)


async def removed(store: ObjectStore, names: Sequence[str]) -> None:
    """Remove objects; what is not there is removed already."""

    def remove() -> None:
        for name in names:
            with suppress(FileNotFoundError):
                obstore.delete(store, name)

    await asyncio.to_thread(remove)


async def link(store: ObjectStore, name: str, seconds: int) -> str | None:
    """An address by which anybody can read the object for so long; None where there is none (a folder)."""
    if not isinstance(store, S3Store):
        return None
    return await asyncio.to_thread(obstore.sign, store, "GET", name, timedelta(seconds=seconds))


async def origin(store: ObjectStore) -> str:
    """Where its links lead to, as scheme://host; empty where there are none."""
    address = await link(store, "any", 1)
    return "/".join(address.split("/", 3)[:3]) if address else ""


def _blocks(pieces: Sequence[Piece], digest: "hashlib._Hash") -> Iterator[bytes]:
    for path, size in pieces:
        with path.open("rb") as file:
            left = size
            while left:
                block = file.read(min(BLOCK, left))
                if not block:
                    raise FileNotFoundError(path.name)
                digest.update(block)
                left -= len(block)
                yield block


def _sent(store: ObjectStore, name: str, pieces: Sequence[Piece], attributes: dict[str, str]) -> bytes:
    digest = hashlib.sha256()
    obstore.put(store, name, _blocks(pieces, digest), attributes=attributes, chunk_size=PART, max_concurrency=2)
    return digest.digest()


def _kept_in(target: Path, pieces: Sequence[Piece]) -> bytes:
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f"{target.name}.{uuid4().hex}")
    try:
        if len(pieces) == 1:
            _linked(pieces[0], made, digest)
        else:
            _written(_blocks(pieces, digest), made)
        day = clock.start_of(clock.today()).timestamp()
        os.utime(made, (day, day))  # the second would tell when an anonymous person reported
        made.chmod(0o400)
        made.replace(target)
    finally:
        made.unlink(missing_ok=True)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return digest.digest()


def _linked(piece: Piece, made: Path, digest: "hashlib._Hash") -> None:
    path, size = piece
    if path.stat().st_size > size:  # bytes that were never acknowledged
        os.truncate(path, size)
    for _ in _blocks([piece], digest):
        pass
    try:
        made.hardlink_to(path)
    except OSError:  # another file system
        shutil.copyfile(path, made)
    _flushed(made)


def _written(blocks: Iterator[bytes], made: Path) -> None:
    with made.open("wb") as file:
        for block in blocks:
            file.write(block)
    _flushed(made)


def _flushed(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
