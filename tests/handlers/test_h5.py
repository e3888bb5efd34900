"""Serving the phone's pages: what is sent and how, what is not, and what is said while there are none."""

import gzip
import json
from pathlib import Path

import pytest

from handlers import ROUTES
from tests.handlers.conftest import Client, Door

FILES = {
    "index.html": "<p>一键举报</p>" * 100,
    "sw.js": "// worker",
    "assets/index-HSv7thVx.js": "let a = 1\n" * 100,
    "assets/index-jtHhZyo-.css": "p { color: red }\n" * 100,
    "assets/pages-report-index.DcbyyrXQ.js": "let b = 2\n" * 100,
    "assets/uni.facc0116.css": "a { color: blue }\n" * 100,
    "assets/wd-icons--VEblP77.ttf": "font",
    "static/logo.png": "picture",
    ".sources": "hash",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    written(tmp_path / "h5")
    return tmp_path / "h5"


def written(folder: Path, **changed: str) -> None:
    for name, text in (FILES | changed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.suffix in {".html", ".js", ".css"}:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def gone(folder: Path) -> None:
    folder.rename(folder.with_name("old"))


@pytest.fixture
async def client(door: Door, folder: Path) -> Client:
    """The door, with that build behind it."""
    opened = await door(*ROUTES, h5_path=folder)
    opened.session._auto_decompress = False
    return opened


async def test_the_first_page(client: Client) -> None:
    answer = await client.get("/h5/", headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert (answer.status, answer.content_type, answer.charset) == (200, "text/html", "utf-8")
    assert gzip.decompress(await answer.read()).decode() == FILES["index.html"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_without_its_slash_it_is_sent_on_with_its_query(client: Client) -> None:
    answer = await client.get("/h5?code=ABC", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/h5/?code=ABC")


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("index.html", "text/html", False),
        ("sw.js", "text/javascript", False),
        ("assets/index-HSv7thVx.js", "text/javascript", True),
        ("assets/index-jtHhZyo-.css", "text/css", True),
        ("assets/pages-report-index.DcbyyrXQ.js", "text/javascript", True),
        ("assets/uni.facc0116.css", "text/css", True),
        ("assets/wd-icons--VEblP77.ttf", "font/ttf", True),
        ("static/logo.png", "image/png", False),
    ],
)
async def test_types_and_how_long_they_are_kept(client: Client, name: str, kind: str, *, kept: bool) -> None:
    answer = await client.get(f"/h5/{name}", headers={"Accept-Encoding": "identity"})
    assert (answer.status, answer.content_type, await answer.text()) == (200, kind, FILES[name])
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == ("public, max-age=31536000, immutable" if kept else "no-cache")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
    ],
)
async def test_gzip_for_those_who_take_it(client: Client, asked: str, *, zipped: bool) -> None:
    answer = await client.get("/h5/assets/index-HSv7thVx.js", headers={"Accept-Encoding": asked})
    assert (answer.headers.get("Content-Encoding") == "gzip") == zipped
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_what_is_known_is_not_sent_again(client: Client) -> None:
    tags = set()
    for encoding in ("gzip", "identity"):
        first = await client.get("/h5/", headers={"Accept-Encoding": encoding})
        tags.add(first.headers["ETag"])
        for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}'):
            again = await client.get("/h5/", headers={"Accept-Encoding": encoding, "If-None-Match": known})
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]
        assert (await client.get("/h5/", headers={"If-None-Match": '"other"'})).status == 200
    assert len(tags) == 2


async def test_head_has_the_headers_alone(client: Client) -> None:
    get = await client.get("/h5/", headers={"Accept-Encoding": "gzip"})
    head = await client.head("/h5/", headers={"Accept-Encoding": "gzip"})
    assert (head.status, await head.read()) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Content-Encoding", "Content-Security-Policy"):
        assert head.headers[name] == get.headers[name]


async def test_only_files_of_the_build(client: Client) -> None:
    for path in (
        "..%2fsecret.txt", "%2e%2e/secret.txt", "assets/..%2f..%2fsecret.txt", "assets", "assets/", "nothing.js",
        "index.html.gz", ".sources", "%00", "%2fetc%2fpasswd", "static/../index.html.gz", "x" * 300,
    ):  # fmt: skip
        answer = await client.get(f"/h5/{path}")
        assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), path


async def test_a_link_out_of_the_folder_is_not_followed(client: Client, folder: Path) -> None:
    (folder / "static" / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / ".sources").write_text("another build")
    assert (await client.get("/h5/static/out.txt")).status == 404


async def test_nothing_of_others_and_no_code_in_the_page(client: Client) -> None:
    answer = await client.get("/h5/")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    permitted = answer.headers["Permissions-Policy"].split(", ")
    assert {"camera=(self)", "microphone=(self)", "geolocation=(self)"} == {x for x in permitted if "self" in x}
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_another_build_is_served_at_once(client: Client, folder: Path) -> None:
    assert (await client.get("/h5/assets/index-HSv7thVx.js")).status == 200
    gone(folder)
    assert (await client.get("/h5/")).status == 503
    written(folder, **{"index.html": "new", "assets/index-00000000.js": "new"})
    (folder / "assets" / "index-HSv7thVx.js").unlink()
    answer = await client.get("/h5/", headers={"Accept-Encoding": "identity"})
    assert (answer.status, await answer.text()) == (200, "new")
    assert (await client.get("/h5/assets/index-00000000.js")).status == 200
    assert (await client.get("/h5/assets/index-HSv7thVx.js")).status == 404


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"done": 1, "total": 3, "doing": "安装依赖"}, ("手机页面正在生成，约需一分钟", "正在安装依赖")),
        ({"failed": "npm <run> 失败"}, ("手机页面生成失败", "npm &lt;run&gt; 失败")),
        (None, ("手机页面尚未生成", "make h5")),
        ([], ("手机页面尚未生成", "make h5")),
    ],
)
async def test_while_there_are_no_pages_it_says_so(
    door: Door, tmp_path: Path, state: object, said: tuple[str, ...]
) -> None:
    if state is not None:
        (tmp_path / "h5.json").write_text(json.dumps(state))
    client = await door(*ROUTES, h5_path=tmp_path / "h5")
    answer = await client.get("/h5/")
    text = await answer.text()
    assert (answer.status, answer.content_type, answer.headers["Retry-After"]) == (503, "text/html", "5")
    assert answer.headers["Cache-Control"] == "no-store"
    assert [words for words in (*said, 'http-equiv="refresh"') if words not in text] == []
    assert (await client.get("/h5/assets/index-HSv7thVx.js")).status == 404


async def test_whoever_opens_the_pages_is_not_told_of(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    await client.get("/h5/", headers={"User-Agent": "probe"})
    figures = await (await client.get("/metrics", headers={"Accept-Encoding": "identity"})).text()
    assert 'route="/h5' not in figures
    assert "probe" not in capsys.readouterr().out
