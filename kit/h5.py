"""Builds the phone's pages out of `miniprogram/` when their sources changed: `python -m kit.h5`."""

import fcntl
import gzip
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from kit import node
from kit.settings import ROOT, Settings

CLIENT = ROOT / "miniprogram"
OUTPUT: Path = ROOT / Settings.model_fields["h5_path"].default
STAMP = ".sources"  # in the output: the hash of what it was built from
WORTH_ZIPPING = {".css", ".html", ".js", ".json", ".svg", ".ttf", ".txt", ".wasm", ".webmanifest"}
STEPS = ("准备 Node", "安装依赖", "生成页面")
_NOT_SOURCES = {"node_modules", "dist", "tests"}


def can_be_built() -> bool:
    """Whether there are sources: an installation may hold the output only."""
    return (CLIENT / "package-lock.json").exists()


def is_fresh() -> bool:
    """Whether the output is what the sources would give; some milliseconds."""
    with suppress(FileNotFoundError):
        return (OUTPUT / STAMP).read_text() == _sources()
    return False


def state(output: Path) -> Mapping[str, Any]:
    """What is known of a build: {"done", "total", "doing"} while one runs, {"failed"} after one, else nothing."""
    with suppress(OSError, ValueError):
        found = json.loads(_state_of(output).read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def build() -> bool:
    """Bring the output up to date; False when it was. Raises node.Failed and leaves the old output then.

    It is built beside its place and moved there when whole, so that no reader ever sees half of it. A second
    build waits for the first.
    """
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with OUTPUT.with_name(".h5.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_fresh():
            _state_of(OUTPUT).unlink(missing_ok=True)
            return False
        try:
            _build()
        except node.Failed as reason:
            _tell({"failed": str(reason)})
            raise
        _state_of(OUTPUT).unlink(missing_ok=True)
        return True


def _build() -> None:
    _step(0)
    environment = node.environment()
    _step(1)
    dependencies(environment)
    _step(2)
    built_from = _sources()
    for left in OUTPUT.parent.glob(".h5-*"):
        shutil.rmtree(left)
    new, old = OUTPUT.with_name(f".h5-{os.getpid()}"), OUTPUT.with_name(".h5-old")
    node.npm("run", "build:h5", folder=CLIENT, environment=environment | {"UNI_OUTPUT_DIR": str(new)})
    if not (new / "index.html").exists():
        raise node.Failed("npm run build:h5 没有生成 index.html")
    _compress(new)
    (new / STAMP).write_text(built_from)
    if OUTPUT.exists():
        OUTPUT.rename(old)
    new.rename(OUTPUT)
    shutil.rmtree(old, ignore_errors=True)


def dependencies(environment: dict[str, str]) -> None:
    """Bring `node_modules` to what the lock file names; raises node.Failed."""
    if not _is_installed():
        node.npm("ci", "--no-audit", "--no-fund", "--prefer-offline", folder=CLIENT, environment=environment)


def _is_installed() -> bool:
    """Whether npm's own record of what it installed, which it writes last, agrees with the lock file."""
    try:
        there = _packages(CLIENT / "node_modules" / ".package-lock.json")
    except FileNotFoundError:
        return False
    wanted = _packages(CLIENT / "package-lock.json")
    versions = {path: package.get("version") for path, package in there.items()}
    return all(
        versions.get(path, package.get("version") if _is_optional(package) else None) == package.get("version")
        for path, package in wanted.items()
    )


def _packages(lock: Path) -> dict[str, dict[str, Any]]:
    packages = json.loads(lock.read_bytes())["packages"]
    return {path: package for path, package in packages.items() if path}


def _is_optional(package: Mapping[str, Any]) -> bool:
    return any(package.get(word) for word in ("optional", "devOptional", "peer"))


def _sources() -> str:
    """A hash of all that the output is made from."""
    digest = sha256()
    for path in sorted(_files(CLIENT)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(CLIENT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        if Path(parent) == folder:
            folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        yield from (Path(parent) / name for name in names if not name.startswith(".") or name == ".npmrc")


def _compress(folder: Path) -> None:
    """Put a .gz beside each file that gets smaller by it."""
    for path in [path for path in folder.rglob("*") if path.suffix in WORTH_ZIPPING]:
        content = path.read_bytes()
        smaller = gzip.compress(content, 9, mtime=0)
        if len(smaller) < len(content):
            path.with_name(f"{path.name}.gz").write_bytes(smaller)


def _state_of(output: Path) -> Path:
    return output.with_name("h5.json")


def _step(number: int) -> None:
    print(f"手机页面：{STEPS[number]}……", flush=True)
    _tell({"done": number, "total": len(STEPS), "doing": STEPS[number]})


def _tell(facts: Mapping[str, Any]) -> None:
    new = OUTPUT.with_name(".h5.json")
    new.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    new.replace(_state_of(OUTPUT))


def main() -> int:
    """Build when it is needed; 0 when the output is up to date."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        print(f"手机页面已生成：{OUTPUT}" if build() else "手机页面没有变化，无需重新生成。")
    except node.Failed as reason:
        print(f"手机页面生成失败：{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
