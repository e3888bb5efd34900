"""Our processes out of one that has imported them: an import takes ten times what a test asks of the process.

What runs is `app.main()` or `worker.main()` in a process of its own, which can be killed and stopped as any other.
That `python -m app` and `python -m worker` start is for the tests of `Process(…, cold=True)`.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from kit.settings import ROOT


@cache
def _ready() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["app", "worker"])
    return context


class Running:
    """As much of a Popen as the tests ask for."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path) -> None:
        self._process: ForkServerProcess = _ready().Process(target=_run, args=(module, dict(environment), log))
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The code it ended with, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The code it ends with; raises TimeoutError."""
        if not wait([self._process.sentinel], timeout):
            raise TimeoutError
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing if it ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(module: str, environment: dict[str, str], log: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(said, stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    if module == "app":
        import app

        app.main()
    else:
        import worker

        asyncio.run(worker.main())
