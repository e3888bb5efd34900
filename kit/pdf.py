"""PDF from HTML and CSS, in a Chinese font that comes along; the HTML reaches no file and no network.

Rendering has one thread of its own: the library lets other threads run meanwhile, but two renderings at once
block each other for ever (seen with plutoprint 0.23). PDFium, which lays one page over another, knows one thread only.
"""

import asyncio
import lzma
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

import plutoprint
import pypdfium2
import segno

FONTS = Path(__file__).parent / "fonts"
_FONT_URL = "font:"
_FONTCONFIG = "FONTCONFIG_PATH"
_STYLE = f"""
@font-face {{ font-family: "Noto Sans SC"; font-weight: 400; src: url("{_FONT_URL}Regular"); }}
@font-face {{ font-family: "Noto Sans SC"; font-weight: 700; src: url("{_FONT_URL}Bold"); }}
html {{ font: 400 11pt/1.7 "Noto Sans SC"; }}
"""

# Not in the style sheet above: there the library would let it win over a document's own @page.
_PAPER = plutoprint.PAGE_SIZE_A4
_MARGINS = plutoprint.PageMargins(20 * plutoprint.UNITS_MM)

_thread = ThreadPoolExecutor(1, thread_name_prefix="pdf")


def render(html: str) -> bytes:
    """The document as PDF (A4, unless its own @page says otherwise). The caller escapes what people wrote.

    Images come as data: URLs or inline SVG; every other address is left blank. A page takes some milliseconds,
    the first document half a second more.
    """
    return _thread.submit(_render, html).result()


async def rendered(html: str) -> bytes:
    """The same while the event loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _render, html)


async def stamped(content: bytes, html: str) -> bytes:
    """A PDF of ours with the first page of `html` laid over each of its pages."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _stamped, content, html)


async def pages(content: bytes) -> int:
    """How many pages a PDF of ours has."""
    return await asyncio.get_running_loop().run_in_executor(_thread, _pages, content)


def qr_svg(text: str, error: str = "m") -> str:
    """A QR code (error correction l, m, q or h, or better) as SVG for HTML; its size is left to the style sheet."""
    # UTF-8 said outright: else short Chinese texts become Shift-JIS, which not every phone reads.
    code = segno.make_qr(text, error=error, encoding="utf-8")
    return code.svg_inline(omitsize=True, svgclass="qr", lineclass=None)


def _render(html: str) -> bytes:
    _own_fonts()
    return _drawn(html)


@cache
def _own_fonts() -> None:
    """Keep the library from the machine's fonts: it looks in the environment, once, when it first draws.

    Afterwards the environment is as it was, or a browser and a converter that we start would have no letters.
    """
    plutoprint.plutobook_set_fontconfig_path(str(FONTS))
    _drawn("<p>-</p>")
    if _FONTCONFIG in os.environ:
        os.putenv(_FONTCONFIG, os.environ[_FONTCONFIG])
    else:
        os.unsetenv(_FONTCONFIG)  # the library's own setenv, of which os.environ knows nothing


def _drawn(html: str) -> bytes:
    book = plutoprint.Book(_PAPER, _MARGINS, plutoprint.MEDIA_TYPE_PRINT)
    book.custom_resource_fetcher = _FETCHER
    book.load_html(html, user_style=_STYLE)
    pdf = BytesIO()
    book.write_to_pdf_stream(pdf)
    return pdf.getvalue()


def _stamped(content: bytes, html: str) -> bytes:
    pdf, stamp = pypdfium2.PdfDocument(content), pypdfium2.PdfDocument(_render(html))
    over = stamp.page_as_xobject(0, pdf)
    for page in pdf:
        page.insert_obj(over.as_pageobject())
        page.gen_content()
    written = BytesIO()
    pdf.save(written)
    return written.getvalue()


def _pages(content: bytes) -> int:
    return len(pypdfium2.PdfDocument(content))


class _OwnFontsOnly(plutoprint.ResourceFetcher):
    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        """Our two fonts; nothing for any other address (an exception would be printed, not raised)."""
        name = url.removeprefix(_FONT_URL)
        if url.startswith(_FONT_URL) and name in {"Regular", "Bold"}:
            return plutoprint.ResourceData(font(name), "font/ttf")
        return plutoprint.ResourceData(b"", "text/plain")


_FETCHER = _OwnFontsOnly()


@cache
def font(name: str) -> bytes:
    """One of our two fonts, "Regular" or "Bold"."""
    return lzma.decompress((FONTS / f"NotoSansSC-{name}.ttf.xz").read_bytes())
