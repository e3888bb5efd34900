"""A list's file, CSV or XLSX, as rows of text: both give the same rows, and nothing is judged here.

The first line names the columns, in Chinese or by their code names, in any order. Of a roster every further line is a
unit (类别 单位) or a post (类别 任职); what a column means for either is written in `domain.people.roster`. A CSV is
UTF-8 (with or without a byte order mark) or GBK; of a workbook the first sheet counts, and a formula is refused,
as its value is whatever another program last computed. Line numbers count the heading as 1, as a spreadsheet does.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from kit.errors import Refusal, TooLarge

BYTES = 20 << 20
UNPACKED_BYTES = 200 << 20  # a workbook is a zip: small outside, perhaps endless inside
ROWS = 200_000
WIDTH = 64  # columns looked at; a note further to the right is nobody's data
EXACT = 10**15  # a spreadsheet keeps no more digits of a number


class RosterUnreadable(Refusal):
    """The file is damaged, has unknown columns, or holds what is no plain value; the message says where."""

    status, code, message = 422, "roster_unreadable", "文件无法读取"


class RosterFormat(Refusal):
    """Neither CSV nor XLSX."""

    status, code, message = 415, "roster_format", "只接受 CSV 或 XLSX 文件"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a roster as it was written; empty where nothing was."""

    line: int
    kind: str = ""
    unit: str = ""
    unit_name: str = ""
    region: str = ""
    parent: str = ""
    tags: str = ""
    successor: str = ""
    person: str = ""
    person_name: str = ""
    role: str = ""
    title: str = ""
    stands_in_for: str = ""
    since: str = ""
    until: str = ""


COLUMNS = {
    "kind": "类别",
    "unit": "单位编码",
    "unit_name": "单位名称",
    "region": "地区编码",
    "parent": "上级单位编码",
    "tags": "职责标签",
    "successor": "并入单位编码",
    "person": "人员编码",
    "person_name": "姓名",
    "role": "岗位",
    "title": "职务",
    "stands_in_for": "代理人员编码",
    "since": "开始日期",
    "until": "结束日期",
}
_NEEDED = ("kind", "unit", "since")


def rows_of(name: str, content: bytes) -> list[Row]:
    """The rows of a roster file; blank lines are passed over. Raises what `lines_of` does."""
    return [Row(line, **cells) for line, cells in lines_of(name, content, COLUMNS, _NEEDED)]


def lines_of(
    name: str, content: bytes, columns: Mapping[str, str], needed: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """The lines of a file that has these columns (code name → heading), each with its number; blank ones left out.

    Raises TooLarge (over 20 MB), RosterFormat, or RosterUnreadable.
    """
    if len(content) > BYTES:
        raise TooLarge(f"文件超过 {BYTES >> 20} MB")
    match PurePath(name).suffix.lower():
        case ".csv":
            lines = _csv_lines(content)
        case ".xlsx":
            lines = _xlsx_lines(content)
        case _:
            raise RosterFormat
    return list(_rows(lines, columns, needed))


def written(rows: Iterable[Row]) -> bytes:
    """The rows as a CSV file that `rows_of` reads back and a spreadsheet program opens."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS.values())
    writer.writerows([getattr(row, name) for name in COLUMNS] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _rows(
    lines: Iterator[list[str]], columns: Mapping[str, str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    names = _heading(next(lines, []), columns, needed)
    for line, cells in enumerate(lines, start=2):
        if line > ROWS + 1:
            raise TooLarge(f"文件超过 {ROWS} 行")
        if not any(cells):
            continue
        if any(cells[len(names) :]):
            raise RosterUnreadable(f"第 {line} 行的单元格比标题多")
        yield line, dict(zip(names, cells, strict=False))


def _heading(cells: list[str], columns: Mapping[str, str], needed: Sequence[str]) -> list[str]:
    fields = {heading: name for name, heading in columns.items()} | {name: name for name in columns}
    while cells and not cells[-1]:
        cells.pop()
    unknown = [cell or "（空白）" for cell in cells if cell not in fields]
    if unknown:
        known = "、".join(columns.values())
        raise RosterUnreadable(f"标题行有不认识的列：{'、'.join(unknown)[:200]}；可用的列：{known}")
    names = [fields[cell] for cell in cells]
    if len(set(names)) < len(names):
        raise RosterUnreadable("标题行有重复的列")
    missing = [columns[name] for name in needed if name not in names]
    if missing:
        raise RosterUnreadable(f"标题行缺少列：{'、'.join(missing)}")
    return names


def _csv_lines(content: bytes) -> Iterator[list[str]]:
    try:
        for cells in csv.reader(io.StringIO(_decoded(content), newline=""), strict=True):
            yield [cell.strip() for cell in cells]
    except csv.Error as error:
        raise RosterUnreadable("CSV 格式有误，例如引号没有成对") from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # GBK is a part of GB 18030
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterUnreadable("CSV 的编码既不是 UTF-8 也不是 GBK")


def _xlsx_lines(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # 0.15 s that only an import of a workbook should cost

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _small_enough(parts)
        # Formulas are asked for, not their cached values: else they could not be told from typed ones.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        for line, cells in enumerate(book.worksheets[0].iter_rows(max_col=WIDTH), start=1):
            yield [_text(cell, line) for cell in cells]
    except Refusal:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it stumble on
        raise RosterUnreadable("工作簿已损坏、已加密或不是 XLSX 格式") from error


def _small_enough(parts: zipfile.ZipFile) -> None:
    """What a part claims is what can be read of it, so the claim is enough; raises TooLarge."""
    if sum(part.file_size for part in parts.infolist()) > UNPACKED_BYTES:
        raise TooLarge("工作簿解压后过大")


def _text(cell: Any, line: int) -> str:
    if cell.value is None:
        return ""
    where = f"第 {line} 行第 {cell.column} 列"
    match cell.data_type, cell.value:
        case "f", _:
            raise RosterUnreadable(f"{where}是公式，请粘贴为数值")
        case "e", _:
            raise RosterUnreadable(f"{where}是错误值")
        case _, datetime() as moment:
            return moment.date().isoformat()
        case _, date() as day:
            return day.isoformat()
        case _, bool() | int() | float() as number:
            if isinstance(number, bool) or number != int(number) or abs(number) >= EXACT:
                raise RosterUnreadable(f"{where}的数字不能准确读取，请把该列设为文本格式")
            return str(int(number))
        case _, value:
            return str(value).strip()
