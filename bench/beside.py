"""Submissions while a film is cleaned: their 99th percentile beside the worker at work, against the worker at rest.

Web process, worker and database are those of an installation on one machine. Reports come at a fixed pace, far below
what the machine can take, and the two situations take turns. A round in which the film was done too early counts for
nothing and is an error.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

import orjson

from bench.figures import Figure, p99
from bench.filing import REPORT
from bench.ground import Ground, settled
from bench.transcoding import clip
from bench.web import web_process
from domain.files.storing import stored_name
from kit import clock
from kit.processes import spawn, stop
from kit.settings import ROOT
from models import File, FileState
from models.database import connected

MOST = 2.0
RATE = 40.0  # reports a second
BEGINS_WITHIN = 60.0  # seconds


async def measured(
    ground: Ground, *, seconds: float = 12, rounds: int = 3, film: float = 90, size: str = "1920x1080"
) -> list[Figure]:
    """The 99th percentile of each, in milliseconds, and the one by the other, of the same round."""
    await settled(ground.postgres)
    original = await asyncio.to_thread(clip, ground.folder, film, size)
    resting, working = [], []
    with web_process(ground) as web, _worker(ground):
        async with connected(ground.postgres.application_url):
            await _paced(web.port, 2)  # the first requests prepare statements and read the rules
            for _ in range(rounds):
                resting.append(await _paced(web.port, seconds))
                file = await _given(ground, original)
                await _begun(file)
                working.append(await _paced(web.port, seconds))
                if not await File.filter(id=file, state=FileState.PROCESSING).update(state=FileState.ABANDONED):
                    raise RuntimeError("the film was done before the reports were: take a longer one")
    ratios = [p99(busy) / p99(quiet) for busy, quiet in zip(working, resting, strict=True)]
    return [
        Figure(f"submissions at {RATE:g}/s, worker at rest", _told(resting)),
        Figure(f"submissions at {RATE:g}/s, a film of {size} in hand", _told(working)),
        Figure(
            "submissions: 99th percentile beside a film ÷ at rest",
            f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"≤ {MOST:g}",
            median(ratios) <= MOST,
        ),
    ]


def _told(rounds: list[list[float]]) -> str:
    all_of_them = [took for one in rounds for took in one]
    return f"median {median(all_of_them):.1f} ms, 99 % within {median(map(p99, rounds)):.1f} ms"


async def _paced(port: int, seconds: float) -> list[float]:
    command = [sys.executable, "-m", "bench.paced", str(port), str(seconds), str(RATE)]
    done = await asyncio.to_thread(
        subprocess.run, command, input=orjson.dumps(REPORT), cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    took: list[float] = json.loads(done.stdout)
    return took


async def _given(ground: Ground, original: Path) -> UUID:
    """A film in quarantine, as if it had been uploaded."""
    file = uuid4()
    size = await asyncio.to_thread(_put, original, ground.folder / "var" / "files" / stored_name(file))
    await File.create(
        id=file,
        owner="bench",
        purpose="evidence_video",
        name=original.name,
        media_type="video/mp4",
        bytes=size,
        sha256=bytes(32),  # nobody asks
        stored=stored_name(file),
        state=FileState.QUARANTINED,
        created_on=clock.today(),
    )
    return file


def _put(original: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.hardlink_to(original)
    return original.stat().st_size


async def _begun(file: UUID) -> None:
    """Wait until the worker decodes it; raises TimeoutError."""
    async with asyncio.timeout(BEGINS_WITHIN):
        while not await File.filter(id=file, progress__gt=0).exists():  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.2)


@contextmanager
def _worker(ground: Ground) -> Iterator[None]:
    environment = os.environ | {
        "DATABASE_URL": ground.postgres.application_url,
        "REDIS_URL": ground.valkey.url(),
        "VAR": str(ground.folder / "var"),
    }
    worker = spawn(
        [sys.executable, "-m", "worker"], log=ground.folder / "worker.log", folder=ROOT, environment=environment
    )
    try:
        yield
    finally:
        stop([worker], 15)
