"""`make run` from the outside: what it starts, what it says, and that it always ends and begins again."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from kit.settings import ROOT
from tests.kit.clients import client_at
from tests.processes import until

WITHIN = 30.0  # seconds; far above what anything here takes

# Stand-ins: the real web process and worker have tests of their own, and take longer to start.
STAND_INS = {
    "app.py": """
        import json, os
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from pathlib import Path

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                body = {"pid": os.getpid(), "loading": [{"name": "举报件", "done": 640, "total": 640}]}
                names = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "WECHAT_API", "WECHAT_PAGES",
                         "WECHAT_MINI_APP_ID")
                told = body | {name: os.environ.get(name) for name in names}
                self.wfile.write(json.dumps([] if self.path.endswith("/demo/persons") else told).encode())

        HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
    """,
    "worker.py": """
        import os, signal, sys, time
        from pathlib import Path

        def leave(*_):
            Path("worker.left").touch()
            sys.exit()

        signal.signal(signal.SIGTERM, leave)
        Path("worker.pid").write_text(str(os.getpid()))
        if Path("worker.breaks").exists():
            sys.exit("the worker broke")
        while True:
            time.sleep(60)
    """,
    "demo/wechat.py": """
        import json, os, sys, time
        from pathlib import Path

        Path("wechat.environ").write_text(json.dumps({**os.environ, "PID": os.getpid()}))
        while True:
            time.sleep(60)
    """,
    "manage.py": """
        import sys
        from pathlib import Path

        with Path("managed").open("a") as file:
            print(sys.argv[1], file=file)
    """,
}


@dataclass
class Tree:
    """A copy of the launcher with stand-ins beside it, and the runs that it was asked for."""

    folder: Path
    port: int
    runs: list[subprocess.Popen[str]] = field(default_factory=list)

    def launch(self, **environment: str) -> subprocess.Popen[str]:
        """Start `python launch.py` with its output to be read."""
        known = os.environ | {"PORT": str(self.port), "PROFILE": "demo"} | environment
        run = subprocess.Popen(
            [sys.executable, "launch.py"], cwd=self.folder, env=known, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.runs.append(run)
        return run

    def ready(self, run: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait until the launcher says so, and ask the web process."""
        assert run.stdout
        for line in run.stdout:
            if "Ctrl-C" in line:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=WITHIN)) as connection:
                    connection.request("GET", "/readyz")
                    answer: dict[str, Any] = json.loads(connection.getresponse().read())
                    return answer
        raise AssertionError(run.wait())

    def managed(self) -> list[str]:
        """Give the commands that manage.py was started with."""
        return (self.folder / "managed").read_text().split()


