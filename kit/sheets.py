"""Cells that no program takes for a formula, and lists written as CSV and XLSX while they come."""

import asyncio
import csv
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any

# What a program may read as the beginning of a formula, in any width (NFKC makes ＝ of =): OWASP, CSV injection.
_FORMULA = frozenset("=+-@|%\t\r\n")
# XML forbids them, or they hide what a cell begins with.
_NOT_PRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_000  # characters that a cell of Excel holds, some left
ROWS_OF_A_PIECE = 500
PIECE = 64 * 1024
MOST_ROWS = 1_000_000  # of a sheet, some left for heads and watermark

Cell = str | int | float | date | datetime | bool | None


def safe(value: Cell) -> str:
    """A cell as text that stays text: what looks like a formula, or hides one, gets an apostrophe before it."""
    if value is None:
        return ""
    text = _NOT_PRINTED.sub("", _written(value))[:LONGEST]
    return f"'{text}" if _leads_to_a_formula(text) else text


def _written(value: Cell) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
    return str(value)


def _leads_to_a_formula(text: str) -> bool:
    """The first character that is seen, in its plain form, begins a formula; quotes and apostrophes don't hide it."""
    for place, character in enumerate(text):
        if place == 0 and character in _FORMULA:
            return True
        if character in "\t\r\n":
            return True
        if character.isspace() or unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc", "Co", "Cn"}:
            continue
        if character in "\"'`“”‘’＂＇":
            continue
        plain = unicodedata.normalize("NFKC", character)[:1]
        return plain in _FORMULA or character in "−➕➖"
    return False


def sheet_name(text: str) -> str:
    """A name that Excel takes for a sheet."""
    return re.sub(r"[\\/*?:\[\]']", "", text)[:31] or "表"


async def as_csv(
    heads: Sequence[str], rows: AsyncIterable[Sequence[Cell]], foot: Iterable[str]
) -> AsyncIterator[bytes]:
    """The list as CSV (UTF-8 with its mark, so that Excel reads Chinese), in pieces."""
    yield b"\xef\xbb\xbf"
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([safe(head) for head in heads])
    count = 0
    async for row in rows:
        writer.writerow([safe(cell) for cell in row])
        count += 1
        if count % ROWS_OF_A_PIECE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    for line in foot:
        writer.writerow([safe(line)])
    yield out.getvalue().encode()


async def as_xlsx(
    name: str, heads: Sequence[str], rows: AsyncIterable[Sequence[Cell]], foot: Iterable[str]
) -> AsyncIterator[bytes]:
    """The list as XLSX, written row by row to a file that has no name, then in pieces; every cell is text."""
    from openpyxl import Workbook  # a tenth of a process's start, which only a download should cost
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name(name))

    def text(value: Cell) -> Any:
        cell = WriteOnlyCell(sheet)
        # Said outright: openpyxl would take a text that begins with "=" for a formula.
        cell.value, cell.data_type = safe(value), "s"
        cell.number_format = "@"
        return cell

    sheet.append([text(head) for head in heads])
    async for row in rows:
        sheet.append([text(cell) for cell in row])
    for line in foot:
        sheet.append([text(line)])
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(book.save, file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
