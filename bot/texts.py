"""Everything that the official account says, in one place; in Chinese, as nobody's language is known there."""

import re
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from domain.wechat.talk import State
from kit.settings import Settings

ASKS = {
    State.IDLE: "",
    State.MODE: (
        "请选择举报方式，回复数字：\n1 保密（留电话，单独加密，办理单位看不到）\n2 实名（同样加密；确有需要并经审批时办理单位可知）\n"
        "3 匿名（请改用网页，不留任何身份信息）\n请先阅读{privacy}，回复 1 或 2 即表示已阅读。"
    ),
    State.PHONE: "请回复您的联系电话，只用于核实和回访，单独加密保存。",
    State.NAME: "怎么称呼您？请回复姓名或单位名称；不想留请回复「跳过」。",
    State.PLACE: "事情发生在哪里？请回复市、县（区）的名称，也可以发送位置。",
    State.TELL: (
        "请说明情况：什么时间、哪个单位或谁、发生了什么、您希望怎样解决。文字、照片、语音、短视频、位置都可以，"
        "顺序不限，可以分多条。发完请回复「完成」。"
    ),
    State.CONFIRM: (
        "确认提交请回复「确认」；想在办理有进展时收到微信提醒，请回复「确认并提醒」（为此加密记下您的微信号与本件的关系，办结后删除）。\n"
        "要改请回复「修改」，不提交请回复「取消」。"
    ),
    State.CHANGE: "要改哪一项？回复数字：\n1 举报方式\n2 联系电话和称呼\n3 地点\n4 文字（全部重写）\n5 不改了",
}  # fmt: skip

