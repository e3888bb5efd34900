"""Temporary files lie in memory where there is room: a copy of a database is made there in a sixth of the time."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # a file system; what is made there has names of its own
ROOM = 2 << 30  # bytes; the suite takes a third of it


def used() -> None:
    """Let whatever asks for a temporary folder from now on, in this process and its children, have it in memory.

    Who chose a folder by TMPDIR keeps it. A container may give too little, or let nothing be executed there.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        there = os.statvfs(MEMORY)
        if there.f_bavail * there.f_frsize >= ROOM and not there.f_flag & os.ST_NOEXEC and _free() >= 2 * ROOM:
            os.environ["TMPDIR"] = str(MEMORY)
            tempfile.tempdir = None  # it may have been asked for already


def _free() -> int:
    """How much memory the machine can give."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
