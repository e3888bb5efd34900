"""Planted canaries: whatever a source holds of somebody is found in a draft, however it is written, and must go."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.loop import engine
from domain.marks import matching
from domain.marks.marking import MarkKind
from domain.typical import finding, publishing
from domain.typical.effects import MustGo
from domain.typical.finding import Known
from models import Audience, Entry, EntryBody, Involvement, Mode, Relation, Unit
from tests.makers import SETTINGS, case_at, unit
from tests.observed import refused
from tests.typical import REASON, TEXTS, of_cases

SOURCE = uuid4()
RAW = (
    "我在雁滩开了一家馍馍铺，去办食品经营许可，窗口收了材料就再没有下文。"
    "窗口的马建国说要等他高兴了再说，还让我加微信mjg_5566。店里的车甘A8K21L被扣过两次，交了4326.5元，没有收据。"
    "他们让我去找兰州顺达食品有限公司代办，地址在天水路188号。"
)
CANARIES = {
    "name": "宋金丝", "phone": "13912345678", "raw phone": "0931-8451234", "plate": "甘A8K21L",
    "account": "微信mjg_5566", "clerk": "马建国", "officer": "冯守信", "firm": "兰州顺达食品有限公司",
    "address": "天水路188号", "amount": "4326.5元", "sentence": "窗口收了材料就再没有下文",
    "unit": "兰州市城关区市场监督管理局", "place": "城关区",
    "town": "雁园街道", "number": "JB2026-7KQ2M9XA", "id": "620102198803121234", "mail": "mjg@example.cn",
}  # fmt: skip
KNOWN = Known(
    raw=RAW,
    written="反映窗口收件后不出具凭证，由马建国经手。电话0931-8451234。",
    names=(
        ("冯守信", MarkKind.PERSON),
        ("兰州市城关区市场监督管理局", MarkKind.UNIT),
        ("城关区", MarkKind.PLACE),
        ("雁园街道", MarkKind.PLACE),
    ),
    hashes=(
        (SOURCE, tuple(matching.identity_hashes(SETTINGS, SOURCE, {"name": "宋金丝", "phone": "13912345678"}) or ())),
    ),
)
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F) if chr(code) not in "-@."})


def spaced(text: str) -> str:
    return " ".join(text)


# How somebody may write the same: as it is, in full width, in capitals.
WAYS: dict[str, Callable[[str], str]] = {"plain": str, "wide": lambda text: text.translate(WIDE), "capitals": str.upper}
AROUND = st.sampled_from(["经了解，", "据称", "（", "企业说：", ""])
BEHIND = st.sampled_from(["。", "，已经整改。", "）", "的问题得到解决。"])


@given(
    canary=st.sampled_from(sorted(CANARIES)),
    way=st.sampled_from(sorted(WAYS)),
    part=st.sampled_from(["title", "reported", "handled", "lesson"]),
    before=AROUND,
    behind=BEHIND,
)
@settings(max_examples=100, deadline=None)
def test_a_planted_canary_must_go(canary: str, way: str, part: str, before: str, behind: str) -> None:
    planted = WAYS[way](CANARIES[canary])
    text = f"{TEXTS[part]}{before}{planted}{behind}"
    hits, met = finding._found(SETTINGS, KNOWN, {**TEXTS, part: text})
    at = len(TEXTS[part]) + len(before)
    covered = [hit for hit in hits if hit.must and hit.field == part and hit.start < at + len(planted) and hit.end > at]
    assert covered, (canary, way)
    if canary in ("name", "phone"):
        assert (SOURCE, canary) in met


@pytest.mark.parametrize("canary", ["name", "officer", "unit", "sentence"])
def test_spaces_between_hide_nothing(canary: str) -> None:
    hits, _ = finding._found(SETTINGS, KNOWN, {**TEXTS, "lesson": f"有人说{spaced(CANARIES[canary])}。"})
    assert any(hit.must for hit in hits)


def test_a_harmless_text_is_left_alone() -> None:
    assert finding._found(SETTINGS, KNOWN, TEXTS) == ([], [])


def test_a_text_without_its_places_is_clean() -> None:
    """One tap for each place, and nothing is left but sentences, which want other words."""
    texts = {"lesson": "冯守信说，打13912345678，车是甘A8K21L，在城关区天水路188号，找兰州顺达食品有限公司。"}
    while places := [hit for hit in finding._found(SETTINGS, KNOWN, texts)[0] if hit.instead]:
        last, text = places[-1], texts["lesson"]
        texts = {"lesson": text[: last.start] + last.instead + text[last.end :]}
    assert texts["lesson"] == "某人说，打（电话略），车是某车辆，在某处，找某企业。"


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_real_case_holds_never_reaches_the_public(shared_province: str) -> None:
    contact = {"name": "宋金丝", "phone": "13912345678"}
    accused = await unit("620102-market")
    walk = await case_at(
        "closed",
        mode=Mode.NAMED,
        contact=contact,
        text=RAW,
        accused_text="城关区审批窗口 马建国",
        accused_unit=accused.id,
    )
    [handler] = await walk_people(walk.number)
    tale = await of_cases(walk)
    lead = (await Unit.get(led_cases__matter_id=walk.holder.matter_id)).name
    planted = {**CANARIES, "officer": handler, "unit": lead, "accused": accused.name, "case": walk.number}
    for name, canary in planted.items():
        if name in ("id", "mail", "number", "town"):
            continue
        told = {**TEXTS, "reported": f"{TEXTS['reported']}据了解，{canary}。"}
        hits = await finding.looked_over(SETTINGS, tale.writer, tale.number, told)
        assert any(hit.must for hit in hits), name
        async with refused(MustGo):
            cleared = [{"text": hit.text, "reason": "无妨"} for hit in hits]
            await engine.take(tale.writer, tale.number, "mark", {**told, "cleared": cleared})
    # That the vault was met is known with the case: each part once.
    looks = await Entry.filter(matter_id=walk.holder.matter_id, verb="check_summary")
    said = [str((await EntryBody.get(entry_id=look.id)).body["inputs"]["reason"]) for look in looks]  # type: ignore[index]
    assert sorted(said) == ["典型案例稿中有与举报人登记的姓名相同的内容", "典型案例稿中有与举报人登记的电话相同的内容"]
    # In time the text gets out without any of it.
    await tale.at("published")
    read = str(await publishing.one(Audience.PUBLIC, (await tale.own()).public_id))
    assert [name for name, canary in planted.items() if canary in read] == []
    await tale.take("withdraw", **REASON)


async def walk_people(number: str) -> list[str]:
    """Names of those who handled it."""
    places = await Involvement.filter(matter__number=number, relation=Relation.ASSIGNEE).select_related("post__person")
    return [place.post.person.name for place in places if place.post]