SAYS = {
    "welcome": (
        "您好，这里是营商环境「一键举报」。\n回复「我要举报」，不用填表，一问一答就能举报；不想留身份请{report_link}。\n"
        "回复「查进度」查询办理情况，回复「帮助」看看还能做什么。{ask}"
    ),
    "welcome_code": "您好，您扫的是「{title}」的举报码。想匿名请{report_link}；在这里一问一答也可以。\n\n{ask}",
    "begin": "好的。内容只用于办理您的举报，全程加密；中途回复「取消」，已发的内容立即清除。\n\n{ask}",
    "anonymous": (
        "匿名举报请{report_link}。\n微信会让我们知道是哪个微信号在说话，聊天记录也留在您和微信那里，所以在这里做不到真正的匿名；"
        "网页不登录、不记录任何身份信息。您刚才在这里填的内容已经清除。"
    ),
    "mode_kept": "已选择{mode}举报。\n\n{ask}",
    "phone_kept": "电话已加密保存。\n\n{ask}",
    "phone_needed": "保密和实名举报需要电话，否则无法核实和回访。不想留电话，可以{report_link}匿名举报，或回复「取消」。\n\n{ask}",
    "thanks": "好的。\n\n{ask}",
    "name_long": "请回复 60 个字以内的姓名或单位名称。\n\n{ask}",
    "place_kept": "地点：{place}。\n\n{ask}",
    "places": "请回复数字选择：\n{places}\n都不是，请换一种说法，比如「兰州市城关区」。",
    "place_needed": "需要知道是哪里的事，才能交给有权办理的单位。\n\n{ask}",
    "place_unknown": "没有找到这个地方。请回复市、县（区）的名称，比如「兰州市城关区」；只知道是省里的事，请回复「甘肃省」。",
    "kept": "已记下（文字共 {letters} 字，附件 {files} 个）。可以继续发，发完请回复「完成」。",
    "kept_media": "已收到第 {files} 个附件。可以继续发，发完请回复「完成」。",
    "kept_location": "位置已记下。可以继续发，发完请回复「完成」。",
    "long": "文字太长了，这一条没有保存：一份举报最多 8000 字。可以精简后再发，或把材料拍照发来。",
    "full": "附件已有 20 个，这一个没有保存。提交后凭回执还可以补充。",
    "not_yet": "这一条没有保存，请先回答下面的问题，随后再发。\n\n{ask}",
    "empty": "还没有收到内容。\n\n{ask}",
    "summary": (
        "请核对：\n方式：{mode}\n电话：{phone}\n称呼：{name}\n地点：{place}\n文字：{letters} 字{excerpt}\n附件：{files} 个{lost}\n\n{ask}"
    ),
    "change": "{ask}",
    "mode_again": "好的，其他内容都还在。\n\n{ask}",
    "phone_again": "好的，其他内容都还在。\n\n{ask}",
    "place_again": "好的，其他内容都还在。\n\n{ask}",
    "text_again": "文字已清除，附件还在。\n\n{ask}",
    "filed": (
        "举报已提交，正在等待受理。\n请马上{pickup_link}（编号和查询密码）：链接 3 天内有效，只能打开一次，请当场保存。"
        "查询进度、补充材料、评价结果都靠它；密码不会出现在聊天里，我们也无法再次提供。"
    ),
    "filed_and_tell": (
        "举报已提交，正在等待受理。\n请马上{pickup_link}（编号和查询密码）：链接 3 天内有效，只能打开一次，请当场保存。"
        "查询进度、补充材料、评价结果都靠它；密码不会出现在聊天里，我们也无法再次提供。\n"
        "办理有进展时会在微信提醒您，提醒里没有举报内容。随时回复「不再提醒」关闭。"
    ),
    "told_here": "已开启提醒：办理有进展时会在微信告诉您，提醒里没有举报内容。随时回复「不再提醒」，或在查询页关闭。",
    "code_over": "这个二维码已失效。请在查询页重新打开「微信提醒」，再扫一次。",
    "no_more": "好的，不再发送办理进展的提醒。需要时可以凭编号和密码{progress_link}查询，也可以在那里重新开启提醒。\n\n{ask}",
    "refused": "没有办成：{why}。已有的内容都还在。\n\n{ask}",
    "cancelled": "已取消，刚才的内容已经清除。需要时回复「我要举报」重新开始。",
    "nothing_open": "现在没有正在写的举报。回复「我要举报」开始，回复「帮助」看看还能做什么。",
    "already": "您有一份没有写完的举报，请接着写；不想要了请回复「取消」。\n\n{ask}",
    "again": "没有明白您的意思。\n\n{ask}",
    "progress": "查询进度请{progress_link}，在网页里输入编号和查询密码。也可以把编号（JB 开头）发来，我给您带好编号的链接。\n请不要在聊天里发查询密码。\n\n{ask}",
    "number": "请{number_link}，在网页里输入查询密码即可查看。请不要在聊天里发密码。\n\n{ask}",
    "secret": (
        "您刚才发的内容里像是有查询密码，我们没有保存，也没有使用它。请长按那条消息把它删除或撤回，然后{progress_link}在网页里输入。\n\n{ask}"
    ),
    "column": "观看领导干部年度述法、参加评议，请{column_link}打开述法专栏。\n已经公开的典型案例{cases_link}看。\n\n{ask}",
    "duties": "{duties}\n\n{ask}",
    "help": (
        "我可以：\n「我要举报」一问一答提交举报，可发文字、照片、语音、短视频、位置\n「查进度」凭编号和密码查询\n"
        "「述法专栏」看领导干部述法\n「我的待办」工作人员查看待办\n匿名举报请{report_link}。"
    ),
    "help_inside": "您正在写一份举报。回复「取消」随时退出并清除内容。\n\n{ask}",
    "media_first": "收到，但还没有保存：要作为举报材料，请先回复「我要举报」，再发送一次。",
    "hint": "{hint}",
    "ended": "您没有写完的举报已超过 60 分钟没有动静，内容已经清除。需要时回复「我要举报」重新开始。",
    "soon": "您有一份举报还没有提交，20 分钟后将自动清除。请接着写，或回复「完成」；不想要了请回复「取消」。",
    "lost": "您刚才发的一个附件没有取到，请重新发送一次。",
    "trouble": "系统刚才出了一点问题，这条消息没有办成。请稍后再发一次，或者{report_link}。",
}  # fmt: skip
ENDED_BEFORE = "（上一份没有写完的举报超过 60 分钟没有动静，内容已经清除。）\n\n"
NOT_BOUND = "我的待办供工作人员使用。请凭系统管理员给的邀请码{bind_link}绑定微信，以后在这里就能看到自己的待办。"
SCREEN = "有一台电脑（{device}）请求用您的账号登录。是您本人在登录，请{confirm_link}核对并确认；不是，请不要理会，更不要把数字告诉别人。"
SCREEN_NOT_BOUND = "这是工作人员登录电脑用的二维码，您的微信还没有绑定工作人员账号。工作人员请凭系统管理员给的邀请码{bind_link}绑定；要举报或查进度，回复「帮助」。"
NO_DUTIES = "您现在没有待办。"
DUTIES = "您有 {count} 项待办{overdue}：\n{lines}"
NO_NAME = "（未留称呼）"
ONLY_FILES = "（举报人没有写文字，内容见附件。）"
MODES = {"confidential": "保密", "named": "实名"}

