"""No line, killed pages, two tabs, a session that ends: nothing is lost and nothing comes twice."""

from typing import Any

import pytest
from playwright.async_api import Route, expect

from models import Matter, Session
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Officer, listed, officer

SERVICE_WORKERS = "allow"
SERVICE_WORKER_READY = "() => navigator.serviceWorker.ready.then(() => caches.keys()).then((names) => names.length)"


async def test_a_report_without_a_line_is_sent_when_it_is_back_and_once(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.fills_report("工程款拖欠两年，多次催要无果。")
    async with citizen.phone.without_a_line():
        await citizen.tap("提交举报")
        await citizen.reads("已经保存好，联网后自动提交")
        assert await Matter.all().count() == 0
    await citizen.reads("举报已收到")
    number = await citizen.notes_receipt()
    assert [matter.number for matter in await Matter.all()] == [number]


async def test_the_pages_open_without_a_line_once_they_were_open(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/home/index")
    assert await citizen.phone.page.evaluate(SERVICE_WORKER_READY) == 1
    async with citizen.phone.without_a_line():
        await citizen.phone.open("/pages/report/index")
        await citizen.write("发生了什么事", "没有网络时写下的内容")
        await citizen.reads("已保存在这台手机上")
        await citizen.phone.page.reload()
        await expect(citizen.seen(citizen.phone.page.get_by_label("发生了什么事"))).to_have_value(
            "没有网络时写下的内容"
        )


async def test_a_page_killed_before_the_answer_gives_the_receipt_of_the_one_report(phones: Phones, site: Site) -> None:
    phone = await phones(service_workers="block")
    citizen = Citizen(phone)
    await phone.open("/pages/report/index")
    await citizen.fills_report("摊位费一年涨三次，没有任何通知。")
    arrived = False

    async def lose_the_answer(route: Route) -> None:
        nonlocal arrived
        await route.fetch()
        arrived = True
        await route.abort()

    await phone.page.route("**/api/v1/cases", lose_the_answer)
    phone.forgive("ERR_FAILED")
    async with phone.page.expect_event("requestfailed", lambda request: request.url.endswith("/api/v1/cases")):
        await citizen.tap("提交举报")
    assert arrived
    await phone.page.close()

    again = Citizen(await phone.another_tab())
    await again.phone.open("/pages/home/index")
    await again.reads("的查询密码还没有记下")
    await again.tap("打开回执")
    number = await again.notes_receipt()
    assert [matter.number for matter in await Matter.all()] == [number]


async def test_a_draft_outlives_its_page(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.write("发生了什么事", "写到一半")
    await citizen.reads("已保存在这台手机上")
    await citizen.phone.page.close()
    again = Citizen(await citizen.phone.another_tab())
    await again.phone.open("/pages/report/index")
    await expect(again.seen(again.phone.page.get_by_label("发生了什么事"))).to_have_value("写到一半")


async def test_one_draft_sent_from_two_tabs_is_one_report(phones: Phones, site: Site) -> None:
    one = Citizen(await phones())
    await one.phone.open("/pages/report/index")
    await one.fills_report("招标文件指定品牌，排斥本地企业。")
    await one.reads("已保存在这台手机上")
    other = Citizen(await one.phone.another_tab())
    await other.phone.open("/pages/report/index")
    await one.tap("提交举报")
    await one.reads("举报已收到")
    await other.tap("提交举报")
    await other.reads("举报已收到")
    assert await Matter.all().count() == 1


async def test_whoever_comes_second_sees_what_changed_and_keeps_their_words(phones: Phones, site: Site) -> None:
    number, _ = await site.file()
    await site.step(number, "accept", "registrar1")
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.begins("备注")
    await registrar.write("内部备注", "来电核实过受理日期")
    tab = Officer(await registrar.phone.another_tab(), "registrar1")
    await tab.takes(number, "备注", 内部备注="另一个页面写的备注")
    await registrar.sends()
    await registrar.reads("您填写期间，本件有新的办理")
    await expect(registrar.seen(registrar.phone.page.get_by_label("内部备注"))).to_have_value("来电核实过受理日期")
    await registrar.tap("按现在的情况再次提交")
    await registrar.done("备注")
    assert await notes(site, number) == ["另一个页面写的备注", "来电核实过受理日期"]


async def test_a_session_that_ends_in_the_middle_of_a_form_costs_no_word(phones: Phones, site: Site) -> None:
    number, _ = await site.file()
    await site.step(number, "accept", "registrar1")
    post = (await site.get("/api/v1/session", "registrar2"))["active"]["id"]
    registrar = await officer(phones, site, "the-registrar", post)
    await registrar.opens(number)
    await registrar.begins("备注")
    await registrar.write("内部备注", "写了很久的一段话")
    await registrar.reads("已保存在这台手机上")
    await Session.all().delete()
    await registrar.sends()
    await registrar.reads("登录已结束，请重新登录")
    await registrar.gives_password()
    await expect(registrar.seen(registrar.phone.page.get_by_label("内部备注"))).to_have_value("写了很久的一段话")
    await registrar.sends()
    await registrar.done("备注")
    site.people.clear()
    assert await notes(site, number) == ["写了很久的一段话"]


async def test_an_officer_without_a_line_reads_what_was_open_and_works_on(phones: Phones, site: Site) -> None:
    number, _ = await site.file()
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.reads("下一步")
    await registrar.phone.page.evaluate(SERVICE_WORKER_READY)
    async with registrar.phone.without_a_line():
        await registrar.opens(number)
        await registrar.reads("没有连接，显示的是")
        await registrar.begins("受理")
        await registrar.sends(seen=True)
        await registrar.reads("已放入“待发送”")
    async with registrar.phone.page.expect_response(lambda answer: "/steps/accept" in answer.url):
        pass
    assert (await site.get(f"/api/v1/matters/{number}", "registrar1"))["stage"] == "accepted"


async def test_what_was_done_without_a_line_and_is_done_already_is_shown_as_a_conflict(
    phones: Phones, site: Site
) -> None:
    number, _ = await site.file()
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.begins("受理")
    await registrar.reads("这一步不需要填写内容")
    async with registrar.phone.without_a_line():
        await registrar.sends(seen=True)
        await registrar.reads("已放入“待发送”")
        await site.step(number, "accept", "registrar2")
    await registrar.phone.open("/staff/waiting/index")
    await registrar.reads("没有办成，请处理")
    await registrar.tap("放弃")
    await registrar.agrees()
    await registrar.reads("没有等待发送的内容")


async def test_two_taps_send_once(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.fills_report("办证窗口上午十点后不再取号。")
    await citizen.button("提交举报").dblclick()
    await citizen.reads("举报已收到")
    assert await Matter.all().count() == 1


@pytest.mark.parametrize("scene", ["ZZZZZZZZ000000", "not-a-code"])
async def test_a_forged_code_lets_people_report(phones: Phones, site: Site, scene: str) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.page.goto(f"{site.url}/q/{scene}")
    number = await citizen.reports()
    assert await Matter.filter(number=number).exists()


async def notes(site: Site, number: str) -> list[Any]:
    """What was noted on a case, in order."""
    lines = (await site.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    return [line["shown"][0]["text"] for line in lines if line["verb"] == "note"]
