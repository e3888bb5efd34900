"""Makers: they take what a test is about and invent the rest; a case in a late stage is made by walking the loop."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import domain.process  # noqa: F401  # every kind registers itself
from domain.cases import filing, receipts
from domain.cases.filing import Filed, Report
from domain.loop import engine
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.settings import Settings
from models import Case, Channel, Involvement, Matter, Mode, Post, Relation, Role, Unit
from models.matters import Duty

SETTINGS = Settings()
INTAKE = "62-intake"
CHENGGUAN = "620102"  # 兰州市城关区


async def officer(role: Role, unit_code: str = INTAKE, number: int = 0) -> Actor:
    """The n-th holder of a role in a unit, acting through that post."""
    posts = await Post.filter(role=role, unit__code=unit_code, until=None).order_by("id")
    return await actors.of_post(posts[number].id)


@dataclass
class Walk:
    """A case on its way, with whoever acts on it."""

    filed: Filed
    holder: Actor
    people: dict[str, Actor] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.filed.number

    async def matter(self) -> Matter:
        return await Matter.get(number=self.number)

    async def case(self) -> Case:
        return await Case.get(matter_id=self.holder.matter_id)

    async def duties(self) -> list[str]:
        """The names of what is open."""
        return sorted(await Duty.filter(matter_id=self.holder.matter_id, closed_at=None).values_list("name", flat=True))  # type: ignore[arg-type]

    async def at_place(self, relation: Relation, role: Role, number: int = 0) -> Actor:
        """Somebody of a role who stands so to the case now."""
        place = await Involvement.filter(matter_id=self.holder.matter_id, relation=relation, until=None).first()
        assert place is not None, f"nobody is {relation}"
        if place.post_id:
            return await actors.of_post(place.post_id)
        if role is Role.HANDLER:
            posts = await Post.filter(role=role, unit_id=place.unit_id, until=None).order_by("id")
        else:
            posts = await Post.filter(role=role, unit_id=place.unit_id, until=None).order_by("id")
        return await actors.of_post(posts[number].id)

    async def who(self, verb: str) -> Actor:
        """Whoever takes this verb in the ordinary way: the complainant, unless said otherwise."""
        if verb in BY_SYSTEM:
            return SYSTEM
        if verb == "count_again":
            return await officer(Role.SUPERVISOR, "62-justice.inspection")
        return await self.at_place(*WHO[verb]) if verb in WHO else self.holder

    async def take(self, verb: str, by: Actor | None = None, **given: Any) -> Matter:
        """Take a step with inputs that would do, overridden by those given."""
        inputs = {**await self.would_do(verb), **given}
        return await engine.take(by or await self.who(verb), self.number, verb, inputs)

    async def would_do(self, verb: str) -> dict[str, Any]:
        """Inputs that are right for a verb."""
        case = await self.case()
        if verb in ("assign", "reassign"):
            return {"post": str(await self.handler())}
        if verb in ("grant_parking", "extend_parking"):
            return {"reason": "暂缺配套政策", "review_on": str(clock.today() + timedelta(days=60))}
        if verb in ("take_in", "let_go"):
            return {"number": self.number}
        if verb == "split":
            return {"claims": [{"claim": 0, "category": "B10"}, {"claim": 1, "category": "B11"}]}
        if verb in ("merge", "link"):
            return {"into" if verb == "merge" else "to": (await case_filed()).number, "reason": "同一问题"}
        if verb in ("hand_down", "arbitrate", "list_problem"):
            there = await self.below() if verb == "hand_down" else (await unit(ELSEWHERE[verb])).id
            return {"owner_unit" if verb == "list_problem" else "to_unit": str(there), **INPUTS[verb]}
        if verb == "answer":
            claims = [
                {"claim": number, "opinion": "supported", "facts": "经核查属实", "reply": "已责令限期办理"}
                for number in range(len(case.claims))
            ]
            return {"claims": claims, "legal_basis": "优化营商环境条例第六十九条", "summary": "已办理"}
        return dict(INPUTS.get(verb, {}))

    async def below(self) -> UUID:
        """A unit of the same duty, one region down from the one that leads."""
        lead = await Involvement.get(
            matter_id=self.holder.matter_id, relation=Relation.LEAD, until=None
        ).select_related("unit")
        region, _, duty = lead.unit.code.partition("-")
        lower = {"62": "6201", "6201": "620102"}.get(region, region)
        return (await unit(f"{lower}-{duty}")).id

    async def handler(self, number: int = 0) -> UUID:
        """A handler's post of the lead unit."""
        lead = await Involvement.get(matter_id=self.holder.matter_id, relation=Relation.LEAD, until=None)
        posts = await Post.filter(
            role=Role.HANDLER, unit_id=lead.unit_id, until=None, since__lte=clock.today()
        ).order_by("id")
        return posts[number].id


