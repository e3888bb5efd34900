"""通知: owed as rows with the step that owes them; each reaches an inbox, and what `deliveries` makes of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop.kinds import Kind
from domain.loop.sight import Values, not_excluded, theirs
from domain.people.actors import Actor
from kit import clock
from kit.errors import NotFound
from kit.words import label
from models import COMPLAINANT, ActorKind, Notice
from models.database import connection, insert

# What is told never carries the content of a matter: only that there is something, and where.
TEXTS = {
    "case_filed": "有新的举报件待受理",
    "case_accepted": "您提交的事项已受理，请凭回执查询",
    "case_refused": "您提交的事项有新进展，请凭回执查询",
    "case_transferred": "您提交的事项已转交承办单位，请凭回执查询",
    "case_extended": "您提交的事项办理期限有变化，请凭回执查询",
    "case_replied": "您提交的事项已有答复，请凭回执查询并评价",
    "case_reopened": "您提交的事项将重新办理，请凭回执查询",
    "case_closed": "您提交的事项已办结，请凭回执查询",
    "case_recalled": "一件事项已被收回",
    "case_returned": "一件事项被退回，请重新指派",
    "case_added_to": "举报人补充了内容",
    "case_withdrawn": "一件事项已由举报人撤回",
    "duty_opened": "您有新的待办",
    "duty_due_soon": "一项待办即将到期",
    "duty_overdue": "一项待办已经逾期",
    "objection_raised": "承办单位提出异议，待裁定",
    "objection_upheld": "异议成立，事项已收回",
    "objection_rejected": "异议不成立，请签收办理",
    "question_asked": "您提交的事项需要补充说明，请凭回执查询",
    "question_answered": "举报人已补充说明，时限继续计算",
    "question_lapsed": "举报人逾期未补充，时限继续计算",
    "extension_granted": "延期申请已批准",
    "extension_refused": "延期申请未获批准",
    "answer_returned": "办理意见被退回修改",
    "answer_approved": "办理意见已审核通过，请答复举报人",
    "assistance_given": "协办单位提交了意见",
    "case_suspended": "您的事项暂时中止办理，原因请凭回执查询",
    "case_resumed": "您的事项恢复办理，请凭回执查询",
    "case_parked": "您的事项暂时不能解决，复查日期请凭回执查询",
    "case_redirected": "您的事项应当走其他法定程序，请凭回执查询",
    "case_merged": "您的事项与同一问题一并办理，请凭回执查询",
    "case_split": "您的事项已按诉求分别办理，请凭回执查询",
    "contest_decided": "您对不予受理的异议已有结果，请凭回执查询",
    "refusal_contested": "举报人对不予受理提出异议",
    "dispute_raised": "管辖争议待裁定",
    "parking_granted": "挂账申请已批准",
    "parking_refused": "挂账申请未获批准",
    "uncounting_decided": "剔除事项已有决定",
    "review_asked": "举报人申请复查",
    "review_going_on": "您的复查申请有新进展，请凭回执查询",
    "review_decided": "您的复查申请已有结论，请凭回执查询",
    "review_ended": "复查已结束",
    "reopening_asked": "举报人申请重新办理",
    "reopening_declined": "您的重办申请已有结果，请凭回执查询",
    "identity_seen": "您提交的事项有新进展，请凭回执查询",
    "identity_decided": "您的身份查阅申请已有结果",
    "supervision_proposed": "一件督办事项待决定",
    "supervision_approved": "一件督办事项已批准下发",
    "supervision_declined": "一件督办事项未获批准",
    "supervision_answered": "责任单位已书面回复，请查看",
    "supervision_returned": "整改被退回，请继续整改并回复",
    "supervision_accepted": "整改已验收合格",
    "supervision_closed": "一件督办事项已结束",
    "supervision_late": "责任单位逾期，请研究升级督办",
    "supervision_restored": "评先资格已恢复",
    "report_called": "本单位有述法报告需要准备",
    "report_exempted": "一份述法报告已按免述结束，请查看理由",
    "report_reminded": "催报：您的述法报告还没有提交",
    "report_taken_back": "一份述法报告已撤回修改",
    "report_passed": "您的述法报告已通过预审",
    "report_sent_back": "您的述法报告需要修改，请查看",
    "report_published": "您的述法报告已发布",
    "report_withdrawn": "您的述法报告已撤下，请查看理由",
    "ballots_returned": "会议测评票已退回，需要重新计票",
    "report_recused": "有人申请回避，请接着办理",
    "report_commented": "您的述法报告有新的点评",
    "words_wait": "有评议意见等待审核，请到“评议意见”查看",
    "words_told": "有评议意见或者回复的审核结果，请到“评议意见”查看",
    "report_concluded": "您的年度述法已办结",
    "question_published": "一件质询和您的答复已公开",
    "question_withdrawn": "一件已公开的质询已撤下，请查看理由",
    "hand_over_proposed": "一件事项拟移送，请复核",
    "case_handed_over": "您提交的事项有新进展，请凭回执查询",
    "case_taken_over": "您提交的事项有新进展，请凭回执查询",
    "letter_issued": "收到一份督办文书，请签收",
    "accountability_declined": "一件问责建议未获批准",
    "accountability_concluded": "一件问责建议已有处理结果",
    "rectification_listed": "一个问题列入了整改清单，请认领",
    "rectification_reported": "一项整改已经自查，请复核",
    "rectification_returned": "整改被退回，请继续整改",
    "rectification_verified": "一项整改已复核通过，请办理销号",
    "rectification_struck_off": "一项整改已经销号",
    "rectification_dropped": "一个问题已从整改清单撤销",
    "rectification_relapsed": "“回头看”发现问题反弹，请重新整改",
    "case_accounted": "您提交的事项有新进展，请凭回执查询",
    "typical_returned": "一件典型案例需要修改",
    "typical_printed": "一件典型案例已内部编印",
    "typical_published": "一件典型案例已公开发布",
    "typical_withdrawn": "一件典型案例已撤下或未能发布",
}


def said(template: str) -> str:
    """A notice in words."""
    return label(template, TEXTS.get(template, "您有新的通知"))


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    owed_at: datetime
    id: UUID


async def inbox(actor: Actor, after: After | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Notices to this actor's post or their unit's role, or to the receipt's holder; newest first."""
    values = Values()
    branches = []
    order = f"ORDER BY n.owed_at DESC, n.id DESC LIMIT {values.add(limit)}"
    paged = ""
    if after:
        paged = f" AND (n.owed_at, n.id) < ({values.add(after.owed_at)}::timestamptz, {values.add(after.id)}::uuid)"
    if actor.kind is ActorKind.RECEIPT:
        whose = [f"n.role = '{COMPLAINANT}'"]
        place = theirs(actor, "m", values)
    elif actor.standing:
        unit, role = values.add(actor.standing.unit_id), values.add(str(actor.standing.role))
        whose = [f"n.post_id = {values.add(post)}::uuid" for post in sorted(actor.holds, key=str)]
        whose.append(f"n.unit_id = {unit}::uuid AND n.role = {role}::text AND n.post_id IS NULL")
        place = not_excluded(actor, "m", values)
    else:
        return []
    branches = [
        f"(SELECT n.*, m.number, m.kind FROM notice n JOIN matter m ON m.id = n.matter_id AND {place}"
        f" WHERE n.delivered_on IS NOT NULL AND {one}{paged} {order})"
        for one in whose
    ]
    _, rows = await connection().execute_query(
        f"SELECT * FROM ({' UNION ALL '.join(branches)}) n {order}",  # placeholders only
        values.list,
    )
    return [
        {
            "id": row["id"],
            "template": row["template"],
            "text": said(row["template"]),
            "matter": {
                "number": row["number"],
                "kind": row["kind"],
                "kind_label": label(row["kind"], Kind.REGISTRY[row["kind"]].label),
            },
            "owed_at": clock.local(row["owed_at"]),
            "read": row["read_at"] is not None,
        }
        for row in rows
    ]


