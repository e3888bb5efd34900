"""Lists taken away: what they hold, what they cost, and who reads of it afterwards."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pyotp
import pytest
from openpyxl import load_workbook

from demo.persons import LISTED
from domain.figures import exports
from handlers import admission
from kit import clock
from kit.limits import Limit
from models import Account, Export, Unit
from tests.api.conftest import Api

CANARY = "金丝雀"


async def code(who: str) -> str:
    """The next code of a demo person that was not used yet."""
    await Account.filter(username=who).update(totp_step=0)
    secret = next(person.totp_secret for person in LISTED if person.username == who)
    return pyotp.TOTP(secret).at(clock.now())


async def taken(api: Api, who: str, wanted: dict[str, Any], form: str = "csv", status: int = 200) -> bytes:
    body = {"wanted": wanted, "format": form, "totp": await code(who)}
    response = await api.call("POST", "/api/v1/exports", who, body)
    content = await response.read()
    assert response.status == status, content
    return content


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


async def test_a_list_is_taken_away_and_recorded(api: Api) -> None:
    contact = {"name": CANARY, "phone": "13900009999"}
    filed = [(await api.file(text=f"=1+1{CANARY}", mode="named", contact=contact))[0] for _ in range(3)]
    content = await taken(api, "registrar1", {"list": "matters", "kind": "case"})
    heads, *rows = table(content)
    assert heads[0] == "编号"
    assert {row[0] for row in rows[:3]} == set(filed)
    assert "导出人：" in rows[-1][0]
    assert CANARY not in content.decode()
    assert "13900009999" not in content.decode()

    workbook = load_workbook(BytesIO(await taken(api, "registrar1", {"list": "matters"}, "xlsx")))
    assert {row[0].value for row in workbook.worksheets[0].iter_rows(min_row=2, max_row=4)} == set(filed)

    records = (await api.get("/api/v1/exports", "audit-admin"))["items"]
    assert [(row["list"], row["format"], row["rows"]) for row in records] == [
        ("matters", "xlsx", 3),
        ("matters", "csv", 3),
    ]
    assert records[1]["filters"] == {"kind": "case", "late": False}
    lists = [row[3] for row in table(await taken(api, "audit-admin", {"list": "exports"}))[1:4]]
    assert lists == ["exports", "matters", "matters"], "this one too"


@pytest.mark.parametrize(
    ("who", "wanted", "head"),
    [
        ("liaison-county", {"list": "duties", "tab": "unit"}, "待办"),
        ("supervisor1", {"list": "codes"}, "扫码次数"),
        ("supervisor1", {"list": "statistics", "by": "category", "since": "2026-01-01"}, "收到举报"),
    ],
)
async def test_every_list_has_its_file(api: Api, who: str, wanted: dict[str, Any], head: str) -> None:
    await api.file()
    for form in ("csv", "xlsx"):
        content = await taken(api, who, wanted, form)
        if form == "csv":
            assert head in table(content)[0]
        else:
            assert load_workbook(BytesIO(content)).worksheets[0].max_row >= 3


async def test_the_code_is_asked_once_more_and_taken_once(api: Api) -> None:
    good = await code("registrar1")
    body = {"wanted": {"list": "matters"}, "format": "csv", "totp": "000000" if good != "000000" else "111111"}
    response = await api.call("POST", "/api/v1/exports", "registrar1", body)
    assert (response.status, (await response.json())["code"]) == (403, "code_wrong")
    for status in (200, 403):
        response = await api.call("POST", "/api/v1/exports", "registrar1", body | {"totp": good})
        assert response.status == status
    assert await Export.all().count() == 1


async def test_codes_and_records_are_for_those_who_see_them(api: Api) -> None:
    await taken(api, "head1", {"list": "codes"}, status=403)
    await taken(api, "registrar1", {"list": "exports"}, status=403)
    assert not await Export.exists()


async def test_so_many_in_an_hour(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "EXPORTS", Limit("exports", 1, 3600, fail_closed=True))
    await taken(api, "registrar1", {"list": "matters"})
    await taken(api, "registrar1", {"list": "matters"}, status=429)


async def test_pages_are_joined_and_cut_at_the_most(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    filed = {(await api.file())[0] for _ in range(5)}
    rows = table(await taken(api, "registrar1", {"list": "matters"}))
    assert {row[0] for row in rows[1:6]} == filed
    monkeypatch.setattr(exports, "MOST", 3)
    assert len(table(await taken(api, "registrar1", {"list": "matters"}))) == 1 + 3 + 2


async def test_who_is_accused_takes_the_same_away(api: Api) -> None:
    accused = await Unit.get(code="6201-justice")
    await api.file(region="6201", text="另一件")
    wanted = [
        {"list": "matters"}, {"list": "duties", "tab": "unit"}, {"list": "statistics", "by": "region"},
        {"list": "statistics", "by": "category"}, {"list": "statistics", "by": "month"},
    ]  # fmt: skip

    async def everything() -> list[Any]:
        return [
            [row for row in table(await taken(api, who, one)) if "导出人" not in row[0]]
            for who in ("liaison-city", "supervisor2")
            for one in wanted
        ]

    before = await everything()
    number, _ = await api.file(region="6201", text="该局刁难", accused_unit=str(accused.id))
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B11", tier="normal", claims=["核查"])
    assert await everything() == before
    assert number in str(table(await taken(api, "supervisor1", {"list": "matters"})))