BY_SYSTEM = frozenset(
    {"lapse", "note_review", "redo_after_review", "take_in", "let_go", "follow", "pass_on", "parts_ended"}
)
_VERBS: dict[tuple[Any, ...], str] = {
    (Relation.INTAKE, Role.REGISTRAR): "accept refuse screen transfer recall uphold_objection reject_objection relay"
    " exclude redirect retier merge unmerge link unlink split request_uncounting archive hold",
    # Not whoever refused or asked.
    (Relation.INTAKE, Role.REGISTRAR, 1): "uphold_refusal overturn_refusal grant_uncounting refuse_uncounting"
    " lift_hold",
    (Relation.INTAKE, Role.CALL_BACK_OFFICER): "log_attempt call_back give_up_call reopen decline_reopen close",
    (Relation.DECIDING, Role.LEADER): "arbitrate",
    (Relation.LIAISON, Role.LIAISON): "sign object assign reassign hand_down hand_up dispute",
    (Relation.ASSIGNEE, Role.HANDLER): "ask request_extension answer reply request_parking resume unpark",
    (Relation.LEAD, Role.HEAD): "grant_extension refuse_extension return_answer approve_answer suspend grant_parking"
    " refuse_parking extend_parking",
}
WHO = {verb: place for place, verbs in _VERBS.items() for verb in verbs.split()}

ELSEWHERE = {"arbitrate": "6201-market", "list_problem": "620102-water"}
INPUTS: dict[str, dict[str, Any]] = {
    "list_problem": {"problem": "许可超期办理较多"},
    "compile_typical": {
        "title": "许可超期的整治",
        "category": "B10",
        "reported": "企业反映办理许可超过了法定的时间。",
        "handled": "主管部门查明后限期办结，并改了流程。",
        "lesson": "时限应当由系统提醒。",
    },
    "refuse": {"reason": "no_facts", "explanation": "没有具体事实", "other_way": "可补充事实后再次提交"},
    "screen": {"category": "B10", "tier": "normal", "claims": ["尽快办理许可", "说明超期原因"]},
    "transfer": {"summary": "反映许可事项超过法定时限未办结。", "hits_confirmed": True},
    "recall": {"reason": "派单有误"},
    "object": {"reason": "不属于本单位职责", "legal_basis": "三定规定第四条"},
    "uphold_objection": {"reason": "确非其职责"},
    "reject_objection": {"reason": "属其职责"},
    "contribute": {"opinion": "协助核查，情况属实"},
    "ask": {"question": "请说明申请的受理日期"},
    "supply": {"text": "上月十日在窗口受理"},
    "request_extension": {"reason": "案情复杂"},
    "grant_extension": {"reason": "案情复杂，同意延期"},
    "refuse_extension": {"reason": "应按期办结"},
    "return_answer": {"points": "第二项诉求答复不清"},
    "log_attempt": {"channel": "phone"},
    "call_back": {"channel": "phone", "solved": True, "speed": 5, "attitude": 5, "result": 5},
    "rate": {"solved": True, "speed": 4, "attitude": 5, "result": 4},
    "ask_reopen": {"reason": "问题没有解决"},
    "reopen": {"reason": "举报人不满意"},
    "decline_reopen": {"reason": "诉求已经办结"},
    "close": {"conclusion": "已办结"},
    "add": {"text": "补充一点情况"},
    "relay": {"summary": "举报人补充了受理回执", "hits_confirmed": True},
    "note": {"text": "内部情况"},
    "exclude": {"reason": "与被举报单位有利害关系"},
    "redirect": {"procedure": "labour_inspection", "where": "县人社局劳动监察大队", "explanation": "属于欠薪"},
    "contest_refusal": {"reason": "有新的事实"},
    "uphold_refusal": {"reason": "没有新的事实"},
    "overturn_refusal": {"reason": "事实具体，应当受理"},
    "suspend": {"cause": "procedure", "reason": "等待法院判决"},
    "request_parking": {"reason": "暂缺配套政策", "plan": "由法规科跟进"},
    "request_uncounting": {"kind": "duplicate", "reason": "与前件相同"},
    "grant_uncounting": {"reason": "属实"},
    "refuse_uncounting": {"reason": "不属实"},
    "count_again": {"reason": "剔除有误"},
    "dispute": {"reason": "不属于本单位职责", "legal_basis": "三定规定第四条"},
    "hand_down": {"reason": "属地办理更便捷"},
    "hand_up": {"reason": "需上级协调"},
    "arbitrate": {"reason": "属市场监管职责"},
    "unmerge": {"reason": "不是同一问题"},
    "follow": {"summary": "已办理"},
    "pass_on": {"summary": "另有人反映同一问题"},
    "ask_review": {"reason": "没有解决"},
    "note_review": {"number": "FC2026-AA14ANFF", "conclusion": "upheld"},
    "redo_after_review": {"number": "FC2026-AA14ANFF", "conclusion": "revoked"},
    "hold": {"reason": "行政诉讼尚未终结"},
    "lift_hold": {"reason": "诉讼已经终结"},
    "retier": {"tier": "urgent", "reason": "影响生产"},
    "recuse": {"reason": "与当事人有亲属关系"},
    "hand_over": {"reason": "属于纪检监察机关管辖", "basis": "检举控告工作规则"},
    "decline_hand_over": {"reason": "不属于纪检监察机关管辖"},
    "send_back": {"reason": "不属于本机关职责"},
    "take_over": {"receipt_number": "2026-1", "received_on": "2026-01-01"},
    "report_status": {"status": "done"},
    "hold_to_account": {"facts": "超期未办", "basis": "《信访工作条例》第四十五条", "others": "某单位 科长"},
    "supervise": {
        "rung": "dispatch",
        "subject": "许可办理逾期",
        "facts": "该件已逾期。",
        "basis": "《信访工作条例》第三十九条",
    },
}

