"""Numbers of letters: one after the other, without gaps, whoever asks at the same time and whatever fails."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from domain.letters import issuing
from domain.letters.issuing import Draft
from domain.loop.kinds import OFFICE
from kit import clock
from kit.clock import CHINA
from kit.errors import Conflict
from models import Letter, LetterSeries, Matter
from models.database import insert
from tests.makers import case_filed, unit
from tests.supervised import over_case


class Thrown(Conflict):
    """What goes wrong after the number was given."""

    code, message = "thrown", "出错"


async def issue(matter: Matter, sender: str, *, fails: bool = False) -> str:
    """One letter in a transaction of its own; with `fails`, it is rolled back."""
    said = {"subject": "x"}
    draft = Draft("inquiry", "关于某事的函", said, (await unit(sender)).id, None, OFFICE)
    async with in_transaction():
        letter = await issuing.issued(matter.id, draft, None)
        await insert([letter])
        if fails:
            raise Thrown
        return letter.number


async def test_no_gaps_with_many_at_once_and_some_that_fail(province: str) -> None:
    walk = await case_filed()
    matter = await walk.matter()
    with clock.at(datetime(2026, 12, 31, 20, 0, tzinfo=CHINA)):
        made = await asyncio.gather(
            *(issue(matter, "62-justice.inspection", fails=n % 3 == 0) for n in range(30)), return_exceptions=True
        )
        city = await issue(matter, "6201-justice.inspection")
    given = [one for one in made if isinstance(one, str)]
    assert len(given) == 20 == sum(isinstance(one, Thrown) for one in made) * 2
    assert sorted(given, key=lambda text: int(text.partition("〕")[2][:-1])) == [
        f"甘肃督函〔2026〕{n}号" for n in range(1, 21)
    ]
    assert (await LetterSeries.get(region_id="62", series="督函")).given == 20
    assert city == "兰州市督函〔2026〕1号"  # each region counts for itself
    with clock.at(datetime(2027, 1, 1, 8, 0, tzinfo=CHINA)):
        assert await issue(matter, "62-justice.inspection") == "甘肃督函〔2027〕1号"  # and each year


async def test_a_letter_stays_as_it_was_issued(province: str) -> None:
    made = await over_case("issued")
    letter = await Letter.get(matter__number=made.number)
    changes: list[dict[str, Any]] = [{"number": "甘肃督函〔2026〕9号"}, {"serial": 9}, {"said": {}}]
    for change in changes:
        with pytest.raises(OperationalError):
            await Letter.filter(id=letter.id).update(**change)
    with pytest.raises(OperationalError):
        await letter.delete()
