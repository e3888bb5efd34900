"""Printed sheets, looked at as a phone would: the code is read off the rendered page."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import plutoprint
import pytest
import segno
import zxingcpp

from domain.codes import scenes, sheet
from domain.codes.sheet import Size
from kit import pdf
from kit.settings import Settings
from models import CodeKind
from tests.kit.test_pdf import characters, inside, pages

SETTINGS = Settings(public_url="https://yijian.example.gov.cn")
LINK = scenes.link(SETTINGS, "7K3M2QXW")


def code(title: str = "兰州市政务服务大厅", place: str = "一层取号机旁", phone: str = "0931-12345") -> Any:
    """What the sheet reads of a code."""
    return SimpleNamespace(value="7K3M2QXW", kind=CodeKind.PLACE, title=title, place=place, phone=phone, unit=None)


LONGEST = code("国" * 60, "W" * 120, "+86 0931 8888 88888")


def read(html: str) -> list[str]:
    """What a QR decoder finds on the page, drawn at 144 dpi."""
    book = plutoprint.Book(media=plutoprint.MEDIA_TYPE_PRINT)
    book.custom_resource_fetcher = pdf._FETCHER
    book.load_html(html, user_style=pdf._STYLE)
    size = book.get_page_size_at(0)  # in points; pages are drawn in pixels of 1/96 inch
    canvas = plutoprint.ImageCanvas(int(size.width * 2), int(size.height * 2))
    canvas.clear_surface(1, 1, 1, 1)
    canvas.scale(1.5, 1.5)
    book.render_page(canvas, 0)
    lines, across = canvas.get_height(), canvas.get_stride() // 4
    green = memoryview(bytes(canvas.get_data())[1::4]).cast("B", (lines, across))
    return [one.text for one in zxingcpp.read_barcodes(green)]


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("what", [code(), LONGEST, code(place="", phone="")], ids=["ordinary", "longest", "bare"])
def test_a_phone_reads_the_link_off_each_sheet(what: Any, size: Size) -> None:
    html = sheet.html(SETTINGS, what, size)
    assert read(html) == [LINK] * (4 if size is Size.A6 else 1)
    content = pdf.render(html)
    assert pages(content) == 1
    paper = b"[ 0 0 419" if size is Size.A5 else b"[ 0 0 595"
    assert b"/MediaBox " + paper in inside(content)


def test_what_is_said_on_it() -> None:
    said = characters(pdf.render(sheet.html(SETTINGS, code(), Size.A4)))
    assert set("一键举报兰州市政务服务大厅一层取号机旁可以匿名也可拨打0931-123457K3M-2QXW") <= said


def test_what_people_wrote_stays_text() -> None:
    html = sheet.html(SETTINGS, code("<script>x</script>", "<b>地</b>", "<i>"), Size.A4)
    assert "<script>" not in html
    assert "<b>地" not in html
    assert "<i>" not in html


def test_the_picture_is_the_same_code() -> None:
    picture = sheet.picture(SETTINGS, code())
    assert picture.startswith(b"\x89PNG")
    expected = BytesIO()
    made = segno.make_qr(LINK, error="h")
    made.save(expected, kind="png", scale=32)
    assert picture == expected.getvalue()
    assert made.error == "H"