# The shortest way to each stage.
PATHS: dict[str, tuple[str, ...]] = {"filed": ()}
for _before, _verb, _after in (
    ("filed", "accept", "accepted"),
    ("accepted", "screen", "screened"),
    ("screened", "transfer", "transferred"),
    ("transferred", "object", "objected"),
    ("transferred", "sign", "signed"),
    ("signed", "assign", "handling"),
    ("handling", "ask", "waiting"),
    ("handling", "answer", "answered"),
    ("answered", "approve_answer", "approved"),
    ("approved", "reply", "replied"),
    ("replied", "call_back", "called_back"),
    ("called_back", "close", "closed"),
    ("filed", "refuse", "refused"),
    ("filed", "withdraw", "withdrawn"),
    ("accepted", "redirect", "redirected"),
    ("handling", "suspend", "suspended"),
    ("screened", "split", "split"),
):
    PATHS[_after] = (*PATHS[_before], _verb)
PATHS["parked"] = (*PATHS["handling"], "request_parking", "grant_parking")
PATHS["disputed"] = (*PATHS["objected"], "reject_objection", "dispute")


async def case_filed(**report: Any) -> Walk:
    """A case just filed: anonymous, in 城关区, about a licence, unless said otherwise."""
    if report.get("mode", Mode.ANONYMOUS) is not Mode.ANONYMOUS:
        report.setdefault("contact", {"name": "金丝雀", "phone": "13900009999"})
    values = {"mode": Mode.ANONYMOUS, "text": "许可申请三个月没有结果", "region": CHENGGUAN, "channel": Channel.ONLINE}
    filed = await filing.file(SETTINGS, Report(**{**values, **report}))
    holder = await receipts.opened(SETTINGS, filed.number, filed.secret)
    assert holder is not None
    return Walk(filed, holder)


async def case_at(stage: str, **report: Any) -> Walk:
    """A case that walked to a stage."""
    walk = await case_filed(**report)
    for verb in PATHS[stage]:
        await walk.take(verb)
    return walk


async def unit(code: str) -> Unit:
    """A unit of the demo province by its code."""
    return await Unit.get(code=code)
