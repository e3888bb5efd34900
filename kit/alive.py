"""Tells whether another process that shares a folder is still there: each holds a lock on a file that its end frees."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4


class Alive:
    """This process's sign of life in a folder, given from the first time its `id` is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._id: UUID | None = None
        self._file = -1

    @property
    def id(self) -> UUID:
        """Who this process is; another one can ask whether it is alive."""
        if self._id is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = uuid4()
            self._file = os.open(self._folder / str(name), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._id = name
        return self._id

    def ended(self, other: UUID) -> bool:
        """Whether a process of this folder is gone for good; one that is only stopped is not."""
        if other == self._id:
            return False
        try:
            file = os.open(self._folder / str(other), os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(file)
        return True

    def swept(self) -> None:
        """Remove the signs of processes that are gone."""
        with suppress(FileNotFoundError):
            for sign in self._folder.iterdir():
                if self.ended(UUID(sign.name)):
                    sign.unlink(missing_ok=True)

    def close(self) -> None:
        """Give no more sign of life."""
        if self._id is not None:
            (self._folder / str(self._id)).unlink(missing_ok=True)
            os.close(self._file)
            self._id = None
