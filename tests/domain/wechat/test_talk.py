"""The conversation's table: every pair of state and input has its step, and the steps hold together."""

import string

import pytest

from bot import texts
from domain.wechat import places
from domain.wechat.talk import (
    LONGEST,
    MOST_FILES,
    TABLE,
    Act,
    Heard,
    Message,
    State,
    holds_a_secret,
    lacking,
    understood,
)
from kit import crockford

REGIONS = {
    "62": "甘肃省", "6201": "兰州市", "620102": "城关区", "620122": "皋兰县", "6205": "天水市", "620502": "秦州区",
    "6229": "临夏回族自治州", "622901": "临夏市", "622921": "临夏县",
}  # fmt: skip
TALKING = [state for state in State if state is not State.IDLE]
FULL = {"mode": "named", "phone": "1", "name": "", "region": "62", "texts": ["x"], "privacy_version": "1"}


def heard(state: State, text: str, **draft: object) -> Heard:
    return understood(state, Message("text", text), dict(draft), REGIONS).heard


def test_every_pair_has_a_step_and_a_text() -> None:
    assert set(TABLE) == {(state, heard) for state in State for heard in Heard}
    for step in TABLE.values():
        assert step.say in texts.SAYS


def test_every_text_is_said_and_can_be_filled() -> None:
    outside = {"welcome", "welcome_code", "refused", "ended", "soon", "lost", "trouble", "told_here", "code_over"}
    assert {step.say for step in TABLE.values()} | outside == texts.SAYS.keys()
    known = {
        "ask", "mode", "place", "letters", "files", "hint", "number_link", "report_link", "progress_link", "staff_link",
        "privacy", "why", "title", "places", "phone", "name", "excerpt", "lost", "pickup_link", "duties",
        "cases_link", "column_link",
    }  # fmt: skip
    for text in [*texts.SAYS.values(), *texts.ASKS.values()]:
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= known


@pytest.mark.parametrize("state", TALKING)
def test_whoever_cancels_leaves_nothing(state: State) -> None:
    step = TABLE[state, Heard.CANCEL]
    assert (step.next, step.act) == (State.IDLE, Act.ERASE)


def test_what_ends_a_talk_erases_or_files() -> None:
    for (state, _), step in TABLE.items():
        if state is not State.IDLE and step.next is State.IDLE:
            assert step.act in {Act.ERASE, Act.FILE, Act.FILE_AND_TELL}


def test_nothing_is_kept_of_whoever_is_in_no_talk() -> None:
    for heard_ in Heard:
        step = TABLE[State.IDLE, heard_]
        assert step.act in {Act.NOTHING, Act.BEGIN, Act.TELL_DUTIES, Act.TELL_NO_MORE}
        assert (step.next is State.IDLE) is (step.act is not Act.BEGIN)


def test_filed_only_when_confirmed() -> None:
    assert [key for key, step in TABLE.items() if step.act is Act.FILE] == [(State.CONFIRM, Heard.YES)]
    assert [key for key, step in TABLE.items() if step.act is Act.FILE_AND_TELL] == [
        (State.CONFIRM, Heard.YES_AND_TELL)
    ]


def test_only_whoever_sees_the_summary_can_confirm() -> None:
    for (state, _), step in TABLE.items():
        if step.next is State.CONFIRM and state is not State.CONFIRM:
            assert (step.say, step.act) == ("summary", Act.SUM_UP)


def test_a_secret_is_kept_nowhere() -> None:
    for state in State:
        step = TABLE[state, Heard.SECRET]
        assert (step.say, step.act, step.next) == ("secret", Act.NOTHING, state)


def test_questions_beside_the_talk_leave_it_where_it_is() -> None:
    for state in TALKING:
        for beside in (
            Heard.PROGRESS,
            Heard.COLUMN,
            Heard.DUTIES,
            Heard.HELP,
            Heard.NUMBER,
            Heard.OTHER,
            Heard.NO_MORE,
        ):
            assert TABLE[state, beside].next is state


def test_every_state_is_reached_and_left() -> None:
    reached, edge = {State.IDLE}, [State.IDLE]
    while edge:
        state = edge.pop()
        for (at, _), step in TABLE.items():
            following = list(State) if step.next is None else [step.next]
            for found in following if at is state else ():
                if found not in reached:
                    reached.add(found)
                    edge.append(found)
    assert reached == set(State)


