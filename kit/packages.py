"""Packages: a ZIP with a manifest of every file's hash, and a file sealed piece by piece, however large it is."""

import hashlib
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kit import crypto

PIECE = 1 << 20
MANIFEST = "manifest.json"
_LENGTH = struct.Struct(">I")
_LONGEST = PIECE + 64
_DATE = (2000, 1, 1, 0, 0, 0)  # the second would tell when something was put together


@dataclass
class Package:
    """A ZIP being written; `listed` is what its manifest says of each file so far."""

    path: Path
    listed: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.path, "w", zipfile.ZIP_STORED, allowZip64=True)

    def add(self, name: str, content: bytes, *, listed: bool = True) -> None:
        """A file by its content."""
        self._zip.writestr(zipfile.ZipInfo(name, _DATE), content)
        if listed:
            self._listed(name, hashlib.sha256(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """A file of any size."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._zip.open(zipfile.ZipInfo(name, _DATE), "w", force_zip64=True) as into:
            while block := source.read(PIECE):
                into.write(block)
                digest.update(block)
                size += len(block)
        self._listed(name, digest, size)

    def close(self, about: dict[str, Any]) -> dict[str, Any]:
        """End it with its manifest, which also says what it is about; gives the manifest."""
        manifest = {**about, "files": self.listed}
        self.add(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2), listed=False)
        self._zip.close()
        return manifest

    def _listed(self, name: str, digest: "hashlib._Hash", size: int) -> None:
        self.listed.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})


def digest_of(path: Path) -> bytes:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def sealed(source: Path, into: Path, key: bytes, about: bytes, cipher: str) -> None:
    """Seal a file in pieces: none can be left out, moved, or cut off the end unnoticed."""
    with source.open("rb") as plain, into.open("wb") as written:
        piece, number = plain.read(PIECE), 0
        while True:
            following = plain.read(PIECE)
            box = crypto.seal(key, piece, about=_about(about, number, last=not following), cipher=cipher)
            written.write(_LENGTH.pack(len(box)) + box)
            if not following:
                return
            piece, number = following, number + 1


def opened(source: Path, key: bytes, about: bytes) -> Iterator[bytes]:
    """The pieces of a sealed file, one after the other; raises Unreadable where it was changed."""
    with source.open("rb") as file:
        number, head = 0, file.read(_LENGTH.size)
        while head:
            length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else _LONGEST + 1
            if length > _LONGEST:
                raise crypto.Unreadable("not a sealed file")
            box, head = file.read(length), file.read(_LENGTH.size)
            yield crypto.open_(key, box, about=_about(about, number, last=not head))
            number += 1


def _about(about: bytes, number: int, *, last: bool) -> bytes:
    return about + number.to_bytes(8, "big") + bytes([last])
