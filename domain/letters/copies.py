"""阅件: the copy that somebody reads names them on every page, so that one that is passed on tells where from."""

from datetime import datetime
from html import escape

from kit import clock, pdf

_MARK = """<!doctype html><html><head><style>
@page {{ size: A4; margin: 0 }} body {{ margin: 0 }}
.w {{ position: absolute; left: 12mm; font-size: 13pt; color: rgba(90, 100, 110, .22); transform: rotate(-28deg);
white-space: nowrap }}
</style></head><body>{lines}</body></html>"""
_PLACES = (40, 95, 150, 205, 260)  # millimetres from the top


async def copy_for(content: bytes, reader: str, at: datetime) -> bytes:
    """The letter with who opened it, and when, across each page."""
    text = escape(f"{reader}　{clock.local(at):%Y-%m-%d %H:%M}　阅件　内部文书，不得转发")
    lines = "".join(f'<div class="w" style="top:{place}mm">{text}</div>' for place in _PLACES)
    return await pdf.stamped(content, _MARK.format(lines=lines))