def test_what_is_lacking_is_asked_in_order() -> None:
    draft: dict[str, object] = {}
    asked = []
    for name in ("mode", "phone", "name", "region", ""):
        asked.append(lacking(draft))
        draft[name] = "x"
    assert asked == [State.MODE, State.PHONE, State.NAME, State.PLACE, State.TELL]


@pytest.mark.parametrize(
    ("state", "text", "expected"),
    [
        (State.IDLE, "我要举报", Heard.REPORT),
        (State.IDLE, "「我要举报」。", Heard.REPORT),
        (State.IDLE, "许可办不下来", Heard.TEXT),
        (State.IDLE, "1", Heard.TEXT),
        (State.MODE, "1", Heard.CONFIDENTIAL),
        (State.MODE, "２", Heard.NAMED),
        (State.MODE, "匿名", Heard.ANONYMOUS),
        (State.PHONE, "139 0000 0000", Heard.PHONE),
        (State.PHONE, "0931-8888888", Heard.PHONE),
        (State.PHONE, "12345", Heard.TEXT),
        (State.PHONE, "没有电话", Heard.TEXT),
        (State.NAME, "王某某", Heard.TEXT),
        (State.NAME, "王" * 61, Heard.LONG),
        (State.PLACE, "兰州市城关区", Heard.PLACE),
        (State.PLACE, "临夏", Heard.PLACES),
        (State.PLACE, "不知道", Heard.TEXT),
        (State.TELL, "完成", Heard.EMPTY),
        (State.TELL, "1", Heard.TEXT),
        (State.TELL, "", Heard.OTHER),
        (State.TELL, "x" * (LONGEST + 1), Heard.LONG),
        (State.CONFIRM, "确认", Heard.YES),
        (State.CONFIRM, "确认并提醒", Heard.YES_AND_TELL),
        (State.IDLE, "不再提醒", Heard.NO_MORE),
        (State.CONFIRM, "修改", Heard.CHANGE),
        (State.TELL, "JB2026-ABCDEFGH", Heard.NUMBER),
        (State.TELL, "取消", Heard.CANCEL),
        (State.TELL, "密码 ABCD-1234-EFGH-5678", Heard.SECRET),
    ],
)
def test_what_is_meant(state: State, text: str, expected: Heard) -> None:
    assert heard(state, text) is expected


def test_media_and_places_on_the_map() -> None:
    assert understood(State.TELL, Message("image", media_id="x"), {}, REGIONS).heard is Heard.MEDIA
    assert understood(State.TELL, Message("image"), {"files": MOST_FILES}, REGIONS).heard is Heard.FULL
    assert understood(State.TELL, Message("link"), {}, REGIONS).heard is Heard.OTHER
    address = Message("location", "甘肃省天水市秦州区民主路", latitude="34", longitude="105")
    assert understood(State.PLACE, address, {}, REGIONS).value == "620502"
    assert understood(State.TELL, address, {}, REGIONS).value == "［位置］甘肃省天水市秦州区民主路 34,105"


def test_done_with_files_alone() -> None:
    assert heard(State.TELL, "完成", files=1) is Heard.DONE
    assert heard(State.CONFIRM, "完成", **FULL) is Heard.DONE


def test_every_secret_that_we_give_out_is_recognized() -> None:
    for _ in range(300):
        secret = crockford.random_code(16)
        if any(letter.isdigit() for letter in secret) and not secret.isdigit():
            for shown in (secret, crockford.grouped(secret), crockford.grouped(secret).replace("-", " ").lower()):
                assert holds_a_secret(f"密码是{shown}，请查")


@pytest.mark.parametrize(
    "text", ["6222 0211 0000 1234 567", "6222021100001234", "这是一段普通的话", "this that will kill"]
)
def test_what_is_no_secret(text: str) -> None:
    assert not holds_a_secret(text)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("甘肃省", ["62"]),
        ("兰州", ["6201"]),
        ("兰州市城关区", ["620102"]),
        ("城关", ["620102"]),
        ("620102", ["620102"]),
        ("临夏县", ["622921"]),
        ("临夏", ["622901", "622921"]),
        ("北京", []),
        ("县", []),
    ],
)
def test_places(said: str, codes: list[str]) -> None:
    assert places.found(said, REGIONS) == codes


def test_full_names() -> None:
    assert places.full_name("620102", REGIONS) == "兰州市城关区"
    assert places.full_name("62", REGIONS) == "甘肃省"
