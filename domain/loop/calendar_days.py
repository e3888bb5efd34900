"""The working days that are rows: from the package `chinesecalendar`, and corrected by hand."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import orjson
from pydantic import Field, ValidationError

from domain.loop import calendar, packs
from domain.loop.rule_lines import Count, Line, RulesInvalid, Text120
from kit import clock
from models import (
    CalendarDay,
)
from models.database import connection

FROM_PACKAGE = "chinesecalendar"  # in a day's source: nobody corrected it by hand
YEARS_BACK, YEARS_AHEAD = 3, 2


_DAYS = """
INSERT INTO calendar_day (day, working, name, source)
SELECT day, working, name, source FROM jsonb_populate_recordset(NULL::calendar_day, $1::jsonb)
ON CONFLICT (day) DO UPDATE SET working = EXCLUDED.working, name = EXCLUDED.name, source = EXCLUDED.source
WHERE (calendar_day.working, calendar_day.name, calendar_day.source)
      IS DISTINCT FROM (EXCLUDED.working, EXCLUDED.name, EXCLUDED.source)
RETURNING day
"""


async def loaded() -> Count:
    """Load the days of the package `chinesecalendar` for some years around today, unless somebody corrected them."""
    year = clock.today().year
    days = calendar.from_package(year - YEARS_BACK, year + YEARS_AHEAD)
    corrected = {
        day.day for day in await CalendarDay.all() if FROM_PACKAGE not in day.source and day.source != calendar.GUESSED
    }
    return Count(len(days), await _days_written([day for day in days if day["day"] not in corrected]))


async def _days_written(days: Sequence[calendar.Row]) -> int:
    return len(await connection().execute_query_dict(_DAYS, [orjson.dumps(days).decode()]))


class _Day(Line):
    day: date
    working: bool
    name: Annotated[str, Field(max_length=40)] = ""
    source: Text120


def rows_of(content: bytes) -> list[calendar.Row]:
    """The days of a CSV (day, working, name, source) in UTF-8; raises RulesInvalid with every line that is wrong."""
    rows: list[calendar.Row] = []
    problems: list[str] = []
    try:
        lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RulesInvalid([f"日历文件无法读取: {error}"]) from error
    for number, line in enumerate(lines, start=2):
        try:
            day = _Day.model_validate({key or "多余的单元格": value for key, value in line.items()})
        except ValidationError as error:
            problems += [f"第 {number} 行 {fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
            continue
        rows.append({"day": day.day, "working": day.working, "name": day.name, "source": day.source})
        if FROM_PACKAGE in day.source or day.source == calendar.GUESSED:
            problems.append(f"第 {number} 行 source: 请写明更正的依据")
    problems += [f"{day} 重复" for day, times in Counter(row["day"] for row in rows).items() if times > 1]
    if problems:
        raise RulesInvalid(problems)
    return rows


async def corrected(rows: Sequence[calendar.Row]) -> int:
    """Set days by hand, which later loads leave alone; returns how many changed.

    Due dates are derived anew at each step; those that stand already are not moved by a correction.
    """
    changed = await _days_written(rows)
    packs.forget()
    return changed
