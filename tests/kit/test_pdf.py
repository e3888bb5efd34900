"""PDFs: their text, their font, hostile HTML, and a machine without fonts."""

import asyncio
import os
import re
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kit.pdf import qr_svg, render, rendered
from kit.settings import ROOT

SCRIPT = "import sys; from kit.pdf import render; sys.stdout.buffer.write(render('<p>回执 <b>编号</b> 😀</p>'))"
OURS = {b"NotoSansSC-Regular", b"NotoSansSC-Bold"}


def inside(pdf: bytes) -> bytes:
    """The PDF's objects and streams, unpacked where they are packed."""
    unpacked = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        engine = zlib.decompressobj()
        try:
            unpacked.append(engine.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(unpacked)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", inside(pdf)))


def fonts(pdf: bytes) -> set[bytes]:
    return set(re.findall(rb"/[A-Z]{6}\+([A-Za-z-]+)", inside(pdf)))


def characters(pdf: bytes) -> set[str]:
    """Whatever the fonts' maps say can be copied out of it as text."""
    found = re.findall(rb"^<[0-9a-f]{2,4}> <([0-9a-f]+)>$", inside(pdf), re.MULTILINE)
    return {bytes.fromhex(code.decode()).decode("utf-16-be", "replace") for code in found}


def test_chinese_is_text_in_a_font_of_ours() -> None:
    """Regular and bold, as subsets; every character can be searched and copied."""
    text = "一键举报回执——“编号”，密码：《条例》第四十七条 ABC 0189"
    pdf = render(f"<h1>{text}</h1><p>{text}</p>")
    assert pdf.startswith(b"%PDF-")
    assert set(text) <= characters(pdf)
    assert fonts(pdf) == OURS
    assert len(pdf) < 60_000


def test_pages_are_counted() -> None:
    """A forced break makes a second page."""
    assert pages(render("<p>一</p>")) == 1
    assert pages(render("<p>一</p><p style='break-before:page'>二</p>")) == 2


def test_rare_characters() -> None:
    """Those of people's names are there; those that no font of ours has leave a box, and the rest stands."""
    assert {"㛃", "䶮", "𬭎", "后"} <= characters(render("<p>㛃䶮𬭎</p><p>𠮷😀 مرحبا \ue000后</p>"))


@pytest.fixture
def honeypot() -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine, and the paths asked of it."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_html_reaches_no_file_and_no_network(honeypot: tuple[str, list[str]], tmp_path: Path) -> None:
    """Not by any element or rule that loads something; the document comes out all the same."""
    url, asked = honeypot
    secret = tmp_path / "secret.html"
    secret.write_text("<p>密</p>")
    picture = tmp_path / "picture.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'><text>密</text></svg>")
    addresses = (
        f"{url}/x",
        f"file://{secret}",
        f"file://{picture}",
        str(picture),
        "file:///etc/passwd",
        "font:../OFL.txt",
    )
    hostile = "".join(
        f"""<link rel="stylesheet" href="{address}"><base href="{address}">
        <style>@import url("{address}"); @font-face {{ font-family: F; src: url("{address}") }}
        i {{ font-family: F; background: url("{address}"); content: url("{address}") }}</style>
        <b>甲</b><i></i><img src="{address}"><img srcset="{address}"><iframe src="{address}"></iframe>
        <object data="{address}"></object><embed src="{address}"><video poster="{address}"></video>
        <svg><image href="{address}"/><use href="{address}#a"/></svg><script src="{address}"></script>
        <meta http-equiv="refresh" content="0;url={address}"><a href="x">乙</a>"""
        for address in addresses
    )
    found = characters(render(f"<!DOCTYPE html [<!ENTITY x SYSTEM 'file://{secret}'>]><p>&x;</p>{hostile}<p>完</p>"))
    assert asked == []
    assert "密" not in found
    assert {"甲", "乙", "完"} <= found


async def test_many_at_once_come_out_whole_while_the_loop_goes_on() -> None:
    """More than the one thread; the loop turns meanwhile."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    pdfs = await asyncio.gather(*(rendered(f"<p>第{number}份</p>" * 40) for number in range(20)))
    turning.cancel()
    assert all("份" in characters(pdf) for pdf in pdfs)
    assert turns > 20


def drawn_with(**environment: str) -> bytes:
    """The script's PDF, from a process that has nothing in its environment but this."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, check=True, timeout=60
    ).stdout


def test_nothing_of_the_machine_is_needed_nor_gets_in() -> None:
    """No home, no fontconfig; the emoji, which only the machine's fonts might have, is a box."""
    pdf = drawn_with()
    assert set("回执编号") <= characters(pdf)
    assert fonts(pdf) == OURS


def test_a_broken_fontconfig_does_no_harm() -> None:
    """It brings the machine's fonts back for what ours lack, no more."""
    pdf = drawn_with(FONTCONFIG_FILE="/nonexistent")
    assert set("回执编号") <= characters(pdf)
    assert fonts(pdf) >= OURS


@pytest.mark.parametrize("before", [{}, {"FONTCONFIG_PATH": "/etc/fonts"}])
def test_what_is_started_later_has_the_machines_fonts(before: dict[str, str]) -> None:
    """The library's setting does not go on to a browser or a converter."""
    script = "import subprocess; from kit.pdf import render; render('<p>字</p>'); subprocess.run('env')"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={"PATH": os.defpath, **before}, capture_output=True, check=True,
        text=True, timeout=60,
    )  # fmt: skip
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert {name: found[name] for name in found if "FONT" in name} == before


def test_a_qr_code_goes_into_the_page() -> None:
    """As drawn lines, without address or picture; other texts give other codes."""
    svg = qr_svg("编号 甘2026 密码 ABCD-EFGH")
    assert svg.startswith("<svg")
    assert "viewBox" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert svg != qr_svg("编号 甘2027 密码 ABCD-EFGH")
    blank, drawn = render("<p>码</p>"), render(f"<p>码</p><div style='width:40mm'>{svg}</div>")
    assert len(drawn) > len(blank) + 500
    assert pages(drawn) == 1
