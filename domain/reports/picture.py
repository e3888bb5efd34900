"""A published report as a picture: to be shared, with a code that leads to it; and the cover of its article.

Title, who, which year: no counts of any kind (国办函〔2026〕12号).
"""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from kit import pdf

SIZE = (720, 1120)
COVER = (900, 383)  # 2.35 to 1, as the official account shows it
BLUE, INK, PALE = "#0b5cad", "#17212b", "#55616e"
SHOWN = ("number", "title", "year", "unit", "post", "name")  # of a report, by the picture and its code
_SIDE = 56


def shared(report: dict[str, Any], code: bytes) -> bytes:
    """What the column told of a report, and the code's picture, as PNG."""
    image = Image.new("RGB", SIZE, "#ffffff")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 120), fill=BLUE)
    _middle(draw, "述法专栏", 30, 46, "#ffffff")
    top = 168
    for line in _lines(draw, report["title"], 42, 4):
        _middle(draw, line, top, 42, INK)
        top += 58
    top += 12
    _middle(draw, f"{report['year']}年度", top, 30, PALE)
    for line in _lines(draw, f"{report['unit']}　{report['post']}　{report['name']}", 30, 2):
        top += 46
        _middle(draw, line, top, 30, INK)
    side = min(440, SIZE[1] - top - 200)
    with Image.open(BytesIO(code)) as picture:
        square = picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    image.paste(square, ((SIZE[0] - side) // 2, SIZE[1] - side - 110))
    _middle(draw, "扫码或长按识别，观看、阅读全文", SIZE[1] - 84, 30, PALE)
    return _written(image, "PNG")


def cover(report: dict[str, Any]) -> bytes:
    """The cover of an article, as JPEG."""
    image = Image.new("RGB", COVER, BLUE)
    draw = ImageDraw.Draw(image)
    lines = _lines(draw, report["title"], 52, 3)
    top = (COVER[1] - 70 * len(lines) - 60) // 2
    for line in lines:
        _middle(draw, line, top, 52, "#ffffff")
        top += 70
    _middle(draw, f"述法专栏　{report['year']}年度", top + 14, 30, "#dbe8f6")
    return _written(image, "JPEG")


def _lines(draw: ImageDraw.ImageDraw, text: str, size: int, most: int) -> list[str]:
    """As many lines as it needs; what is longer than that ends in an ellipsis."""
    font, width = _font(size), draw.im.size[0] - 2 * _SIDE
    lines = [""]
    for letter in text:
        if font.getlength(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][:-1] + "…"]


def _middle(draw: ImageDraw.ImageDraw, text: str, top: int, size: int, colour: str) -> None:
    font = _font(size)
    draw.text(((draw.im.size[0] - font.getlength(text)) / 2, top), text, colour, font)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(_letters()), size)


@cache
def _letters() -> bytes:
    return pdf.font("Bold")


def _written(image: Image.Image, form: str) -> bytes:
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()
