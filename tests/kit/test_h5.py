"""Building the pages: when, when not, and what is left when it goes wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from gzip import decompress
from pathlib import Path

import pytest

from kit import h5, node
from kit.settings import ROOT
from tests.kit.clients import BUILD, client_at
from tests.processes import WITHIN, until


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small client in the place of ours."""
    folder = client_at(tmp_path / "miniprogram")
    monkeypatch.setattr(h5, "CLIENT", folder)
    monkeypatch.setattr(h5, "OUTPUT", folder / "dist" / "build" / "h5")
    return folder


def test_it_is_built_once(client: Path) -> None:
    assert not h5.is_fresh()
    assert h5.build()
    made = h5.OUTPUT / "index.html"
    first = made.stat().st_mtime_ns
    assert h5.is_fresh()
    assert not h5.build()
    assert made.stat().st_mtime_ns == first
    assert h5.state(h5.OUTPUT) == {}


def test_what_gets_smaller_lies_beside_it_compressed(client: Path) -> None:
    h5.build()
    for name in ("index.html", "assets/index-0123abcd.js"):
        assert decompress((h5.OUTPUT / f"{name}.gz").read_bytes()) == (h5.OUTPUT / name).read_bytes()
    assert not (h5.OUTPUT / "assets" / "a.png.gz").exists()


def test_a_changed_source_is_built_and_nothing_else_is(client: Path) -> None:
    h5.build()
    for other in ("node_modules/x.js", "dist/x.js", "tests/x.spec.ts", ".editor"):
        (client / other).parent.mkdir(exist_ok=True)
        (client / other).touch()
    assert h5.is_fresh()
    for source in ("src/deep/er.vue", "index.html", "vite.config.ts", "package.json", ".npmrc"):
        (client / source).parent.mkdir(exist_ok=True)
        with (client / source).open("a") as file:
            file.write("\n")
        assert not h5.is_fresh(), source
        assert h5.build()
    (client / "src" / "deep" / "er.vue").rename(client / "src" / "deep" / "est.vue")
    assert not h5.is_fresh()


def test_a_build_by_hand_is_not_taken_for_ours(client: Path) -> None:
    h5.build()
    (h5.OUTPUT / h5.STAMP).unlink()
    assert not h5.is_fresh()


@pytest.mark.parametrize("build", ["throw new Error('a fault in the pages')", "0"], ids=["fails", "makes nothing"])
def test_a_build_that_fails_leaves_the_last_one(client: Path, build: str, capsys: pytest.CaptureFixture[str]) -> None:
    h5.build()
    before = (h5.OUTPUT / "index.html").read_text()
    client_at(client, build)
    with pytest.raises(node.Failed, match="build:h5"):
        h5.build()
    assert "build:h5" in h5.state(h5.OUTPUT)["failed"]
    assert ("a fault in the pages" in capsys.readouterr().out) == (build != "0")
    assert (h5.OUTPUT / "index.html").read_text() == before
    client_at(client, BUILD + "\n")
    assert h5.build()
    assert h5.state(h5.OUTPUT) == {}


def test_no_network_is_named_with_its_remedy(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client_at(client, nothing="1.0.0")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(node.Failed, match="registry"):
        h5.build()


def test_dependencies_are_those_of_the_lock_file(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    h5.build()
    client_at(client, left="1.0.0")
    installed = client / "node_modules" / ".package-lock.json"
    installed.parent.mkdir(exist_ok=True)
    installed.write_text(json.dumps({"packages": {"node_modules/left": {"version": "1.0.0"}}}))
    assert h5.build()  # without asking anybody
    installed.write_text(json.dumps({"packages": {"node_modules/left": {"version": "0.9.0"}}}))
    (client / "index.html").touch()
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(node.Failed):
        h5.build()


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """The builder and a small client beside it, whose build says that it began and goes on for ever."""
    shutil.copytree(ROOT / "kit", tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    endless = "require('fs').writeFileSync('../pid', String(process.pid)); setInterval(() => 0, 1000)"
    client_at(tmp_path / "miniprogram", f"{BUILD}; {endless}")
    yield tmp_path
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid_of_the_build(tmp_path), signal.SIGKILL)


def pid_of_the_build(tree: Path) -> int:
    return int((tree / "pid").read_text())


def building(tree: Path) -> subprocess.Popen[bytes]:
    """Start a build and wait until half of it is written."""
    run = subprocess.Popen([sys.executable, "-m", "kit.h5"], cwd=tree, stdout=subprocess.DEVNULL)
    until(lambda: (tree / "pid").exists() and (tree / "pid").read_text() != "", "the build does not begin")
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_nothing_half(tree: Path, number: int) -> None:
    run = building(tree)
    output = tree / "miniprogram" / "dist" / "build"
    assert json.loads((output / "h5.json").read_text())["doing"] == "生成页面"
    run.send_signal(number)
    run.wait(WITHIN)
    if number != signal.SIGKILL:  # which gives us no chance to end what we started: it goes on in a folder of its own
        until(lambda: not Path(f"/proc/{pid_of_the_build(tree)}").exists(), "the build goes on")
    assert not (output / "h5").exists()
    client_at(tree / "miniprogram")
    assert subprocess.run([sys.executable, "-m", "kit.h5"], cwd=tree, check=False).returncode == 0
    assert sorted(path.name for path in output.iterdir()) == [".h5.lock", "h5"]
    assert (output / "h5" / "index.html").exists()


def test_a_second_build_waits_for_the_first(tree: Path) -> None:
    first = building(tree)
    second = subprocess.Popen([sys.executable, "-m", "kit.h5"], cwd=tree, stdout=subprocess.PIPE)
    client_at(tree / "miniprogram")
    first.terminate()
    said, _ = second.communicate(timeout=WITHIN)
    assert (first.wait(WITHIN), second.returncode) == (1, 0)
    assert "手机页面已生成" in said.decode()
