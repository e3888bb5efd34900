"""Whole talks, from the phone to the case and back, over WeChat's real protocol."""

import re
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession

from demo.persons import LISTED
from demo.wechat import phone
from domain.cases import filing
from domain.cases.filing import Report
from domain.people import accounts, actors
from domain.wechat import fans, pickups
from domain.wechat.talk import ENDS_AFTER
from kit import clock
from models import (
    Account,
    Case,
    CaseText,
    ChatMedia,
    Conversation,
    Duty,
    Fan,
    File,
    FileState,
    Matter,
    Mode,
    Pickup,
    Push,
    Role,
)
from models.database import connection
from tests.bot.conftest import Chat

LINK = re.compile(r'token=([\w-]+)"')


async def picked(chat: Chat, token: str, taker: str = "a" * 20) -> tuple[int, dict[str, Any]]:
    url = chat.server.make_url("/api/v1/pickups")
    async with ClientSession() as http, http.post(url, json={"token": token, "taker": taker}) as response:
        return response.status, await response.json()


async def test_a_report_in_words(chat: Chat) -> None:
    assert "请选择举报方式" in await chat.says("我要举报")
    assert "联系电话" in await chat.says("1")
    assert "怎么称呼" in await chat.says("139 0000 0000")
    assert "哪里" in await chat.says("跳过")
    assert "兰州市城关区" in await chat.says("兰州市城关区")
    assert "文字共 17 字" in await chat.says("许可申请三个月没有结果，多次去问。")
    summary = await chat.says("完成")
    assert "139****00" in summary
    assert "保密" in summary
    filed = await chat.says("确认")
    case, text = await Case.get(), await CaseText.get()
    matter = await Matter.get(id=case.matter_id)
    assert (text.text, matter.region_id, case.mode) == ("许可申请三个月没有结果，多次去问。", "620102", "confidential")
    assert case.privacy_version
    assert await Conversation.all().count() == 0
    token = LINK.search(filed)
    assert token
    status, receipt = await picked(chat, token[1])
    assert (status, receipt["number"], receipt["lost_files"]) == (200, matter.number, 0)
    assert (await picked(chat, token[1]))[0] == 200  # the same taker, whose answer was lost
    assert (await picked(chat, token[1], "b" * 20))[0] == 410
    said = "".join(str(entry.content) for entry in chat.person.chat)
    assert receipt["secret"] not in said
    assert receipt["secret"].replace("-", "") not in said
    assert matter.number not in filed


async def test_a_receipt_that_works(chat: Chat) -> None:
    await chat.to_tell()
    filed = await chat.goes("办事窗口乱收费，多次反映没有人管。", "完成", "确认")
    _, receipt = await picked(chat, LINK.search(filed)[1])  # type: ignore[index]  # it is there
    url = chat.server.make_url(f"/api/v1/matters/{receipt['number']}")
    held = {"Authorization": f"Receipt {receipt['number']}:{receipt['secret']}"}
    async with ClientSession() as http, http.get(url, headers=held) as response:
        assert response.status == 200


async def test_all_kinds_in_any_order(chat: Chat) -> None:
    await chat.to_tell()
    assert "第 1 个附件" in await chat.sends("image")
    assert "第 2 个附件" in await chat.sends("voice", b"#!AMR\n" + b"\0" * 40, "audio/amr")
    assert "位置" in await _located(chat)
    assert "第 3 个附件" in await chat.sends("shortvideo", b"\0\0\0\x18ftypmp42" + b"\0" * 40, "video/mp4")
    assert await chat.works("chat_media") == 3
    assert await File.filter(state=FileState.QUARANTINED).count() == 3
    assert "附件：3 个" in await chat.says("完成")
    await chat.says("确认")
    matter = await Matter.get()
    files = await File.filter(matter_id=matter.id)
    assert {file.purpose for file in files} == {"evidence_photo", "evidence_voice", "evidence_video"}
    assert {file.owner for file in files} == {f"receipt:{matter.id}"}
    assert "城关区张掖路1号 36.06,103.83" in (await CaseText.get()).text


async def _located(chat: Chat) -> str:
    delivered = await chat.pushed(
        "location", Location_X="36.06", Location_Y="103.83", Scale="16", Label="甘肃省兰州市城关区张掖路1号"
    )
    return str(delivered.reply and delivered.reply["text"]["content"])


