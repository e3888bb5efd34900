"""`make run`: the embedded servers, web process, worker, the demo's loader and WeChat, started and stopped together."""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from kit import h5
from kit.embedded import Postgres, Unstartable, Valkey, tail
from kit.processes import die_with_parent, spawn, stop
from kit.settings import ROOT, Profile, Settings

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - HOST that means every address, and one to ask
ANSWER_WITHIN = 120.0  # seconds that the web process gets for its first answer
DRAIN_WITHIN = 12.0  # seconds to finish what runs: the web process allows its requests ten
ANSWER_EVERY = 0.05  # seconds between two questions to a web process that starts
LOOK_EVERY = 0.5  # seconds between two looks at the children
# What the consoles of the demo's WeChat would show: public on purpose, and always the same, as people's openids are.
DEMO_WECHAT = {
    f"WECHAT_{kind}_{name}": value
    for kind, digit in (("OFFICIAL", "1"), ("MINI", "2"))
    for name, value in {
        "APP_ID": f"wx00000000000de00{digit}",
        "ORIGINAL_ID": f"gh_00000000de0{digit}",
        "SECRET": digit * 32,
        "TOKEN": f"demoOnly{digit}",
        "AES_KEY": digit * 43,
    }.items()
} | {
    "WECHAT_OFFICIAL_DUTY": "demo-duty thing1=text time2=due",
    "WECHAT_OFFICIAL_PROGRESS": "demo-told thing1=text time2=time",
    "WECHAT_MINI_PROGRESS": "demo-progress thing1=text time2=time",
    "WECHAT_MINI_DUTY": "demo-owed thing1=text number2=count time3=due",
}


@dataclass(frozen=True)
class Child:
    """A process of ours: what it is called on the screen, and where its output goes."""

    label: str
    log: Path
    process: subprocess.Popen[bytes]

    def ended(self) -> str:
        """Say what to tell about a child that ended by itself."""
        return f"{self.label}意外退出（{self.process.returncode}），日志 {self.log} 的末尾：\n{tail(self.log)}"


def main() -> int:
    """Run until a signal comes or a child dies; 0 after a signal, 1 when something could not run."""
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    if "MAKELEVEL" in os.environ:  # make was killed: nobody is left who could stop us
        die_with_parent(signal.SIGTERM)
    try:
        settings = Settings()
        with ExitStack() as running:
            _run(settings, running, began)
    except Unstartable as reason:
        print(reason, file=sys.stderr)
    except ValidationError as wrong:
        for error in wrong.errors():
            print(f"设置有误 {'.'.join(map(str, error['loc'])).upper()}：{error['msg']}", file=sys.stderr)
    except OSError as error:
        print(f"无法启动：{error}", file=sys.stderr)
    return 1


def _leave(number: int, _frame: object) -> None:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    os.write(1, f"\n收到 {signal.Signals(number).name}，正在停止……\n".encode())  # print() may be what was interrupted
    raise SystemExit(0)


def _run(settings: Settings, running: ExitStack, began: float) -> None:
    settings.var.mkdir(parents=True, exist_ok=True)
    _lock(settings, running)
    _port_is_free(settings)
    (settings.var / "log").mkdir(mode=0o700, exist_ok=True)
    environment = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}

    children: list[Child] = []
    if not settings.redis_url:
        valkey = Valkey(settings.var / "valkey")
        running.callback(valkey.stop)
        environment["REDIS_URL"] = valkey.start()
    if settings.database_url:
        migrated = False
    else:
        postgres = Postgres(settings.var / "postgres")
        running.callback(postgres.stop)
        postgres.start()
        environment |= {
            "DATABASE_URL": postgres.application_url,
            "MIGRATION_DATABASE_URL": postgres.migration_url,
        }
        migrated = _is_migrated(postgres)
    running.callback(lambda: stop([child.process for child in children], signal.SIGTERM, patience=DRAIN_WITHIN))
    wechat = _wechat(settings)
    environment |= wechat
    begin = partial(_begin, children, settings, environment)

    if not migrated:
        _finish(begin("数据库升级", "migrate", "manage.py", "migrate"))
    web = begin("网页服务", "web", "-m", "app")
    services = [web, begin("后台服务", "worker", "-m", "worker")]
    _answers(settings, web)
    if wechat:  # beside, not before: nobody waits for it
        services.append(begin("微信演示", "wechat", "-m", "demo.wechat"))
    loaders = []
    if settings.h5_path == h5.OUTPUT and h5.can_be_built() and not h5.is_fresh():
        loaders.append(begin("手机页面生成", "h5", "-m", "kit.h5", on_our_death=signal.SIGTERM))
    if settings.profile is Profile.DEMO:
        loaders.append(begin("演示数据装载", "demo", "manage.py", "demo"))
    _announce(settings, time.monotonic() - began, wechat.get("WECHAT_PAGES"))
    if loaders:
        _show_loading(settings, services, loaders)
    while True:
        _all_run(services)
        time.sleep(LOOK_EVERY)


