"""The conversation as one table: state × what was heard → what to do, where it goes on, what to say."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from domain.wechat.places import found

ENDS_AFTER = timedelta(minutes=60)  # without a word; the draft is erased then
REMINDED_AFTER = timedelta(minutes=40)  # long before the 48 hours in which we may speak are over
LONGEST = 8000  # characters of a report, as on the form
MOST_FILES = 20  # as a ticket takes
LONGEST_NAME = 60


class State(StrEnum):
    """Where a talk stands: what was asked last. IDLE: nothing is kept."""

    IDLE = "idle"
    MODE = "mode"
    PHONE = "phone"
    NAME = "name"
    PLACE = "place"
    TELL = "tell"
    CONFIRM = "confirm"
    CHANGE = "change"


class Heard(StrEnum):
    """What somebody said or tapped, as it is understood where the talk stands."""

    REPORT = "report"
    PROGRESS = "progress"
    DUTIES = "duties"
    COLUMN = "column"
    HELP = "help"
    CANCEL = "cancel"
    NO_MORE = "no_more"
    NUMBER = "number"
    SECRET = "secret"  # noqa: S105  # a kind of message
    CONFIDENTIAL = "confidential"
    NAMED = "named"
    ANONYMOUS = "anonymous"
    PHONE = "phone"
    SKIP = "skip"
    PLACE = "place"
    PLACES = "places"
    DONE = "done"
    EMPTY = "empty"
    YES = "yes"
    YES_AND_TELL = "yes_and_tell"
    CHANGE = "change"
    CHANGE_MODE = "change_mode"
    CHANGE_PHONE = "change_phone"
    CHANGE_PLACE = "change_place"
    CHANGE_TEXT = "change_text"
    TEXT = "text"
    LONG = "long"
    MEDIA = "media"
    FULL = "full"
    LOCATION = "location"
    OTHER = "other"


class Act(StrEnum):
    """What is done to the draft, or with it."""

    NOTHING = "nothing"
    BEGIN = "begin"
    KEEP_MODE = "keep_mode"
    KEEP_PHONE = "keep_phone"
    KEEP_NAME = "keep_name"
    NO_NAME = "no_name"
    KEEP_PLACE = "keep_place"
    OFFER_PLACES = "offer_places"
    KEEP_TEXT = "keep_text"
    KEEP_MEDIA = "keep_media"
    KEEP_LOCATION = "keep_location"
    FORGET_MODE = "forget_mode"
    FORGET_PHONE = "forget_phone"
    FORGET_PLACE = "forget_place"
    FORGET_TEXT = "forget_text"
    SUM_UP = "sum_up"
    TELL_DUTIES = "tell_duties"
    TELL_NO_MORE = "tell_no_more"
    FILE = "file"
    FILE_AND_TELL = "file_and_tell"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Step:
    """What follows: `say` names the text; without `next` the talk goes on with what the draft lacks first."""

    say: str
    next: State | None
    act: Act = Act.NOTHING


@dataclass(frozen=True, slots=True)
class Message:
    """What came in, in the field's words: a menu key or a type, and what it holds."""

    type: str
    text: str = field(default="", repr=False)
    media_id: str = field(default="", repr=False)
    latitude: str = field(default="", repr=False)
    longitude: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as the table knows it, with what was found in it."""

    heard: Heard
    value: str = field(default="", repr=False)
    places: tuple[str, ...] = ()


Draft = dict[str, Any]  # mode, privacy_version, phone, name, region, offered, texts, files (their number), scene

MEDIA = {"image", "voice", "video", "shortvideo"}
COMMANDS = {
    "我要举报": Heard.REPORT, "举报": Heard.REPORT, "我要投诉": Heard.REPORT, "投诉": Heard.REPORT,
    "查进度": Heard.PROGRESS, "进度": Heard.PROGRESS, "查询": Heard.PROGRESS, "查询进度": Heard.PROGRESS,
    "我的待办": Heard.DUTIES, "待办": Heard.DUTIES,
    "述法专栏": Heard.COLUMN, "述法": Heard.COLUMN,
    "帮助": Heard.HELP, "help": Heard.HELP, "?": Heard.HELP, "怎么用": Heard.HELP,
    "不再提醒": Heard.NO_MORE, "关闭提醒": Heard.NO_MORE,
    "取消": Heard.CANCEL, "退出": Heard.CANCEL, "不举报了": Heard.CANCEL,
}  # fmt: skip
_WORDS: Mapping[State, Mapping[str, Heard]] = {
    State.MODE: {
        "1": Heard.CONFIDENTIAL, "保密": Heard.CONFIDENTIAL, "保密举报": Heard.CONFIDENTIAL,
        "2": Heard.NAMED, "实名": Heard.NAMED, "实名举报": Heard.NAMED,
        "3": Heard.ANONYMOUS, "匿名": Heard.ANONYMOUS, "匿名举报": Heard.ANONYMOUS,
    },
    State.PHONE: {"跳过": Heard.SKIP, "不留": Heard.SKIP, "匿名": Heard.ANONYMOUS},
    State.NAME: {"跳过": Heard.SKIP, "不留": Heard.SKIP},
    State.PLACE: {"跳过": Heard.SKIP},
    State.TELL: {"完成": Heard.DONE, "发完了": Heard.DONE, "好了": Heard.DONE},
    State.CONFIRM: {
        "确认": Heard.YES, "提交": Heard.YES, "是": Heard.YES, "确认提交": Heard.YES, "修改": Heard.CHANGE,
        "确认并提醒": Heard.YES_AND_TELL, "提交并提醒": Heard.YES_AND_TELL,
        "完成": Heard.DONE,
    },
    State.CHANGE: {
        "1": Heard.CHANGE_MODE, "方式": Heard.CHANGE_MODE, "2": Heard.CHANGE_PHONE, "电话": Heard.CHANGE_PHONE,
        "3": Heard.CHANGE_PLACE, "地点": Heard.CHANGE_PLACE, "4": Heard.CHANGE_TEXT, "文字": Heard.CHANGE_TEXT,
        "5": Heard.DONE, "完成": Heard.DONE,
    },
}  # fmt: skip
_NUMBER = re.compile(r"JB\d{4}-?[0-9A-HJKMNP-TV-Z]{8}")
_SECRET = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{4}([ -]?)(?:[0-9A-Za-z]{4}\1){2}[0-9A-Za-z]{4}(?![0-9A-Za-z])")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]")


def understood(state: State, message: Message, draft: Draft, regions: Mapping[str, str]) -> Understood:
    """What a message means where the talk stands; `regions` are names by code."""
    if message.type == "click":
        return Understood(COMMANDS.get(message.text, Heard.OTHER))
    if message.type in MEDIA:
        return Understood(Heard.FULL if draft.get("files", 0) >= MOST_FILES else Heard.MEDIA, message.media_id)
    if message.type == "location":
        if state is State.PLACE:
            return _place(message.text, draft, regions)
        where = f"［位置］{message.text} {message.latitude},{message.longitude}".strip()
        return Understood(_long(draft, where, Heard.LOCATION), where)
    if message.type != "text":
        return Understood(Heard.OTHER)
    return _words(state, message.text, draft, regions)


def _words(state: State, text: str, draft: Draft, regions: Mapping[str, str]) -> Understood:
    said = text.strip()
    plain = unicodedata.normalize("NFKC", said).strip(" 。.!,、~「」“”\"'").lower()
    if plain in _WORDS.get(state, {}):
        return Understood(_ready(_WORDS[state][plain], draft), plain)
    if plain in COMMANDS:
        return Understood(COMMANDS[plain])
    if holds_a_secret(said):
        return Understood(Heard.SECRET)
    if _NUMBER.fullmatch(number := plain.upper().replace(" ", "")):
        return Understood(Heard.NUMBER, number)
    return _answer(state, said, plain, draft, regions)


def holds_a_secret(text: str) -> bool:
    """Whether a receipt's secret may be in it; digits alone are a bank card, letters alone are words."""
    found = [(match[0], match[1]) for match in _SECRET.finditer(unicodedata.normalize("NFKC", text))]
    return any(re.search("[A-Za-z]", code) and (between == "-" or re.search("[0-9]", code)) for code, between in found)