async def test_media_that_arrives_after_the_filing(chat: Chat) -> None:
    await chat.to_tell()
    await chat.sends("image")
    await chat.goes("完成", "确认")
    assert await File.filter(state=FileState.RECEIVING, matter_id__isnull=False).count() == 1
    assert await chat.works("chat_media") == 1
    assert await File.filter(state=FileState.QUARANTINED, matter_id__isnull=False).count() == 1


async def test_media_that_is_lost(chat: Chat) -> None:
    await chat.to_tell()
    await chat.sends("image")
    chat.world.media.clear()
    assert await chat.works("chat_media") == 0
    assert "重新发送" in chat.person.chat[-1].content["text"]["content"]
    await chat.says("只有文字也可以。")
    assert "其中 1 个没有取到" in await chat.says("完成")
    filed = await chat.says("确认")
    _, receipt = await picked(chat, LINK.search(filed)[1])  # type: ignore[index]  # it is there
    assert receipt["lost_files"] == 1


async def test_media_is_tried_again(chat: Chat) -> None:
    await chat.to_tell()
    await chat.sends("image")
    await chat.phone_fault()
    assert await chat.works("chat_media") == 0
    media = await ChatMedia.get()
    assert (media.state, media.attempts) == ("owed", 1)
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert await chat.works("chat_media") == 1


async def test_the_anonymous_get_a_link_and_leave_nothing(chat: Chat) -> None:
    reply = await chat.goes("我要举报", "3")
    assert "/h5/#/pages/report/index" in reply
    assert "做不到真正的匿名" in reply
    assert (await Conversation.all().count(), await Fan.all().count()) == (0, 0)


async def test_a_follower_who_reports_without_a_name_stays_a_follower_only(chat: Chat) -> None:
    await phone.followed(chat.sender, chat.app, chat.person)
    await chat.goes("我要举报", "匿名")
    fan = await Fan.get()
    assert (fan.follows, fan.spoke_at, fan.account_id) == (True, None, None)
    await phone.unfollowed(chat.sender, chat.app, chat.person)
    assert await Fan.all().count() == 0


async def test_giving_up_erases(chat: Chat) -> None:
    await chat.to_tell()
    await chat.sends("image")
    assert "已经清除" in await chat.says("取消")
    assert await Conversation.all().count() == 0
    assert await ChatMedia.filter(state="owed").count() == 0


async def test_changing_the_phone_keeps_the_rest(chat: Chat) -> None:
    await chat.to_tell()
    await chat.goes("许可申请三个月没有结果。", "完成", "修改", "2", "13811112222", "王某某")
    summary = await chat.says("完成")
    assert "138****22" in summary
    assert "王某某" in summary
    assert "许可申请三个月没有结果" in summary


async def test_a_place_by_number(chat: Chat) -> None:
    await chat.goes("我要举报", "2", "13900000000", "某某商行")
    offered = await chat.says("城关")
    assert "1 " in offered
    assert "地点：" in await chat.says("1")


async def test_a_talk_that_ends_by_itself(chat: Chat) -> None:
    await chat.to_tell()
    await chat.says("许可申请三个月没有结果。")
    with clock.at(clock.now() + timedelta(minutes=45)):
        assert await chat.works("talks_reminded") == 1
        assert await chat.works("talks_reminded") == 0
    assert "自动清除" in chat.person.chat[-1].content["text"]["content"]
    with clock.at(clock.now() + ENDS_AFTER + timedelta(minutes=1)):
        assert await chat.works("talks_ended") == 1
    assert await Conversation.all().count() == 0
    assert "已经清除" in chat.person.chat[-1].content["text"]["content"]


async def test_a_draft_over_its_time_is_not_sent(chat: Chat) -> None:
    await chat.to_tell()
    await chat.goes("许可申请三个月没有结果。", "完成")
    await Conversation.all().update(ends_at=clock.now() - timedelta(seconds=1))
    assert "已经清除" in await chat.says("确认")
    assert await chat.cases() == 0


async def test_a_secret_in_the_chat_is_neither_kept_nor_said(chat: Chat) -> None:
    with structlog.testing.capture_logs() as logs:
        reply = await chat.says("查进度 ABCD-1234-EFGH-5678")
        await chat.to_tell()
        inside = await chat.says("我的密码是 ABCD1234EFGH5678")
    assert "没有保存" in reply
    assert "没有保存" in inside
    assert "EFGH" not in reply + inside + str(logs)
    assert "文字：0" in await chat.goes("完成") or await chat.state() == "tell"