def _lock(settings: Settings, running: ExitStack) -> None:
    file = running.enter_context((settings.var / "run.lock").open("a+"))
    file.seek(0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unstartable(
            f"另一个 make run 正在使用 {settings.var}（{file.read().strip()}）："
            "请先停止它，或另选数据目录和端口：make run VAR=… PORT=…"
        ) from None
    file.truncate(0)
    file.write(f"进程 {os.getpid()}，{settings.url}")
    file.flush()


def _port_is_free(settings: Settings) -> None:
    try:
        _bound(settings, settings.port).close()
    except OSError as error:
        raise Unstartable(
            f"端口 {settings.port}（{settings.host}）不能使用，可能已被其他程序占用（{error.strerror}）："
            f"请关闭占用它的程序，或换一个端口：make run PORT={settings.port % 65535 + 1}"
        ) from None


def _wechat(settings: Settings) -> dict[str, str]:
    """What leads our processes to the demo's WeChat; nothing where there are accounts at the real one."""
    if settings.profile is not Profile.DEMO or settings.wechat_official_app_id or settings.wechat_mini_app_id:
        return {}
    port = _free_port(settings)
    shown = urlsplit(settings.url).hostname if settings.host in EVERYWHERE else settings.host
    return DEMO_WECHAT | {
        "WECHAT_OPEN_PLATFORM": "true",
        "WECHAT_API": f"http://{_spelled(_reached(settings))}:{port}",
        "WECHAT_PAGES": f"http://{_spelled(shown or settings.host)}:{port}",
    }


def _free_port(settings: Settings) -> int:
    """The port after ours, or one that the kernel chooses."""
    try:
        probe = _bound(settings, settings.port % 65535 + 1)
    except OSError:
        probe = _bound(settings, 0)
    with probe:
        port: int = probe.getsockname()[1]
    return port


def _bound(settings: Settings, port: int) -> socket.socket:
    """A socket at HOST and a port; raises OSError where that is taken."""
    family, kind, _, _, address = socket.getaddrinfo(settings.host, port, type=socket.SOCK_STREAM)[0]
    probe = socket.socket(family, kind)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
    except OSError:
        probe.close()
        raise
    return probe


def _reached(settings: Settings) -> str:
    """The address at which this machine reaches what listens on HOST."""
    return EVERYWHERE.get(settings.host, settings.host)


def _spelled(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_migrated(postgres: Postgres) -> bool:
    """Whether the database knows every migration in the tree; asking it is 30 times faster than migrating."""
    wanted = {path.stem for path in (ROOT / "models" / "migrations").glob("[0-9]*.py")}
    try:
        return wanted <= set(postgres.query("SELECT name FROM tortoise_migrations"))
    except Unstartable:  # an empty database
        return False


def _begin(
    children: list[Child],
    settings: Settings,
    environment: Mapping[str, str],
    label: str,
    name: str,
    *arguments: str,
    on_our_death: int = signal.SIGKILL,
) -> Child:
    log = settings.var / "log" / f"{name}.log"
    command = [sys.executable, *arguments]
    process = spawn(command, log=log, folder=ROOT, environment=environment, on_our_death=on_our_death)
    children.append(Child(label, log, process))
    return children[-1]


def _finish(child: Child) -> None:
    print(f"{child.label}……", flush=True)
    if child.process.wait() != 0:
        raise Unstartable(child.ended())


def _answers(settings: Settings, web: Child) -> None:
    deadline = time.monotonic() + ANSWER_WITHIN
    while _get(settings, "/healthz") is None:
        if web.process.poll() is not None:
            raise Unstartable(web.ended())
        if time.monotonic() > deadline:
            raise Unstartable(f"网页服务 {ANSWER_WITHIN:.0f} 秒内没有应答，日志 {web.log} 的末尾：\n{tail(web.log)}")
        time.sleep(ANSWER_EVERY)


def _get(settings: Settings, path: str) -> bytes | None:
    """Get the body of an answer of the web process, whatever its status; None when it does not answer."""
    connection = http.client.HTTPConnection(_reached(settings), settings.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _announce(settings: Settings, seconds: float, wechat: str | None) -> None:
    import segno
    from rich.console import Console

    console = Console()
    console.print(f"\n[bold green]一键举报 · 述法 已就绪[/]（{seconds:.1f} 秒）")
    phone = f"{settings.url}/h5/"
    lines = [
        f"地址　　　{settings.url}",
        f"手机页面　{phone}（可扫描下面的二维码打开）",
        f"接口文档　{settings.url}/api/docs",
        f"运行日志　{settings.var / 'log'}",
    ]
    if wechat:
        lines.insert(2, f"微信演示　{wechat}/phone/（装着微信的手机：公众号、扫码、消息）")
    if settings.profile is Profile.DEMO:
        lines += _demo_persons(settings)
    lines += [f"提示　　　{text}" for text in _warnings(settings)]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    segno.make(phone).terminal(compact=True)
    console.print("按 Ctrl-C 停止。")


def _demo_persons(settings: Settings) -> list[str]:
    """Write one line for each person whom the demo offers, as its API tells them."""
    persons = json.loads(_get(settings, "/api/v1/demo/persons") or b"[]")
    lines = [
        f"  {one['username']:16} {one['role_label']}　{one['name']}　{one['unit']}　{one['note']}" for one in persons
    ]
    return ['演示人员（一键登录：POST /api/v1/demo/session {"username": "…"}）：', *lines]


def _warnings(settings: Settings) -> list[str]:
    """What is not there, as /readyz tells it, and would be missed."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        return list(json.loads(_get(settings, "/readyz") or b"{}")["warnings"].values())
    return []


def _show_loading(settings: Settings, services: Sequence[Child], loaders: list[Child]) -> None:
    """Draw what the loaders have done, as /readyz tells it, until they end; one that fails stops nothing else."""
    from rich.progress import MofNCompleteColumn, Progress, TaskID

    bars: dict[str, TaskID] = {}
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn()) as progress:
        running = list(loaders)
        while running:
            _all_run(services)
            with suppress(subprocess.TimeoutExpired):
                running[0].process.wait(LOOK_EVERY)
            ended = [loader for loader in running if loader.process.poll() is not None]
            for item in _loading(settings):  # after that look, for the last figures
                if item["name"] not in bars:
                    bars[item["name"]] = progress.add_task(item["name"])
                progress.update(bars[item["name"]], completed=item["done"], total=item["total"])
            for loader in ended:
                running.remove(loader)
                good = loader.process.returncode == 0
                progress.console.print(f"{loader.label}完成。" if good else _not_loaded(loader), markup=False)
        if all(loader.process.returncode == 0 for loader in loaders):
            for task in progress.tasks:  # what is whole is told no more
                progress.update(task.id, completed=task.total)


def _not_loaded(loader: Child) -> str:
    return f"{loader.ended()}\n其余部分照常运行；下次启动时继续{loader.label}。"


def _all_run(services: Sequence[Child]) -> None:
    for service in services:
        if service.process.poll() is not None:
            raise Unstartable(service.ended())


def _loading(settings: Settings) -> list[dict[str, Any]]:
    """Ask what is being loaded: [{name, done, total}]; nothing when the web process says nothing of the kind."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        items = json.loads(_get(settings, "/readyz") or b"{}")["loading"]
        return [item for item in items if {"name", "done", "total"} <= item.keys()]
    return []


if __name__ == "__main__":
    sys.exit(main())
