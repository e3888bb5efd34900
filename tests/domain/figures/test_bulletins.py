"""Weekly, monthly and annual: what they say, what they leave out, and the files they become."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import docx
import pytest
from openpyxl import load_workbook

from domain.figures import bulletins
from domain.figures.bulletins import BulletinKind, Period, last
from kit import clock
from kit.clock import CHINA
from kit.errors import NotAllowed
from kit.papers import Paper, written
from models import Bulletin, Role
from tests.domain.figures.test_releasing import facts
from tests.makers import officer

TODAY = datetime(2026, 7, 8, 3, 0, tzinfo=CHINA)


async def told(kind: str) -> Bulletin:
    return await Bulletin.get(kind=kind)


def test_the_last_period_is_the_one_that_ended() -> None:
    wednesday = date(2026, 7, 8)
    assert last(BulletinKind.WEEK, wednesday) == Period(BulletinKind.WEEK, date(2026, 6, 29))
    assert last(BulletinKind.WEEK, wednesday).until == date(2026, 7, 5)
    assert last(BulletinKind.MONTH, wednesday).until == date(2026, 6, 30)
    assert last(BulletinKind.MONTH, date(2026, 1, 1)).before.since == date(2025, 11, 1)
    assert last(BulletinKind.YEAR, wednesday).until == date(2025, 12, 31)


async def test_a_month_in_numbers_words_and_files(province: str) -> None:
    with clock.at(TODAY):
        await facts(400)
        assert await bulletins.made() == 2, "a week and a month; of last year there is nothing to tell"
        assert await bulletins.made() == 0
        month, week = await told("month"), await told("week")
    figures: Any = month.content["figures"]
    assert figures["since"] == "2026-06-01"
    assert figures["total"]["accepted"] > 40
    assert f"受理{figures['total']['accepted']}件" in month.text
    assert "较上月" in month.text
    assert "兰州市" in month.text
    for by, rest in (("region", "own"), ("category", None)):
        table = figures["parts"][by]
        numbers = [row["accepted"] for row in table.values()]
        assert not [n for n in numbers if n is not None and 0 < n < 5]
        assert numbers.count(None) != 1, "one alone follows from the others"
        assert rest is None or rest in table
    assert figures["parts"]["category"]["B10"]["accepted"] > 4
    assert week.content["figures"]["parts"] == {}  # type: ignore[index]
    assert "周汇总（6月29日—7月5日）" in week.title

    paper = Paper.read(month.content["paper"])  # type: ignore[arg-type]
    assert paper.text() == month.text
    words = docx.Document(BytesIO(await written(paper, "docx")))
    assert words.paragraphs[0].text == month.title
    assert words.tables[0].cell(1, 0).text == "收到举报"
    book = load_workbook(BytesIO(await written(paper, "xlsx")))
    assert book["正文"]["A1"].value == month.title
    assert len(book.sheetnames) == 1 + sum(part.table is not None for part in paper.sections)
    assert (await written(paper, "pdf")).startswith(b"%PDF")


async def test_a_year_has_what_article_41_asks_for(province: str) -> None:
    with clock.at(datetime(2027, 1, 3, tzinfo=CHINA)):
        await facts(60)
        await bulletins.made()
        year = await told("year")
    headings = ("总体情况", "问题类别", "反映较多的单位", "转送、督办和问责")
    assert all(heading in year.text for heading in headings)
    assert "尚未登记" in year.text, "advice and its adoption: not in the system yet, and it says so"
    assert "受理60件" in year.text


async def test_who_reads_them(province: str) -> None:
    with pytest.raises(NotAllowed):
        await bulletins.listed(await officer(Role.SYSTEM_ADMIN, "62-justice.systems"), None)
    assert await bulletins.listed(await officer(Role.HEAD, "6205-police"), BulletinKind.WEEK) == []