async def test_progress_by_number(chat: Chat) -> None:
    assert "请不要在聊天里发查询密码" in await chat.taps_or_says("查进度")
    assert "number=JB2026-ABCDEFGH" in await chat.says("jb2026-abcdefgh")


async def test_what_lies_in_the_database_is_sealed(chat: Chat) -> None:
    await chat.to_tell()
    await chat.says("许可申请三个月没有结果。")
    rows = await connection().execute_query_dict("SELECT t.*, f.*, p.answer FROM conversation t, fan f, push p")
    openid = chat.person.openid(chat.app)
    for value in rows[0].values():
        if isinstance(value, bytes):
            assert "许可".encode() not in value
            assert b"13900000000" not in value
            assert openid.encode() not in value
    assert await Pickup.all().count() == 0
    assert await Push.all().count() == 6


async def test_a_restart_in_the_middle(chat: Chat) -> None:
    await chat.to_tell()
    await chat.says("许可申请三个月没有结果。")
    await chat.restarted()
    assert "文字：12 字" in await chat.says("完成")


async def test_officers_find_their_duties(chat: Chat) -> None:
    assert "绑定微信" in await chat.says("我的待办")
    registrar = next(person for person in LISTED if person.role is Role.REGISTRAR)
    account = await Account.get(username=registrar.username)
    fan = await fans.met(chat.settings, chat.app.app_id, chat.person.openid(chat.app), follows=True)
    await Fan.filter(id=fan.id).update(account_id=account.id)
    assert await chat.says("我的待办") == "您现在没有待办。"
    for number in range(7):
        await filing.file(chat.settings, Report(mode=Mode.ANONYMOUS, text=f"第{number}件", region="620102"))
    actor = await actors.of_person(account.person_id, account_id=account.id)
    await Duty.all().update(post_id=actor.posts[0].post_id)
    reply = await chat.taps_or_says("我的待办")
    assert "您有 7 项待办" in reply
    assert reply.count("/h5/#/staff/matter/index?number=JB") == 5
    await accounts.set_disabled(registrar.username, disabled=True)
    assert "绑定微信" in await chat.says("我的待办")


async def test_the_rest_of_the_menu(chat: Chat) -> None:
    assert f"{chat.settings.url}/h5/#/pages/column/index" in await chat.taps_or_says("述法专栏")
    assert "我可以" in await chat.taps_or_says("帮助")
    assert "请选择举报方式" in await chat.taps("我要举报")


async def test_talk_beside_the_point_gets_a_useful_answer(chat: Chat) -> None:
    for said, expected in {
        "你好": "我要举报",
        "多久能有结果": "期限",
        "会不会被报复": "匿名",
        "密码忘记了": "只在提交时给出一次",
        "窗口乱收费": "请回复「我要举报」",
        "asdf": "您可以回复",
    }.items():
        assert expected in await chat.says(said)
    assert "还没有保存" in await chat.sends("image")
    assert (await Fan.all().count(), await ChatMedia.all().count()) == (0, 0)


async def test_a_refusal_undoes_the_filing_and_keeps_the_draft(chat: Chat) -> None:
    await chat.to_tell()
    await chat.sends("image")
    await chat.goes("许可申请三个月没有结果。", "完成")
    await File.all().update(owner="ticket:of-another")
    assert "没有这个附件" in await chat.says("确认")
    assert (await chat.cases(), await Matter.all().count(), await Pickup.all().count()) == (0, 0, 0)
    ticket = (await Conversation.get()).ticket_id
    await File.all().update(owner=f"ticket:{ticket}")
    assert "举报已提交" in await chat.says("确认")
    assert await chat.cases() == 1


async def test_a_receipt_is_not_kept_for_ever(chat: Chat) -> None:
    await chat.to_tell()
    filed = await chat.goes("许可申请三个月没有结果。", "完成", "确认")
    token = LINK.search(filed)[1]  # type: ignore[index]  # it is there
    with clock.at(clock.now() + pickups.LASTS), pytest.raises(pickups.PickedUp):
        await pickups.taken(chat.settings, token, "a" * 20)
    await pickups.taken(chat.settings, token, "a" * 20)
    with clock.at(clock.now() + pickups.AGAIN), pytest.raises(pickups.PickedUp):
        await pickups.taken(chat.settings, token, "a" * 20)
    with clock.at(clock.now() + timedelta(days=2)):
        assert await chat.works("pushes_swept") == 9
    assert (await Push.all().count(), await Pickup.all().count()) == (0, 0)