_HINTS = (
    (("撤回", "撤销", "删除", "不举报"), "已经提交的举报可以凭编号和密码在网页里补充说明或撤回意见：{progress_link}。"),
    (("密码", "回执", "忘记", "丢了"), "查询密码只在提交时给出一次，我们没有留底。保密和实名举报的，办理中会按您留的电话回访；也可以在工作时间致电受理中心核实。"),
    (("多久", "期限", "时间", "什么时候", "几天"), "提交后会在承诺的期限内受理和答复，具体日期写在回执上；{progress_link}可以看到每一步。"),
    (("人工", "电话", "客服", "有人吗"), "这里由系统自动回复。需要与人交谈，请拨打 12345，或在工作时间到受理中心窗口。紧急危险请拨 110。"),
    (("报复", "安全", "泄露", "保护"), "身份信息单独加密，办理单位看不到，每次查看都要理由并留下记录。最稳妥的是匿名：{report_link}。"),
    (("谢谢", "感谢", "辛苦"), "不客气。有需要时回复「我要举报」或「查进度」。"),
    (("你好", "您好", "在吗", "hello", "hi"), "您好。回复「我要举报」开始举报，「查进度」查询办理情况，「帮助」看看还能做什么。"),
    (
        ("举报", "投诉", "乱收费", "吃拿卡要", "不作为", "欠款", "罚款", "审批", "许可", "刁难", "拖延"),
        "您像是想反映问题。这条消息没有保存；请回复「我要举报」，我一步一步带您提交，或者直接{report_link}匿名举报。",
    ),
)  # fmt: skip
_HEARD = tuple((re.compile("|".join(map(re.escape, words))), answer) for words, answer in _HINTS)
_HINT = "没有明白您的意思。您可以回复：\n「我要举报」提交举报\n「查进度」查询办理情况\n「帮助」看看还能做什么"


def hint(text: str) -> str:
    """What may help whoever says something that no step expects; nothing of it is kept."""
    low = text.lower()
    for words, answer in _HEARD:
        if words.search(low):
            return answer
    return _HINT


def links(settings: Settings) -> dict[str, str]:
    """The links that texts are filled with."""
    return _links(settings.url)


@cache
def _links(url: str) -> dict[str, str]:
    return {
        "report_link": link("点这里", _page(url, "pages/report/index")),
        "column_link": link("点这里", _page(url, "pages/column/index")),
        "cases_link": link("点这里", _page(url, "pages/cases/index")),
        "progress_link": link("点这里", _page(url, "pages/progress/index")),
        "bind_link": link("点这里", _page(url, "staff/bind/index")),
        "privacy": link("隐私告知", _page(url, "pages/read/index", part="privacy")),
    }


def screen(settings: Settings, scene: str, device: str) -> str:
    """What somebody reads who is bound and scanned the code of a screen."""
    return SCREEN.format(device=device, confirm_link=link("点这里", page(settings, "staff/confirm/index", scene=scene)))


def unbound(settings: Settings) -> str:
    """The same for anybody else."""
    return SCREEN_NOT_BOUND.format_map(links(settings))


def page(settings: Settings, path: str, **query: str) -> str:
    """A page of the phone's, as an address; all behind # stays on the phone."""
    return _page(settings.url, path, **query)


def _page(url: str, path: str, **query: str) -> str:
    return f"{url}/h5/#/{path}" + (f"?{urlencode(query)}" if query else "")


def link(text: str, url: str) -> str:
    """A link as WeChat shows it in a text."""
    return f'<a href="{url}">{text}</a>'


def quoted(text: str, most: int) -> str:
    """What a person wrote, so that nothing in it is a link."""
    flat = " ".join(text.split()).replace("<", "＜").replace(">", "＞")
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def day(moment: datetime) -> str:
    """A due day in few characters."""
    return f"{moment.month}月{moment.day}日"


def said(name: str, facts: dict[str, Any]) -> str:
    """A text with its facts."""
    return SAYS[name].format_map(facts).strip()
