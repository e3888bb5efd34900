"""A published report as the official account's draft, through a served WeChat: sent, taken back, and what fails."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.articles import Drafts
from demo.wechat.faults import Fault
from demo.wechat.world import World
from domain.people.actors import VISITOR
from domain.reports import articles, column
from domain.reports.articles import article_of
from kit import clock
from kit.wechat.client import connected
from tests.api.conftest import Api
from tests.api.test_reports_over_http import CONTENT, called, published
from tests.demo.wechat import worlds
from tests.kit.wechat.conftest import client_of


class Desk:
    """The reviewing office, our worker, and WeChat."""

    def __init__(self, api: Api, world: World, drafting: Drafts, number: str) -> None:
        self.api, self.world, self.drafting, self.number = api, world, drafting, number

    async def sends(self) -> None:
        await self.api.step(self.number, "send_article", "reviewer2")

    async def withdraws(self) -> None:
        await self.api.step(self.number, "withdraw", "reviewer2", reason="当事人申请更正")

    async def works(self, *, later: int = 0) -> int:
        with clock.at(clock.now() + timedelta(seconds=later)):
            return await articles.carried(self.api.settings, self.drafting)

    async def fate(self, who: str = "reviewer2") -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.get(f"/api/v1/matters/{self.number}", who))["report"]["article"]
        return found

    async def state(self) -> str:
        return str((await self.fate())["state"])


@pytest.fixture
async def desk(api: Api, valkey: Redis) -> AsyncIterator[Desk]:
    number, _ = await called(api)
    await published(api, number)
    world = worlds.small()
    async with worlds.serving(world), connected() as http:
        yield Desk(api, world, Drafts(client_of(worlds.official(world), world, http, valkey)), number)
        await world.close()


async def test_a_report_goes_among_the_drafts_and_out_of_them_when_it_is_withdrawn(desk: Desk) -> None:
    assert await desk.fate() is None
    await desk.sends()
    assert await desk.state() == "owed"
    assert (await desk.works(), await desk.state()) == (1, "there")
    assert await desk.fate("official1") is None
    [draft] = desk.world.drafts.values()
    [article] = draft.articles
    assert (article["title"], article["author"]) == (CONTENT["title"], "城关区人民政府")
    assert article["content_source_url"].endswith(f"/h5/#/pages/column/one?number={desk.number}")
    assert "<h3>存在的问题</h3><p>1．涉企检查频次仍然偏高</p>" in article["content"]
    assert desk.world.materials[article["thumb_media_id"]].content.startswith(b"\xff\xd8\xff")
    again = await desk.api.step(desk.number, "send_article", "reviewer2", status=409)
    assert again["code"] == "draft_there"
    await desk.withdraws()
    assert (await desk.state(), len(desk.world.drafts)) == ("leaving", 1)
    assert (await desk.works(), await desk.state()) == (1, "gone")
    assert (desk.world.drafts, desk.world.materials) == ({}, {})
    await desk.api.step(desk.number, "publish", "reviewer2", scope="evaluators")
    assert (await desk.api.step(desk.number, "send_article", "reviewer2", status=409))["code"] == "not_for_all"


async def test_what_a_person_has_published_meanwhile_is_told_to_the_office(desk: Desk) -> None:
    await desk.sends()
    await desk.works()
    desk.world.drafts.clear()
    await desk.withdraws()
    assert (await desk.works(), await desk.state()) == (1, "left")


async def test_what_was_not_sent_yet_is_never_sent_after_a_withdrawal(desk: Desk) -> None:
    await desk.sends()
    await desk.withdraws()
    assert (await desk.works(), await desk.state(), desk.world.drafts) == (1, "gone", {})


@pytest.mark.parametrize(
    ("fault", "first", "then"),
    [
        (Fault("/cgi-bin/draft/add", code=45009), "owed", "there"),  # to be asked again after midnight
        (Fault("/cgi-bin/material/add_material", times=3, status=502), "owed", "there"),
        (Fault("/cgi-bin/draft/add", code=45004), "refused", "refused"),
        (Fault("/cgi-bin/draft/add", code=48001), "refused", "refused"),
        (Fault("/cgi-bin/draft/add", reset=True, done=True), "unsure", "unsure"),  # it may be there: a person looks
    ],
)
async def test_what_goes_wrong_is_tried_again_or_told(desk: Desk, fault: Fault, first: str, then: str) -> None:
    desk.world.faults.append(fault)
    await desk.sends()
    await desk.works()
    assert await desk.state() == first
    await desk.works(later=25 * 3600)
    assert (await desk.state(), len(desk.world.drafts)) == (then, then != "refused")


async def test_a_withdrawal_while_it_is_being_sent_deletes_what_was_sent(desk: Desk) -> None:
    await desk.sends()

    class Slow(Drafts):
        async def add(self, article: articles.Article, cover: str) -> str:
            made = await super().add(article, cover)
            await desk.withdraws()
            return made

    await articles.carried(desk.api.settings, Slow(desk.drafting._client))
    await desk.works()
    assert (await desk.state(), desk.world.drafts) == ("gone", {})


async def test_what_nobody_knows_of_is_told_when_it_is_taken_back_meanwhile(desk: Desk) -> None:
    desk.world.faults.append(Fault("/cgi-bin/draft/add", reset=True, done=True))
    await desk.sends()

    class Slow(Drafts):
        async def add(self, article: articles.Article, cover: str) -> str:
            await desk.withdraws()
            return await super().add(article, cover)

    await articles.carried(desk.api.settings, Slow(desk.drafting._client))
    await desk.works()
    assert (await desk.state(), len(desk.world.drafts)) == ("left", 1)


async def test_without_an_official_account_it_is_said(desk: Desk) -> None:
    await desk.sends()
    await articles.carried(desk.api.settings, None)
    assert (await desk.fate())["state"] == "refused"
    assert (await desk.fate())["why"] == "没有设置公众号"


async def test_the_longest_report_fits_into_an_article(desk: Desk) -> None:
    found = await column.one(VISITOR, desk.number)
    found |= {"title": "述" * 200, "unit": "局" * 80, "sections": [{"name": "法", "text": "<长>" * 9_000}] * 3}
    made = article_of(desk.api.settings, found)
    await desk.drafting.add(made, await desk.drafting.cover(made.cover))
    assert len(desk.world.drafts) == 1
