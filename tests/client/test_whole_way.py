"""A case by the hands of everybody who has to do with it: from the printed code to its written end."""

from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Officer, lead_people, listed, officer

CODE = {"kind": "place", "title": "城关区政务大厅", "place": "一楼入口", "region": "620102"}


async def test_from_the_printed_code_to_the_written_end(phones: Phones, site: Site) -> None:
    code = await site.post("/api/v1/codes", "registrar1", CODE, 201)
    citizen = Citizen(await phones())
    await citizen.phone.page.goto(code["link"])
    number = await citizen.reports()
    assert (await site.get(f"/api/v1/codes/{code['value']}", "registrar1"))["cases"] == 1

    registrar = await listed(phones, site, "registrar1")
    await registrar.takes(number, "受理", seen=True)
    await registrar.opens(number)
    await registrar.begins("甄别研判")
    await registrar.tap("类别：", exact=False)
    await registrar.choose("行政许可")
    await registrar.choose("一般", within="紧急程度")
    await registrar.tap("增加一条", exact=False)
    await registrar.write("第 1 条", "尽快办结许可")
    await registrar.tap("增加一条", exact=False)
    await registrar.write("第 2 条", "说明超期的原因")
    await registrar.sends()
    await registrar.done("甄别研判")
    await registrar.takes(number, "移交转办", seen=True, 转办摘要="反映许可事项超过法定时限未办结。")

    liaison = await listed(phones, site, "liaison-county")
    await liaison.takes(number, "签收", seen=True)
    first, second = (await lead_people(site, number, "handler"))[:2]
    await assigns(liaison, number, first["name"])

    handler = await officer(phones, site, "the-handler", first["post"])
    await answers(handler, number)
    head = await officer(phones, site, "the-head", (await lead_people(site, number, "head"))[0]["post"])
    await head.takes(number, "审核通过")
    await handler.takes(number, "答复举报人", seen=True)

    caller = await listed(phones, site, "callback1")
    await caller.opens(number)
    await caller.begins("回访")
    await caller.choose("电话", within="回访方式")
    await caller.choose("否", within="问题是否解决")
    for aspect in ("办理速度", "服务态度", "办理结果"):
        await caller.choose("1 非常不满意", within=aspect)
    await caller.sends(seen=True)
    await caller.done("回访")
    await caller.takes(number, "重新办理", seen=True, 理由="问题没有解决")

    await assigns(liaison, number, second["name"])
    other = await officer(phones, site, "the-second", second["post"])
    await answers(other, number)
    await head.takes(number, "审核通过")
    await other.takes(number, "答复举报人", seen=True)

    await citizen.follows()
    await citizen.tap("评价")
    await citizen.choose("是", within="问题是否解决")
    for aspect in ("办理速度", "服务态度", "办理结果"):
        await citizen.choose("5 非常满意", within=aspect)
    await citizen.tap("提交")
    await citizen.reads("已提交")
    await caller.takes(number, "办结", seen=True, 办结意见="举报人满意，办结")
    await citizen.follows()
    await citizen.reads("举报人满意，办结")
    await citizen.tap("现在核对")
    await citizen.reads("没有被改动")


async def assigns(liaison: Officer, number: str, handler: str) -> None:
    """Give a case to a handler of the unit that leads it."""
    await liaison.opens(number)
    await liaison.begins("指派")
    await liaison.tap("承办人：", exact=False)
    await liaison.choose(handler)
    await liaison.sends()
    await liaison.done("指派")


async def answers(handler: Officer, number: str) -> None:
    """Answer each of the two claims."""
    await handler.opens(number)
    await handler.begins("提交办理意见")
    await handler.write("结论", "许可已经办结，超期的原因已经书面说明。")
    for place in range(2):
        await handler.choose("支持", place=place)
        await handler.write("事实和理由", "经核查，材料齐全后仍超过法定时限。", place)
        await handler.write("处理意见", "已责令当日办结。", place)
    await handler.write("法律依据", "优化营商环境条例第六十九条")
    await handler.sends()
    await handler.done("提交办理意见")
