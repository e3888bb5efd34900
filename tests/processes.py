"""Our own processes, on servers that a test may lose: out of one that has imported them, or as people start them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from kit.settings import ROOT
from tests.warm import Running

WITHIN = 30.0  # seconds; far above what anything here takes


def free_port() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def until(true: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so; raises AssertionError when the time is over."""
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)  # a pause between two looks, not a wait for something to have happened


@dataclass
class Process:
    """One of our processes with its settings; it may be started again after it ended."""

    module: str
    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | Running | None = None
    cold: bool = False  # `python -m …`, a second and a half of processor, where the process itself is looked at

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.folder / f"{self.module}.log"

    def start(self) -> None:
        """Start it, and for the web process wait until it answers."""
        known = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ"}}
        given = {"PROFILE": "demo", "PORT": str(self.port), "VAR": str(self.folder), "LOG_FORMAT": "json"}
        environment = known | given | self.environment
        self.running = self._cold(environment) if self.cold else Running(self.module, environment, self.log)
        if self.module == "app":
            until(self.answers, f"{self.module} does not answer: {self.said()[-2000:]}")

    def _cold(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def answers(self) -> bool:
        """Whether the web process is alive."""
        assert self.running is not None
        assert self.running.poll() is None, self.said()[-2000:]
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; gives the code it ended with."""
        assert self.running is not None
        self.running.send_signal(number)
        return self.running.wait(WITHIN)

    def kill(self) -> None:
        """End it at once, whatever it does."""
        if self.running is not None and self.running.poll() is None:
            self.end(signal.SIGKILL)