def _answer(state: State, said: str, plain: str, draft: Draft, regions: Mapping[str, str]) -> Understood:
    """What is no command answers the question that was asked."""
    match state:
        case State.PHONE if _PHONE.fullmatch(plain) and len(re.sub(r"\D", "", plain)) >= 7:
            return Understood(Heard.PHONE, plain)
        case State.PLACE:
            return _place(said, draft, regions)
        case State.NAME:
            name = " ".join(said.split())
            return Understood(Heard.TEXT if 0 < len(name) <= LONGEST_NAME else Heard.LONG, name)
    clean = said if said.isprintable() else "".join(filter(_shown, said))
    return Understood(_long(draft, clean, Heard.TEXT) if clean else Heard.OTHER, clean)


def _shown(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter) != "Cc"


def _ready(heard: Heard, draft: Draft) -> Heard:
    return Heard.EMPTY if heard is Heard.DONE and not (draft.get("texts") or draft.get("files")) else heard


def _long(draft: Draft, more: str, otherwise: Heard) -> Heard:
    there = sum(len(text) + 1 for text in draft.get("texts", ()))
    return Heard.LONG if there + len(more) > LONGEST else otherwise


def _place(text: str, draft: Draft, regions: Mapping[str, str]) -> Understood:
    offered = draft.get("offered", [])
    if text.isdecimal() and 1 <= int(text) <= len(offered):
        return Understood(Heard.PLACE, offered[int(text) - 1])
    codes = found(text, regions)
    if len(codes) == 1:
        return Understood(Heard.PLACE, codes[0])
    return Understood(Heard.PLACES if codes else Heard.TEXT, places=tuple(codes))