def end(run: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """Send a signal; give the code and the rest of the output."""
    run.send_signal(number)
    output, _ = run.communicate(timeout=WITHIN)
    return run.returncode, output


def is_gone(pid: int) -> bool:
    """Wait for a process that is not our child to end."""
    with suppress(ProcessLookupError):
        watched = os.pidfd_open(pid)
        try:
            return bool(select.select([watched], [], [], WITHIN)[0])
        finally:
            os.close(watched)
    return True


@pytest.fixture
def tree() -> Iterator[Tree]:
    """Grow one in a folder with a space in its name: people have such."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="yijian run-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(ROOT / "launch.py", folder)
        shutil.copytree(ROOT / "kit", folder / "kit", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "models" / "migrations").mkdir(parents=True)
        (folder / "models" / "migrations" / "0001_first.py").touch()
        for file, text in STAND_INS.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(textwrap.dedent(text))
        grown = Tree(folder, port)
        try:
            yield grown
        finally:
            for run in grown.runs:
                run.send_signal(signal.SIGTERM)
                run.communicate(timeout=WITHIN)


def test_it_starts_everything_and_ctrl_c_stops_it(tree: Tree) -> None:
    run = tree.launch()
    answer = tree.ready(run)
    assert f"{tree.folder}/var/postgres".replace(" ", "%20") in answer["DATABASE_URL"]
    assert [answer[key].partition("@")[0] for key in ("DATABASE_URL", "MIGRATION_DATABASE_URL")] == [
        "postgres://yijian",
        "postgres://postgres",
    ]
    assert run.stdout
    assert any("举报件" in line and "640/640" in line for line in run.stdout)
    assert end(run, signal.SIGINT)[0] == 0
    assert (tree.folder / "worker.left").exists()
    assert is_gone(answer["pid"])
    assert not (tree.folder / "var" / "postgres" / "data" / "postmaster.pid").exists()
    assert tree.managed() == ["migrate", "demo"]


def test_the_demo_has_a_wechat_that_starts_beside_and_ends_with_it(tree: Tree) -> None:
    run = tree.launch()
    answer = tree.ready(run)
    written = tree.folder / "wechat.environ"
    until(lambda: written.exists() and written.read_text().endswith("}"), "no WeChat")
    environment = json.loads(written.read_text())
    assert answer["WECHAT_API"] == answer["WECHAT_PAGES"] == environment["WECHAT_API"]
    assert (answer["WECHAT_MINI_APP_ID"], environment["WECHAT_MINI_SECRET"]) == ("wx00000000000de002", "2" * 32)
    assert end(run, signal.SIGTERM)[0] == 0
    assert is_gone(environment["PID"])


def test_its_wechat_takes_the_port_after_ours_or_another(tree: Tree) -> None:
    with socket.socket() as other:
        with suppress(OSError):  # somebody else's: as good
            other.bind(("127.0.0.1", tree.port + 1))
            other.listen()
        taken = tree.ready(tree.launch())["WECHAT_API"]
    assert taken.startswith("http://127.0.0.1:")
    assert taken != f"http://127.0.0.1:{tree.port + 1}"


@pytest.mark.parametrize("given", [{"WECHAT_MINI_APP_ID": "wx1"}, {"PROFILE": "development"}])
def test_accounts_of_ones_own_or_another_profile_mean_no_demo_wechat(tree: Tree, given: dict[str, str]) -> None:
    answer = tree.ready(tree.launch(**given))
    assert (answer["WECHAT_API"], answer["WECHAT_MINI_APP_ID"]) == (None, given.get("WECHAT_MINI_APP_ID"))
    assert not (tree.folder / "var" / "log" / "wechat.log").exists()


def told(run: subprocess.Popen[str], words: str) -> str:
    """Read what it says up to the line with these words."""
    said = ""
    assert run.stdout
    for line in run.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def test_the_phones_pages_are_built_beside_it_once(tree: Tree) -> None:
    client_at(tree.folder / "miniprogram")
    output = tree.folder / "miniprogram" / "dist" / "build" / "h5"
    run = tree.launch()
    tree.ready(run)  # it doesn't wait for them
    assert "手机页面生成完成" in told(run, "640/640")
    built = (output / "index.html").stat().st_mtime_ns
    assert end(run, signal.SIGTERM)[0] == 0
    again = tree.launch()
    tree.ready(again)
    assert "手机页面生成" not in told(again, "640/640")
    assert end(again, signal.SIGTERM)[0] == 0
    assert (output / "index.html").stat().st_mtime_ns == built


def test_pages_that_cannot_be_built_stop_nothing_else(tree: Tree) -> None:
    client_at(tree.folder / "miniprogram", "throw new Error('a fault in the pages')")
    run = tree.launch()
    tree.ready(run)
    said = told(run, "其余部分照常运行")
    assert ("手机页面生成" in said, "a fault in the pages" in said, "h5.log" in said) == (True, True, True)
    assert run.poll() is None
    assert end(run, signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_build_ends_with_the_run(tree: Tree, number: int) -> None:
    endless = "require('fs').writeFileSync('../pid', String(process.pid)); setInterval(() => 0, 1000)"
    client_at(tree.folder / "miniprogram", endless)
    run = tree.launch()
    tree.ready(run)
    pid = tree.folder / "pid"
    until(lambda: pid.exists() and pid.read_text() != "", "the build does not begin")
    run.send_signal(number)
    assert is_gone(int(pid.read_text()))
    run.wait(WITHIN)
    assert not (tree.folder / "miniprogram" / "dist" / "build" / "h5").exists()


def test_a_killed_run_keeps_nobody_from_starting(tree: Tree) -> None:
    run = tree.launch()
    first = tree.ready(run)
    run.kill()
    again = tree.launch()
    assert tree.ready(again)["pid"] != first["pid"]
    assert is_gone(first["pid"])
    assert end(again, signal.SIGTERM)[0] == 0


def test_a_database_that_knows_every_migration_is_not_migrated(tree: Tree) -> None:
    script = """
        import os, subprocess, sys
        from pathlib import Path
        from kit.embedded import Postgres
        if sys.argv[1] == "migrate":
            postgres = Postgres(Path("var/postgres"))
            postgres._settle()
            postgres.query("CREATE TABLE tortoise_migrations AS SELECT '0001_first' AS name")
    """
    manage = tree.folder / "manage.py"
    manage.write_text(manage.read_text() + textwrap.dedent(script))
    for _ in range(2):
        run = tree.launch()
        tree.ready(run)
        end(run, signal.SIGTERM)
    assert tree.managed().count("migrate") == 1


def test_two_runs_on_the_same_data_are_refused(tree: Tree) -> None:
    run = tree.launch()
    tree.ready(run)
    second = tree.launch()
    output, _ = second.communicate(timeout=WITHIN)
    assert (second.returncode, "另一个 make run" in output, str(run.pid) in output) == (1, True, True)


def test_a_taken_port_is_named_with_its_remedy(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", tree.port)):
        run = tree.launch()
        output, _ = run.communicate(timeout=WITHIN)
    assert (run.returncode, f"端口 {tree.port}" in output, "make run PORT=" in output) == (1, True, True)
    assert not (tree.folder / "var" / "postgres").exists()


def test_a_wrong_setting_is_named(tree: Tree) -> None:
    run = tree.launch(PROFILE="holiday")
    output, _ = run.communicate(timeout=WITHIN)
    assert (run.returncode, "设置有误 PROFILE" in output) == (1, True)


def test_a_child_that_dies_ends_the_run_and_is_named(tree: Tree) -> None:
    (tree.folder / "worker.breaks").touch()
    run = tree.launch()
    output, _ = run.communicate(timeout=WITHIN)
    assert (run.returncode, "后台服务意外退出" in output, "the worker broke" in output) == (1, True, True)
    assert is_gone(int((tree.folder / "worker.pid").read_text()))


def test_servers_of_the_environment_replace_the_embedded_ones(tree: Tree) -> None:
    given = {"DATABASE_URL": "postgres://a@b/c", "MIGRATION_DATABASE_URL": "postgres://d@b/c", "REDIS_URL": "redis://e"}
    run = tree.launch(**given)
    answer = tree.ready(run)
    assert {key: answer[key] for key in given} == given
    assert end(run, signal.SIGTERM)[0] == 0
    assert sorted(path.name for path in (tree.folder / "var").iterdir()) == ["log", "run.lock"]
