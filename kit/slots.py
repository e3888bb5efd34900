"""At most so many at once over all processes that share a folder: each slot is a file that somebody holds locked."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def slot(folder: Path, name: str, most: int) -> Iterator[bool]:
    """Hold one of `most` slots of this name, and say whether one was free; a process that ends frees its own."""
    file = _taken(folder, name, most)
    try:
        yield file is not None
    finally:
        if file is not None:
            os.close(file)


def _taken(folder: Path, name: str, most: int) -> int | None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(most):
        file = os.open(folder / f"{name}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return file
    return None