async def read(actor: Actor, notice_id: UUID) -> None:
    """Mark a notice of one's own as read; raises NotFound for any other."""
    notice = await Notice.get_or_none(id=notice_id)
    standing = actor.standing
    own = notice is not None and (
        (actor.kind is ActorKind.RECEIPT and notice.role == COMPLAINANT)
        or (notice.post_id is not None and notice.post_id in actor.holds)
        or (
            standing is not None
            and notice.post_id is None
            and notice.unit_id == standing.unit_id
            and notice.role == standing.role
        )
    )
    if notice is None or not own or not await _may_know(actor, notice):
        raise NotFound("没有这条通知")
    if notice.read_at is None:
        await Notice.filter(id=notice_id).update(read_at=clock.start_of(clock.today()))


async def _may_know(actor: Actor, notice: Notice) -> bool:
    values = Values()
    matter = values.add(notice.matter_id)
    known = theirs if actor.kind is ActorKind.RECEIPT else not_excluded
    _, rows = await connection().execute_query(
        f"SELECT 1 FROM matter m WHERE m.id = {matter}::uuid AND {known(actor, 'm', values)}",
        values.list,
    )
    return bool(rows)


Plan = Callable[[list[Notice]], Awaitable[Sequence[Model]]]  # what is owed besides the inbox, as rows

_DELIVERED = """
UPDATE notice SET delivered_on = $1 WHERE id IN (
    SELECT id FROM notice WHERE delivered_on IS NULL ORDER BY owed_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


async def delivered(plan: Plan | None = None, limit: int = 500) -> int:
    """Put what is owed into the inboxes, and owe the messages that `plan` makes of it, both or neither.

    Any number of workers may do so. Returns how many notices that were.
    """
    async with in_transaction():
        rows = await connection().execute_query_dict(_DELIVERED, [clock.today(), limit])
        if plan and rows:
            found = await Notice.filter(id__in=[row["id"] for row in rows]).select_related("matter")
            await insert(await plan(sorted(found, key=lambda notice: (notice.owed_at, notice.id))))
    return len(rows)
