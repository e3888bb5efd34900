"""Hostile cells come out as text, in CSV and in Excel, whatever they begin with or hide behind."""

import csv
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import product
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from kit.clock import CHINA
from kit.sheets import Cell, as_csv, as_xlsx, safe, sheet_name

SIGNS = (
    *"=+-@\t\r\n|%",
    *"＝＋－＠﹦﹢﹣﹫⁼₌⁺−",
    "\r\n=",
)  # fmt: skip
BEFORE = (
    "", " ", "　", "\u200b", "\ufeff", "\u2060", "\u200e", "\u202e", "\u00ad", '"', "'", "“", "\x00", "\x1b", "\u00a0=",
)  # fmt: skip
AFTER = ("1+1", "cmd|'/C calc'!A0", 'HYPERLINK("http://x","y")')
HOSTILE = [f"{before}{sign}{after}" for before, sign, after in product(BEFORE, SIGNS, AFTER)]
PLAIN = [
    "张掖市",
    "91620100MA74X00000",
    "13900001111",
    "2026-01-02",
    "a=b",
    "反映=问题",
    "1-2",
    "",
    "“引用”",
    "—",
    "3.5",
]


async def rows(cells: Sequence[Cell]) -> AsyncIterator[Sequence[Cell]]:
    for cell in cells:
        yield [cell]


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def test_there_are_enough_hostile_cells() -> None:
    assert len(HOSTILE) >= 500


async def test_no_hostile_cell_is_a_formula_in_excel() -> None:
    content = await whole(as_xlsx("=表[1]/x", ["=头"], rows(HOSTILE), ["=脚"]))
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert len(cells) == len(HOSTILE) + 2
    assert [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(str(cell.value).startswith("'") for cell in cells)
    assert not [name for name in ZipFile(BytesIO(content)).namelist() if "external" in name.lower()]


async def test_no_hostile_cell_is_a_formula_in_csv() -> None:
    content = await whole(as_csv(["=头"], rows(HOSTILE), ["=脚"]))
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(read) == len(HOSTILE) + 2
    assert all(row[0].startswith("'") for row in read)


def test_ordinary_cells_stay_as_they_are() -> None:
    assert [safe(cell) for cell in PLAIN] == PLAIN
    assert safe(None) == ""
    assert safe(12345678901234567890) == "12345678901234567890"
    assert (safe(True), safe(date(2026, 1, 2))) == ("是", "2026-01-02")
    assert safe(datetime(2026, 1, 2, 3, tzinfo=CHINA)) == "2026-01-02 03:00:00+08:00"
    assert safe(-3) == "'-3"
    assert len(safe("长" * 40_000)) == 32_000
    assert sheet_name("a/b:c*[d]?'" + "长" * 40) == "abcd" + "长" * 27


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all(text: str) -> None:
    cell = safe(text)
    seen = cell.lstrip()
    assert not seen or seen[0] not in "=+-@"
    assert cell.encode().decode() == cell


@pytest.mark.parametrize("cells", [[], ["一"]])
async def test_long_numbers_stay_text(cells: list[str]) -> None:
    content = await whole(as_xlsx("表", ["号"], rows([*cells, "620102199001011234"]), []))
    last = load_workbook(BytesIO(content)).worksheets[0].cell(len(cells) + 2, 1)
    assert (last.value, last.data_type, last.number_format) == ("620102199001011234", "s", "@")
