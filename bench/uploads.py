"""Uploads: megabytes for each second of processor and peak memory, ours against @tus/server and nginx, in one run.

One request of 512 MiB, the same in requests of 1 MiB one after the other, and 20 files of 20 MiB at once. Bytes are
sent by bare sockets of another process. Ours writes through to the disk before it acknowledges, asks PostgreSQL who may
write and remembers there how much has come; the others do neither. nginx knows no upload that goes on: its pieces are
files of their own, by PUT. What PostgreSQL and Valkey cost is measured beside ours.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, sleep

import kit.node
from bench.figures import Figure
from bench.ground import Ground, settled
from bench.web import STARTED_WITHIN, answers, free_port, web_process
from kit.processes import spawn, stop
from kit.settings import ROOT
from models import FilePurpose
from models.database import connected

NODE = ROOT / "bench" / "node"
MIB = 1 << 20
ROUNDS = 3
MOST_GROWTH = 20.0  # MB
_TICKS = os.sysconf("SC_CLK_TCK")
_METADATA = ",".join(
    f"{key} {b64encode(value).decode()}" for key, value in (("filename", b"film.mp4"), ("filetype", b"video/mp4"))
)


@dataclass(frozen=True)
class Peer:
    """A server that takes uploads: its processes, and how it is spoken to (tus or put)."""

    name: str
    port: int
    pids: Callable[[], list[int]]
    path: str
    speaks: str
    beside: Callable[[], list[int]] = list  # the servers that it leans on
    emptied: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Way:
    """How many bytes come, in which pieces, in how many uploads at once."""

    name: str
    uploads: int
    length: int
    piece: int


def ways(scale: float) -> list[Way]:
    """The three ways; `scale` makes them smaller to try the benchmark itself."""
    whole, part = round(512 * scale) * MIB, round(20 * scale) * MIB
    return [
        Way(f"{whole // MIB} MiB at once", 1, whole, whole),
        Way(f"{whole // MIB} MiB in pieces of 1 MiB", 1, whole, MIB),
        Way(f"20 × {part // MIB} MiB in parallel", 20, part, part),
    ]


@dataclass(frozen=True, slots=True)
class Cost:
    """Megabytes for each second of processor, and a second; megabytes of memory more than before."""

    for_processor: float
    with_servers: float
    for_time: float
    growth: float


async def measured(ground: Ground, scale: float = 1.0, rounds: int = ROUNDS, *, peers: bool = True) -> list[Figure]:
    """Each way with each server, taking turns; the medians of all rounds."""
    await settled(ground.postgres)
    async with connected(ground.postgres.migration_url):
        await FilePurpose.filter(code="evidence_video").update(most_bytes=1 << 30)  # films end at 500 MiB
    with web_process(ground) as web, _others(ground, peers=peers) as others:
        ours = Peer(
            "ours", web.port, web.pids, "/api/v1/uploads", "tus",
            lambda: _servers(ground), lambda: _emptied(ground.folder / "var" / "uploads"),
        )  # fmt: skip
        figures = []
        for way in ways(scale):
            costs: dict[str, list[Cost]] = {}
            for _ in range(rounds):
                for peer in (ours, *others):
                    costs.setdefault(peer.name, []).append(await asyncio.to_thread(_cost, peer, way))
            figures += list(_figures(way, costs))
    return figures


def _figures(way: Way, costs: dict[str, list[Cost]]) -> Iterator[Figure]:
    middle = {name: median(cost.for_processor for cost in given) for name, given in costs.items()}
    for name, given in costs.items():
        growth = max(cost.growth for cost in given)
        mine = name == "ours"
        beside = f" ({median(cost.with_servers for cost in given):,.0f} with PostgreSQL and Valkey)" if mine else ""
        aim = middle.get("@tus/server") if mine else None
        yield Figure(
            f"uploads, {way.name}: {name}",
            f"{middle[name]:,.0f} MB a processor second{beside}, {median(cost.for_time for cost in given):,.0f} MB/s",
            f"> {aim:,.0f}" if aim else "",
            aim is None or middle[name] > aim,
        )
        yield Figure(
            f"uploads, {way.name}: {name}, memory",
            f"+{growth:.1f} MB",
            f"< {MOST_GROWTH:.0f} MB" if mine else "",
            not mine or growth < MOST_GROWTH,
        )


def _cost(peer: Peer, way: Way) -> Cost:
    _sent(peer, Way("", 1, MIB, MIB))  # what the first request costs is not asked here
    before, beside, memory = _seconds(peer.pids()), _seconds(peer.beside()), _resident(peer.pids())
    for pid in peer.pids():
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    began = monotonic()
    _sent(peer, way)
    took = monotonic() - began
    spent, others = max(_seconds(peer.pids()) - before, 1 / _TICKS), _seconds(peer.beside()) - beside
    megabytes = way.uploads * way.length / 1e6
    peak = sum(_status(pid, "VmHWM") for pid in peer.pids())
    peer.emptied()
    return Cost(megabytes / spent, megabytes / (spent + others), megabytes / took, max(peak - memory, 0.0))


def _sent(peer: Peer, way: Way) -> None:
    command = [sys.executable, "-m", "bench.upload_client", str(peer.port), peer.path, peer.speaks]
    numbers = [str(number) for number in (way.uploads, way.length, way.piece)]
    done = subprocess.run([*command, *numbers, _METADATA], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)


@contextmanager
def _others(ground: Ground, *, peers: bool) -> Iterator[list[Peer]]:
    """The servers that we are measured against, as far as they are installed here."""
    running, found = [], []
    try:
        environment = kit.node.environment() if peers else {}
        if node := peers and shutil.which("node", path=environment["PATH"]):
            if not (NODE / "node_modules").exists():
                kit.node.npm("ci", "--no-audit", "--no-fund", folder=NODE, environment=environment)
            port, folder = free_port(), ground.folder / "tus"
            folder.mkdir()
            command: list[str | Path] = [node, NODE / "tus.mjs", str(port), folder]
            tus = spawn(command, log=ground.folder / "tus.log", folder=NODE, environment=os.environ)
            running.append(tus)
            _wait(port)
            found.append(
                Peer("@tus/server", port, lambda: [tus.pid], "/files", "tus", emptied=lambda: _emptied(folder))
            )
        if peers and (nginx := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")):
            port, root = free_port(), ground.folder / "nginx"
            for name in ("put", "tmp"):
                (root / name).mkdir(parents=True)
            (root / "put" / "healthz").write_text("ok")
            (root / "nginx.conf").write_text(_NGINX.format(port=port, root=root, user=_user()))
            command = [nginx, "-c", root / "nginx.conf", "-e", root / "error.log"]
            master = spawn(command, log=root / "log", folder=root, environment=os.environ)
            running.append(master)
            _wait(port)
            found.append(
                Peer("nginx PUT", port, lambda: _family(master.pid), "", "put", emptied=lambda: _emptied(root / "put"))
            )
        yield found
    finally:
        stop(running, 15)


_NGINX = """
{user}
daemon off; worker_processes 1; pid {root}/pid;
events {{ }}
http {{
    access_log off; client_body_temp_path {root}/tmp; client_max_body_size 0; default_type text/plain;
    server {{ listen 127.0.0.1:{port}; root {root}/put; location / {{ dav_methods PUT DELETE; }} }}
}}
"""


def _user() -> str:
    return "user root;" if os.geteuid() == 0 else ""


def _wait(port: int) -> None:
    deadline = monotonic() + STARTED_WITHIN
    while not answers(port):
        if monotonic() > deadline:
            raise TimeoutError
        sleep(0.05)


def _servers(ground: Ground) -> list[int]:
    pids = [server.process.pid for server in (ground.postgres, ground.valkey) if server.process is not None]
    return [one for pid in pids for one in _family(pid)]


def _family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _seconds(pids: list[int]) -> float:
    """Seconds of processor, children that have ended included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


def _resident(pids: list[int]) -> float:
    return sum(_status(pid, "VmRSS") for pid in pids)


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024 / 1e6


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file() and path.name != "healthz":
            path.unlink()
