"""A code as it is hung up: a poster, a desk card or stickers to cut; and the bare picture for designs of others."""

from enum import StrEnum
from html import escape
from io import BytesIO

import segno

from domain.codes import scenes
from kit import crockford, pdf
from kit.settings import Settings
from models import Code

ERROR = "h"  # still read with almost a third of it scratched or covered: prints hang in the street for years


class Size(StrEnum):
    """What is printed."""

    A4 = "a4"
    A5 = "a5"
    A6 = "a6"


# Paper, its width and height in mm, and how many cards are on it; a card fills 1/n of the sheet.
_PAPER = {Size.A4: ("A4", 210, 297, 1), Size.A5: ("A5", 148, 210, 1), Size.A6: ("A4", 210, 297, 4)}
# Everything on a card is measured in hundredths of its width.
_PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><style>
@page {{ size: {paper}; margin: 0 }} html, body {{ margin: 0; font-size: {unit}mm; line-height: 1.4; color: #1a1a1a }}
.card {{ position: absolute; box-sizing: border-box; width: {width}mm; height: {height}mm; overflow: hidden;
  text-align: center; overflow-wrap: anywhere }}
.cut {{ border: .1mm dashed #999 }}
.head {{ background: #a8121a; color: #fff; padding: 4.5em 4em 3.8em }}
.name {{ font-size: 15em; font-weight: 700; line-height: 1.15; letter-spacing: .06em; margin-right: -.06em }}
.call {{ font-size: 4.4em; margin-top: .3em }}
.title {{ margin: 3.2em 7em 0 }} .title p {{ margin: 0; font-weight: 700; line-height: 1.25; font-size: {title}em }}
.place {{ margin: .8em 7em 0 }} .place p {{ margin: 0; color: #333; line-height: 1.35; font-size: {place}em }}
.code {{ margin: 2em auto 1.2em; width: 44em }} .code svg {{ width: 44em; height: 44em; display: block }}
.how {{ font-size: 3.7em; line-height: 1.45 }} .how b {{ color: #a8121a }}
.english {{ font-size: 2.8em; color: #444; margin-top: .1em }}
.phone {{ font-size: 4em; margin-top: .4em; line-height: 2 }}
.number {{ font-size: {phone}em; line-height: 1; font-weight: 700; color: #a8121a; white-space: nowrap }}
.foot {{ position: absolute; left: 5em; right: 5em; bottom: 2.6em; border-top: .25em solid #a8121a; padding-top: 1em }}
.foot p {{ font-size: 2.5em; line-height: 1.45; margin: 0; color: #333 }}
</style></head><body>{cards}</body></html>"""
_CARD = """<div class="head"><div class="name">一键举报</div><div class="call">营商环境问题，扫码就能反映</div></div>
<div class="title"><p>{title}</p></div><div class="place"><p>{place}</p></div><div class="code">{code}</div>
<div class="how">用微信或手机浏览器<b>扫一扫</b>，写下遇到的问题；<br><b>可以匿名</b>，凭回执随时查看进度。</div>
<div class="english">Scan to report a problem. You may stay anonymous.</div>{phone}
<div class="foot"><p>扫码后请认准网址 {address}</p><p>二维码编号 {value}，咨询时请告知此编号</p></div>"""
_PHONE = '<div class="phone">也可拨打 <span class="number">{}</span></div>'


def html(settings: Settings, code: Code, size: Size) -> str:
    """The sheet as HTML for `kit.pdf`; the code comes with its unit."""
    paper, across, down, cards = _PAPER[size]
    side = 2 if cards > 1 else 1
    width, height = across / side, down / side
    place = code.place or (code.unit.name if code.unit else "")
    card = _CARD.format(
        title=escape(code.title),
        place=escape(place),
        code=pdf.qr_svg(scenes.link(settings, code.value), ERROR),
        phone=_PHONE.format(escape(code.phone)) if code.phone else "",
        address=escape(settings.url.partition("://")[2]),
        value=crockford.grouped(code.value),
    )
    corners = [(left * width, top * height) for top in range(side) for left in range(side)]
    return _PAGE.format(
        paper=paper,
        unit=width / 100,
        width=width,
        height=height,
        # As large as the longest text leaves room for: in at most two lines, four of a place, and one for a number.
        title=min(5.6, 5.6 * (15 / len(code.title)) ** 0.5),
        place=max(2.2, min(3.6, 3.6 * (23 / max(len(place), 1)) ** 0.5)),
        phone=min(2.0, 26 / max(len(code.phone), 1)),
        cards="".join(
            f'<div class="card{" cut" if cards > 1 else ""}" style="left: {left}mm; top: {top}mm">{card}</div>'
            for left, top in corners
        ),
    )


def picture(settings: Settings, code: Code) -> bytes:
    """The bare QR code of the printed link as PNG, large enough for a poster."""
    return drawn(scenes.link(settings, code.value))


def drawn(text: str) -> bytes:
    """Any text as a QR code (PNG)."""
    file = BytesIO()
    segno.make_qr(text, error=ERROR).save(file, kind="png", scale=32)
    return file.getvalue()
