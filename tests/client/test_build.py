"""What npm says of the client: types, its own tests, the mini-program, the API's types; and what a first look costs."""

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest

from kit import h5
from kit.settings import ROOT
from tests.client.conftest import Phone

SERVICE_WORKERS = "allow"
Npm = Callable[..., str]
FIRST_PAGE = 250_000  # bytes over the line
MINI_PROGRAM = h5.CLIENT / "dist" / "build" / "mp-weixin"


def test_types(npm: Npm) -> None:
    assert "error TS" not in npm("run", "type-check")


def test_its_own_tests(npm: Npm) -> None:
    assert "passed" in npm("test")


@pytest.fixture(scope="module")
def mini_program(npm: Npm) -> Path:
    """The mini-program, built."""
    npm("run", "build:mp-weixin")
    return MINI_PROGRAM


def test_the_mini_program_is_whole_and_small(npm: Npm, mini_program: Path) -> None:
    assert '"faults": []' in npm("run", "check:mp")
    files = [path for path in mini_program.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 100_000


def test_nothing_of_a_third_party_is_in_it(mini_program: Path, pages: Path) -> None:
    hosts = ("alicdn.com", "cdn.dcloud.net.cn", "unpkg.com", "jsdelivr.net")
    texts = [path for folder in (mini_program, pages) for path in folder.rglob("*") if path.suffix in _TEXTS]
    assert [(path.name, host) for path in texts for host in hosts if host in path.read_text(encoding="utf-8")] == []


_TEXTS = {".css", ".html", ".js", ".json", ".wxml", ".wxss"}


def test_the_apis_types_are_those_of_its_description(npm: Npm, tmp_path: Path) -> None:
    described, made = tmp_path / "openapi.json", tmp_path / "types.ts"
    with described.open("w") as file:
        run([sys.executable, "manage.py", "openapi"], cwd=ROOT, stdout=file, check=True)
    npm("exec", "--no", "--", "openapi-typescript", str(described), "-o", str(made))
    kept = h5.CLIENT / "src" / "api" / "types.ts"
    assert made.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), "renew them: npm run types"


async def test_the_first_page_is_small(phone: Phone, record_property: Callable[[str, object], None]) -> None:
    await phone.open()
    await phone.page.wait_for_load_state("networkidle")
    loaded = await phone.page.evaluate(
        "() => performance.getEntries().filter((e) => e.transferSize > 0).map((e) => [e.name, e.transferSize])"
    )
    total = sum(size for _, size in loaded)
    record_property("first_page_bytes", total)
    assert len(loaded) > 2
    assert total <= FIRST_PAGE, loaded
