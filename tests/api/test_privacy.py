"""隐私告知: anybody reads the version that holds; which one a complainant was shown stays with the case."""

from datetime import date

import pytest

from domain.loop import packs
from models import PrivacyNotice
from models.database import insert
from tests.api.conftest import Api


async def test_anybody_reads_it_in_both_languages(api: Api) -> None:
    chinese = await api.get("/api/v1/privacy")
    english = await api.get("/api/v1/privacy", Accept_Language="en")
    assert (chinese["version"], chinese["language"]) == ("2026-11.2", "zh-Hans")
    assert chinese["text"].startswith("# 隐私告知")
    assert english["text"].startswith("# Privacy notice")
    # Made from data/retention.toml: the anonymous have no name to be kept.
    assert "| 匿名举报件 | — | 2年 | 3年 |" in chinese["text"]
    assert "| Anonymous reports | — | 2 year(s) | 3 year(s) |" in english["text"]
    assert "{retention}" not in chinese["text"] + english["text"]
    for word in ("受理中心", "匿名", "保密", "实名", "第十三条", "保存多久", "您的权利", "12345"):
        assert word in chinese["text"], word
    assert chinese["text"].count("\n## ") == english["text"].count("\n## ") == 8
    assert chinese["text"].count("\n| ") == english["text"].count("\n| ")


async def test_the_newest_whose_day_has_come(api: Api) -> None:
    def version(name: str, day: date) -> PrivacyNotice:
        return PrivacyNotice(version=name, effective_from=day, text={"zh-Hans": name, "en": name}, source="测试")

    await insert([version("2026-11a", date(2026, 11, 2)), version("2999-01", date(2999, 1, 1))])
    packs.forget()
    assert (await api.get("/api/v1/privacy"))["version"] == "2026-11a"
    assert (await api.get("/api/v1/privacy?version=2026-11.2"))["text"].startswith("# 隐私告知")
    response = await api.call("GET", "/api/v1/privacy?version=1999")
    assert response.status == 404


async def test_the_version_that_was_shown_is_kept(api: Api) -> None:
    number, receipt = await api.file(privacy_version="2026-11.2")
    for who in (receipt, "registrar1"):
        assert (await api.get(f"/api/v1/matters/{number}", who))["case"]["privacy_version"] == "2026-11.2"
    assert "privacy_version" not in (await api.get(f"/api/v1/matters/{number}", "supervisor1"))["case"]
    number, receipt = await api.file()
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["case"]["privacy_version"] == ""


@pytest.mark.parametrize("version", ["2025-01", "", "x" * 21, "2026 11"])
async def test_an_unknown_version_is_refused(api: Api, version: str) -> None:
    report = {"mode": "anonymous", "text": "超期", "region": "620102", "privacy_version": version}
    refusal = await api.post("/api/v1/cases", body=report, status=422)
    assert [field["path"] for field in refusal["details"]["fields"]] == ["privacy_version"]
