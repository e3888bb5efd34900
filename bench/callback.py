"""WeChat's callback: encrypted text messages answered, a second and a second of processor; and a stalled database.

One process each, 50 connections, in one run: our web process, WeRoBot behind gunicorn with sessions off, and Flask with
wechatpy behind gunicorn. Ours checks age and shape, keeps a row for each message and answers after the commit; the
others remember nothing. What the servers behind ours cost is measured too, and, over ten connections, the word that
begins a report, which has a transaction of its own.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from bench.figures import Figure
from bench.ground import Ground, settled
from bench.uploads import _family, _seconds, _servers
from bench.web import STARTED_WITHIN, free_port, web_process
from kit.processes import spawn, stop
from kit.settings import ROOT
from models.database import connected, connection

PEERS = ROOT / "bench" / "peers"
ACCOUNT = {"app_id": "wxbench", "original_id": "gh_bench", "token": "benchToken", "aes_key": "b" * 43}
ANSWER = "您好，请点击菜单“我要举报”，或者直接把问题写在这里。"
ASKED = "我要举报：许可申请三个月没有结果"
BEGINS = "我要举报"
CONNECTIONS = 50
AS_MANY_AS_TRANSACTIONS = 10  # a web process has no more at once: beyond it is their queue that is measured
ROUNDS = 3
STALL = 2.0  # seconds
RATE = 100.0
_MODULES = {"WeRoBot, gunicorn": "robot", "Flask, wechatpy, gunicorn": "by_hand"}
MOST_WAIT = 4000.0  # ms


@dataclass(frozen=True)
class Peer:
    """A server that answers pushes, and its processes."""

    name: str
    port: int
    pids: Callable[[], list[int]]
    beside: Callable[[], list[int]] = list
    path: str = "/"


@dataclass(frozen=True, slots=True)
class Speed:
    """Messages answered a second, and a second of processor without and with the servers behind."""

    for_time: float
    for_processor: float
    with_servers: float


async def measured(
    ground: Ground, count: int = 6000, rounds: int = ROUNDS, stalled: int = 800, *, peers: bool = True
) -> list[Figure]:
    """Every server in turn, the medians of all rounds; then ours with PostgreSQL stopped for a while."""
    await settled(ground.postgres)
    with _door(ground) as ours, _others(ground, peers=peers) as others:
        speeds: dict[str, list[Speed]] = {}
        for _ in range(rounds):
            for peer in (ours, *others):
                speeds.setdefault(peer.name, []).append(await asyncio.to_thread(_speed, peer, count))
            begun = await asyncio.to_thread(_speed, ours, count // 4, BEGINS, AS_MANY_AS_TRANSACTIONS)
            speeds.setdefault("ours, a report begun", []).append(begun)
        return [*_figures(speeds), *await _stalled(ground, ours, stalled)]


def _figures(speeds: dict[str, list[Speed]]) -> Iterator[Figure]:
    middle = {name: median(one.for_processor for one in given) for name, given in speeds.items()}
    aim = max((speed for name, speed in middle.items() if not name.startswith("ours")), default=0.0)
    for name, given in speeds.items():
        mine = name.startswith("ours")
        beside = f" ({median(one.with_servers for one in given):,.0f} with PostgreSQL and Valkey)" if mine else ""
        told = f"{middle[name]:,.0f} a processor second{beside}, {median(one.for_time for one in given):,.0f}/s"
        goal = f"> {aim:,.0f}" if name == "ours" and aim else ""
        yield Figure(f"callback: {name}", told, goal, not goal or middle[name] > aim)


def _speed(peer: Peer, count: int, text: str = ASKED, connections: int = CONNECTIONS) -> Speed:
    _pushed(peer, 100, text, connections)  # what the first requests cost is not asked here
    spent, beside = _seconds(peer.pids()), _seconds(peer.beside())
    told = _pushed(peer, count, text, connections)
    wrong = Counter(said for said in told["answers"] if said != "200 reply")
    if wrong:
        raise RuntimeError(f"{peer.name}: {wrong}")
    spent = max(_seconds(peer.pids()) - spent, 0.01)
    return Speed(count / told["seconds"], count / spent, count / (spent + _seconds(peer.beside()) - beside))


async def _stalled(ground: Ground, ours: Peer, count: int) -> list[Figure]:
    """100 messages a second; PostgreSQL, all of it, stands still for two seconds on the way."""
    async with connected(ground.postgres.migration_url):
        await connection().execute_query("DELETE FROM push")
    with _client(ours, count, ASKED, rate=RATE) as client:
        await asyncio.to_thread(client.stdout.readline)  # it begins now
        await asyncio.sleep(count / RATE / 4)
        stopped = _database(ground)
        _tell(stopped, signal.SIGSTOP)
        await asyncio.sleep(STALL)
        _tell(stopped, signal.SIGCONT)
        told = json.loads(await asyncio.to_thread(client.stdout.read))
    async with connected(ground.postgres.migration_url):
        _, [kept] = await connection().execute_query("SELECT count(*) AS number FROM push")
    worst = sorted(told["waits"])[min(int(count * 0.999), count - 1)]
    came = Counter(told["answers"])
    replied, given_up = came["200 reply"], came["200 success"]
    lost = count - kept["number"]
    return [
        Figure(
            f"callback: {RATE:.0f}/s, PostgreSQL stopped for {STALL:.0f} s, p99.9",
            f"{worst:,.0f} ms",
            f"< {MOST_WAIT:,.0f}",
            worst < MOST_WAIT,
        ),
        Figure(
            "callback: answered, answered without a row, lost",
            f"{replied + given_up} of {count}, {max(replied - kept['number'], 0)}, {lost}",
            f"{count} of {count}, 0, 0",
            replied + given_up == count and replied <= kept["number"] and lost == 0,
        ),
    ]


def _tell(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _pushed(peer: Peer, count: int, text: str, connections: int) -> dict[str, Any]:
    client = _client(peer, count, text, connections)
    output, _ = client.communicate()
    told: dict[str, Any] = json.loads(output.partition("\n")[2])
    return told


def _client(
    peer: Peer, count: int, text: str, connections: int = 1, rate: float = 0
) -> Any:  # a process with pipes of text
    command = [sys.executable, "-m", "bench.callback_client"]
    numbers = [str(peer.port), peer.path, str(count), str(connections), str(rate)]
    client = subprocess.Popen([*command, *numbers], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if client.stdin:
        client.stdin.write(json.dumps({"account": ACCOUNT, "text": text}))
        client.stdin.close()
        client.stdin = None
    return client


@contextmanager
def _door(ground: Ground) -> Iterator[Peer]:
    official = {f"WECHAT_OFFICIAL_{name.upper()}": value for name, value in ACCOUNT.items()}
    with web_process(ground, official | {"WECHAT_OFFICIAL_SECRET": "-"}) as web:
        yield Peer("ours", web.port, web.pids, lambda: _servers(ground), "/wechat/official/callback")


@contextmanager
def _others(ground: Ground, *, peers: bool) -> Iterator[list[Peer]]:
    """The servers that we are measured against, if they can be installed here."""
    python = _python() if peers else None
    running, found = [], []
    try:
        for name, module in _MODULES.items() if python else ():
            port = free_port()
            command = [
                *(str(python), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8"),
                *("--worker-class", "gthread", "--keep-alive", "75", "--log-level", "error", f"{module}:application"),
            ]
            master = spawn(command, log=ground.folder / f"{module}.log", folder=PEERS, environment=_environment())
            running.append(master)
            _wait(port)
            found.append(Peer(name, port, lambda pid=master.pid: _family(pid)))  # type: ignore[misc]  # bound early
        yield found
    finally:
        stop(running, 15)


def _python() -> Path | None:
    """The interpreter of the peers' environment, which is made once; None where it can't be."""
    folder = PEERS / ".venv"
    python, lock = folder / "bin" / "python", PEERS / "requirements.lock"
    try:
        if not (folder / "installed").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
            subprocess.run(pip, check=True)
            (folder / "installed").touch()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"without peers: {error}", file=sys.stderr)
        return None
    return python


def _environment() -> dict[str, str]:
    return os.environ | {name.upper(): value for name, value in ACCOUNT.items()} | {"ANSWER": ANSWER}


def _wait(port: int) -> None:
    """Until somebody listens there."""
    deadline = monotonic() + STARTED_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.05)
        else:
            return


def _database(ground: Ground) -> list[int]:
    process = ground.postgres.process
    return _family(process.pid) if process is not None else []
