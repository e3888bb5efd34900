"""Our web process as it is measured: on a free port, in a process of its own."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

from bench.ground import Ground
from kit.processes import spawn, stop
from kit.settings import ROOT

STARTED_WITHIN = 30.0  # seconds


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether a server answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@dataclass
class Web:
    """A web process; several of them share the ground's servers and folder."""

    ground: Ground
    port: int = field(default_factory=free_port)
    extra: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, without waiting; from the main thread only."""
        environment = os.environ | {
            "DATABASE_URL": self.ground.postgres.application_url,
            "REDIS_URL": self.ground.valkey.url(),
            "PORT": str(self.port),
            "VAR": str(self.ground.folder / "var"),
            "REPORTS_PER_MINUTE": "1000000000",
            "LOG_FORMAT": "json",
            **self.extra,
        }
        log = self.ground.folder / "web.log"
        self.process = spawn([sys.executable, "-m", "app"], log=log, folder=ROOT, environment=environment)

    def up(self) -> bool:
        """Whether it answers; raises RuntimeError with its log when it has ended."""
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError((self.ground.folder / "web.log").read_text())
        return answers(self.port)

    def pids(self) -> list[int]:
        """The process that runs now."""
        return [self.process.pid] if self.process else []


@contextmanager
def web_process(ground: Ground, extra: Mapping[str, str] | None = None) -> Iterator[Web]:
    """One web process of ours, answering; `extra` are settings beside those that all have."""
    web = Web(ground, extra=extra or {})
    web.start()
    try:
        deadline = monotonic() + STARTED_WITHIN
        while not web.up():
            if monotonic() > deadline:
                raise TimeoutError
            sleep(0.05)
        yield web
    finally:
        stop([web.process] if web.process else [], 15)