def lacking(draft: Draft) -> State:
    """What to ask next: whatever the draft lacks first, else for what happened."""
    needs = {State.MODE: "mode", State.PHONE: "phone", State.NAME: "name", State.PLACE: "region"}
    return next((state for state, name in needs.items() if name not in draft), State.TELL)


# Where a state has no answer of its own; the talk stays where it is.
_ANYWHERE = {
    Heard.PROGRESS: "progress",
    Heard.COLUMN: "column",
    Heard.NUMBER: "number",
    Heard.SECRET: "secret",
}
_IN_A_TALK = {
    Heard.REPORT: "already",
    Heard.HELP: "help_inside",
    Heard.LONG: "long",
    Heard.FULL: "full",
    Heard.MEDIA: "not_yet",
    Heard.LOCATION: "not_yet",
}
_CONTENT = {
    Heard.TEXT: Step("kept", State.TELL, Act.KEEP_TEXT),
    Heard.MEDIA: Step("kept_media", State.TELL, Act.KEEP_MEDIA),
    Heard.LOCATION: Step("kept_location", State.TELL, Act.KEEP_LOCATION),
}
_ANONYMOUS = Step("anonymous", State.IDLE, Act.ERASE)
_OWN: Mapping[State, Mapping[Heard, Step]] = {
    State.IDLE: {
        Heard.REPORT: Step("begin", State.MODE, Act.BEGIN),
        Heard.CANCEL: Step("nothing_open", State.IDLE),
        Heard.HELP: Step("help", State.IDLE),
        Heard.TEXT: Step("hint", State.IDLE),
        Heard.MEDIA: Step("media_first", State.IDLE),
        Heard.LOCATION: Step("media_first", State.IDLE),
    },
    State.MODE: {
        Heard.CONFIDENTIAL: Step("mode_kept", None, Act.KEEP_MODE),
        Heard.NAMED: Step("mode_kept", None, Act.KEEP_MODE),
        Heard.ANONYMOUS: _ANONYMOUS,
    },
    State.PHONE: {
        Heard.PHONE: Step("phone_kept", None, Act.KEEP_PHONE),
        Heard.SKIP: Step("phone_needed", State.PHONE),
        Heard.ANONYMOUS: _ANONYMOUS,
    },
    State.NAME: {
        Heard.TEXT: Step("thanks", None, Act.KEEP_NAME),
        Heard.LONG: Step("name_long", State.NAME),
        Heard.SKIP: Step("thanks", None, Act.NO_NAME),
    },
    State.PLACE: {
        Heard.PLACE: Step("place_kept", None, Act.KEEP_PLACE),
        Heard.PLACES: Step("places", State.PLACE, Act.OFFER_PLACES),
        Heard.SKIP: Step("place_needed", State.PLACE),
        Heard.TEXT: Step("place_unknown", State.PLACE),
    },
    State.TELL: {
        **_CONTENT,
        Heard.DONE: Step("summary", State.CONFIRM, Act.SUM_UP),
        Heard.EMPTY: Step("empty", State.TELL),
    },
    State.CONFIRM: {
        **_CONTENT,
        Heard.YES: Step("filed", State.IDLE, Act.FILE),
        Heard.YES_AND_TELL: Step("filed_and_tell", State.IDLE, Act.FILE_AND_TELL),
        Heard.DONE: Step("summary", State.CONFIRM, Act.SUM_UP),
        Heard.CHANGE: Step("change", State.CHANGE),
    },
    State.CHANGE: {
        Heard.CHANGE_MODE: Step("mode_again", None, Act.FORGET_MODE),
        Heard.CHANGE_PHONE: Step("phone_again", None, Act.FORGET_PHONE),
        Heard.CHANGE_PLACE: Step("place_again", None, Act.FORGET_PLACE),
        Heard.CHANGE_TEXT: Step("text_again", None, Act.FORGET_TEXT),
        Heard.DONE: Step("summary", State.CONFIRM, Act.SUM_UP),
        Heard.EMPTY: Step("empty", State.TELL),
    },
}


def _step(state: State, heard: Heard) -> Step:
    if own := _OWN[state].get(heard):
        return own
    if heard is Heard.DUTIES:
        return Step("duties", state, Act.TELL_DUTIES)
    if heard is Heard.NO_MORE:
        return Step("no_more", state, Act.TELL_NO_MORE)
    if heard is Heard.CANCEL:
        return Step("cancelled", State.IDLE, Act.ERASE)
    otherwise = {} if state is State.IDLE else _IN_A_TALK
    return Step((_ANYWHERE | otherwise).get(heard, "hint" if state is State.IDLE else "again"), state)


TABLE: Mapping[tuple[State, Heard], Step] = {(state, heard): _step(state, heard) for state in State for heard in Heard}
